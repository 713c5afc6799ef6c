import { type ChildProcess, fork, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { STEP_ALIVE, StepWatch } from '../../services/motia/step-watch'

/** Long enough for a process that has to give way to others. */
const LOOK_MS = 250

/** A program of the name that Motia gives its own; it tells that it is alive, or is silent. */
async function openRunner(kind: 'telling' | 'silent') {
  const folder = await mkdtemp(join(tmpdir(), 'step-watch-'))
  const file = join(folder, 'node-runner.mjs')
  const tell = `process.send(${JSON.stringify(STEP_ALIVE)})`
  const telling = `${tell}; setInterval(() => ${tell}, 10)`
  await writeFile(
    file,
    `process.on('disconnect', () => process.exit()); ${kind === 'telling' ? telling : ''}`,
  )
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return file
}

function watchOver(start: () => ChildProcess, lookMs = LOOK_MS) {
  const lines: string[] = []
  const unwatch = new StepWatch((line) => lines.push(line), lookMs).watch()
  const child = start()
  const ended = new Promise<NodeJS.Signals | null>((done) =>
    child.once('exit', (_code, signal) => done(signal)),
  )
  onTestFinished(() => {
    unwatch()
    child.kill('SIGKILL')
  })
  return { child, ended, lines }
}

it('ends the process of a step that was stopped, and says so', async () => {
  const file = await openRunner('telling')
  const { child, ended, lines } = watchOver(() => fork(file))
  await new Promise((told) => child.once('message', told))
  child.kill('SIGSTOP')
  expect(await ended).toBe('SIGKILL')
  expect(lines).toEqual([expect.stringContaining(`(${child.pid}) gave no sign of life`)])
})

it('ends one that never gives a sign of life, after a longer time', async () => {
  const file = await openRunner('silent')
  const { ended } = watchOver(() => fork(file))
  expect(await ended).toBe('SIGKILL')
})

it('leaves those alone that give signs of life, and other programs', async () => {
  const file = await openRunner('telling')
  const lookMs = 4 * LOOK_MS // it may wait long for a processor
  const { child, lines } = watchOver(() => fork(file), lookMs)
  const other = spawn('sleep', ['60'])
  onTestFinished(() => void other.kill('SIGKILL'))
  await new Promise<void>((done) => {
    let began: number | undefined
    child.on('message', () => {
      began ??= performance.now()
      if (performance.now() - began > 10 * lookMs) done() // a silent one has only eight
    })
  })
  expect({ child: child.exitCode, other: other.exitCode, lines }).toEqual({
    child: null,
    other: null,
    lines: [],
  })
})

import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { hideStepInput } from '../../services/motia/step-input'

/** Tells what a step's process was given, and what everybody on the machine sees of it. */
const RUNNER = `
import { readFileSync } from 'node:fs'
const seen = readFileSync('/proc/self/cmdline', 'utf8').split('\\0').filter(Boolean)
process.send({ input: process.argv[3], file: process.argv[2], seen })
`

/** Starts a step as Motia does (@motiadev/core 0.17.4, src/process-communication/process-manager.ts). */
async function step(input: unknown, name = 'node-runner.mjs') {
  const folder = await mkdtemp(join(tmpdir(), 'step-input-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  onTestFinished(hideStepInput())
  const runner = join(folder, name)
  await writeFile(runner, RUNNER)
  const child = spawn('node', [runner, 'compiled.js', JSON.stringify(input)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  })
  const closed = new Promise((done) => child.once('close', done))
  const told = await new Promise<{ input: string; file: string; seen: string[] }>((done) =>
    child.once('message', (message) => done(message as never)),
  )
  await closed
  return told
}

describe('What everybody on the machine sees of a step', () => {
  const headers = { 'x-forwarded-for': '192.0.2.1' }

  it.each([
    ['an event', { data: { aktennummer: '123/24' }, flows: [], traceId: 'SECRET' }, ['123/24']],
    [
      'a route',
      { data: { body: { reason: 'SECRET' }, headers, pathParams: { aktennummer: '12345' } } },
      ['12345'],
    ],
    ['a route without an Akte', { data: { body: { cause: 'SECRET' }, headers, pathParams: {} } }, []],
    ['what is none', { data: { pathParams: { aktennummer: '--eval=SECRET' } } }, []],
    ['a tick', { flows: ['SECRET'] }, []],
    ['1 MB', { data: { body: 'SECRET'.repeat(200_000), aktennummer: '1' } }, ['1']],
  ])('%s', async (_what, input, shown) => {
    const told = await step(input)
    expect(JSON.parse(told.input)).toEqual(input)
    expect(told.file).toBe('compiled.js')
    const [, , runner, file, ...rest] = told.seen
    expect(runner).toMatch(/node-runner\.mjs$/)
    expect(file).toBe('compiled.js')
    expect(rest).toEqual(shown)
    expect(told.seen.join(' ')).not.toContain('SECRET')
  })

  it('other processes are started as they are', async () => {
    const told = await step({ a: 1 }, 'other.mjs')
    expect(told.seen.at(-1)).toBe('{"a":1}')
  })
})

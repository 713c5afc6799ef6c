import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { type Clock, systemClock } from '../../services/clock'
import { withFileLock } from '../../services/content/file-lock'
import { RetryLaterError } from '../../services/errors'

const TEN_YEARS_MS = 10 * 365 * 24 * 3_600_000

async function openFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'file-lock-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return { folder, path: join(folder, 'log') }
}

/** A clock that is off by so much, whose waiting and beats take no time where `isInstant`. */
function clockOf(offsetMs: number, speed = 1): Clock {
  const start = systemClock.monotonic()
  return {
    ...systemClock,
    now: () => new Date(systemClock.now().getTime() + offsetMs),
    monotonic: () => start + (systemClock.monotonic() - start) * speed,
    wait: (ms) => systemClock.wait(ms / speed),
    later: (ms, work) => systemClock.later(ms / speed, work),
  }
}

/** How many were inside at once, at most, while so many processes of these clocks took turns. */
async function mostAtOnce(path: string, clocks: Clock[], turns: number) {
  let inside = 0
  let most = 0
  const turn = (clock: Clock) =>
    withFileLock(path, clock, async () => {
      inside += 1
      most = Math.max(most, inside)
      await systemClock.wait(2)
      inside -= 1
    })
  await Promise.all(
    clocks.map(async (clock) => {
      for (let index = 0; index < turns; index++) await turn(clock)
    }),
  )
  return most
}

it('lets one in at a time, also when their clocks are years apart', async () => {
  const { folder, path } = await openFolder()
  const clocks = [0, TEN_YEARS_MS, -TEN_YEARS_MS, 0].map((offset) => clockOf(offset))
  expect(await mostAtOnce(path, clocks, 15)).toBe(1)
  expect(await readdir(folder)).toEqual([])
})

it('fails for nobody when a holder leaves in the very moment in which the others try', async () => {
  const { folder, path } = await openFolder()
  const clock = { ...systemClock, wait: () => new Promise<void>((resolve) => setImmediate(resolve)) }
  let turns = 0
  const takeTurns = async () => {
    for (let index = 0; index < 100; index++) await withFileLock(path, clock, async () => turns++)
  }
  await Promise.all(Array.from({ length: 8 }, takeTurns))
  expect(turns).toBe(800)
  expect(await readdir(folder)).toEqual([])
})

it('never compares the time of a file: a holder whose lock looks ten years old keeps it as long as it counts', async () => {
  const { path } = await openFolder()
  // Everybody's time runs fifty times as fast: ten seconds are 200 ms.
  const clock = clockOf(0, 50)
  let isOver = false
  let began = () => {}
  const first = new Promise<void>((resolve) => {
    began = resolve
  })
  const holding = withFileLock(path, clock, async () => {
    began()
    const [holder = ''] = await readdir(`${path}.lock`)
    const old = new Date(Date.now() - TEN_YEARS_MS)
    await utimes(join(`${path}.lock`, holder), old, old)
    await systemClock.wait(600)
    isOver = true
  })
  await first
  await withFileLock(path, clock, async () => expect(isOver).toBe(true))
  await holding
})

it('takes over from a process that was killed, when its lock has not changed for ten seconds', async () => {
  const { folder, path } = await openFolder()
  await mkdir(`${path}.lock`)
  await writeFile(join(`${path}.lock`, 'killed'), '3')
  const clock = clockOf(-TEN_YEARS_MS, 50)
  const began = clock.monotonic()
  const waited = await withFileLock(path, clock, async () => clock.monotonic() - began)
  expect(waited).toBeGreaterThan(10_000)
  expect(await readdir(folder)).toEqual([])
})

it('takes what a killed process left empty at once', async () => {
  const { path } = await openFolder()
  await mkdir(`${path}.lock`)
  expect(await withFileLock(path, systemClock, async () => 'done')).toBe('done')
})

it('a holder that stood still until another one took over writes nothing more, and leaves the lock of the other', async () => {
  const { path } = await openFolder()
  let monotonic = 0
  // Nothing beats while the process stands still.
  const stopped: Clock = { ...systemClock, monotonic: () => monotonic, later: () => () => {} }
  const late = withFileLock(path, stopped, async (lock) => {
    await lock.assertHeld()
    const [holder = ''] = await readdir(`${path}.lock`)
    await rm(join(`${path}.lock`, holder)) // what a waiting process does
    await writeFile(join(`${path}.lock`, 'other'), '0')
    monotonic += 60_000
    await lock.assertHeld()
  })
  await expect(late).rejects.toBeInstanceOf(RetryLaterError)
  expect(await readdir(`${path}.lock`)).toEqual(['other'])
})

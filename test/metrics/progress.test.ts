import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { DiskSpool } from '../../services/content/spool'
import { type Progress, ProgressReporter, type RunProgress } from '../../services/model/progress'

/** What is shown of a run that reports these steps, each at its second. */
async function shown(steps: [second: number, run: Partial<RunProgress>][], fails = false) {
  let second = 0
  const seen: (Progress | null)[] = []
  const clock = { now: () => new Date(1_800_000_000_000 + second * 1000) }
  const reporter = new ProgressReporter('123/24', clock, async (_aktennummer, progress) => {
    seen.push(progress)
    if (fails) throw new Error('no stream')
  })
  for (const [at, run] of steps) {
    second = at
    reporter.report({ phase: 'syncing', filesDone: 0, filesTotal: 10, bytes: 0, ...run })
  }
  await reporter.end()
  return seen
}

describe('the progress of a run', () => {
  it('is shown at once for a new phase, then every two seconds, and taken away at the end', async () => {
    const seen = await shown([
      [0, { phase: 'fetching' }],
      [0.1, { phase: 'syncing' }],
      [0.2, { filesDone: 1 }],
      [1.9, { filesDone: 2 }],
      [2.1, { filesDone: 3 }],
      [2.2, { filesDone: 4 }],
      [2.3, { phase: 'finishing', filesDone: 10 }],
    ])
    expect(seen.map((progress) => progress && [progress.phase, progress.filesDone])).toEqual([
      ['fetching', 0],
      ['syncing', 0],
      ['syncing', 3],
      ['finishing', 10],
      null,
    ])
  })

  it('estimates the remaining time from the files that are done', async () => {
    const seen = await shown([
      [0, {}],
      [4, { filesDone: 4, bytes: 400 }],
    ])
    expect(seen.map((progress) => progress?.remainingMs)).toEqual([null, 6000, undefined])
    expect(seen[1]).toMatchObject({ aktennummer: '123/24', bytes: 400, filesTotal: 10 })
  })

  it('grows within a file: bytes are told as they arrive', async () => {
    let bytes = 0
    const spool = await DiskSpool.open((more) => {
      bytes += more
    })
    try {
      const whileItArrives: number[] = []
      const source = Readable.from(
        (async function* () {
          for (const part of ['one ', 'two ', 'three']) {
            yield Buffer.from(part)
            whileItArrives.push(bytes)
          }
        })(),
        { highWaterMark: 1 },
      )
      await (await spool.child()).receive(source, 13, { what: 'a file', system: 'EspoCRM', atMost: 13 })
      expect(bytes).toBe(13)
      expect(whileItArrives[0]).toBeLessThan(13)
    } finally {
      await spool.close()
    }
  })

  it('never stops a sync', async () => {
    await expect(shown([[0, {}]], true)).resolves.toHaveLength(2)
  })
})

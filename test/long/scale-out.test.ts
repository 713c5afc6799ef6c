import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seedManyAkten } from '../../sandbox/seed'
import { type Installation, install, MINUTE, PENDING, PROCESSING, until } from '../../testkit/installation'
import { expectAgreement } from './agreement'

describe('three servers on one Redis, two of them started at the same moment from one working copy', () => {
  let firm: Installation
  let akten: string[]
  /** Which server runs which Akte at present, how many each has finished, and who ran one that was being run. */
  const running = new Map<string, string>()
  const finished = { first: 0, second: 0, third: 0 }
  const doubles: string[] = []

  const watch = (server: keyof typeof finished) => (line: string) => {
    const started = /Starting document sync for Akte (\S+)/.exec(line)?.[1]
    if (started !== undefined) {
      const other = running.get(started)
      if (other !== undefined) doubles.push(`${started}: ${server} while ${other}`)
      running.set(started, server)
    }
    const done = /Sync complete for Akte (\S+)/.exec(line)?.[1]
    if (done !== undefined) {
      running.delete(done)
      finished[server] += 1
    }
  }

  beforeAll(async () => {
    firm = await install({
      seed: async (office) => {
        akten = await seedManyAkten(office, 24)
      },
      env: { SYNC_LOCK_SCOPE: 'akte', SYNC_CONCURRENCY: '2' },
      onLine: watch('first'),
    })
    await Promise.all([firm.startServer({}, watch('second')), firm.startServer({}, watch('third'))])
    // Slow answers: no server is done before the others have begun.
    firm.office.espo.faults.set({ mode: 'slow', ms: 200 })
  })
  afterAll(() => firm?.close())

  it('share the work, and none does what another is doing', async () => {
    const { office, redis } = firm
    await redis.sadd(PENDING, ...akten)
    await until(
      'the sets to be empty',
      async () => (await redis.sunion(PENDING, PROCESSING)).length === 0,
      3 * MINUTE,
    )
    for (const akte of akten) await expectAgreement(office, akte, 3)
    const { first, second, third } = finished
    expect(Math.min(first, second, third), `Akten done: ${JSON.stringify(finished)}`).toBeGreaterThan(0)
    expect(doubles).toEqual([])
  })
})

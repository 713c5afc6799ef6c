import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seedManyAkten } from '../../sandbox/seed'
import type { ProductProcess } from '../../scripts/motia-process'
import { KEYS } from '../../services/redis/keys'
import {
  allDone,
  type Installation,
  install,
  PENDING,
  PROCESSING,
  slowDown,
  underWay,
  until,
} from '../../testkit/installation'
import { expectAgreement } from '../long/agreement'

const COUNT = 24

describe('npm run worker', () => {
  let firm: Installation
  let akten: string[]
  let worker: ProductProcess
  /** Who runs which Akte at present, how many each has finished, and who ran one that was being run. */
  const running = new Map<string, string>()
  const finished = new Map<string, number>()
  const doubles: string[] = []

  const watch = (who: string) => (line: string) => {
    const started = /Starting document sync for Akte (\S+)/.exec(line)?.[1]
    if (started !== undefined) {
      const other = running.get(started)
      if (other !== undefined) doubles.push(`${started}: ${who} while ${other}`)
      running.set(started, who)
    }
    const done = /Sync complete for Akte (\S+)/.exec(line)?.[1]
    if (done === undefined) return
    running.delete(done)
    finished.set(who, (finished.get(who) ?? 0) + 1)
  }
  beforeAll(async () => {
    firm = await install({
      seed: async (office) => {
        akten = await seedManyAkten(office, COUNT)
      },
      env: { SYNC_LOCK_SCOPE: 'akte', SYNC_CONCURRENCY: '2' },
      onLine: watch('server'),
    })
  })
  afterAll(() => firm?.close())

  it('shares the work with a Motia server and another worker, and none does what another is doing', async () => {
    slowDown(firm.office, 500) // no worker is done before the server's next tick
    worker = await firm.startWorker({}, watch('worker'))
    const other = await firm.startWorker({}, watch('other'))
    await firm.redis.sadd(PENDING, ...akten)
    await allDone(firm)
    for (const akte of akten) await expectAgreement(firm.office, akte, 3)
    expect([...finished.keys()].sort()).toEqual(['other', 'server', 'worker'])
    expect(doubles).toEqual([])
    // Motia's traces are those of single Akten, however many a job goes on with.
    for (const key of await firm.redis.keys('motia:trace:*'))
      for (const json of key === 'motia:trace:default' ? [] : await firm.redis.hvals(key))
        expect((JSON.parse(json) as { events: unknown[] }).events.length).toBeLessThan(60)
    await other.stop()
    expect(other.child.exitCode).toBe(0)
    expect(await firm.redis.hlen(KEYS.instances)).toBe(2)
  })

  it('ends within ten seconds of SIGTERM: what is under way is finished or pending again, at once', async () => {
    await firm.motia.stop()
    slowDown(firm.office, 3000)
    await firm.redis.sadd(PENDING, ...akten)
    await until('two Akten to be under way', async () => (await underWay(firm)).length === 2)
    const begin = Date.now()
    worker.child.kill('SIGTERM')
    expect(await worker.ended).toBe(0)
    expect(Date.now() - begin).toBeLessThan(10_000)
    expect(await underWay(firm)).toEqual([])
    expect(await firm.redis.scard(PROCESSING)).toBe(0)
    expect(await firm.redis.exists(KEYS.begunRuns, KEYS.attempts)).toBe(0)
    expect(await firm.redis.keys('advoware_document_sync*')).toEqual([])
  })
})

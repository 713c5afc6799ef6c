import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seedManyAkten } from '../../sandbox/seed'
import type { ProductProcess } from '../../scripts/motia-process'
import { KEYS } from '../../services/redis/keys'
import { type Installation, install, MINUTE, PENDING, PROCESSING, until } from '../../testkit/installation'
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
  const slowDown = (ms: number) => {
    const { espo, watcher, advoware } = firm.office
    for (const { faults } of [espo, watcher, advoware]) faults.set({ mode: 'slow', ms })
  }
  const waiting = async () => (await firm.redis.sunion(PENDING, PROCESSING)).length
  const underWay = async () => {
    const leases = Object.entries(await firm.redis.hgetall(KEYS.leases))
    return leases.filter(([, lease]) => !lease.startsWith('waiting|')).map(([akte]) => akte)
  }
  const allDone = () => until('the sets to be empty', async () => (await waiting()) === 0, 3 * MINUTE)

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
    slowDown(500) // no worker is done before the server's next tick
    worker = await firm.startWorker({}, watch('worker'))
    const other = await firm.startWorker({}, watch('other'))
    await firm.redis.sadd(PENDING, ...akten)
    await allDone()
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
    slowDown(3000)
    await firm.redis.sadd(PENDING, ...akten)
    await until('two Akten to be under way', async () => (await underWay()).length === 2)
    const begin = Date.now()
    worker.child.kill('SIGTERM')
    expect(await worker.ended).toBe(0)
    expect(Date.now() - begin).toBeLessThan(10_000)
    expect(await underWay()).toEqual([])
    expect(await firm.redis.scard(PROCESSING)).toBe(0)
    expect(await firm.redis.exists(KEYS.begunRuns, KEYS.attempts)).toBe(0)
    expect(await firm.redis.keys('advoware_document_sync*')).toEqual([])
  })

  it('killed in the middle, it costs those under way a minute, and another one goes on, alone', async () => {
    slowDown(300)
    worker = await firm.startWorker()
    await until('two Akten to be under way', async () => (await underWay()).length === 2)
    await worker.kill()
    const died = await underWay()
    expect(died.length).toBeGreaterThan(0)
    worker = await firm.startWorker()
    slowDown(1)
    await until(
      'the others to be done',
      async () => (await firm.redis.sunion(PENDING, PROCESSING)).every((akte) => died.includes(akte)),
      MINUTE,
    )
    await allDone()
    for (const akte of akten) await expectAgreement(firm.office, akte, 3)
    expect(await firm.redis.exists(KEYS.failed, KEYS.stopped, KEYS.leases, KEYS.begunRuns)).toBe(0)
  })

  it('outlives a Redis that is gone for a while, and goes on by itself', async () => {
    slowDown(300)
    await firm.redis.sadd(PENDING, ...akten)
    await until('two Akten to be under way', async () => (await underWay()).length === 2)
    await firm.killRedis()
    await until('it to be told', () => worker.output().includes('❌ The worker could not go on'), MINUTE)
    await firm.restartRedis()
    slowDown(1)
    await allDone()
    expect(worker.child.exitCode).toBeNull()
    for (const akte of akten) await expectAgreement(firm.office, akte, 3)
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seedManyAkten } from '../../sandbox/seed'
import type { ProductProcess } from '../../scripts/motia-process'
import { KEYS } from '../../services/redis/keys'
import {
  allDone,
  type Installation,
  install,
  MINUTE,
  PENDING,
  PROCESSING,
  slowDown,
  underWay,
  until,
} from '../../testkit/installation'
import { expectAgreement } from './agreement'

describe('npm run worker, alone, without a Motia server', () => {
  let firm: Installation
  let akten: string[]
  let worker: ProductProcess

  beforeAll(async () => {
    firm = await install({
      seed: async (office) => {
        akten = await seedManyAkten(office, 24)
      },
      env: { SYNC_LOCK_SCOPE: 'akte', SYNC_CONCURRENCY: '2' },
    })
    await firm.motia.stop()
    await firm.redis.sadd(PENDING, ...akten)
  })
  afterAll(() => firm?.close())

  it('killed in the middle, it costs those under way a minute, and another one goes on, alone', async () => {
    slowDown(firm.office, 300)
    worker = await firm.startWorker()
    await until('two Akten to be under way', async () => (await underWay(firm)).length === 2)
    await worker.kill()
    const died = await underWay(firm)
    expect(died.length).toBeGreaterThan(0)
    worker = await firm.startWorker()
    slowDown(firm.office, 1)
    await until(
      'the others to be done',
      async () => (await firm.redis.sunion(PENDING, PROCESSING)).every((akte) => died.includes(akte)),
      MINUTE,
    )
    await allDone(firm)
    for (const akte of akten) await expectAgreement(firm.office, akte, 3)
    expect(await firm.redis.exists(KEYS.failed, KEYS.stopped, KEYS.leases, KEYS.begunRuns)).toBe(0)
  })

  it('outlives a Redis that is gone for a while, and goes on by itself', async () => {
    slowDown(firm.office, 300)
    await firm.redis.sadd(PENDING, ...akten)
    await until('two Akten to be under way', async () => (await underWay(firm)).length === 2)
    await firm.killRedis()
    await until('it to be told', () => worker.output().includes('❌ The worker could not go on'), MINUTE)
    await firm.restartRedis()
    slowDown(firm.office, 1)
    await allDone(firm)
    expect(worker.child.exitCode).toBeNull()
    for (const akte of akten) await expectAgreement(firm.office, akte, 3)
  })
})

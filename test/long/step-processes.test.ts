import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seedManyAkten } from '../../sandbox/seed'
import { KEYS } from '../../services/redis/keys'
import { type Installation, install, MINUTE, PENDING, PROCESSING, until } from '../../testkit/installation'
import { expectAgreement } from './agreement'
import { isRunning, stepsOf } from './processes'

/** Slow answers, so that a run takes seconds and is found in the middle. */
const slowOffice = ({ office }: Installation) => {
  for (const system of [office.espo, office.watcher, office.advoware])
    system.faults.set({ mode: 'slow', ms: 400 })
}
const fastOffice = ({ office }: Installation) => {
  for (const system of [office.espo, office.watcher, office.advoware]) system.faults.clear()
}

async function runningAkten({ redis }: Installation): Promise<string[]> {
  const leases = Object.entries(await redis.hgetall(KEYS.leases))
  return leases.filter(([, lease]) => !lease.startsWith('waiting|')).map(([akte]) => akte)
}

describe.each(['global', 'akte'] as const)('processes of steps hang, lock %s', (scope) => {
  let firm: Installation
  let akten: string[]
  beforeAll(async () => {
    firm = await install({
      seed: async (office) => {
        akten = await seedManyAkten(office, 6)
      },
      env: { SYNC_LOCK_SCOPE: scope, SYNC_CONCURRENCY: '2' },
    })
    slowOffice(firm)
  })
  afterAll(() => firm?.close())

  it(
    'the server ends them, the office goes on within 90 s, and every Akte is in agreement',
    async () => {
      const { redis, motia, office } = firm
      const workers = scope === 'akte' ? 2 : 1
      await redis.sadd(PENDING, ...akten)
      await until('runs', async () => (await runningAkten(firm)).length >= workers, MINUTE)
      const hung = stepsOf(motia.child.pid)
      for (const pid of hung) process.kill(pid, 'SIGSTOP')
      const stuck = await runningAkten(firm)
      fastOffice(firm)
      const stoppedAt = Date.now()
      const others = akten.filter((akte) => !stuck.includes(akte))
      await until(
        'another Akte to be synced',
        async () => (await redis.hmget(KEYS.lastResults, ...others)).some((result) => result !== null),
        90_000,
      )
      console.log(
        `Lock ${scope}: the next Akte was done after ${Math.round((Date.now() - stoppedAt) / 1000)} s`,
      )
      expect(hung.filter(isRunning)).toEqual([])
      expect(motia.output()).toMatch(
        /The process of a step \(\d+\) gave no sign of life for \d+ s and was ended/,
      )
      await until('all', async () => (await redis.sunion(PENDING, PROCESSING)).length === 0, 2 * MINUTE)
      for (const akte of akten) await expectAgreement(office, akte, 3)
    },
    6 * MINUTE,
  )

  it('SIGTERM to the server alone ends its steps, too', async () => {
    const { redis, motia } = firm
    slowOffice(firm)
    await redis.sadd(PENDING, ...akten)
    await until('a run', async () => (await runningAkten(firm)).length > 0, MINUTE)
    const steps = stepsOf(motia.child.pid)
    expect(steps.length).toBeGreaterThan(0)
    motia.child.kill('SIGTERM')
    await until('the steps to end', () => steps.every((pid) => !isRunning(pid)), 15_000)
  })
})

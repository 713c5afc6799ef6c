import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seedManyAkten } from '../../sandbox/seed'
import { KEYS } from '../../services/redis/keys'
import {
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

const CRON_LOCK = 'motia:cron:lock:Advoware Document Sync - Cron Poller'
const QUEUE = 'motia:advoware.document.sync.Advoware Document Sync - Event Handler'

describe('20 Akten are syncing, and everything dies again and again', () => {
  let firm: Installation
  let akten: string[]
  /** Akte → when the server died in the middle of it; and how long the next sync took to begin. */
  const diedAt = new Map<string, number>()
  const delays: number[] = []

  beforeAll(async () => {
    firm = await install({
      seed: async (office) => {
        akten = await seedManyAkten(office, 20)
      },
      env: { SYNC_LOCK_SCOPE: 'akte', SYNC_CONCURRENCY: '3' },
    })
    // Slow answers, so that a run takes seconds and death always finds several in the middle.
    slowDown(firm.office, 200)
    await firm.redis.sadd(PENDING, ...akten)
  })
  afterAll(() => firm?.close())

  /** Kills the process group with SIGKILL as soon as `moment` is there and a little more time has passed. */
  async function killServer(what: string, moment: () => unknown) {
    await until(what, moment)
    await sleep(Math.random() * 1500)
    await killNow()
  }

  async function killNow() {
    await firm.motia.kill()
    for (const akte of await underWay(firm)) if (!diedAt.has(akte)) diedAt.set(akte, Date.now())
  }

  /** What happens 930 s after a server died, now: BullMQ gives the jobs it was at to another worker. */
  async function expireJobLocks() {
    for (const job of await activeJobs()) await firm.redis.del(`${QUEUE}:${job}:lock`)
  }

  const activeJobs = () => firm.redis.lrange(`${QUEUE}:active`, 0, -1)

  async function restartServer() {
    firm.motia = await firm.startServer({}, (line) => {
      const akte = /Starting document sync for Akte (\S+)/.exec(line)?.[1] ?? ''
      const died = diedAt.get(akte)
      if (died !== undefined) delays.push(Date.now() - died)
      diedAt.delete(akte)
    })
  }

  it('the server, in the middle of several Akten', async () => {
    await killServer('three Akten to be running', async () => (await underWay(firm)).length >= 3)
    expect(diedAt.size).toBeGreaterThan(0)
    await expireJobLocks() // so that the jobs of the dead run once more in the middle of everything
    await restartServer()
  })

  it('the server, inside a tick: polling stops for less than 30 s', async () => {
    const tick = () => firm.redis.exists(CRON_LOCK)
    await until('a tick', tick)
    await killNow()
    // The next tick may begin when the lock is gone, at the next full 10 s.
    expect(await firm.redis.pttl(CRON_LOCK)).toBeLessThanOrEqual(20_000)
    await restartServer()
    await until('polling to go on', () => firm.motia.output().includes('🔍 Polling Redis'), MINUTE)
  })

  it(
    'Redis, for ten seconds: the server survives and goes on',
    async () => {
      const { motia } = firm
      let seen = motia.output().length
      const since = () => motia.output().slice(seen)
      await until('a run to begin', () => since().includes('🔄 Starting document sync'), 3 * MINUTE)
      await firm.killRedis()
      await until('the run to fail loudly', () => /❌ .*max retries/.test(since()), 30_000)
      await sleep(10_000)
      await firm.restartRedis()
      seen = motia.output().length
      await until('polling to go on', () => since().includes('🔍 Polling Redis'), 30_000)
      expect(motia.child.exitCode).toBeNull()
    },
    5 * MINUTE,
  )

  it('the server once more', async () => {
    await killServer('an Akte to be running', async () => (await underWay(firm)).length > 0)
    await restartServer()
  })

  it(
    'and in the end every Akte is in agreement, everything exists once, and nothing is left behind',
    async () => {
      for (const system of [firm.office.espo, firm.office.watcher, firm.office.advoware])
        system.faults.clear()
      const { redis } = firm
      await until(
        'the sets to be empty',
        async () => (await redis.sunion(PENDING, PROCESSING)).length === 0,
        4 * MINUTE,
      )
      for (const akte of akten) await expectAgreement(firm.office, akte, 3)
      expect(await redis.hgetall(KEYS.leases)).toEqual({})
      expect(await redis.hgetall(KEYS.failed)).toEqual({})
      expect(await redis.hgetall(KEYS.stopped)).toEqual({})
      expect(await redis.keys('advoware_document_sync*')).toEqual([])
      expect(await redis.keys(KEYS.heartbeat('*'))).toEqual([])
    },
    5 * MINUTE,
  )

  it(
    'the jobs of the dead, which come back much later, find nothing to do',
    async () => {
      const { watcher, advoware, espo } = firm.office
      for (const { requests } of [watcher, advoware, espo]) requests.reset()
      await expireJobLocks()
      await until('all jobs to have run', async () => (await activeJobs()).length === 0, 3 * MINUTE)
      for (const { requests } of [watcher, advoware, espo]) expect(requests).toHaveLength(0)
      const seconds = delays.map((ms) => (ms / 1000).toFixed(0)).join(', ')
      console.log(`Seconds from death to the next sync of the same Akte: ${seconds}`)
    },
    4 * MINUTE,
  )
})

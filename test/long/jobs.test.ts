import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seedTypicalAkte } from '../../sandbox/seed'
import { KEYS } from '../../services/redis/keys'
import { type Installation, install, MINUTE, PENDING, PROCESSING, until } from '../../testkit/installation'

const AKTE = '12345'
const QUEUE = 'motia:advoware.document.sync.Advoware Document Sync - Event Handler'

describe('jobs that nobody needs, and jobs that nobody can read', () => {
  let firm: Installation
  beforeAll(async () => {
    firm = await install({ seed: seedTypicalAkte })
  })
  afterAll(() => firm?.close())

  /** Adds jobs as BullMQ keeps them, behind all that wait; `null`: a job without any data. */
  async function addJobs(...datas: (string | null)[]) {
    const pipeline = firm.redis.pipeline()
    for (const [index, data] of datas.entries()) {
      const id = `extra-${Date.now()}-${index}`
      const job = {
        name: 'job',
        opts: '{"attempts":4,"backoff":{"type":"fixed","delay":100}}',
        timestamp: `${Date.now()}`,
      }
      if (data !== null) pipeline.hset(`${QUEUE}:${id}`, { ...job, data, delay: '0', priority: '0' })
      pipeline.lpush(`${QUEUE}:wait`, id)
    }
    await pipeline.zadd(`${QUEUE}:marker`, 0, '0').exec()
  }

  const isSynced = async () => (await firm.redis.sunion(PENDING, PROCESSING)).length === 0
  const lastSync = () => firm.redis.zscore(KEYS.lastRuns, AKTE)

  it(
    '2,000 stale jobs do not keep an Akte waiting that somebody asks for by SADD',
    async () => {
      const stale = JSON.stringify({
        topic: 'advoware.document.sync',
        data: { aktennummer: '99999' },
        traceId: 't',
      })
      await addJobs(...Array.from({ length: 2000 }, () => stale))
      await firm.redis.sadd(PENDING, AKTE)
      await until('the sync', async () => (await lastSync()) !== null && (await isSynced()), 40_000)
      expect(await firm.redis.llen(`${QUEUE}:wait`)).toBeGreaterThan(1000)
      await firm.redis.del(`${QUEUE}:wait`)
    },
    2 * MINUTE,
  )

  it.each([
    ['null', 'null'],
    ['broken JSON', '{broken'],
    ['a text', '"text"'],
    ['a number', '7'],
    ['no Aktennummer', '{"topic":"advoware.document.sync","data":{"aktennummer":5}}'],
    ['no data at all', null],
  ])('%s as a job: the server lives, and the next Akte is synced', async (_what, data) => {
    const before = await lastSync()
    await addJobs(data)
    await until('the job to be over', async () => (await firm.redis.llen(`${QUEUE}:wait`)) === 0, MINUTE)
    await firm.redis.sadd(PENDING, AKTE)
    await until('a sync', async () => (await lastSync()) !== before && (await isSynced()), MINUTE)
    expect(firm.motia.child.exitCode).toBeNull()
  })
})

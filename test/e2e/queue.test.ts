import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seedTypicalAkte } from '../../sandbox/seed'
import { verifyInSync } from '../../scripts/verify'
import { KEYS } from '../../services/redis/keys'
import { type Installation, install, PENDING, PROCESSING, until } from '../../testkit/installation'

const AKTE = '12345'
const QUEUE_NAME = 'advoware.document.sync.Advoware Document Sync - Event Handler'
const QUEUE = `motia:${QUEUE_NAME}`

describe("Motia's retries and dead letters; the sets are the truth, a job is a wake-up call", () => {
  let firm: Installation
  beforeAll(async () => {
    firm = await install({ seed: seedTypicalAkte })
  })
  afterAll(() => firm?.close())

  const deadLetters = () => firm.redis.llen(`${QUEUE}.dlq:wait`)
  const jobs = async () =>
    (await firm.redis.llen(`${QUEUE}:wait`)) +
    (await firm.redis.llen(`${QUEUE}:active`)) +
    (await firm.redis.zcard(`${QUEUE}:delayed`))

  it('a run that finds the lock taken fails visibly; after four tries it is a dead letter and nothing is lost', async () => {
    const { redis, motia } = firm
    await redis.set(KEYS.globalLock, '99999 held by an operator', 'EX', 1800)
    await redis.sadd(PENDING, AKTE)
    await until('two dead letters', async () => (await deadLetters()) >= 2)

    expect(motia.output()).toContain(`⏸️ Global lock busy (held by: 99999), requeueing ${AKTE}`)
    expect(await redis.zcard(`${QUEUE}:failed`)).toBeGreaterThanOrEqual(2)
    expect(await redis.sunion(PENDING, PROCESSING)).toEqual([AKTE])
    expect(await redis.hgetall(KEYS.attempts)).toEqual({})
    expect(await redis.hgetall(KEYS.failed)).toEqual({})
    // Each tick wakes a worker once, and each job ends after four tries: they do not pile up.
    expect(await jobs()).toBeLessThanOrEqual(3)
    expect(await redis.get(KEYS.globalLock)).toBe('99999 held by an operator')
  })

  it('is synced once when the lock is free', async () => {
    const { office, redis } = firm
    await redis.del(KEYS.globalLock)
    await until('the sets to be empty', async () => (await redis.sunion(PENDING, PROCESSING)).length === 0)
    expect(await verifyInSync(office, AKTE)).toEqual([])
    expect(office.espo.dokumente(AKTE)).toHaveLength(8)
    expect(office.advoware.history(AKTE)).toHaveLength(11)
  })

  it('dead letters that a person sends again from the Workbench find nothing to do', async () => {
    const { office, redis, motia } = firm
    await until('the last retries to end', async () => (await jobs()) === 0)
    for (const { requests } of [office.watcher, office.advoware, office.espo]) requests.reset()
    const sentAgain = await deadLetters()
    const url = `${motia.url}/__motia/bullmq/dlq/${encodeURIComponent(QUEUE_NAME)}/retry-all`
    const answer = await fetch(url, { method: 'POST' })
    expect(await answer.json()).toMatchObject({ count: sentAgain })
    await until('all of them to have run', async () => (await jobs()) === 0)

    for (const { requests } of [office.watcher, office.advoware, office.espo])
      expect(requests).toHaveLength(0)
    expect(await redis.sunion(PENDING, PROCESSING)).toEqual([])
    expect(await deadLetters()).toBe(0)
  })
})

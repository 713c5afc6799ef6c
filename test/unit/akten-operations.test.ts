import type { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../services/clock'
import { AktenOperations, causeOf } from '../../services/queue/akten-operations'
import { AktenQueue, type Outcome, WAITING } from '../../services/queue/akten-queue'
import { beat } from '../../services/queue/instances'
import { readCauses } from '../../services/queue/queue-snapshot'
import { SyncLock } from '../../services/queue/sync-lock'
import { KEYS } from '../../services/redis/keys'
import { startTestRedis, type TestRedis } from '../../testkit/redis-server'

const ROOM = 100

let server: TestRedis
let redis: Redis
let queue: AktenQueue
let operations: AktenOperations

beforeAll(async () => {
  server = await startTestRedis()
  redis = server.connect()
  queue = new AktenQueue(redis, systemClock)
  operations = new AktenOperations(redis)
})

afterAll(() => server.stop())

beforeEach(async () => {
  await redis.flushall()
})

async function ended(akte: string, end: Outcome): Promise<void> {
  await redis.sadd(KEYS.pending, akte)
  await queue.claim(akte, 'w')
  await queue.settle(akte, 'w', end)
}
const failed = (akte: string, reason: string) => ended(akte, { outcome: 'failed', reason, attempts: 8 })
const taken = async () => (await queue.take(ROOM)).taken.sort()

describe('snapshot', () => {
  it('is empty for an office in agreement', async () => {
    expect(await operations.snapshot()).toMatchObject({
      ...{ akten: [], pausedAkten: new Map(), causes: new Map(), paused: null, lock: null, swept: 0 },
      beyond: { pending: 0, processing: 0, failed: 0, stopped: 0 },
    })
  })

  it('names the state of every Akte, why, and since when', async () => {
    await redis.sadd(KEYS.pending, 'waiting', 'running')
    await queue.take(ROOM)
    await queue.claim('running', 'w')
    await redis.sadd(KEYS.pending, 'running')
    await failed('failed', 'Windows watcher not reachable')
    await ended('stopped', { outcome: 'stopped', reason: 'Der Aktenordner fehlt', pauseAfter: 0 })
    await ended('later', { outcome: 'retry', delayMs: 60_000, reason: 'HTTP 503', attempts: 2 })
    await redis.sadd(KEYS.pending, 'new')
    await redis.sadd(KEYS.force, 'new')
    await redis.hset(KEYS.pausedAkten, 'new', 'Mandat ruht')

    const { akten } = await operations.snapshot()

    const quiet = {
      dueAt: null,
      attempts: 0,
      reason: null,
      reasonAt: null,
      isRequested: false,
      isForced: false,
      pausedReason: null,
    }
    const byName = Object.fromEntries(akten.map(({ since: _since, ...one }) => [one.aktennummer, one]))
    expect(byName).toEqual({
      waiting: { aktennummer: 'waiting', state: 'waiting', ...quiet },
      running: { aktennummer: 'running', state: 'running', ...quiet, isRequested: true },
      failed: {
        ...quiet,
        aktennummer: 'failed',
        state: 'failed',
        attempts: 8,
        reason: 'Windows watcher not reachable',
        reasonAt: expect.stringMatching(/Z$/),
      },
      stopped: {
        ...quiet,
        aktennummer: 'stopped',
        state: 'stopped',
        reason: 'Der Aktenordner fehlt',
        reasonAt: expect.any(String),
      },
      later: {
        ...quiet,
        aktennummer: 'later',
        state: 'pending',
        attempts: 2,
        reason: 'HTTP 503',
        reasonAt: expect.stringMatching(/Z$/),
        dueAt: expect.any(Number),
      },
      new: { ...quiet, aktennummer: 'new', state: 'pending', isForced: true, pausedReason: 'Mandat ruht' },
    })
    const since = akten.find(({ aktennummer }) => aktennummer === 'waiting')?.since ?? 0
    expect(Math.abs(since - Date.now())).toBeLessThan(60_000)
  })

  it('keeps the latest cause of an Akte, whoever met it, until it succeeds', async () => {
    const [akte, when] = ['1', { delayMs: 60_000, reason: 'EspoCRM antwortet nicht' }]
    const reason = async () =>
      (await operations.snapshot()).akten.find(({ aktennummer }) => aktennummer === akte)?.reason
    await ended(akte, {
      outcome: 'retry',
      delayMs: 60_000,
      reason: 'Der Watcher antwortet nicht',
      attempts: 3,
    })
    await redis.del(KEYS.delayedUntil)
    await queue.take(ROOM)
    await queue.settle(akte, WAITING, { outcome: 'retry', ...when }) // the poller, which counts no attempt
    expect((await operations.snapshot()).akten).toMatchObject([
      { reason: when.reason, reasonAt: expect.stringMatching(/Z$/), attempts: 3, dueAt: expect.any(Number) },
    ])
    await redis.del(KEYS.delayedUntil)
    await ended(akte, { outcome: 'retry', delayMs: 0, reason: '99999' }) // the lock was taken: no cause
    expect(await reason()).toBe(when.reason)
    await operations.retry([akte])
    expect(await reason(), 'a person asked: what was is over').toBeNull()
    await ended(akte, { outcome: 'done' })
    expect(await redis.exists(KEYS.causes)).toBe(0)
  })

  it('remembers why an Akte left the lists without a sync', async () => {
    await redis.sadd(KEYS.pending, '1')
    await queue.take(ROOM)
    await queue.settle('1', WAITING, { outcome: 'dropped', reason: 'Abgelegt' })
    expect((await operations.snapshot()).akten).toEqual([])
    expect((await readCauses(redis, ['1'])).get('1')).toMatchObject({ reason: 'Abgelegt' })
    await operations.remove('1')
    expect((await readCauses(redis, ['1'])).size).toBe(0)
  })

  it('shows who holds the lock, and whether that one is alive', async () => {
    await redis.sadd(KEYS.pending, '12345')
    await queue.claim('12345', 'w')
    const lock = await SyncLock.acquire(redis, systemClock, 'global', '12345', 'w')
    expect((await operations.snapshot()).lock).toEqual({
      aktennummer: '12345',
      isAlive: true,
      isForeign: false,
    })
    await redis.del(KEYS.heartbeat(KEYS.globalLock))
    expect((await operations.snapshot()).lock).toEqual({
      aktennummer: '12345',
      isAlive: false,
      isForeign: false,
    })
    await lock.release()
    await redis.set(KEYS.globalLock, '99999 held by an operator')
    expect((await operations.snapshot()).lock).toMatchObject({ isAlive: false, isForeign: true })
  })

  it('what no tick has seen waits since the last tick at most; without any, since the first server was there', async () => {
    const sinceOf = async () => (await operations.snapshot()).akten[0]?.since
    await redis.sadd(KEYS.pending, '12345')
    expect(await sinceOf()).toBeNull()
    const what = {
      kind: 'server',
      version: '1.0.0',
      lockScope: 'global',
      places: 1,
      upMs: 90_000,
      tickAgoMs: null,
    } as const
    await beat(redis, 'first', what)
    expect(Date.now() - Number(await sinceOf())).toBeGreaterThanOrEqual(90_000)
    await redis.hset(KEYS.polling, 'last', 1000)
    expect(await sinceOf()).toBe(1000)
    await queue.take(0)
    expect(await sinceOf()).toBeGreaterThan(1000)
  })

  it('shows entries that were written by hand as they are', async () => {
    await redis.hset(KEYS.failed, '1', 'kaputt')
    expect((await operations.snapshot()).akten[0]).toMatchObject({ state: 'failed', reason: 'kaputt' })
  })
})

describe('retry', () => {
  it('of one: at once, with all attempts ahead', async () => {
    await ended('1', { outcome: 'retry', delayMs: 600_000, reason: 'x', attempts: 7 })
    await failed('2', 'x')
    await operations.retry(['1'])
    expect(await taken()).toEqual(['1'])
    expect(await queue.claim('1', 'w')).toMatchObject({ attempts: 0 })
    expect(await redis.hkeys(KEYS.failed)).toEqual(['2'])
  })

  it('of a few comes before what waits longer; many are a bulk themselves', async () => {
    await redis.sadd(KEYS.pending, 'bulk')
    await queue.take(0)
    await operations.retry(['1'])
    expect((await queue.take(1)).taken).toEqual(['1'])
    await operations.retry(Array.from({ length: 11 }, (_, index) => `many-${index}`))
    expect(await queue.ahead('another')).toEqual(['1'])
    await operations.remove('1')
    expect(await queue.ahead('another')).toEqual([])
  })

  it('of thousands in one go', async () => {
    const akten = Array.from({ length: 2500 }, (_, index) => `${index}`)
    await operations.retry(akten)
    expect(await redis.scard(KEYS.pending)).toBe(2500)
  })

  it('of all that failed leaves the stopped alone', async () => {
    await failed('1', 'x')
    await failed('2', 'y')
    await ended('3', { outcome: 'stopped', reason: 'z', pauseAfter: 0 })
    await operations.retry(await operations.failed())
    expect(await taken()).toEqual(['1', '2'])
    expect(await redis.hkeys(KEYS.failed)).toEqual([])
    expect(await redis.hkeys(KEYS.stopped)).toEqual(['3'])
  })

  it('of all with the same cause, whatever their Aktennummern', async () => {
    await failed('12/24', 'Advoware answered 404 to GET /Akten/12%2F24')
    await failed('13', 'Advoware answered 404 to GET /Akten/13')
    await failed('14', 'Windows watcher not reachable')
    const cause = causeOf('13', 'Advoware answered 404 to GET /Akten/13')
    await operations.retry(await operations.failed(cause))
    expect(await taken()).toEqual(['12/24', '13'])
  })

  it('with force passes the safety stops once', async () => {
    await ended('1', { outcome: 'stopped', reason: 'x', pauseAfter: 0 })
    await operations.retry(['1'], true)
    expect(await taken()).toEqual(['1'])
    expect(await queue.claim('1', 'w')).toMatchObject({ isForced: true })
  })
})

describe('what else people do', () => {
  it('remove an Akte: it stands nowhere any more', async () => {
    await failed('1', 'x')
    await redis.sadd(KEYS.pending, '1')
    await redis.sadd(KEYS.force, '1')
    await queue.take(0)
    await operations.remove('1')
    expect(await redis.keys('*')).toEqual([KEYS.polling])
  })

  it('pause everything, and resume', async () => {
    await redis.sadd(KEYS.pending, '1')
    await operations.pauseAll('Umzug des Servers')
    expect(await operations.snapshot()).toMatchObject({ paused: 'Umzug des Servers' })
    expect(await taken()).toEqual([])
    await operations.resumeAll()
    expect(await taken()).toEqual(['1'])
  })

  it('pause one Akte, and resume', async () => {
    await redis.sadd(KEYS.pending, '1')
    await operations.pauseAkte('1', 'Mandat ruht')
    expect(await taken()).toEqual([])
    await operations.resumeAkte('1')
    expect(await taken()).toEqual(['1'])
  })
})

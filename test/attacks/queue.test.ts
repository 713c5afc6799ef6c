import type { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { AktenView } from '../../services/api/akten-view'
import { systemClock } from '../../services/clock'
import { loadConfig } from '../../services/config'
import { AktenQueue } from '../../services/queue/akten-queue'
import { KEYS } from '../../services/redis/keys'
import { startTestRedis, type TestRedis } from '../../testkit/redis-server'
import { AKTE, openOffice } from '../scenarios/office'

const ROOM = 16
let server: TestRedis
let redis: Redis
let queue: AktenQueue

beforeAll(async () => {
  server = await startTestRedis()
  redis = server.connect()
  queue = new AktenQueue(redis, systemClock)
})
afterAll(() => server.stop())
beforeEach(() => redis.flushall())

const failed = async (name: string) =>
  JSON.parse((await redis.hget(KEYS.failed, name)) ?? '{}').reason as string

describe('A member that cannot be an Aktennummer is in the failed list after one tick', () => {
  it.each([
    ['not UTF-8', Buffer.from([0x31, 0xff, 0x32]), '1?2'],
    ['half a character', Buffer.from([0x31, 0xc3]), '1?'],
    ['an overlong one', Buffer.from([0xe0, 0x80, 0xaf]), '???'],
    ['half a pair', Buffer.from([0xed, 0xa0, 0x80]), '???'],
    ['10 MB', Buffer.alloc(10 * 1024 * 1024, 'x'), 'x'.repeat(32)],
    ['long, with a line end', Buffer.from(`a\nb${'x'.repeat(100)}`), `a?b${'x'.repeat(29)}`],
  ])('%s', async (_what, member, name) => {
    await redis.sadd(KEYS.pending, member, '12345')
    await redis.sadd(KEYS.priority, member)
    const { taken, refused } = await queue.take(ROOM)
    expect(taken).toEqual(['12345'])
    expect(refused).toEqual([name])
    expect(await failed(name)).toBe(`This is not an Aktennummer (${member.length} bytes)`)
    expect(await redis.scard(KEYS.pending)).toBe(0)
    expect(await queue.take(ROOM)).toMatchObject({ taken: [], refused: [] })
    expect(await redis.keys('*')).not.toContain(KEYS.priority)
  })

  it('one that somebody put into processing, too', async () => {
    await redis.sadd(KEYS.processing, Buffer.from([0xff]))
    expect(await queue.take(ROOM)).toMatchObject({ taken: [], reaped: [], refused: ['?'] })
    expect(await redis.scard(KEYS.processing)).toBe(0)
  })

  it('while everything is paused and nothing has room', async () => {
    await redis.set(KEYS.paused, 'x')
    await redis.sadd(KEYS.pending, Buffer.from([0xff]))
    expect((await queue.take(0)).refused).toEqual(['?'])
  })
})

describe('A backlog of many thousands', () => {
  const MANY = 20_000
  const add = async (from: number, to: number) => {
    for (let at = from; at < to; at += 5000)
      await redis.sadd(KEYS.pending, ...Array.from({ length: 5000 }, (_one, more) => `A${at + more}`))
  }

  it('is taken as there is room, and drained to the last one', async () => {
    await add(0, MANY)
    const seen = new Set<string>()
    for (let tick = 0; seen.size < MANY && tick < 30; tick++) {
      const { taken } = await queue.take(1000)
      expect(taken).toHaveLength(1000)
      for (const akte of taken) {
        seen.add(akte)
        await queue.settle(akte, 'waiting', { outcome: 'done' })
      }
    }
    expect(seen.size).toBe(MANY)
    await queue.take(ROOM)
    expect(await redis.keys('*')).toEqual([KEYS.polling])
  })

  it('that nobody may take now hides none that is due, and what a person asks for comes at once', async () => {
    await add(0, MANY)
    const later = Date.now() + 900_000
    for (let at = 0; at < MANY; at += 5000)
      await redis.zadd(
        KEYS.delayedUntil,
        ...Array.from({ length: 5000 }, (_one, more) => [later, `A${at + more}`]).flat(),
      )
    await redis.sadd(KEYS.pending, 'DUE')
    const found: string[] = []
    for (let tick = 0; tick < 2 * Math.ceil(MANY / 5000) + 2; tick++)
      found.push(...(await queue.take(ROOM)).taken)
    expect(found).toEqual(['DUE'])
    await redis.sadd(KEYS.pending, 'ASKED')
    await redis.sadd(KEYS.priority, 'ASKED')
    expect((await queue.take(ROOM)).taken).toEqual(['ASKED'])
  })

  it('in processing without anybody is brought back, a few thousand at a time', async () => {
    for (let at = 0; at < MANY; at += 5000)
      await redis.sadd(KEYS.processing, ...Array.from({ length: 5000 }, (_one, more) => `P${at + more}`))
    const reaped = new Set<string>()
    for (let tick = 0; reaped.size < MANY && tick < 20; tick++) {
      const answer = await queue.take(0)
      expect(answer.reaped.length).toBeLessThan(8000)
      for (const akte of answer.reaped) reaped.add(akte)
    }
    expect(reaped.size).toBe(MANY)
  })
})

describe('An Akte that kills the process of its run', () => {
  /** A run is claimed and dies; two minutes later the reaper has brought the Akte back. */
  const die = async (akte: string, owner: string) => {
    expect(await queue.claim(akte, owner)).toMatchObject({ status: 'claimed' })
    await redis.hset(KEYS.leases, akte, `${owner}|1`)
    await queue.take(0)
  }

  it('counts each death, though nobody could say that it died', async () => {
    await redis.sadd(KEYS.pending, '1')
    for (let death = 0; death < 3; death++) {
      await die('1', `dying ${death}`)
      expect(await queue.claim('1', 'next')).toMatchObject({ attempts: death + 1 })
      await queue.settle('1', 'next', { outcome: 'retry', delayMs: 0, reason: 'busy' }) // counts nothing
    }
  })

  it('counts also where a free worker takes the Akte', async () => {
    await redis.sadd(KEYS.pending, '1')
    await queue.take(0)
    for (let death = 0; death < 3; death++) {
      for (let time = 0; time < 2; time++)
        expect(await queue.claimNext(`dying ${death}`, 'akte')).toMatchObject({
          aktennummer: '1',
          attempts: death,
        })
      await redis.hset(KEYS.leases, '1', `dying ${death}|1`)
      await queue.take(0)
    }
  })

  it('asking twice with one name counts once', async () => {
    await redis.sadd(KEYS.pending, '1')
    for (let time = 0; time < 3; time++) expect(await queue.claim('1', 'me')).toMatchObject({ attempts: 0 })
  })

  it.each(['deferred', 'lock busy', 'changed by hand'])(
    '%s counts nothing, and forgets no death',
    async (how) => {
      await redis.sadd(KEYS.pending, '1')
      await die('1', 'dying')
      for (let time = 0; time < 20; time++) {
        if (how === 'changed by hand') expect(await queue.holdForManualChange('1', 'me')).toBe(true)
        else expect(await queue.claim('1', 'me')).toMatchObject({ attempts: 1 })
        await queue.settle('1', 'me', { outcome: 'retry', delayMs: 0, reason: how })
      }
      expect(await queue.claim('1', 'last')).toMatchObject({ attempts: 1 })
    },
  )

  it('failures and deaths add up, success and a person’s retry begin anew', async () => {
    await redis.sadd(KEYS.pending, '1')
    await die('1', 'dying')
    const claim = await queue.claim('1', 'failing')
    expect(claim).toMatchObject({ attempts: 1 })
    await queue.settle('1', 'failing', { outcome: 'retry', delayMs: 0, reason: 'x', attempts: 2 })
    await die('1', 'dying again')
    expect(await queue.claim('1', 'me')).toMatchObject({ attempts: 3 })
    await queue.settle('1', 'me', { outcome: 'done' })
    expect(await redis.keys('*')).toEqual([KEYS.polling])
    await redis.sadd(KEYS.pending, '1')
    expect(await queue.claim('1', 'me')).toMatchObject({ attempts: 0 })
  })

  it('is given up after SYNC_MAX_ATTEMPTS deaths with a reason, and the next one runs', async () => {
    const office = await openOffice()
    office.addAkte()
    office.addAkte('NEXT')
    await office.filed({ 'A.docx': 'eins' }, 'NEXT')
    await office.redis.sadd(KEYS.pending, AKTE)
    const own = new AktenQueue(office.redis, systemClock)
    for (let death = 0; death < loadConfig().sync.maxAttempts; death++) {
      expect(await own.claim(AKTE, `dying ${death}`)).toMatchObject({ status: 'claimed', attempts: death })
      await office.redis.hset(KEYS.leases, AKTE, `dying ${death}|1`)
      await own.take(0)
    }
    const run = await office.tick()
    expect(run.report).toMatchObject({ result: 'failed', message: expect.stringContaining('process died') })
    const { pending, failed: entry, lock } = await office.snapshot()
    expect({ pending, lock }).toEqual({ pending: false, lock: null })
    expect(JSON.parse(entry ?? '')).toMatchObject({ attempts: 8, reason: expect.stringContaining('8 runs') })
    expect(office.espo.akte(AKTE)).toMatchObject({ syncStatus: 'failed' })
    expect((await office.sync('NEXT')).report?.result).toBe('synced')
    // A person's retry begins anew.
    expect((await office.sync()).report?.result).toBe('synced')
  })
})

describe('The list of Akten', () => {
  it('has pages, however many wait', async () => {
    const MANY = 12_000
    for (let at = 0; at < MANY; at += 4000)
      await redis.sadd(KEYS.pending, ...Array.from({ length: 4000 }, (_one, more) => `A${at + more}`))
    for (let tick = 0; (await redis.zcard(KEYS.waitingSince)) < MANY && tick < 20; tick++) await queue.take(0)
    await redis.hset(KEYS.failed, 'BROKEN', '{"reason":"x","attempts":8}')
    const view = new AktenView(redis, 'de')
    const seen = new Set<string>()
    let total = 0
    for (let offset = 0; offset < MANY + 1; offset += 1000) {
      const page = await view.list({ limit: 1000, offset })
      expect(page.akten.length).toBeLessThanOrEqual(1000)
      for (const { aktennummer } of page.akten) seen.add(aktennummer)
      total = page.total
      expect(page.counts).toMatchObject({ pending: MANY, failed: 1 })
    }
    expect([total, seen.size]).toEqual([MANY + 1, MANY + 1])
    // The one that is meant is found wherever it waits.
    const last = (await redis.zrange(KEYS.waitingSince, -1, -1))[0] ?? ''
    expect((await view.list({ limit: 10, search: last })).akten[0]?.aktennummer).toBe(last)
    expect(await view.get(last)).toMatchObject({ aktennummer: last, state: 'pending' })
  })
})

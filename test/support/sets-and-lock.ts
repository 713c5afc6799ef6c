import type { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../services/clock'
import { LockBusyError, LockLostError } from '../../services/errors'
import { AktenQueue, LEASE_MS, LOST, type Outcome, WAITING } from '../../services/queue/akten-queue'
import { announce } from '../../services/queue/announce'
import { beat } from '../../services/queue/instances'
import { SweepList } from '../../services/queue/sweep-list'
import { SyncLock } from '../../services/queue/sync-lock'
import { KEYS } from '../../services/redis/keys'

const ROOM = 100
const MINUTE = 60_000

/** Two clients of one Redis. */
export interface RedisPair {
  first: Redis
  second: Redis
  stop(): Promise<void>
}

/** What sets and lock promise, on whatever Redis `open` brings: a server, or the one of the simulation. */
export function describeSetsAndLock(name: string, open: () => Promise<RedisPair>): void {
  describe(name, () => {
    let client: RedisPair
    let redis: Redis
    let second: Redis
    let queue: AktenQueue
    const locks: SyncLock[] = []

    beforeAll(async () => {
      client = await open()
      redis = client.first
      second = client.second
      queue = new AktenQueue(redis, systemClock)
    })

    afterAll(() => client.stop())

    beforeEach(async () => {
      await redis.flushall()
    })

    afterEach(async () => {
      for (const lock of locks.splice(0)) await lock.release()
    })

    const members = async (key: string) => (await redis.smembers(key)).sort()
    const pending = () => members(KEYS.pending)
    const processing = () => members(KEYS.processing)
    const add = (...akten: string[]) => redis.sadd(KEYS.pending, ...akten)
    const lease = (akte: string, owner: string, fromNow: number) =>
      redis.hset(KEYS.leases, akte, `${owner}|${Date.now() + fromNow}`)
    const leaseOwner = async (akte: string) => (await redis.hget(KEYS.leases, akte))?.split('|')[0]
    const entry = async (key: string, akte: string): Promise<unknown> =>
      JSON.parse((await redis.hget(key, akte)) ?? 'null')

    async function claimed(akte: string, owner: string): Promise<void> {
      await add(akte)
      await queue.take(ROOM)
      expect(await queue.claim(akte, owner)).toMatchObject({ status: 'claimed' })
    }

    describe('take', () => {
      it('moves every due member and leaves it waiting for a worker', async () => {
        await add('1', '2')
        const { taken, reaped, paused } = await queue.take(ROOM)
        expect(taken.sort()).toEqual(['1', '2'])
        expect({ reaped, paused }).toEqual({ reaped: [], paused: null })
        expect(await pending()).toEqual([])
        expect(await processing()).toEqual(['1', '2'])
        expect(await leaseOwner('1')).toBe(WAITING)
      })

      it('of ten instances at once gives every member to exactly one', async () => {
        const akten = Array.from({ length: 50 }, (_, index) => `${index}/24`)
        await add(...akten)
        const other = new AktenQueue(second, systemClock)
        const ticks = await Promise.all(
          Array.from({ length: 10 }, (_, index) => (index % 2 ? queue : other).take((index + 1) * 5)),
        )
        expect(ticks.flatMap(({ taken }) => taken).sort()).toEqual([...akten].sort())
        expect(await processing()).toEqual([...akten].sort())
      })

      it('fills processing up to the room, and no further', async () => {
        await add('1', '2', '3')
        expect((await queue.take(2)).taken).toHaveLength(2)
        expect((await queue.take(2)).taken).toEqual([])
        expect(await pending()).toHaveLength(1)
        expect(await processing()).toHaveLength(2)
      })

      it('leaves what is due later', async () => {
        await add('now', 'past', 'later')
        await redis.zadd(KEYS.delayedUntil, Date.now() - 1000, 'past', Date.now() + MINUTE, 'later')
        expect((await queue.take(ROOM)).taken.sort()).toEqual(['now', 'past'])
        expect(await pending()).toEqual(['later'])
        expect(await redis.zrange(KEYS.delayedUntil, 0, -1)).toEqual(['later'])
      })

      it('takes those first that wait longest', async () => {
        await add('3')
        await queue.take(0)
        await add('1', '2')
        await redis.zadd(KEYS.waitingSince, Date.now() + MINUTE, '1', Date.now() + 2 * MINUTE, '2')
        expect((await queue.take(2)).taken).toEqual(['3', '1'])
        expect((await queue.take(3)).taken).toEqual(['2'])
      })

      it('has room for as many as all instances that are there have places', async () => {
        const what = { version: '1', lockScope: 'akte', upMs: 0, tickAgoMs: null } as const
        await beat(redis, 'server', { ...what, kind: 'server', places: 2 })
        await beat(redis, 'worker', { ...what, kind: 'worker', places: 3 })
        await beat(redis, 'gone', { ...what, kind: 'server', places: 100 })
        const [, json = ''] = /^\d+(\|.*)$/.exec((await redis.hget(KEYS.instances, 'gone')) ?? '') ?? []
        await redis.hset(KEYS.instances, 'gone', `${Date.now() - 61_000}${json}`)
        await add('1', '2', '3', '4', '5', '6', '7')
        expect((await queue.take(1)).taken).toHaveLength(1)
        expect((await queue.take(2, true)).taken).toHaveLength(4)
        expect((await queue.take(6, true)).taken).toHaveLength(1)
      })

      it('keeps the place of who is between two Akten, until it finds none or leaves', async () => {
        await add('1', '2', '3')
        await queue.take(0)
        await queue.claimNext('run 1', 'akte', 'place')
        await queue.settle('1', 'run 1', { outcome: 'done' })
        expect((await queue.take(1)).taken).toEqual([])
        expect((await queue.take(2)).taken).toHaveLength(1)
        await queue.claimNext('run 2', 'akte', 'place')
        expect((await queue.take(1)).taken).toEqual([])
        await queue.leave('place')
        expect((await queue.take(2)).taken).toHaveLength(1)
        await queue.claimNext('run 3', 'akte', 'other')
        await queue.claimNext('run 4', 'akte', 'other')
        expect(await redis.exists(KEYS.goingOn)).toBe(0)
      })

      it('takes those first that a person just asked for, also when there is no room', async () => {
        await add('bulk')
        await queue.take(0)
        await add('asked')
        await redis.sadd(KEYS.priority, 'asked')
        expect((await queue.take(0)).taken).toEqual(['asked'])
        expect(await queue.ahead('another')).toEqual(['asked'])
        expect((await queue.take(1)).taken).toEqual([])
        expect((await queue.take(2)).taken).toEqual(['bulk'])
      })

      it('lets an Akte that was asked for come first until it was really tried', async () => {
        const ends: [Outcome, string[]][] = [
          [{ outcome: 'retry', delayMs: 0, reason: 'the lock is held' }, ['1']],
          [{ outcome: 'retry', delayMs: 30_000, reason: 'open in Word' }, []],
          [{ outcome: 'failed', reason: 'x', attempts: 8 }, []],
          [{ outcome: 'done' }, []],
        ]
        for (const [end, asked] of ends) {
          await redis.flushall()
          await redis.sadd(KEYS.priority, '1')
          await claimed('1', 'w')
          await queue.settle('1', 'w', end)
          expect(await queue.ahead('another'), end.outcome).toEqual(asked)
        }
      })

      it('forgets who was asked for and is on no list any more', async () => {
        await add('1')
        await redis.sadd(KEYS.priority, 'removed')
        await queue.take(0)
        expect(await queue.ahead('another')).toEqual([])
      })

      it('leaves an Akte that a person paused, also from its job', async () => {
        await add('1', '2')
        await redis.hset(KEYS.pausedAkten, '1', 'Mandant will prüfen')
        expect((await queue.take(ROOM)).taken).toEqual(['2'])
        expect(await queue.claim('1', 'w1')).toEqual({ status: 'stale' })
        await redis.hdel(KEYS.pausedAkten, '1')
        expect((await queue.take(ROOM)).taken).toEqual(['1'])
      })

      it('leaves nothing of an Akte that a person removed from pending', async () => {
        await add('1')
        await queue.take(0)
        await redis.srem(KEYS.pending, '1')
        await queue.take(ROOM)
        expect(await redis.keys('*')).toEqual([KEYS.polling])
      })

      it('takes nothing while paused, and says why', async () => {
        await add('1')
        await redis.set(KEYS.paused, 'Umzug des Servers')
        expect(await queue.take(ROOM)).toMatchObject({ taken: [], reaped: [], paused: 'Umzug des Servers' })
        expect(await pending()).toEqual(['1'])
        await redis.del(KEYS.paused)
        expect((await queue.take(ROOM)).taken).toEqual(['1'])
      })

      it('never takes an Akte that is in processing', async () => {
        await claimed('1', 'w1')
        await add('1')
        expect((await queue.take(ROOM)).taken).toEqual([])
        expect(await pending()).toEqual(['1'])
      })

      it.each([
        ['failed', KEYS.failed],
        ['stopped', KEYS.stopped],
      ])('clears the %s entry and its attempts: a person retries', async (_what, key) => {
        await redis.hset(key, '1', '{"reason":"x"}')
        await redis.hset(KEYS.attempts, '1', '{"attempts":7}')
        await add('1')
        await queue.take(ROOM)
        expect(await redis.hexists(key, '1')).toBe(0)
        expect(await queue.claim('1', 'w1')).toMatchObject({ status: 'claimed', attempts: 0 })
      })

      it('is a tick, which tells since when somebody polls without a gap', async () => {
        await queue.take(ROOM)
        const first = await redis.hgetall(KEYS.polling)
        expect(first).toMatchObject({ since: first.last, ticks: '1' })
        await queue.take(ROOM)
        const second = await redis.hgetall(KEYS.polling)
        expect(second).toMatchObject({ since: first.since, ticks: '2' })
        await redis.hset(KEYS.polling, 'last', Number(second.last) - 2 * MINUTE, 'since', 1)
        await queue.take(ROOM)
        const third = await redis.hgetall(KEYS.polling)
        expect(third).toMatchObject({ since: third.last, ticks: '3' })
      })

      it('says whether this Redis is marked as an office’s', async () => {
        expect((await queue.take(ROOM)).mark).toBe('absent')
        await queue.mark('new', 'id', 0)
        expect((await queue.take(ROOM)).mark).toBe('present')
        expect(await redis.get(KEYS.emptied)).toBeNull()
        await redis.set(KEYS.marker, LOST)
        expect((await queue.take(ROOM)).mark).toBe('lost')
        await queue.mark('emptied', 'id', 7)
        expect((await queue.take(ROOM)).mark).toBe('present')
        expect(await redis.get(KEYS.emptied)).toMatch(/^\d+\|7$/)
      })
    })

    describe('claiming the next one', () => {
      const next = (owner: string, scope: 'global' | 'akte' = 'akte') => queue.claimNext(owner, scope)
      const waits = (akte: string, since: number) => redis.zadd(KEYS.waitingSince, since, akte)

      it('gives what a person asked for first, then what waits longest, taken already or not', async () => {
        await add('taken')
        await queue.take(ROOM)
        await add('late', 'early', 'asked')
        for (const [akte, since] of [
          ['taken', 3],
          ['late', 4],
          ['early', 2],
          ['asked', 9],
        ] as const)
          await waits(akte, since)
        await redis.sadd(KEYS.priority, 'asked')
        const order = []
        for (const owner of ['a', 'b', 'c', 'd', 'e']) order.push((await next(owner))?.aktennummer)
        expect(order).toEqual(['asked', 'early', 'taken', 'late', undefined])
        expect(await leaseOwner('taken')).toBe('c')
        expect(await pending()).toEqual([])
      })

      it('finds the only one that is due among hundreds that are not', async () => {
        for (let index = 0; index < 250; index++) {
          await add(`${index}`)
          await waits(`${index}`, index)
          if (index !== 240) await redis.zadd(KEYS.delayedUntil, Date.now() + MINUTE, `${index}`)
        }
        expect((await next('w'))?.aktennummer).toBe('240')
        expect(await next('w2')).toBeNull()
      })

      it('leaves what is paused, what is running, and what no tick has seen yet', async () => {
        await claimed('running', 'w1')
        await add('paused', 'unseen')
        await waits('paused', 1)
        await redis.hset(KEYS.pausedAkten, 'paused', 'x')
        expect(await next('w2')).toBeNull()
        await queue.take(0)
        await redis.set(KEYS.paused, 'x')
        expect(await next('w2')).toBeNull()
        await redis.del(KEYS.paused)
        expect((await next('w2'))?.aktennummer).toBe('unseen')
      })

      it('tells how often the Akte was tried and whether it passes the safety stops', async () => {
        await add('1')
        await queue.take(0)
        await redis.sadd(KEYS.force, '1')
        await redis.hset(KEYS.attempts, '1', '{"attempts":3}')
        expect(await next('w')).toEqual({ aktennummer: '1', attempts: 3, isForced: true, origin: 'direct' })
      })

      it.each([
        ['a living run', '2 run:x', '2 run:x'],
        ['a stranger, who sends no heartbeat', 'somebody', ''],
      ])('gives nothing under the global lock while %s holds it', async (_who, holder, heartbeat) => {
        await add('1')
        await queue.take(0)
        await redis.set(KEYS.globalLock, holder)
        await redis.set(KEYS.heartbeat(KEYS.globalLock), heartbeat)
        expect(await next('w', 'global')).toBeNull()
        expect(await pending()).toEqual(['1'])
        expect((await next('w', 'akte'))?.aktennummer).toBe('1')
      })

      it('does not wait for a holder of the global lock that is dead', async () => {
        await add('1')
        await queue.take(0)
        await redis.set(KEYS.globalLock, '2 run:x')
        expect((await next('w', 'global'))?.aktennummer).toBe('1')
      })

      it('passes over an Akte whose own lock somebody holds', async () => {
        await add('locked', 'free')
        await waits('locked', 1)
        await waits('free', 2)
        await redis.set(KEYS.akteLock('locked'), 'somebody')
        expect((await next('a'))?.aktennummer).toBe('free')
        expect(await next('b')).toBeNull()
        await redis.del(KEYS.akteLock('locked'))
        expect((await next('c'))?.aktennummer).toBe('locked')
      })

      it('finds what is due behind thousands that are not, however far behind', async () => {
        const waiting = Array.from({ length: 12_000 }, (_, index) => `${index}`)
        await redis.sadd(KEYS.pending, ...waiting)
        await redis.zadd(KEYS.waitingSince, ...waiting.flatMap((akte, index) => [index, akte]))
        const delayed = waiting.slice(0, -1)
        await redis.zadd(KEYS.delayedUntil, ...delayed.flatMap((akte) => [Date.now() + MINUTE, akte]))
        const found = []
        for (let look = 0; look < 3; look++) found.push((await next('w'))?.aktennummer)
        expect(found).toEqual([undefined, undefined, '11999'])
      })

      it('comes to what the sweep found only when nothing else is due', async () => {
        await redis.zadd(KEYS.swept, 1, 'old', 2, 'failed', 3, 'newer')
        await redis.hset(KEYS.failed, 'failed', '{}')
        await add('told')
        await queue.take(0)
        const found = []
        for (const owner of ['a', 'b', 'c', 'd']) found.push(await next(owner))
        expect(found.map((one) => one && [one.aktennummer, one.origin])).toEqual([
          ['told', 'direct'],
          ['old', 'sweep'],
          ['newer', 'sweep'],
          null,
        ])
        expect(await redis.exists(KEYS.swept)).toBe(0)
      })

      it('takes one of the sweep at a time after a system did not answer one, and none while all is paused', async () => {
        await redis.zadd(KEYS.swept, 1, '1', 2, '2')
        await redis.set(KEYS.paused, 'x')
        expect(await next('a')).toBeNull()
        await redis.del(KEYS.paused)
        await redis.set(KEYS.sweepHold, '{}')
        expect((await next('a'))?.aktennummer).toBe('1')
        expect(await next('b')).toBeNull()
        await queue.settle('1', 'a', { outcome: 'done' })
        expect((await next('b'))?.aktennummer).toBe('2')
      })

      it('gives each to exactly one of many workers', async () => {
        const akten = Array.from({ length: 20 }, (_, index) => `${index}`)
        await add(...akten)
        await queue.take(0)
        const other = new AktenQueue(second, systemClock)
        const got = await Promise.all(
          Array.from({ length: 30 }, (_, index) =>
            (index % 2 ? queue : other).claimNext(`w${index}`, 'akte'),
          ),
        )
        expect(got.flatMap((one) => (one ? [one.aktennummer] : [])).sort()).toEqual([...akten].sort())
      })
    })

    describe('putting back and recalling', () => {
      it('puts an Akte back only where nobody answers for it', async () => {
        await claimed('2', 'w1')
        expect(await queue.putBack('1')).toBe(true)
        await redis.hset(KEYS.failed, '3', '{}')
        await redis.hset(KEYS.stopped, '4', '{}')
        for (const akte of ['2', '3', '4']) expect(await queue.putBack(akte), akte).toBe(false)
        expect(await pending()).toEqual(['1'])
      })

      it('recalls what is on no list, and nothing that waits for a person', async () => {
        await claimed('runs', 'w1')
        await add('waits')
        await redis.hset(KEYS.failed, 'given up', '{}')
        await redis.hset(KEYS.stopped, 'stopped', '{}')
        expect(await queue.recall(['forgotten', 'runs', 'waits', 'given up', 'stopped'])).toBe(1)
        expect(await pending()).toEqual(['forgotten', 'waits'])
      })
    })

    describe('what the sweep found', () => {
      const list = () => new SweepList(redis, systemClock)
      const found = (...akten: string[]) =>
        list().offer(
          akten.map((aktennummer, at) => ({ aktennummer, lastSync: at })),
          ROOM,
        )
      const swept = () => redis.zrange(KEYS.swept, 0, -1)

      it('is taken where nothing announced is due, the stalest first', async () => {
        await found('1', '2', '3')
        expect(await queue.take(2)).toMatchObject({ taken: [], swept: ['1', '2'] })
        expect(await swept()).toEqual(['3'])
        expect(await queue.claim('1', 'w')).toMatchObject({ status: 'claimed', origin: 'sweep' })
      })

      it('waits while something announced does', async () => {
        await found('1')
        await add('a', 'b')
        expect(await queue.take(1)).toMatchObject({ taken: ['a'], swept: [] })
        expect(await queue.take(3)).toMatchObject({ taken: ['b'], swept: ['1'] })
      })

      it('waits while everything is paused', async () => {
        await found('1')
        await redis.set(KEYS.paused, 'x')
        expect((await queue.take(ROOM)).swept).toEqual([])
      })

      it('keeps nothing announced from its room', async () => {
        await found('1', '2')
        await queue.take(2)
        await add('a')
        expect(await queue.take(2)).toMatchObject({ taken: ['a'], swept: [] })
      })

      it('lets what was announced go first, however late it came, and nothing else', async () => {
        await found('1', '2')
        await queue.take(ROOM)
        expect(await queue.ahead('1')).toEqual([])
        await add('just added')
        expect(await queue.ahead('1')).toEqual(['just added'])
        await queue.take(ROOM)
        await add('later', 'paused')
        await redis.zadd(KEYS.delayedUntil, Date.now() + MINUTE, 'later')
        await redis.hset(KEYS.pausedAkten, 'paused', 'x')
        expect(await queue.ahead('1')).toEqual(['just added'])
        expect(await queue.ahead('just added')).toEqual([])
        await queue.claim('just added', 'w')
        expect(await queue.ahead('1')).toEqual([])
      })

      it('is announced as soon as somebody asks for it', async () => {
        await found('1', '2')
        await add('1')
        expect(await queue.take(1)).toMatchObject({ taken: ['1'], swept: [] })
        expect(await queue.claim('1', 'w')).toMatchObject({ origin: 'direct' })
        await queue.settle('1', 'w', { outcome: 'done' })
        await queue.take(ROOM)
        await add('2', 'a')
        expect(await queue.ahead('2')).toEqual([])
        expect(await queue.claim('2', 'w')).toMatchObject({ origin: 'direct' })
        expect(await queue.claim('2', 'w')).toMatchObject({ origin: 'direct' })
      })

      it('is left out where it is on a list already, or had a run within the hour', async () => {
        await add('pending')
        await claimed('processing', 'w')
        await redis.hset(KEYS.failed, 'failed', '{}')
        await redis.hset(KEYS.stopped, 'stopped', '{}')
        await redis.hset(KEYS.pausedAkten, 'paused', 'x')
        await redis.zadd(KEYS.lastRuns, Date.now() - 10 * MINUTE, 'ran', Date.now() - 61 * MINUTE, 'rested')
        await redis.srem(KEYS.processing, 'pending')
        await add('pending')
        const akten = ['pending', 'processing', 'failed', 'stopped', 'paused', 'ran', 'rested', 'new']
        expect(await found(...akten)).toEqual({ added: 2, busy: 2, held: 3, rested: 1, waiting: 2 })
        expect(await found(...akten)).toEqual({ added: 0, busy: 4, held: 3, rested: 1, waiting: 2 })
        expect(await swept()).toEqual(['rested', 'new'])
      })

      it('is no more than there may wait', async () => {
        const akten = Array.from({ length: 30 }, (_, at) => ({ aktennummer: `${at}`, lastSync: at }))
        expect(await list().offer(akten, 10)).toMatchObject({ added: 10, waiting: 10 })
        expect(await list().offer(akten, 10)).toMatchObject({ added: 0, waiting: 10 })
      })

      it.each([
        ['failed', KEYS.failed],
        ['stopped', KEYS.stopped],
        ['paused', KEYS.pausedAkten],
      ])('is forgotten where it was %s meanwhile', async (_what, key) => {
        await found('1')
        await redis.hset(key, '1', '{}')
        expect((await queue.take(ROOM)).swept).toEqual([])
        expect(await swept()).toEqual([])
        expect(await redis.hexists(key, '1')).toBe(1)
      })

      it('waits for idle capacity again where no worker came, or the lock was taken', async () => {
        await found('1')
        await queue.take(ROOM)
        await lease('1', WAITING, -1)
        await add('a')
        expect(await queue.take(1)).toMatchObject({ taken: ['a'], swept: [], reaped: [] })
        expect(await swept()).toEqual(['1'])
        await queue.claim('a', 'w')
        await queue.settle('a', 'w', { outcome: 'done' })
        await queue.take(ROOM)
        await queue.claim('1', 'w')
        await queue.settle('1', 'w', { outcome: 'retry', delayMs: 0, reason: 'the lock is held' })
        expect([await pending(), await swept()]).toEqual([[], ['1']])
      })

      it('is an Akte like any other once it was tried: failed, deferred, or its worker died', async () => {
        for (const end of [
          { outcome: 'retry', delayMs: MINUTE, reason: 'x', attempts: 1 },
          { outcome: 'retry', delayMs: MINUTE, reason: 'open in Word' },
        ] as const) {
          await redis.flushall()
          await found('1')
          await queue.take(ROOM)
          await queue.claim('1', 'w')
          await queue.settle('1', 'w', end)
          expect([await pending(), await swept()]).toEqual([['1'], []])
          await redis.del(KEYS.delayedUntil)
          await queue.take(ROOM)
          expect(await queue.claim('1', 'w')).toMatchObject({ origin: 'direct' })
        }
        await redis.flushall()
        await found('2')
        await queue.take(ROOM)
        await queue.claim('2', 'w')
        await lease('2', 'w', -1)
        expect(await queue.take(0)).toMatchObject({ reaped: ['2'] })
        expect(await pending()).toEqual(['2'])
      })

      it('leaves no trace where a system did not answer, and goes slowly until one succeeds', async () => {
        await found('1', '2', '3', '4')
        await queue.take(1)
        await queue.claim('1', 'w')
        await queue.settle('1', 'w', { outcome: 'postponed', reason: 'Windows watcher not reachable' })
        expect(await redis.exists(KEYS.pending, KEYS.processing, KEYS.attempts, KEYS.delayedUntil)).toBe(0)
        expect((await queue.take(ROOM)).swept).toEqual(['2'])
        await queue.claim('2', 'w')
        await queue.settle('2', 'w', { outcome: 'done' })
        expect((await queue.take(ROOM)).swept).toEqual(['3', '4'])
      })

      it('is a person’s once somebody changes it by hand', async () => {
        await found('1')
        await queue.take(ROOM)
        await queue.holdForManualChange('1', 'by hand')
        await queue.settle('1', 'by hand', { outcome: 'retry', delayMs: 0, reason: 'changed by hand' })
        expect([await pending(), await swept()]).toEqual([['1'], []])
        expect(await queue.claim('1', 'w')).toMatchObject({ origin: 'person' })
      })

      it('and nobody can sync is listed once', async () => {
        expect(await list().reject('12 345', 'not well formed')).toBe(true)
        expect(await list().reject('12 345', 'not well formed')).toBe(false)
        expect(await entry(KEYS.failed, '12 345')).toMatchObject({ reason: 'not well formed', attempts: 0 })
      })
    })

    describe('who asked', () => {
      const origin = async (akte: string) => {
        const claim = await queue.claim(akte, 'w')
        return claim.status === 'claimed' ? claim.origin : claim.status
      }

      it('is known to the run, also when the client asks twice', async () => {
        await announce(redis, 'webhook', ['1', '2'])
        await add('3')
        expect([await origin('1'), await origin('2'), await origin('3')]).toEqual([
          'webhook',
          'webhook',
          'direct',
        ])
        expect(await origin('1')).toBe('webhook')
      })

      it('is forgotten with the run, and kept for its next try', async () => {
        await announce(redis, 'webhook', ['1'])
        await queue.claim('1', 'w')
        await queue.settle('1', 'w', { outcome: 'retry', delayMs: 0, reason: 'x', attempts: 1 })
        expect(await origin('1')).toBe('webhook')
        await queue.settle('1', 'w', { outcome: 'done' })
        await add('1')
        expect(await origin('1')).toBe('direct')
      })

      it('is the one who asked during the run', async () => {
        await claimed('1', 'w')
        await announce(redis, 'webhook', ['1'])
        await queue.settle('1', 'w', { outcome: 'done' })
        expect(await origin('1')).toBe('webhook')
      })
    })

    describe('the reaper', () => {
      it.each([
        ['a worker whose lease ended', 'w1', -1],
        ['a job that never came', WAITING, -1],
      ])('brings back the Akte of %s', async (_what, owner, fromNow) => {
        await redis.sadd(KEYS.processing, '1')
        await lease('1', owner, fromNow)
        await redis.set(KEYS.paused, 'x')
        expect((await queue.take(ROOM)).reaped).toEqual(['1'])
        expect(await pending()).toEqual(['1'])
        expect(await processing()).toEqual([])
        expect(await leaseOwner('1')).toBeUndefined()
      })

      it.each([
        ['no lease at all', null],
        ['a lease nobody can read', 'nonsense'],
      ])('brings back an Akte with %s', async (_what, value) => {
        await redis.sadd(KEYS.processing, '1')
        if (value !== null) await redis.hset(KEYS.leases, '1', value)
        expect(await queue.take(ROOM)).toMatchObject({ reaped: ['1'], taken: ['1'] })
      })

      it('leaves live workers and waiting jobs alone', async () => {
        await redis.sadd(KEYS.processing, '1', '2')
        await lease('1', 'w1', MINUTE)
        await lease('2', WAITING, MINUTE)
        expect((await queue.take(ROOM)).reaped).toEqual([])
        expect(await processing()).toEqual(['1', '2'])
      })

      it('needs less than two minutes for either', async () => {
        await claimed('1', 'w1')
        await add('2')
        await queue.take(ROOM)
        const ends = Object.values(await redis.hgetall(KEYS.leases)).map((value) =>
          Number(value.split('|')[1]),
        )
        expect(ends).toHaveLength(2)
        for (const end of ends) expect(end - Date.now()).toBeLessThan(2 * MINUTE - 10_000)
        expect(LEASE_MS).toBeLessThan(2 * MINUTE - 10_000)
      })
    })

    it('a clock that was years ahead, and is set back, lets nothing wait and nobody hold an Akte until then', async () => {
      const yearMs = 365 * 24 * 60 * MINUTE
      await add('delayed', 'far')
      await redis.zadd(KEYS.delayedUntil, Date.now() + 30 * MINUTE, 'delayed', Date.now() + yearMs, 'far')
      await redis.sadd(KEYS.processing, 'held')
      await lease('held', 'a dead run', yearMs)
      await redis.zadd(KEYS.goingOn, Date.now() + yearMs, 'somebody')
      const { taken, reaped } = await queue.take(3)
      expect(reaped).toEqual(['held'])
      expect(taken.sort()).toEqual(['far', 'held'])
      expect(await pending()).toEqual(['delayed'])
      expect(await redis.exists(KEYS.goingOn)).toBe(0)
    })

    describe('claim', () => {
      it('is stale for an Akte that nobody wants synced', async () => {
        expect(await queue.claim('1', 'w1')).toEqual({ status: 'stale' })
        expect(await processing()).toEqual([])
      })

      it('is stale after the Akte was finished', async () => {
        await claimed('1', 'w1')
        await queue.settle('1', 'w1', { outcome: 'done' })
        expect(await queue.claim('1', 'w2')).toEqual({ status: 'stale' })
      })

      it('is running while another worker is alive, and changes nothing', async () => {
        await claimed('1', 'w1')
        await add('1')
        expect(await queue.claim('1', 'w2')).toEqual({ status: 'running' })
        expect(await leaseOwner('1')).toBe('w1')
        expect(await pending()).toEqual(['1'])
      })

      it('twice by one worker is claimed twice: the client repeats a command whose answer was lost', async () => {
        await claimed('1', 'w1')
        expect(await queue.claim('1', 'w1')).toMatchObject({ status: 'claimed' })
      })

      it('of many jobs at once is one worker’s', async () => {
        await add('1')
        await queue.take(ROOM)
        const claims = await Promise.all(['a', 'b', 'c', 'd'].map((owner) => queue.claim('1', owner)))
        expect(claims.map(({ status }) => status).sort()).toEqual([
          'claimed',
          'running',
          'running',
          'running',
        ])
      })

      it('takes over from a worker whose lease ended', async () => {
        await redis.sadd(KEYS.processing, '1')
        await lease('1', 'dead', -1)
        expect(await queue.claim('1', 'w2')).toMatchObject({ status: 'claimed' })
        expect(await leaseOwner('1')).toBe('w2')
      })

      it('of a pending Akte works where it is due', async () => {
        await add('1')
        expect(await queue.claim('1', 'w1')).toMatchObject({ status: 'claimed' })
        expect(await pending()).toEqual([])
        expect(await processing()).toEqual(['1'])
      })

      it('of a pending Akte is stale before it is due', async () => {
        await add('1')
        await redis.zadd(KEYS.delayedUntil, Date.now() + MINUTE, '1')
        expect(await queue.claim('1', 'w1')).toEqual({ status: 'stale' })
        expect(await pending()).toEqual(['1'])
      })

      it('of a pending Akte is stale while paused', async () => {
        await add('1')
        await redis.set(KEYS.paused, 'x')
        expect(await queue.claim('1', 'w1')).toEqual({ status: 'stale' })
        expect(await pending()).toEqual(['1'])
      })

      it.each([
        ['failed', KEYS.failed],
        ['stopped', KEYS.stopped],
      ])('of a pending Akte clears its %s entry too: it is taken', async (_what, key) => {
        await redis.hset(key, '1', '{"reason":"x"}')
        await add('1')
        await queue.claim('1', 'w1')
        expect(await redis.hexists(key, '1')).toBe(0)
      })
    })

    describe('settle', () => {
      it('done leaves nothing behind', async () => {
        await redis.sadd(KEYS.force, '1')
        await redis.hset(KEYS.attempts, '1', '{"attempts":2}')
        await claimed('1', 'w1')
        expect(await queue.settle('1', 'w1', { outcome: 'done' }, true)).toBe(true)
        expect(await redis.keys('*')).toEqual([KEYS.polling])
      })

      it.each([
        ['done', { outcome: 'done' }],
        ['failed', { outcome: 'failed', reason: 'x', attempts: 8 }],
        ['stopped', { outcome: 'stopped', reason: 'x', pauseAfter: 0 }],
      ] as const)('%s uses up the force of its run, and none that came later', async (_what, end) => {
        await redis.sadd(KEYS.force, '1', '2')
        await claimed('1', 'w1')
        await queue.settle('1', 'w1', end, true)
        await redis.srem(KEYS.force, '2')
        await claimed('2', 'w2')
        await redis.sadd(KEYS.force, '2')
        await queue.settle('2', 'w2', end, false)
        expect(await members(KEYS.force)).toEqual(['2'])
      })

      it('a forced run that is tried again is forced again', async () => {
        await redis.sadd(KEYS.force, '1')
        await claimed('1', 'w1')
        await queue.settle('1', 'w1', { outcome: 'retry', delayMs: 0, reason: 'x', attempts: 1 }, true)
        expect(await queue.claim('1', 'w2')).toMatchObject({ status: 'claimed', isForced: true })
      })

      it('SADD during the run leads to another one', async () => {
        await claimed('1', 'w1')
        await add('1')
        await queue.settle('1', 'w1', { outcome: 'done' })
        expect((await queue.take(ROOM)).taken).toEqual(['1'])
      })

      it('SADD before the claim is covered by the run', async () => {
        await add('1')
        await queue.take(ROOM)
        await add('1')
        await queue.claim('1', 'w1')
        await queue.settle('1', 'w1', { outcome: 'done' })
        expect((await queue.take(ROOM)).taken).toEqual([])
      })

      it.each([
        ['done', { outcome: 'done' }],
        ['retry', { outcome: 'retry', delayMs: 0, reason: 'x', attempts: 1 }],
        ['failed', { outcome: 'failed', reason: 'x', attempts: 8 }],
        ['stopped', { outcome: 'stopped', reason: 'x', pauseAfter: 1 }],
      ] as const)('%s by a worker that lost its lease does nothing', async (_what, end) => {
        await claimed('1', 'w1')
        expect(await queue.settle('1', 'other', end)).toBe(false)
        expect(await processing()).toEqual(['1'])
        expect(await leaseOwner('1')).toBe('w1')
        expect((await redis.keys('*')).sort()).toEqual(
          [KEYS.begunRuns, KEYS.leases, KEYS.polling, KEYS.processing, KEYS.waitingSince].sort(),
        )
      })

      it('retry waits its time in pending and counts the attempt', async () => {
        await claimed('1', 'w1')
        await queue.settle('1', 'w1', {
          outcome: 'retry',
          delayMs: MINUTE,
          reason: 'Watcher down',
          attempts: 3,
        })
        expect(await pending()).toEqual(['1'])
        expect(await processing()).toEqual([])
        expect((await queue.take(ROOM)).taken).toEqual([])
        const due = Number(await redis.zscore(KEYS.delayedUntil, '1'))
        expect(Math.abs(due - Date.now() - MINUTE)).toBeLessThan(10_000)
        expect(await entry(KEYS.attempts, '1')).toMatchObject({ attempts: 3, reason: 'Watcher down' })
        await redis.zadd(KEYS.delayedUntil, Date.now() - 1, '1')
        expect((await queue.take(ROOM)).taken).toEqual(['1'])
        expect(await queue.claim('1', 'w2')).toMatchObject({ status: 'claimed', attempts: 3 })
      })

      it('a deferral counts no attempt', async () => {
        await redis.hset(KEYS.attempts, '1', '{"attempts":2}')
        await claimed('1', 'w1')
        await queue.settle('1', 'w1', { outcome: 'retry', delayMs: 30_000, reason: 'open in Word' })
        expect(await entry(KEYS.attempts, '1')).toEqual({ attempts: 2 })
        expect(await pending()).toEqual(['1'])
      })

      it('failed stands in the failed list with reason, attempts and time', async () => {
        await claimed('1', 'w1')
        await queue.settle('1', 'w1', { outcome: 'failed', reason: 'kaputt', attempts: 8 })
        expect(await entry(KEYS.failed, '1')).toEqual({
          reason: 'kaputt',
          attempts: 8,
          time: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T.*Z$/),
        })
        expect([...(await pending()), ...(await processing())]).toEqual([])
        expect(await redis.hexists(KEYS.attempts, '1')).toBe(0)
      })

      it('stopped leaves pending and processing for the stopped list', async () => {
        await claimed('1', 'w1')
        await add('1')
        await queue.settle('1', 'w1', { outcome: 'stopped', reason: 'leer', pauseAfter: 3 })
        expect(await entry(KEYS.stopped, '1')).toEqual({ reason: 'leer', time: expect.any(String) })
        expect([...(await pending()), ...(await processing())]).toEqual([])
        expect(await redis.get(KEYS.paused)).toBeNull()
      })

      it.each([
        ['the third of three stops', 3, 3, true],
        ['the second of three stops', 2, 3, false],
        ['any number of stops with 0', 9, 0, false],
      ])('pauses the sync: %s', async (_what, stops, pauseAfter, expected) => {
        for (let akte = 1; akte <= stops; akte++) {
          await claimed(`${akte}`, 'w')
          await queue.settle(`${akte}`, 'w', { outcome: 'stopped', reason: 'leer', pauseAfter })
        }
        const reason = await redis.get(KEYS.paused)
        if (expected) expect(reason).toContain(`${stops} Akten`)
        else expect(reason).toBeNull()
      })

      it('stops more than ten minutes ago do not pause', async () => {
        const old = Date.now() - 11 * MINUTE
        await redis.zadd(KEYS.recentStops, old, '8', old, '9')
        await claimed('1', 'w')
        await queue.settle('1', 'w', { outcome: 'stopped', reason: 'leer', pauseAfter: 3 })
        expect(await redis.get(KEYS.paused)).toBeNull()
      })

      it('a pause keeps the reason it had', async () => {
        await claimed('1', 'w')
        await redis.set(KEYS.paused, 'Umzug')
        await queue.settle('1', 'w', { outcome: 'stopped', reason: 'leer', pauseAfter: 1 })
        expect(await redis.get(KEYS.paused)).toBe('Umzug')
      })
    })

    const HEARTBEAT = KEYS.heartbeat(KEYS.globalLock)

    const lockOf = async (
      akte: string,
      owner: string,
      scope: 'global' | 'akte' = 'global',
      client = redis,
    ) => {
      const lock = await SyncLock.acquire(client, systemClock, scope, akte, owner)
      locks.push(lock)
      return lock
    }

    describe('the lock', () => {
      it('keeps its key and 1800 s, and its value begins with the Aktennummer', async () => {
        await lockOf('123/24', 'w1')
        expect(await redis.get('advoware_document_sync_global')).toMatch(/^123\/24\b/)
        const ttl = await redis.ttl('advoware_document_sync_global')
        expect(ttl).toBeGreaterThan(1790)
        expect(ttl).toBeLessThanOrEqual(1800)
        expect(await redis.pttl(HEARTBEAT)).toBeLessThanOrEqual(LEASE_MS)
      })

      it('busy names the Akte that holds it', async () => {
        await lockOf('12345', 'w1')
        const busy = lockOf('99999', 'w2', 'global', second)
        await expect(busy).rejects.toBeInstanceOf(LockBusyError)
        await expect(busy).rejects.toMatchObject({ holder: '12345' })
        expect(await redis.get(KEYS.globalLock)).toMatch(/^12345 /)
      })

      it('of many at once is held by one', async () => {
        const runs = Array.from({ length: 8 }, (_, index) => lockOf(`${index}`, `w${index}`))
        const ends = await Promise.allSettled(runs)
        expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      })

      it('with scope akte leaves the global key unused', async () => {
        await lockOf('1', 'w1', 'akte')
        await lockOf('2', 'w2', 'akte')
        await expect(lockOf('1', 'w3', 'akte')).rejects.toMatchObject({ holder: '1' })
        expect(await redis.get(KEYS.globalLock)).toBeNull()
        expect(await redis.get('advoware_document_sync:1')).toMatch(/^1 /)
      })

      it('is free again after release', async () => {
        await (await lockOf('1', 'w1')).release()
        expect(await redis.exists(KEYS.globalLock, HEARTBEAT)).toBe(0)
        await expect(lockOf('2', 'w2')).resolves.toBeInstanceOf(SyncLock)
      })

      it('is taken over when its holder gives no sign of life', async () => {
        await claimed('1', 'w1')
        const dead = await lockOf('1', 'w1')
        await redis.del(HEARTBEAT)
        await lockOf('2', 'w2', 'global', second)
        expect(await redis.get(KEYS.globalLock)).toMatch(/^2 /)
        await expect(dead.assertHeld()).rejects.toBeInstanceOf(LockLostError)
        await dead.release()
        expect(await redis.get(KEYS.globalLock)).toMatch(/^2 /)
        expect(await redis.exists(HEARTBEAT)).toBe(1)
      })

      it('acquired twice by one run is acquired: the client repeats a command whose answer was lost', async () => {
        await lockOf('1', 'w1')
        await expect(lockOf('1', 'w1')).resolves.toBeInstanceOf(SyncLock)
      })

      it('set by hand without a token is respected', async () => {
        await redis.set(KEYS.globalLock, '777', 'EX', 1800)
        await expect(lockOf('1', 'w1')).rejects.toMatchObject({ holder: '777' })
        expect(await redis.get(KEYS.globalLock)).toBe('777')
      })
    })

    describe('the guard before every write', () => {
      it('renews lock, heartbeat and lease', async () => {
        await claimed('1', 'w1')
        const lock = await lockOf('1', 'w1')
        await redis.expire(KEYS.globalLock, 5)
        await redis.pexpire(HEARTBEAT, 5000)
        await lease('1', 'w1', 5000)
        await lock.assertHeld()
        expect(await redis.ttl(KEYS.globalLock)).toBeGreaterThan(1790)
        expect(await redis.pttl(HEARTBEAT)).toBeGreaterThan(LEASE_MS - 5000)
        const until = Number((await redis.hget(KEYS.leases, '1'))?.split('|')[1])
        expect(until - Date.now()).toBeGreaterThan(LEASE_MS - 5000)
      })

      it.each<[string, () => Promise<unknown>]>([
        ['an operator deleted the lock', () => redis.del(KEYS.globalLock)],
        ['another run holds the lock', () => redis.set(KEYS.globalLock, '1 w2')],
        ['the lease was reaped', () => redis.hdel(KEYS.leases, '1')],
        ['the lease is another run’s', () => lease('1', 'w2', MINUTE)],
      ])('throws LockLostError: %s', async (_what, lose) => {
        await claimed('1', 'w1')
        const lock = await lockOf('1', 'w1')
        await lock.assertHeld()
        await lose()
        await expect(lock.assertHeld()).rejects.toBeInstanceOf(LockLostError)
      })

      it('is asked once for writes of one moment, and again for one that comes while it is asked', async () => {
        await claimed('1', 'w1')
        let asked = 0
        let release = () => {}
        let isHeldUp = false
        const slow = {
          eval: async (...args: unknown[]) => {
            asked += 1
            const answer = await (redis.eval as (...all: unknown[]) => Promise<unknown>)(...args)
            if (isHeldUp)
              await new Promise<void>((go) => {
                release = go
              })
            return answer
          },
        } as unknown as Redis
        const lock = await SyncLock.acquire(slow, systemClock, 'global', '1', 'w1')
        locks.push(lock)
        await Promise.all(Array.from({ length: 50 }, () => lock.assertHeld()))
        expect(asked).toBe(2) // with the one that acquired it
        isHeldUp = true
        const early = lock.assertHeld()
        await expect.poll(() => asked).toBe(3)
        await redis.del(KEYS.globalLock) // after the answer to the early ones
        const late = Array.from({ length: 50 }, () => lock.assertHeld())
        isHeldUp = false
        release()
        await early
        for (const write of late) await expect(write).rejects.toBeInstanceOf(LockLostError)
        expect(asked).toBe(4)
      })

      it('aborts what is under way when the lock is lost', async () => {
        await claimed('1', 'w1')
        const lock = await lockOf('1', 'w1')
        expect(lock.signal.aborted).toBe(false)
        await redis.del(KEYS.globalLock)
        await expect(lock.assertHeld()).rejects.toBeInstanceOf(LockLostError)
        expect(lock.signal.reason).toBeInstanceOf(LockLostError)
      })

      it('gives the lock up by itself before anybody else may take it, when Redis does not answer', async () => {
        const timers: { ms: number; work: () => void }[] = []
        const clock = {
          now: () => new Date(0),
          monotonic: () => 0,
          later: (ms: number, work: () => void) => {
            timers.push({ ms, work })
            return () => {}
          },
        }
        const lock = await SyncLock.acquire(redis, clock, 'global', '1', 'w1')
        locks.push(lock)
        const giveUp = timers.find(({ ms }) => ms > 20_000)
        expect(giveUp?.ms).toBeLessThan(LEASE_MS)
        giveUp?.work()
        expect(lock.signal.reason).toBeInstanceOf(LockLostError)
        await expect(lock.assertHeld()).rejects.toBeInstanceOf(LockLostError)
      })

      it('once lost stays lost', async () => {
        await claimed('1', 'w1')
        const lock = await lockOf('1', 'w1')
        const value = (await redis.get(KEYS.globalLock)) ?? ''
        await redis.del(KEYS.globalLock)
        await expect(lock.assertHeld()).rejects.toBeInstanceOf(LockLostError)
        await redis.set(KEYS.globalLock, value)
        await expect(lock.assertHeld()).rejects.toBeInstanceOf(LockLostError)
      })

      it('release after a loss leaves the lock of the next run alone', async () => {
        const lost = await lockOf('1', 'w1')
        await redis.del(KEYS.globalLock, HEARTBEAT)
        await lockOf('1', 'w2', 'global', second)
        await lost.release()
        expect(await redis.get(KEYS.globalLock)).toBe('1 run:w2')
      })
    })
  })
}

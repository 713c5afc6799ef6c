import type { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../services/clock'
import { AktenQueue } from '../../services/queue/akten-queue'
import { RedisLossWatch } from '../../services/queue/redis-loss'
import { KEYS } from '../../services/redis/keys'
import { startTestRedis, type TestRedis } from '../../testkit/redis-server'

let server: TestRedis
let redis: Redis
let queue: AktenQueue
let watch: RedisLossWatch

beforeAll(async () => {
  server = await startTestRedis()
  redis = server.connect()
  queue = new AktenQueue(redis, systemClock)
})
afterAll(() => server.stop())

/** A server that has seen the mark and some ticks. */
beforeEach(async () => {
  await redis.flushall()
  watch = new RedisLossWatch(redis)
  await queue.mark('new', 'first', 0)
  for (let tick = 0; tick < 5; tick++) await queue.take(1)
  expect(await watch.look()).toBe(false)
})

const marker = () => redis.get(KEYS.marker)

describe('what a server remembers of Redis', () => {
  it('is still there: nothing is said', async () => {
    await queue.take(1)
    expect(await watch.look()).toBe(false)
    expect(await marker()).toBe('new first')
  })

  it('is gone: emptied, once', async () => {
    await redis.flushall()
    expect(await watch.look()).toBe(true)
    expect(await marker()).toBe('lost')
    expect((await queue.take(1)).mark).toBe('lost')
    expect(await watch.look()).toBe(false)
  })

  it('is gone, and a tick took Redis for a new one: emptied all the same', async () => {
    await redis.flushall()
    await queue.mark('new', 'second', 0)
    expect(await watch.look()).toBe(true)
    expect(await marker()).toBe('lost')
  })

  it('is gone, and a tick has recovered already: nothing is left to do', async () => {
    await redis.flushall()
    await queue.mark('emptied', 'second', 3)
    expect(await watch.look()).toBe(false)
    await redis.flushall()
    expect(await watch.look()).toBe(true)
  })

  it('is older than it was: another dump was loaded', async () => {
    await redis.hset(KEYS.polling, 'ticks', 2)
    expect(await watch.look()).toBe(true)
  })

  it('lacks the last tick: a crash of Redis may cost its last second', async () => {
    await redis.hset(KEYS.polling, 'ticks', 4)
    expect(await watch.look()).toBe(false)
  })

  it('two servers notice one loss once', async () => {
    const other = new RedisLossWatch(redis)
    await other.look()
    await redis.flushall()
    expect(await watch.look()).toBe(true)
    expect(await other.look()).toBe(false)
    await queue.mark('emptied', 'second', 0)
    expect([await watch.look(), await other.look()]).toEqual([false, false])
  })
})

import type { Redis } from 'ioredis'
import { systemClock } from '../services/clock'
import { AktenQueue } from '../services/queue/akten-queue'
import { SyncLock } from '../services/queue/sync-lock'
import { KEYS } from '../services/redis/keys'
import { startTestRedis } from '../testkit/redis-server'
import { median } from './measured'

/** What 10,000 pending Akten cost in Redis, and whether anything is left of them. */
export interface BacklogFigure {
  akten: number
  /** One take while all of them wait. */
  takeMs: number
  /** Everything the sets and the lock cost per Akte, on its way from pending to done. */
  perAkteMs: number
}

/** What Redis holds before and after many ticks. */
export interface GrowthFigure {
  ticks: number
  keysBefore: number
  keysAfter: number
  bytesBefore: number
  bytesAfter: number
}

const ROOM = 64
const RUNS = 20

/** Drains a backlog with the real scripts on a real Redis; what the systems and processes cost is left out. */
export async function benchBacklog(akten: number): Promise<BacklogFigure> {
  const server = await startTestRedis()
  try {
    const redis = server.connect()
    const queue = new AktenQueue(redis, systemClock)
    const names = Array.from({ length: akten }, (_, index) => `${100_000 + index}`)
    await redis.sadd(KEYS.pending, ...names)
    const takes: number[] = []
    while (takes.length < RUNS) {
      const begin = performance.now()
      await queue.take(0)
      takes.push(performance.now() - begin)
    }
    const begin = performance.now()
    let done = 0
    for (let taken = ['']; taken.length > 0; done += taken.length) {
      taken = (await queue.take(ROOM)).taken
      for (const akte of taken) await drain(redis, queue, akte)
    }
    if (done !== akten) throw new Error(`${done} of ${akten} Akten were drained`)
    return { akten, takeMs: median(takes), perAkteMs: (performance.now() - begin) / akten }
  } finally {
    await server.stop()
  }
}

async function drain(redis: Redis, queue: AktenQueue, akte: string): Promise<void> {
  await queue.claim(akte, 'bench')
  const lock = await SyncLock.acquire(redis, systemClock, 'akte', akte, 'bench')
  await lock.assertHeld()
  await queue.settle(akte, 'bench', { outcome: 'done' })
  await lock.release()
}

/**
 * A day of ticks, in which Akten come, are synced, are put off, fail and come again. Two days are compared: what one
 * day leaves behind shows as growth in the next.
 */
export async function benchGrowth(ticks: number): Promise<GrowthFigure> {
  const server = await startTestRedis()
  try {
    const redis = server.connect()
    const queue = new AktenQueue(redis, systemClock)
    await day(redis, queue, ticks)
    const [keysBefore, bytesBefore] = [await redis.dbsize(), await bytes(redis)]
    await day(redis, queue, ticks)
    return { ticks, keysBefore, bytesBefore, keysAfter: await redis.dbsize(), bytesAfter: await bytes(redis) }
  } finally {
    await server.stop()
  }
}

async function day(redis: Redis, queue: AktenQueue, ticks: number): Promise<void> {
  for (let tick = 0; tick < ticks; tick++) {
    const akte = `${tick % 500}`
    if (tick % 3 === 0) await redis.sadd(KEYS.pending, akte)
    if (tick % 50 === 0) await redis.sadd(KEYS.priority, akte)
    for (const taken of (await queue.take(ROOM)).taken) {
      await queue.claim(taken, 'day')
      const isFailing = tick % 10 === 0
      const end = { outcome: 'retry', delayMs: 1, reason: 'HTTP 503', attempts: 1 } as const
      await queue.settle(taken, 'day', isFailing ? end : { outcome: 'done' })
    }
  }
  for (let left = ['']; left.length > 0; ) {
    left = (await queue.take(ROOM)).taken
    for (const akte of left) await drain(redis, queue, akte)
  }
  await queue.take(ROOM)
}

/** Of all values, as Redis counts them. */
async function bytes(redis: Redis): Promise<number> {
  const sizes = await Promise.all((await redis.keys('*')).map((key) => redis.memory('USAGE', key)))
  return sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0)
}

import type { Redis } from 'ioredis'
import { z } from 'zod'
import type { Clock } from '../clock'
import type { ImportProgress } from '../model/import-progress'
import { KEYS } from '../redis/keys'

/** Kept so long after its start or its end, so that nobody wonders what became of it. */
const KEPT_SECONDS = 30 * 24 * 3600
/** Before so many Akten and so long a time, nothing is said about when it ends. */
const LEAST_DONE = 5
const LEAST_MS = 20_000

const number = z.coerce.number().catch(0)
const storedSchema = z.object({
  startedAt: number,
  total: number,
  left: number,
  /** The rate counts from here: its start, or when it was resumed. */
  rateFrom: number,
  rateLeft: number,
  paused: z.string().optional(),
  finishedAt: z.coerce.number().optional(),
})

/**
 * The first import: the sweep, at any hour, for the Akten that were never synced. Redis only knows that it was asked for
 * and how far it is; which Akten are left, EspoCRM says.
 */
export class FirstImport {
  constructor(
    private readonly redis: Pick<Redis, 'hgetall' | 'hset' | 'hdel' | 'del' | 'expire'>,
    private readonly clock: Pick<Clock, 'now'>,
  ) {}

  /** Starts it for `left` Akten; one that is under way goes on, a paused one too. */
  async start(left: number): Promise<void> {
    const current = await stored(this.redis)
    if (current !== null && current.finishedAt === undefined) return this.resume()
    const now = this.clock.now().getTime()
    await this.redis.del(KEYS.firstImport)
    const begun = { startedAt: now, total: left, left, rateFrom: now, rateLeft: left }
    await this.redis.hset(KEYS.firstImport, begun)
    await this.redis.expire(KEYS.firstImport, KEPT_SECONDS)
  }

  /** What runs goes on, and nothing that was never synced is begun. Without effect where no import is under way. */
  async pause(reason: string): Promise<void> {
    const current = await stored(this.redis)
    if (current === null || current.finishedAt !== undefined) return
    await this.redis.hset(KEYS.firstImport, { paused: reason })
    await this.redis.del(KEYS.swept) // the next sweep finds those again that are not the import's
  }

  /** Goes on, at the next tick of the sweep. */
  async resume(): Promise<void> {
    const current = await stored(this.redis)
    if (current === null || current.finishedAt !== undefined) return
    const now = this.clock.now().getTime()
    await this.redis.hset(KEYS.firstImport, { rateFrom: now, rateLeft: current.left })
    await this.redis.hdel(KEYS.firstImport, 'paused')
  }

  /** So many Akten have never been synced by now; `isOver`: none of them is to be had without a person. */
  async note(left: number, isOver: boolean): Promise<void> {
    const finished = isOver ? { finishedAt: this.clock.now().getTime() } : {}
    await this.redis.hset(KEYS.firstImport, { left, ...finished })
  }
}

/** How far the import is; null where there was none within the last month. `now` in epoch milliseconds. */
export async function readFirstImport(
  redis: Pick<Redis, 'hgetall'>,
  now: number,
): Promise<ImportProgress | null> {
  const current = await stored(redis)
  return current === null ? null : progressOf(current, now)
}

async function stored(redis: Pick<Redis, 'hgetall'>): Promise<z.infer<typeof storedSchema> | null> {
  const hash = await redis.hgetall(KEYS.firstImport)
  return hash.startedAt === undefined ? null : storedSchema.parse(hash)
}

function progressOf(current: z.infer<typeof storedSchema>, now: number): ImportProgress {
  const { startedAt, total, left, rateFrom, rateLeft, paused = null, finishedAt } = current
  const iso = (ms: number) => new Date(ms).toISOString()
  const [since, doneSince] = [(finishedAt ?? now) - rateFrom, rateLeft - left]
  const perMinute = doneSince < LEAST_DONE || since < LEAST_MS ? null : (doneSince / since) * 60_000
  const isRunning = finishedAt === undefined && paused === null
  return {
    startedAt: iso(startedAt),
    finishedAt: finishedAt === undefined ? null : iso(finishedAt),
    paused,
    total,
    left,
    done: Math.max(0, total - left),
    perMinute: perMinute === null ? null : Math.round(perMinute * 10) / 10,
    endsAt: perMinute === null || !isRunning ? null : iso(now + (left / perMinute) * 60_000),
  }
}

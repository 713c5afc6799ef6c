import type { Redis } from 'ioredis'
import { z } from 'zod'
import type { Clock } from '../clock'
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

/** How far the first import is. Times are ISO 8601. */
export const importProgressSchema = z.object({
  startedAt: z.string(),
  finishedAt: z.string().nullable(),
  paused: z.string().nullable().describe('Why nothing is imported; null while it runs'),
  total: z.number().describe('Akten that had never been synced when it began'),
  left: z.number().describe('Akten that have never been synced; after the end: that need a person'),
  done: z.number(),
  perMinute: z.number().nullable().describe('Akten a minute; null before there is an estimate'),
  endsAt: z.string().nullable().describe('Estimated'),
})

/** How far the first import is. */
export type ImportProgress = z.infer<typeof importProgressSchema>

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
    const current = await this.read()
    if (current !== null && current.finishedAt === null) return this.resume()
    const now = this.clock.now().getTime()
    await this.redis.del(KEYS.firstImport)
    const begun = { startedAt: now, total: left, left, rateFrom: now, rateLeft: left }
    await this.redis.hset(KEYS.firstImport, begun)
    await this.redis.expire(KEYS.firstImport, KEPT_SECONDS)
  }

  /** What runs goes on, and nothing that was never synced is begun. Without effect where no import is under way. */
  async pause(reason: string): Promise<void> {
    const stored = await this.stored()
    if (stored === null || stored.finishedAt !== undefined) return
    await this.redis.hset(KEYS.firstImport, { paused: reason })
    await this.redis.del(KEYS.swept) // the next sweep finds those again that are not the import's
  }

  /** Goes on, at the next tick of the sweep. */
  async resume(): Promise<void> {
    const stored = await this.stored()
    if (stored === null || stored.finishedAt !== undefined) return
    const now = this.clock.now().getTime()
    await this.redis.hset(KEYS.firstImport, { rateFrom: now, rateLeft: stored.left })
    await this.redis.hdel(KEYS.firstImport, 'paused')
  }

  /** So many Akten have never been synced by now; `isOver`: none of them is to be had without a person. */
  async note(left: number, isOver: boolean): Promise<void> {
    const finished = isOver ? { finishedAt: this.clock.now().getTime() } : {}
    await this.redis.hset(KEYS.firstImport, { left, ...finished })
  }

  /** Null where there was none within the last month. */
  async read(): Promise<ImportProgress | null> {
    const stored = await this.stored()
    return stored === null ? null : progressOf(stored, this.clock.now().getTime())
  }

  private async stored(): Promise<z.infer<typeof storedSchema> | null> {
    const hash = await this.redis.hgetall(KEYS.firstImport)
    return hash.startedAt === undefined ? null : storedSchema.parse(hash)
  }
}

function progressOf(stored: z.infer<typeof storedSchema>, now: number): ImportProgress {
  const { startedAt, total, left, rateFrom, rateLeft, paused = null, finishedAt } = stored
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

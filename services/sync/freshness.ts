import type { Redis } from 'ioredis'
import { z } from 'zod'
import type { Systems } from '../app/systems'
import type { Clock } from '../clock'
import { parseJson } from '../json'
import { KEYS } from '../redis/keys'

const REMEMBERED_MS = 60_000
const KEPT_SECONDS = 24 * 3600
const FRESH_MS = 24 * 3600 * 1000

/** How much of the office is in agreement, as EspoCRM's records say. Times are ISO 8601. */
export const freshnessSchema = z.object({
  at: z.string().describe('When EspoCRM was asked'),
  total: z.number().describe('Akten that are synced by their status'),
  agreed: z.number().describe('Synced within the last 24 hours, and in agreement then'),
  never: z.number().describe('Never synced'),
  oldest: z.string().nullable().describe('The longest ago that one was synced; null: none ever was'),
})

/** How much of the office is in agreement. */
export type Freshness = z.infer<typeof freshnessSchema>

const storedSchema = z.object({ triedAt: z.number(), freshness: freshnessSchema.nullable() })

/**
 * Counts the Akten in EspoCRM, three cheap requests once in a minute however many servers and people ask. While EspoCRM
 * does not answer, the last numbers stay, with their time.
 */
export class FreshnessCounter {
  private asking: Promise<Freshness | null> | undefined

  constructor(
    private readonly redis: Pick<Redis, 'get' | 'set'>,
    private readonly clock: Pick<Clock, 'now'>,
    private readonly espo: Pick<Systems['espo'], 'countAktenByAge' | 'knowsLastSync'>,
  ) {}

  /** Null where nobody could tell within the last day. @throws only an error of Redis */
  read(): Promise<Freshness | null> {
    this.asking ??= this.ask().finally(() => {
      this.asking = undefined
    })
    return this.asking
  }

  private async ask(): Promise<Freshness | null> {
    const now = this.clock.now()
    const stored = storedSchema.safeParse(parseJson(await this.redis.get(KEYS.freshness))).data
    const last = stored?.freshness ?? null
    if (!this.espo.knowsLastSync) return null
    if (stored && now.getTime() - stored.triedAt < REMEMBERED_MS) return last
    const freshness = (await this.count(now)) ?? last
    const text = JSON.stringify({ triedAt: now.getTime(), freshness })
    await this.redis.set(KEYS.freshness, text, 'EX', KEPT_SECONDS)
    return freshness
  }

  /** Null where EspoCRM does not say; the health and every sync say why. */
  private async count(now: Date): Promise<Freshness | null> {
    try {
      const since = new Date(now.getTime() - FRESH_MS)
      const { never, synced, fresh, oldest } = await this.espo.countAktenByAge(since)
      return {
        at: now.toISOString(),
        total: never + synced,
        agreed: fresh,
        never,
        oldest: oldest === null ? null : new Date(oldest).toISOString(),
      }
    } catch {
      return null
    }
  }
}

import type { Redis } from 'ioredis'
import type { Systems } from '../app/systems'
import type { Clock } from '../clock'
import type { Freshness } from '../model/freshness'
import type { Language } from '../model/reasons'
import { keepFreshness, readFreshness } from '../queue/freshness'
import { failureText } from './execute/failure-text'

const REMEMBERED_MS = 60_000
const FRESH_MS = 24 * 3600 * 1000

/**
 * Counts the Akten in EspoCRM: three cheap requests, once in a minute however many servers and people ask. While EspoCRM
 * does not answer, the last numbers stay, with their time.
 */
export class FreshnessCounter {
  private asking: Promise<Freshness | null> | undefined

  constructor(
    private readonly redis: Pick<Redis, 'get' | 'set'>,
    private readonly clock: Pick<Clock, 'now'>,
    private readonly espo: Pick<Systems['espo'], 'countAktenByAge' | 'knowsLastSync'>,
    private readonly language: Language,
  ) {}

  /** What keeps EspoCRM from telling, as it was when it was last asked; null: nothing. */
  async trouble(): Promise<string | null> {
    return (await readFreshness(this.redis))?.trouble ?? null
  }

  /** Asks EspoCRM where the numbers are older than a minute. Null where nobody could tell within the last day. */
  refresh(): Promise<Freshness | null> {
    this.asking ??= this.ask().finally(() => {
      this.asking = undefined
    })
    return this.asking
  }

  /** The last numbers at once; newer ones are asked for meanwhile. @throws only an error of Redis */
  async last(): Promise<Freshness | null> {
    const stored = await readFreshness(this.redis)
    this.refresh().catch(() => {}) // the next one who asks gets the error of Redis
    return stored?.freshness ?? null
  }

  private async ask(): Promise<Freshness | null> {
    const now = this.clock.now()
    const stored = await readFreshness(this.redis)
    const last = stored?.freshness ?? null
    if (!this.espo.knowsLastSync || (stored && now.getTime() - stored.triedAt < REMEMBERED_MS)) return last
    const counted = await this.count(now)
    const trouble = typeof counted === 'string' ? counted : null
    const freshness = typeof counted === 'string' ? last : counted
    await keepFreshness(this.redis, { triedAt: now.getTime(), freshness, trouble })
    return freshness
  }

  /** Why not, where EspoCRM does not say. */
  private async count(now: Date): Promise<Freshness | string> {
    try {
      const since = new Date(now.getTime() - FRESH_MS)
      const { never, synced, fresh, oldest } = await this.espo.countAktenByAge(since)
      const oldestAt = oldest === null ? null : new Date(oldest).toISOString()
      return { at: now.toISOString(), total: never + synced, agreed: fresh, never, oldest: oldestAt }
    } catch (error) {
      return failureText(error, this.language)
    }
  }
}

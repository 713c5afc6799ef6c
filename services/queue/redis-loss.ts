import type { Redis } from 'ioredis'
import { KEYS } from '../redis/keys'
import { LOST } from './akten-queue'

/** Redis may lose its last second in a crash, and a tick with it. */
const TOLERATED_TICKS = 1

/**
 * Remembers what this process saw in Redis, and notices when Redis does not know it any more: it was emptied, or another
 * or older dump was loaded. Says so in the marker; the next tick then asks for what was forgotten
 * (`recoverFromEmptyRedis`) and sets a new one, which begins with `emptied`.
 *
 * | the marker | and this process remembers | means |
 * |---|---|---|
 * | is absent | one | emptied |
 * | is another one, `new …` | one | emptied, and a tick that knew nothing took it for a new one |
 * | is another one, `emptied …` | one | emptied, and recovered already |
 * | is the same one | more ticks than there are | an older dump was loaded |
 */
export class RedisLossWatch {
  private marker: string | null = null
  private ticks = 0

  constructor(private readonly redis: Pick<Redis, 'get' | 'hget' | 'set'>) {}

  /** True when Redis forgot something since the last look; the marker says so by then. @throws an error of Redis */
  async look(): Promise<boolean> {
    const [marker, counted] = await Promise.all([
      this.redis.get(KEYS.marker),
      this.redis.hget(KEYS.polling, 'ticks'),
    ])
    const ticks = Number(counted ?? 0)
    if (marker === LOST) return false
    const isLost = this.marker !== null && this.hasForgotten(this.marker, marker, ticks)
    if (isLost) await this.redis.set(KEYS.marker, LOST)
    this.marker = isLost ? null : marker
    this.ticks = ticks
    return isLost
  }

  private hasForgotten(remembered: string, marker: string | null, ticks: number): boolean {
    if (marker === null) return true
    return marker === remembered ? ticks < this.ticks - TOLERATED_TICKS : !marker.startsWith('emptied ')
  }
}

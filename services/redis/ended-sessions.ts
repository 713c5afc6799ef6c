import type { Redis } from 'ioredis'
import type { Clock } from '../clock'
import { KEYS } from './keys'

/** Sessions of browsers that were logged out before their time, for every server on this Redis and after a restart. */
export class EndedSessions {
  constructor(
    private readonly redis: Pick<Redis, 'zscore' | 'multi'>,
    private readonly clock: Pick<Clock, 'now'>,
  ) {}

  /** True when the session was logged out. */
  async has(session: string): Promise<boolean> {
    return (await this.redis.zscore(KEYS.endedSessions, session)) !== null
  }

  /** Remembers a session until it would have ended anyway (epoch milliseconds). The name of a session opens nothing. */
  async add(session: string, expiresAt: number): Promise<void> {
    const key = KEYS.endedSessions
    const written = await this.redis
      .multi()
      .zremrangebyscore(key, '-inf', this.clock.now().getTime())
      .zadd(key, expiresAt, session)
      .exec()
    for (const [error] of written ?? []) if (error) throw error
  }
}

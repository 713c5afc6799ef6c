import type { Redis } from 'ioredis'
import type { Clock } from '../clock'
import { pathKey } from '../model/paths'
import { KEYS } from './keys'

const DAY_MS = 24 * 3600 * 1000

/** Remembers for a day which files were restored, so that one that something takes away each time is noticed. */
export class RestoreMemory {
  constructor(
    private readonly redis: Pick<Redis, 'zadd' | 'zrange' | 'zremrangebyscore' | 'pexpire'>,
    private readonly clock: Pick<Clock, 'now' | 'random'>,
  ) {}

  /** How often this file was restored within the last day. */
  async count(aktennummer: string, path: string): Promise<number> {
    const key = KEYS.restores(aktennummer)
    await this.redis.zremrangebyscore(key, '-inf', this.clock.now().getTime() - DAY_MS)
    const restores = await this.redis.zrange(key, 0, -1)
    return restores.filter((restore) => restore.startsWith(`${pathKey(path)}/`)).length
  }

  /** This file was just restored. */
  async note(aktennummer: string, path: string): Promise<void> {
    const key = KEYS.restores(aktennummer)
    await this.redis.zadd(key, this.clock.now().getTime(), `${pathKey(path)}/${this.clock.random()}`)
    await this.redis.pexpire(key, DAY_MS)
  }
}

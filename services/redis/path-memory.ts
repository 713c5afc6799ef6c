import type { Redis } from 'ioredis'
import { KEYS } from './keys'

/**
 * Remembers which document of an Akte has which path, because EspoCRM lists a deleted document no more: without this its
 * file would look like a new one. Akten by the ids of their records, paths by their keys. About 100 bytes a document.
 */
export class PathMemory {
  constructor(private readonly redis: Pick<Redis, 'hgetall' | 'hset' | 'hdel'>) {}

  /** Key of each path → id of the document that had it last. */
  async of(akteId: string): Promise<ReadonlyMap<string, string>> {
    return new Map(Object.entries(await this.redis.hgetall(KEYS.aktePfade(akteId))))
  }

  /** These paths have these documents now. */
  async note(akteId: string, paths: ReadonlyMap<string, string>): Promise<void> {
    if (paths.size > 0) await this.redis.hset(KEYS.aktePfade(akteId), Object.fromEntries(paths))
  }

  /** Nothing follows any more from who had these paths. */
  async forget(akteId: string, paths: string[]): Promise<void> {
    if (paths.length > 0) await this.redis.hdel(KEYS.aktePfade(akteId), ...paths)
  }
}

import type { Redis } from 'ioredis'
import { KEYS } from './keys'

/**
 * Remembers which Akte a document belongs to. EspoCRM reports a deleted document by its id alone, and not where a moved
 * one came from; and its lists leave out what a role hides. About 150 bytes a document.
 */
export class DokumentIndex {
  constructor(
    private readonly redis: Pick<Redis, 'hset' | 'hdel' | 'hmget' | 'sadd' | 'srem' | 'smembers'>,
  ) {}

  /** These documents belong to this Akte; both are ids of EspoCRM records. */
  async remember(akteId: string, dokumentIds: string[]): Promise<void> {
    if (dokumentIds.length === 0) return
    await this.redis.hset(KEYS.dokumentAkten, ...dokumentIds.flatMap((id) => [id, akteId]))
    await this.redis.sadd(KEYS.akteDokumente(akteId), ...dokumentIds)
  }

  /** Drops these documents: their deletion must not queue an Akte. */
  async forget(dokumentIds: string[]): Promise<void> {
    if (dokumentIds.length > 0) await this.redis.hdel(KEYS.dokumentAkten, ...dokumentIds)
  }

  /** Every document that this Akte was seen with, also those that went elsewhere since. */
  async dokumentIdsOf(akteId: string): Promise<string[]> {
    return await this.redis.smembers(KEYS.akteDokumente(akteId))
  }

  /** These documents are not this Akte's any more, which was seen: nobody is to ask for them again. */
  async release(akteId: string, dokumentIds: string[]): Promise<void> {
    if (dokumentIds.length > 0) await this.redis.srem(KEYS.akteDokumente(akteId), ...dokumentIds)
  }

  /** Document id → Akte id, of those that are remembered. */
  async akteIdsOf(dokumentIds: string[]): Promise<Map<string, string>> {
    if (dokumentIds.length === 0) return new Map()
    const found = await this.redis.hmget(KEYS.dokumentAkten, ...dokumentIds)
    return new Map(dokumentIds.flatMap((id, at): [string, string][] => (found[at] ? [[id, found[at]]] : [])))
  }
}

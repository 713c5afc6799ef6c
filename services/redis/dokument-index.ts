import type { Redis } from 'ioredis'
import { KEYS } from './keys'

/**
 * Remembers which Akte a document belongs to. EspoCRM reports a deleted document by its id alone, and not where a moved
 * one came from. About 100 bytes a document.
 */
export class DokumentIndex {
  constructor(private readonly redis: Pick<Redis, 'hset' | 'hdel' | 'hmget'>) {}

  /** These documents belong to this Akte; both are ids of EspoCRM records. */
  async remember(akteId: string, dokumentIds: string[]): Promise<void> {
    if (dokumentIds.length === 0) return
    await this.redis.hset(KEYS.dokumentAkten, Object.fromEntries(dokumentIds.map((id) => [id, akteId])))
  }

  /** Drops these documents: their deletion must not queue an Akte. */
  async forget(dokumentIds: string[]): Promise<void> {
    if (dokumentIds.length > 0) await this.redis.hdel(KEYS.dokumentAkten, ...dokumentIds)
  }

  /** Document id → Akte id, of those that are remembered. */
  async akteIdsOf(dokumentIds: string[]): Promise<Map<string, string>> {
    const found = await this.redis.hmget(KEYS.dokumentAkten, ...dokumentIds)
    return new Map(dokumentIds.flatMap((id, at): [string, string][] => (found[at] ? [[id, found[at]]] : [])))
  }
}

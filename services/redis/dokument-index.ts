import type { Redis } from 'ioredis'
import { KEYS } from './keys'

/**
 * Remembers which Akte a document belongs to. EspoCRM tells only the id of a document that was deleted, and nothing
 * about where a moved one came from. About 100 bytes a document.
 */
export class DokumentIndex {
  constructor(private readonly redis: Pick<Redis, 'hset' | 'hdel' | 'hmget'>) {}

  /** These documents belong to this Akte; both are ids of EspoCRM records. */
  async remember(akteId: string, dokumentIds: string[]): Promise<void> {
    if (dokumentIds.length === 0) return
    await this.redis.hset(KEYS.dokumentAkten, Object.fromEntries(dokumentIds.map((id) => [id, akteId])))
  }

  /** These documents are gone, and nobody is to be told of it. */
  async forget(dokumentIds: string[]): Promise<void> {
    if (dokumentIds.length > 0) await this.redis.hdel(KEYS.dokumentAkten, ...dokumentIds)
  }

  /** Document id → Akte id, of those that are remembered. */
  async akteIdsOf(dokumentIds: string[]): Promise<Map<string, string>> {
    const found = await this.redis.hmget(KEYS.dokumentAkten, ...dokumentIds)
    return new Map(dokumentIds.flatMap((id, at): [string, string][] => (found[at] ? [[id, found[at]]] : [])))
  }
}

import type { Redis } from 'ioredis'
import { KEYS } from '../redis/keys'
import { type QueueSnapshot, readAkten, readQueue } from './queue-snapshot'
import { RETRY } from './scripts'

/** What people do by hand with the sets: `redis-cli`, the Workbench, the API and the terminal share it. */
export class AktenOperations {
  constructor(private readonly redis: Redis) {}

  /** Every Akte that is not simply in agreement, those that wait longest first; of very many the first thousands. */
  snapshot(): Promise<QueueSnapshot> {
    return readQueue(this.redis)
  }

  /**
   * Asks for a sync of these Akten now: no waiting time, all attempts ahead. `isForced` passes the safety stops once.
   * A few come before everything else that waits; many are a bulk themselves.
   */
  async retry(aktennummern: string[], isForced = false): Promise<void> {
    if (aktennummern.length === 0) return
    const keys = [
      KEYS.pending,
      KEYS.delayedUntil,
      KEYS.attempts,
      KEYS.waitingSince,
      KEYS.force,
      KEYS.priority,
      KEYS.causes,
      KEYS.origins,
      KEYS.begunRuns,
    ]
    const first = aktennummern.length <= FEW ? 'first' : ''
    for (let at = 0; at < aktennummern.length; at += RETRY_BATCH) {
      const batch = aktennummern.slice(at, at + RETRY_BATCH)
      await this.redis.eval(RETRY, keys.length, ...keys, isForced ? 'forced' : '', first, ...batch)
    }
  }

  /** The Akten in the failed list, or those with one cause (see `causeOf`). */
  async failed(cause?: string): Promise<string[]> {
    const chosen = new Set<string>()
    let cursor = '0'
    do {
      const [next, flat] = await this.redis.hscan(KEYS.failed, cursor, 'COUNT', RETRY_BATCH)
      cursor = next
      const names = flat.filter((_text, at) => at % 2 === 0)
      for (const akte of (await readAkten(this.redis, names)).akten)
        if (
          akte.state === 'failed' &&
          (cause === undefined || causeOf(akte.aktennummer, akte.reason) === cause)
        )
          chosen.add(akte.aktennummer)
    } while (cursor !== '0')
    return [...chosen]
  }

  /** Takes an Akte off the lists: it is neither pending nor failed nor stopped. A running sync goes on. */
  async remove(aktennummer: string): Promise<void> {
    const { pending, delayedUntil, attempts, failed, stopped, force, waitingSince } = KEYS
    const transaction = this.redis.multi().srem(pending, aktennummer).srem(force, aktennummer)
    transaction.srem(KEYS.priority, aktennummer)
    transaction.zrem(delayedUntil, aktennummer).zrem(waitingSince, aktennummer).zrem(KEYS.swept, aktennummer)
    for (const hash of [attempts, failed, stopped, KEYS.causes, KEYS.origins, KEYS.begunRuns])
      transaction.hdel(hash, aktennummer)
    await transaction.exec()
  }

  /** From now on nothing is taken from pending; what runs goes on. */
  async pauseAll(reason: string): Promise<void> {
    await this.redis.set(KEYS.paused, reason)
  }

  /** Akten are taken from pending again, at the next tick. */
  async resumeAll(): Promise<void> {
    await this.redis.del(KEYS.paused)
  }

  /** Keeps one Akte in pending until it is resumed. */
  async pauseAkte(aktennummer: string, reason: string): Promise<void> {
    await this.redis.hset(KEYS.pausedAkten, aktennummer, reason)
  }

  /** Ends the pause of one Akte. */
  async resumeAkte(aktennummer: string): Promise<void> {
    await this.redis.hdel(KEYS.pausedAkten, aktennummer)
  }
}

/** What failed Akten have in common: the reason's first line without the Aktennummer. */
export function causeOf(aktennummer: string, reason: string | null): string {
  const line = reason?.split('\n')[0] ?? ''
  return line.replaceAll(encodeURIComponent(aktennummer), '…').replaceAll(aktennummer, '…')
}

const RETRY_BATCH = 1000
/** What a person asks for by name. */
const FEW = 10

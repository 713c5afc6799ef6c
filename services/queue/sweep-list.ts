import type { Redis } from 'ioredis'
import { z } from 'zod'
import type { Clock } from '../clock'
import { KEYS } from '../redis/keys'
import { OFFER, REJECT } from './scripts'

/**
 * So long an Akte rests after any run. EspoCRM's `lastSync` is the memory, but it stays as it was after a run that a
 * system did not answer, where the API user may not write it, and on the second record of one Aktennummer.
 */
const REST_MS = 60 * 60 * 1000

/** An Akte that was not synced for long; `lastSync` in epoch milliseconds, 0: never. */
export interface Stale {
  aktennummer: string
  lastSync: number
}

const offeredSchema = z.tuple([z.number(), z.number(), z.number(), z.number(), z.number()])

/** What became of some Akten that were offered. */
export interface Offered {
  added: number
  /** Pending, under way, or found before. */
  busy: number
  /** Failed, stopped or paused: a person's turn. */
  held: number
  /** Had a run within the last hour. */
  rested: number
  /** So many wait for idle capacity in all. */
  waiting: number
}

/**
 * What the sweep found and nobody began yet: a few more Akten than there is room for. It is no memory; losing it loses
 * nothing, because the next sweep finds the same.
 */
export class SweepList {
  constructor(
    private readonly redis: Pick<Redis, 'eval' | 'del'>,
    private readonly clock: Pick<Clock, 'now'>,
  ) {}

  /** Adds those that are on no list, until `limit` wait. */
  async offer(akten: Stale[], limit: number): Promise<Offered> {
    const { swept, pending, processing, failed, stopped, pausedAkten, lastRuns } = KEYS
    const keys = [swept, pending, processing, failed, stopped, pausedAkten, lastRuns]
    const pairs = akten.flatMap(({ aktennummer, lastSync }) => [aktennummer, lastSync])
    const reply = await this.redis.eval(OFFER, keys.length, ...keys, limit, REST_MS, ...pairs)
    const [added, busy, held, rested, waiting] = offeredSchema.parse(reply)
    return { added, busy, held, rested, waiting }
  }

  /** Lists what nobody can sync among the failed Akten; false where it stood there already. */
  async reject(name: string, reason: string): Promise<boolean> {
    const entry = JSON.stringify({ reason, attempts: 0, time: this.clock.now().toISOString() })
    return (await this.redis.eval(REJECT, 1, KEYS.failed, name, entry)) === 1
  }

  /** Forgets what nobody began: the window has closed, or the sweep is off. */
  async clear(): Promise<void> {
    await this.redis.del(KEYS.swept)
  }
}

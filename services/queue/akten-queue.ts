import type { Redis } from 'ioredis'
import { z } from 'zod'
import type { Clock } from '../clock'
import { KEYS } from '../redis/keys'
import { CLAIM, HOLD, SETTLE, TAKE } from './scripts'

/** How long a taken Akte may wait for its job before the reaper brings it back. */
const WAITING_MS = 100_000
/** How long a silent worker is believed to be alive; the lock's heartbeat renews it. */
export const LEASE_MS = 45_000
/** Owner of the lease between the cron step's take and the job's claim. */
export const WAITING = 'waiting'

const attemptsSchema = z.object({ attempts: z.number().int().nonnegative() })

/** What a job may do with its Akte; `attempts` counts the failed tries before this run. */
export type Claim =
  | { status: 'claimed'; attempts: number /** This run passes the safety stops. */; isForced: boolean }
  | { status: 'running' | 'stale' }

/** How a run ended, for `settle`. */
export type Outcome =
  | { outcome: 'done' }
  | { outcome: 'retry'; delayMs: number; reason: string; attempts?: number }
  | { outcome: 'failed'; reason: string; attempts: number }
  | { outcome: 'stopped'; reason: string; pauseAfter: number }

/** Nothing ran: the Akte is not to be synced at all, and leaves the lists. */
export interface Dropped {
  outcome: 'dropped'
  reason: string
}

/**
 * The sets that an Aktennummer moves between. They are the truth; a queue job is only a wake-up call. Each method is
 * one atomic script, so a crash leaves every Aktennummer in exactly the state before or after it.
 */
export class AktenQueue {
  constructor(
    private readonly redis: Pick<Redis, 'eval' | 'smembers'>,
    private readonly clock: Pick<Clock, 'now'>,
  ) {}

  /** Moves due Aktennummern from pending to processing until that holds `room`, and reaps abandoned ones. */
  async take(room: number): Promise<{ taken: string[]; reaped: string[]; paused: string | null }> {
    const {
      pending,
      processing,
      leases,
      delayedUntil,
      paused,
      failed,
      stopped,
      attempts,
      pausedAkten,
      waitingSince,
    } = KEYS
    const lists = [failed, stopped, attempts, pausedAkten, waitingSince, KEYS.priority]
    const keys = [pending, processing, leases, delayedUntil, paused, ...lists]
    const reply = z
      .tuple([z.string(), z.number()])
      .rest(z.string())
      .parse(await this.redis.eval(TAKE, keys.length, ...keys, room, WAITING_MS))
    const [reason, count, ...members] = reply
    return {
      paused: reason === '' ? null : reason,
      taken: members.slice(0, count),
      reaped: members.slice(count),
    }
  }

  /** The Akten that a person just asked for and that were not tried since. */
  priority(): Promise<string[]> {
    return this.redis.smembers(KEYS.priority)
  }

  /** A job asks to run its Akte; `stale` and `running` mean that there is nothing to do for it. */
  async claim(aktennummer: string, owner: string): Promise<Claim> {
    const {
      pending,
      processing,
      leases,
      delayedUntil,
      paused,
      attempts,
      failed,
      stopped,
      pausedAkten,
      force,
    } = KEYS
    const keys = [
      pending,
      processing,
      leases,
      delayedUntil,
      paused,
      attempts,
      failed,
      stopped,
      pausedAkten,
      force,
    ]
    const reply = await this.redis.eval(CLAIM, keys.length, ...keys, aktennummer, owner, LEASE_MS)
    const [status, json, forced] = z
      .tuple([z.enum(['claimed', 'running', 'stale'])])
      .rest(z.string())
      .parse(reply)
    if (status !== 'claimed') return { status }
    const attemptsBefore = json ? attemptsSchema.parse(JSON.parse(json)).attempts : 0
    return { status, attempts: attemptsBefore, isForced: forced === 'forced' }
  }

  /** Keeps an Akte for a person's own change until `settle`; false while somebody works on it. */
  async holdForManualChange(aktennummer: string, owner: string): Promise<boolean> {
    const keys = [KEYS.processing, KEYS.leases]
    return (await this.redis.eval(HOLD, keys.length, ...keys, aktennummer, owner, LEASE_MS)) === 1
  }

  /**
   * Ends what `owner` began. False: the lease is not the owner's any more, and nothing was changed. A force that the
   * run had is used up, unless the run is tried again.
   */
  async settle(
    aktennummer: string,
    owner: string,
    end: Outcome | Dropped,
    isForced = false,
  ): Promise<boolean> {
    const { pending, processing, leases, delayedUntil, attempts, failed, stopped, force, recentStops } = KEYS
    const stops = [force, recentStops, KEYS.paused, KEYS.waitingSince, KEYS.priority, KEYS.causes]
    const keys = [pending, processing, leases, delayedUntil, attempts, failed, stopped, ...stops]
    const time = this.clock.now().toISOString()
    const entry =
      end.outcome === 'done'
        ? ''
        : JSON.stringify({
            ...{ ...end, outcome: undefined, pauseAfter: undefined, time },
            ...(owner === WAITING ? { beforeRun: true } : {}),
          })
    const counted = end.outcome === 'retry' && end.attempts !== undefined ? entry : ''
    const delayMs = end.outcome === 'retry' ? Math.round(end.delayMs) : 0
    const pauseAfter = end.outcome === 'stopped' ? end.pauseAfter : 0
    const forced = isForced ? 'forced' : ''
    const args = [aktennummer, owner, end.outcome, delayMs, entry, counted, pauseAfter, forced]
    return (await this.redis.eval(SETTLE, keys.length, ...keys, ...args)) === 1
  }
}

/**
 * Milliseconds until the next try after `attempts` failures: 10 s doubling to 15 min, with up to 25 % of jitter so
 * that Akten that failed together do not come back together.
 */
export function backoffMs(attempts: number, random: () => number): number {
  return Math.min(10_000 * 2 ** Math.max(0, attempts - 1), 720_000) * (1 + 0.25 * random())
}

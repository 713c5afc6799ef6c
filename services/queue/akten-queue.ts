import type { Redis } from 'ioredis'
import { z } from 'zod'
import type { Clock } from '../clock'
import { ORIGINS, type Origin } from '../model/origin'
import { KEYS } from '../redis/keys'
import { AHEAD, CLAIM, HOLD, SETTLE, TAKE } from './scripts'

/** How long a taken Akte may wait for its job before the reaper brings it back. */
const WAITING_MS = 100_000
/** How long a silent worker is believed to be alive; the lock's heartbeat renews it. */
export const LEASE_MS = 45_000
/** Owner of the lease between the cron step's take and the job's claim. */
export const WAITING = 'waiting'
/** Announced Akten that a job of the sweep is told of at once; it asks again after them. */
const AHEAD_AT_ONCE = 20

const namesSchema = z.array(z.string())
/** Whoever adds by hand leaves no origin. */
const originSchema = z.enum(ORIGINS).catch('direct')
const attemptsSchema = z.object({ attempts: z.number().int().nonnegative() })

/** What a job may do with its Akte; `attempts` counts the failed tries before this run. */
export type Claim =
  | {
      status: 'claimed'
      attempts: number
      /** This run passes the safety stops. */
      isForced: boolean
      /** Why it was started. */
      origin: Origin
    }
  | { status: 'running' | 'stale' }

/** How a run ended, for `settle`. */
export type Outcome =
  | { outcome: 'done' }
  | { outcome: 'retry'; delayMs: number; reason: string; attempts?: number }
  | { outcome: 'failed'; reason: string; attempts: number }
  | { outcome: 'stopped'; reason: string; pauseAfter: number }
  /** A run of the sweep that a system did not answer: the sweep finds the Akte again, and goes slowly until then. */
  | { outcome: 'postponed'; reason: string }

/** What a tick took. */
export interface Taken {
  taken: string[]
  /** Taken into room that nothing announced needs. */
  swept: string[]
  /** Had no live worker any more: pending again. */
  reaped: string[]
  /** Why nothing is taken; null where it is. */
  paused: string | null
}

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
    private readonly redis: Pick<Redis, 'eval'>,
    private readonly clock: Pick<Clock, 'now'>,
  ) {}

  /**
   * Moves due Aktennummern from pending to processing until that holds `room`, then what the sweep found; reaps
   * abandoned ones.
   */
  async take(room: number): Promise<Taken> {
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
    const sweep = [KEYS.swept, KEYS.sweepHold, KEYS.origins]
    const keys = [pending, processing, leases, delayedUntil, paused, ...lists, ...sweep]
    const reply = z
      .tuple([z.string(), z.number(), z.number()])
      .rest(z.string())
      .parse(await this.redis.eval(TAKE, keys.length, ...keys, room, WAITING_MS))
    const [reason, count, bySweep, ...members] = reply
    return {
      paused: reason === '' ? null : reason,
      taken: members.slice(0, count),
      swept: members.slice(count, count + bySweep),
      reaped: members.slice(count + bySweep),
    }
  }

  /**
   * What has to run before this Akte: those that a person just asked for; where the sweep took it, all that was
   * announced and is due.
   */
  async ahead(aktennummer: string): Promise<string[]> {
    const { pending, processing, leases, delayedUntil, paused, pausedAkten, waitingSince, priority } = KEYS
    const lists = [pending, processing, leases, delayedUntil, paused, pausedAkten, waitingSince, priority]
    const keys = [...lists, KEYS.origins]
    return namesSchema.parse(await this.redis.eval(AHEAD, keys.length, ...keys, aktennummer, AHEAD_AT_ONCE))
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
      KEYS.swept,
      KEYS.origins,
    ]
    const reply = await this.redis.eval(CLAIM, keys.length, ...keys, aktennummer, owner, LEASE_MS)
    const [status, json, forced, origin] = z
      .tuple([z.enum(['claimed', 'running', 'stale'])])
      .rest(z.string())
      .parse(reply)
    if (status !== 'claimed') return { status }
    const attemptsBefore = json ? attemptsSchema.parse(JSON.parse(json)).attempts : 0
    const startedBy = originSchema.parse(origin)
    return { status, attempts: attemptsBefore, isForced: forced === 'forced', origin: startedBy }
  }

  /** Keeps an Akte for a person's own change until `settle`; false while somebody works on it. */
  async holdForManualChange(aktennummer: string, owner: string): Promise<boolean> {
    const keys = [KEYS.processing, KEYS.leases, KEYS.origins]
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
    const sweep = [KEYS.swept, KEYS.sweepHold, KEYS.origins]
    const keys = [pending, processing, leases, delayedUntil, attempts, failed, stopped, ...stops, ...sweep]
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

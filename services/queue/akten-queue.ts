import type { Redis } from 'ioredis'
import { z } from 'zod'
import type { Clock } from '../clock'
import { ORIGINS, type Origin } from '../model/origin'
import { KEYS } from '../redis/keys'
import { AHEAD, CLAIM, CLAIM_NEXT, HOLD, LEAVE, MARK, PUT_BACK, RECALL, SETTLE, TAKE } from './scripts'

/** How long a taken Akte may wait for its job before the reaper brings it back. */
const WAITING_MS = 100_000
/** How long a silent worker is believed to be alive; the lock's heartbeat renews it. */
export const LEASE_MS = 45_000
/** Owner of the lease between the cron step's take and the job's claim. */
export const WAITING = 'waiting'
/** Announced Akten that a job of the sweep is told of at once; it asks again after them. */
const AHEAD_AT_ONCE = 20
/** Ticks that are further apart than this do not belong to one stretch of polling. */
export const POLLING_GAP_MS = 60_000
/** Without a beat for this long an instance counts as gone. */
export const GONE_MS = 60_000
/** Value of the marker where a server knows that Redis was emptied. */
export const LOST = 'lost'
/** How long people are told that Redis was found emptied. */
const EMPTIED_NOTE_SECONDS = 24 * 60 * 60
const RECALL_BATCH = 1000

const namesSchema = z.array(z.string())
/** Whoever adds by hand leaves no origin. */
const originSchema = z.enum(ORIGINS).catch('direct')
const attemptsSchema = z.object({ attempts: z.number().int().nonnegative() })

/** What a job may do with its Akte; `attempts` counts the tries before this run that failed or never ended. */
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

/** The Akte whose turn it is, claimed. */
export type NextClaim = { aktennummer: string } & Omit<Extract<Claim, { status: 'claimed' }>, 'status'>

/** How a run ended, for `settle`. */
export type Outcome =
  | { outcome: 'done' }
  /** `beforeRun`: nothing ran, because EspoCRM did not tell whether the Akte is synced, or said that it is not. */
  | { outcome: 'retry'; delayMs: number; reason: string; attempts?: number; beforeRun?: true }
  | { outcome: 'failed'; reason: string; attempts: number; beforeRun?: true }
  | { outcome: 'stopped'; reason: string; pauseAfter: number }
  /** A run of the sweep that a system did not answer: the sweep finds the Akte again, and goes slowly until then. */
  | { outcome: 'postponed'; reason: string; beforeRun?: true }

/** What a tick took. */
export interface Taken {
  taken: string[]
  /** Taken into room that nothing announced needs. */
  swept: string[]
  /** Had no live worker any more: pending again. */
  reaped: string[]
  /** Members that cannot be an Aktennummer, under the names that they have in the failed list. */
  refused: string[]
  /** Why nothing is taken; null where it is. */
  paused: string | null
  /** `absent`: this Redis is new, or it was emptied; `lost`: it was emptied, a server saw what it held before. */
  mark: 'present' | 'absent' | 'lost'
}

/** Nothing ran: the Akte is not to be synced at all, and leaves the lists. */
export interface Dropped {
  outcome: 'dropped'
  reason: string
  beforeRun?: true
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
   * One tick: moves due Aktennummern from pending to processing until that holds `room`, then what the sweep found;
   * reaps abandoned ones. `isShared`: the room is that of all instances on this Redis, where it is more.
   */
  async take(room: number, isShared = false): Promise<Taken> {
    const { pending, processing, leases, delayedUntil, paused, failed, stopped, attempts } = KEYS
    const lists = [failed, stopped, attempts, KEYS.pausedAkten, KEYS.waitingSince, KEYS.priority]
    const sweep = [KEYS.swept, KEYS.sweepHold, KEYS.origins]
    const keys = [
      pending,
      processing,
      leases,
      delayedUntil,
      paused,
      ...lists,
      ...sweep,
      KEYS.polling,
      KEYS.marker,
      KEYS.begunRuns,
      KEYS.takePosition,
      KEYS.instances,
      KEYS.goingOn,
    ]
    const args = [room, WAITING_MS, POLLING_GAP_MS]
    const time = this.clock.now().toISOString()
    const reply = z
      .tuple([z.string(), z.string(), z.number(), z.number(), z.number()])
      .rest(z.string())
      .parse(
        await this.redis.eval(TAKE, keys.length, ...keys, ...args, time, isShared ? 'shared' : '', GONE_MS),
      )
    const [reason, mark, takenCount, sweptCount, reapedCount, ...members] = reply
    const next = (count?: number) => members.splice(0, count ?? members.length)
    return {
      paused: reason === '' ? null : reason,
      mark: mark === '' ? 'absent' : mark === LOST ? 'lost' : 'present',
      taken: next(takenCount),
      swept: next(sweptCount),
      reaped: next(reapedCount),
      refused: next(),
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
    const keys = claimKeys()
    const reply = await this.redis.eval(CLAIM, keys.length, ...keys, aktennummer, owner, LEASE_MS)
    const [status, json, forced, origin, unsettled] = z
      .tuple([z.enum(['claimed', 'running', 'stale'])])
      .rest(z.string())
      .parse(reply)
    if (status !== 'claimed') return { status }
    return { status, ...chanceOf(json, forced, origin, unsettled) }
  }

  /**
   * A worker that is free claims the Akte whose turn it is; null when nothing is due. Nothing is claimed whose lock
   * somebody holds. `place`: the name under which it asks again and again; no tick wakes another one in its stead, until
   * it gets null or calls `leave`.
   */
  async claimNext(owner: string, scope: 'global' | 'akte', place = owner): Promise<NextClaim | null> {
    const { waitingSince, priority, globalLock, sweepHold, takePosition, akteLock, heartbeat } = KEYS
    const keys = [...claimKeys(), waitingSince, priority, globalLock, sweepHold, takePosition, KEYS.goingOn]
    const args = [owner, LEASE_MS, scope, akteLock(''), heartbeat(''), place]
    const reply = await this.redis.eval(CLAIM_NEXT, keys.length, ...keys, ...args)
    const [aktennummer, ...chance] = namesSchema.parse(reply)
    return aktennummer === undefined ? null : { aktennummer, ...chanceOf(...chance) }
  }

  /** Who asked as `place` claims no more: its place is free. */
  async leave(place: string): Promise<void> {
    await this.redis.eval(LEAVE, 1, KEYS.goingOn, place)
  }

  /** A run that lost its lease: its Akte is pending again, unless somebody answers for it. True: it is. */
  async putBack(aktennummer: string): Promise<boolean> {
    const keys = [KEYS.pending, KEYS.leases, KEYS.failed, KEYS.stopped]
    return (await this.redis.eval(PUT_BACK, keys.length, ...keys, aktennummer)) === 1
  }

  /** Asks again for Akten of which Redis knows nothing any more; resolves to how many these are. */
  async recall(aktennummern: string[]): Promise<number> {
    const keys = [KEYS.pending, KEYS.processing, KEYS.failed, KEYS.stopped]
    let recalled = 0
    for (let at = 0; at < aktennummern.length; at += RECALL_BATCH) {
      const batch = aktennummern.slice(at, at + RECALL_BATCH)
      recalled += z.number().parse(await this.redis.eval(RECALL, keys.length, ...keys, ...batch))
    }
    return recalled
  }

  /** Says whose Redis this is, so that it shows when it is emptied; `recalled` Akten were asked for again then. */
  async mark(found: 'new' | 'emptied', id: string, recalled: number): Promise<void> {
    await this.redis.eval(MARK, 2, KEYS.marker, KEYS.emptied, found, id, recalled, EMPTIED_NOTE_SECONDS)
  }

  /** Keeps an Akte for a person's own change until `settle`; false while somebody works on it. */
  async holdForManualChange(aktennummer: string, owner: string): Promise<boolean> {
    const keys = [KEYS.processing, KEYS.leases, KEYS.origins, KEYS.begunRuns]
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
    const sweep = [KEYS.swept, KEYS.sweepHold, KEYS.origins, KEYS.begunRuns]
    const keys = [pending, processing, leases, delayedUntil, attempts, failed, stopped, ...stops, ...sweep]
    const time = this.clock.now().toISOString()
    const entry =
      end.outcome === 'done'
        ? ''
        : JSON.stringify({ ...end, outcome: undefined, pauseAfter: undefined, time })
    const counted = end.outcome === 'retry' && end.attempts !== undefined ? entry : ''
    const delayMs = end.outcome === 'retry' ? Math.round(end.delayMs) : 0
    const pauseAfter = end.outcome === 'stopped' ? end.pauseAfter : 0
    const forced = isForced ? 'forced' : ''
    const args = [aktennummer, owner, end.outcome, delayMs, entry, counted, pauseAfter, forced]
    return (await this.redis.eval(SETTLE, keys.length, ...keys, ...args)) === 1
  }
}

/** The keys of a claim, in the order of the scripts. */
function claimKeys(): string[] {
  const { pending, processing, leases, delayedUntil, paused, attempts, failed, stopped } = KEYS
  return [
    pending,
    processing,
    leases,
    delayedUntil,
    paused,
    attempts,
    failed,
    stopped,
    KEYS.pausedAkten,
    KEYS.force,
    KEYS.swept,
    KEYS.origins,
    KEYS.begunRuns,
  ]
}

/** What a script tells of the Akte that it claimed. */
const chanceOf = (json?: string, forced?: string, origin?: string, unsettled?: string) => ({
  attempts: (json ? attemptsSchema.parse(JSON.parse(json)).attempts : 0) + Number(unsettled ?? 0),
  isForced: forced === 'forced',
  origin: originSchema.parse(origin),
})

/**
 * Milliseconds until the next try after `attempts` failures: 10 s doubling to 15 min, with up to 25 % of jitter so
 * that Akten that failed together do not come back together.
 */
export function backoffMs(attempts: number, random: () => number): number {
  return Math.min(10_000 * 2 ** Math.max(0, attempts - 1), 720_000) * (1 + 0.25 * random())
}

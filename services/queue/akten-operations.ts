import type { Redis } from 'ioredis'
import { z } from 'zod'
import { KEYS } from '../redis/keys'
import { WAITING } from './akten-queue'
import { askPresence, PRESENCE_REPLIES, type Presence, presenceOf, repliesOf } from './presence'
import { RETRY } from './scripts'

/** Where an Akte stands. `pending` waits, `waiting` was taken and has no worker yet, `running` has one. */
type AkteState = 'pending' | 'waiting' | 'running' | 'failed' | 'stopped'

/** An Akte as an administrator sees it. Times are epoch milliseconds. */
export interface AkteSnapshot {
  aktennummer: string
  state: AkteState
  /** Since when it waits for a successful sync, at most; null: it does not, or nobody was ever there to see it. */
  since: number | null
  /** Not before then. */
  dueAt: number | null
  /** Failed tries so far. */
  attempts: number
  /** Why the last try failed, or why the Akte was given up or stopped. */
  reason: string | null
  /** When that was, ISO 8601. */
  reasonAt: string | null
  /** Asked for again while it is running, failed or stopped. */
  isRequested: boolean
  /** The next sync passes the safety stops. */
  isForced: boolean
  /** Why a person keeps it from being synced. */
  pausedReason: string | null
}

/** The whole office at one moment. */
export interface QueueSnapshot extends Presence {
  akten: AkteSnapshot[]
  /** Akten that a person paused, on a list or not, and why. */
  pausedAkten: ReadonlyMap<string, string>
  /** Why the last try of an Akte did not succeed, on a list or not. */
  causes: ReadonlyMap<string, Cause>
  /** Why nothing at all is taken; null when the sync is not paused. */
  paused: string | null
  /**
   * The Aktennummer that holds the global lock, and whether its holder sends heartbeats. `isForeign`: it was set by
   * somebody else, such as an operator or the predecessor.
   */
  lock: { aktennummer: string; isAlive: boolean; isForeign: boolean } | null
  /** How many Akten the sweep found that wait for idle capacity. */
  swept: number
}

/** Why a try did not succeed, and when that was (ISO 8601; null where nobody wrote it down). */
export interface Cause {
  reason: string | null
  time: string | null
  /** The poller met it, before the Akte could run: nothing in it is about a file. */
  beforeRun: boolean
}

const entrySchema = z.object({
  reason: z.string().catch(''),
  attempts: z.number().catch(0),
  time: z.string().nullable().catch(null),
  beforeRun: z.boolean().catch(false),
})

/** What people do by hand with the sets: `redis-cli`, the Workbench, the API and the terminal share it. */
export class AktenOperations {
  constructor(private readonly redis: Redis) {}

  /** Every Akte that is not simply in agreement, those that wait longest first. One round trip. */
  async snapshot(): Promise<QueueSnapshot> {
    const pipeline = this.redis.pipeline()
    askPresence(pipeline)
    pipeline.smembers(KEYS.pending).smembers(KEYS.processing).smembers(KEYS.force)
    pipeline.hgetall(KEYS.failed).hgetall(KEYS.stopped).hgetall(KEYS.leases).hgetall(KEYS.attempts)
    pipeline.hgetall(KEYS.pausedAkten).hgetall(KEYS.causes).get(KEYS.paused).get(KEYS.globalLock)
    pipeline.get(KEYS.heartbeat(KEYS.globalLock)).zcard(KEYS.swept)
    pipeline.zrange(KEYS.waitingSince, 0, -1, 'WITHSCORES').zrange(KEYS.delayedUntil, 0, -1, 'WITHSCORES')
    const all = repliesOf(await pipeline.exec())
    const presence = presenceOf(all.slice(0, PRESENCE_REPLIES))
    const replies = z
      .tuple([setSchema, setSchema, setSchema, hashSchema, hashSchema, hashSchema, hashSchema])
      .rest(z.unknown())
      .parse(all.slice(PRESENCE_REPLIES))
    const [pending, processing, force, failed, stopped, leases, attempts, ...others] = replies
    const [pausedAkten, kept, paused, holder, heartbeat, swept, since, delayedUntil] = z
      .tuple([
        hashSchema,
        hashSchema,
        textSchema,
        textSchema,
        textSchema,
        z.number(),
        scoresSchema,
        scoresSchema,
      ])
      .parse(others)
    const causes = new Map([...kept].map(([akte, json]) => [akte, causeIn(parseEntry(json))]))
    const { now, lastTickAt, instances } = presence
    // What no tick has seen yet was added after the last one.
    const unseenSince = lastTickAt ?? instances[0]?.startedAt ?? null

    const stateOf = (aktennummer: string): AkteState => {
      if (processing.has(aktennummer))
        return leases.get(aktennummer)?.startsWith(`${WAITING}|`) === false ? 'running' : 'waiting'
      if (failed.has(aktennummer)) return 'failed'
      return stopped.has(aktennummer) ? 'stopped' : 'pending'
    }
    const names = new Set([...processing, ...pending, ...failed.keys(), ...stopped.keys()])
    const akten = [...names].map((aktennummer): AkteSnapshot => {
      const state = stateOf(aktennummer)
      const entry = parseEntry(
        failed.get(aktennummer) ?? stopped.get(aktennummer) ?? attempts.get(aktennummer),
      )
      const isOver = state === 'failed' || state === 'stopped'
      const cause = (isOver ? undefined : causes.get(aktennummer)) ?? causeIn(entry)
      const dueAt = delayedUntil.get(aktennummer) ?? null
      return {
        aktennummer,
        state,
        since: since.get(aktennummer) ?? (pending.has(aktennummer) ? unseenSince : null),
        dueAt: dueAt !== null && dueAt > now ? dueAt : null,
        attempts: entry.attempts,
        reason: cause.reason,
        reasonAt: cause.time,
        isRequested: state !== 'pending' && pending.has(aktennummer),
        isForced: force.has(aktennummer),
        pausedReason: pausedAkten.get(aktennummer) ?? null,
      }
    })
    const lock = holder === null ? null : lockOf(holder, heartbeat)
    akten.sort((a, b) => (a.since ?? now) - (b.since ?? now))
    return { ...presence, akten, pausedAkten, causes, paused, lock, swept }
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
    ]
    const first = aktennummern.length <= FEW ? 'first' : ''
    for (let at = 0; at < aktennummern.length; at += RETRY_BATCH) {
      const batch = aktennummern.slice(at, at + RETRY_BATCH)
      await this.redis.eval(RETRY, keys.length, ...keys, isForced ? 'forced' : '', first, ...batch)
    }
  }

  /** Retries every Akte in the failed list, or those with one cause (see `causeOf`); resolves to their Aktennummern. */
  async retryFailed(cause?: string): Promise<string[]> {
    const chosen = await this.failed(cause)
    await this.retry(chosen)
    return chosen
  }

  /** Removes every Akte in the failed list, or those with one cause; resolves to their Aktennummern. */
  async removeFailed(cause?: string): Promise<string[]> {
    const chosen = await this.failed(cause)
    for (const aktennummer of chosen) await this.remove(aktennummer)
    return chosen
  }

  private async failed(cause: string | undefined): Promise<string[]> {
    const { akten } = await this.snapshot()
    return akten
      .filter(({ state }) => state === 'failed')
      .filter(({ aktennummer, reason }) => cause === undefined || causeOf(aktennummer, reason) === cause)
      .map(({ aktennummer }) => aktennummer)
  }

  /** Takes an Akte off the lists: it is neither pending nor failed nor stopped. A running sync goes on. */
  async remove(aktennummer: string): Promise<void> {
    const { pending, delayedUntil, attempts, failed, stopped, force, waitingSince } = KEYS
    const transaction = this.redis.multi().srem(pending, aktennummer).srem(force, aktennummer)
    transaction.srem(KEYS.priority, aktennummer)
    transaction.zrem(delayedUntil, aktennummer).zrem(waitingSince, aktennummer).zrem(KEYS.swept, aktennummer)
    for (const hash of [attempts, failed, stopped, KEYS.causes, KEYS.origins])
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

const textSchema = z.string().nullable()
const setSchema = z.array(z.string()).transform((members) => new Set(members))
const hashSchema = z.record(z.string(), z.string()).transform((hash) => new Map(Object.entries(hash)))
const scoresSchema = z.array(z.string()).transform((flat) => {
  const scores = new Map<string, number>()
  for (let at = 0; at + 1 < flat.length; at += 2) scores.set(flat[at] ?? '', Number(flat[at + 1]))
  return scores
})

const causeIn = ({ reason, time, beforeRun }: z.infer<typeof entrySchema>): Cause => ({
  reason: reason || null,
  time,
  beforeRun,
})

function parseEntry(json: string | undefined): z.infer<typeof entrySchema> {
  try {
    return entrySchema.parse(JSON.parse(json ?? '{}'))
  } catch {
    return { reason: json ?? '', attempts: 0, time: null, beforeRun: false } // written by hand: show it as it is
  }
}

function lockOf(holder: string, heartbeat: string | null): QueueSnapshot['lock'] {
  const isForeign = !holder.includes(' run:')
  return { aktennummer: holder.split(' ')[0] ?? '', isAlive: heartbeat === holder, isForeign }
}

import type { Redis } from 'ioredis'
import { z } from 'zod'
import { KEYS } from '../redis/keys'
import { WAITING } from './akten-queue'
import { askPresence, PRESENCE_REPLIES, type Presence, presenceOf, repliesOf } from './presence'

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
  /** Why the last try of those that were read did not succeed. */
  causes: ReadonlyMap<string, Cause>
  /** Why nothing at all is taken; null when the sync is not paused. */
  paused: string | null
  /** How many Akten the sweep found that wait for idle capacity. */
  swept: number
  /** How many more stand on the lists than are in `akten`; 0 unless there are many thousands. */
  beyond: Record<'pending' | 'processing' | 'failed' | 'stopped', number>
  /**
   * The Aktennummer that holds the global lock, and whether its holder sends heartbeats. `isForeign`: it was set by
   * somebody else, such as an operator or the predecessor.
   */
  lock: { aktennummer: string; isAlive: boolean; isForeign: boolean } | null
}

/** Why a try did not succeed, and when that was (ISO 8601; null where nobody wrote it down). */
export interface Cause {
  reason: string | null
  time: string | null
  /** It was met before the Akte could run: nothing in it is about a file. */
  beforeRun: boolean
}

/** Akten of each list that are read at once: more than people look at, and few enough for any server's memory. */
const MOST = 5000

const entrySchema = z.object({
  reason: z.string().catch(''),
  attempts: z.number().catch(0),
  time: z.string().nullable().catch(null),
  beforeRun: z.boolean().catch(false),
})
const textSchema = z.string().nullable()
const namesSchema = z.array(z.string())
const textsSchema = z.array(textSchema)
const flagsSchema = z.array(z.number())

type Reader = Pick<Redis, 'pipeline' | 'zrange'>

/** The whole office, those that wait longest first: of each list at most some thousands. Two round trips. */
export async function readQueue(redis: Reader): Promise<QueueSnapshot> {
  const pipeline = redis.pipeline()
  pipeline.scard(KEYS.pending).scard(KEYS.processing).hlen(KEYS.failed).hlen(KEYS.stopped)
  pipeline.srandmember(KEYS.pending, MOST).zrange(KEYS.waitingSince, 0, MOST - 1) // all of them, where there are fewer
  pipeline.srandmember(KEYS.processing, MOST)
  pipeline.hrandfield(KEYS.failed, MOST).hrandfield(KEYS.stopped, MOST)
  const [pending, processing, failed, stopped, some, oldest, ...others] = z
    .tuple([z.number(), z.number(), z.number(), z.number(), namesSchema, namesSchema])
    .rest(namesSchema)
    .parse(repliesOf(await pipeline.exec()))
  const names = [...others.flat(), ...(pending > MOST ? oldest : some)]
  const snapshot = await readAkten(redis, names)
  const more = (count: number) => Math.max(0, count - MOST)
  const beyond = {
    pending: more(pending),
    processing: more(processing),
    failed: more(failed),
    stopped: more(stopped),
  }
  return { ...snapshot, beyond }
}

/** Names of waiting Akten, those that wait longest first, `count` from the `from`th on. */
export const waitingNames = (redis: Reader, from: number, count: number): Promise<string[]> =>
  count <= 0 ? Promise.resolve([]) : redis.zrange(KEYS.waitingSince, from, from + count - 1)

/** These Akten, as far as they stand on a list, however many others do. One round trip. */
export async function readAkten(redis: Reader, aktennummern: string[]): Promise<QueueSnapshot> {
  const names = [...new Set(aktennummern)]
  const asked = names.length === 0 ? [''] : names // a command without a name is an error
  const pipeline = redis.pipeline()
  askPresence(pipeline)
  for (const set of [KEYS.pending, KEYS.processing, KEYS.force]) pipeline.smismember(set, ...asked)
  for (const hash of [KEYS.failed, KEYS.stopped, KEYS.leases, KEYS.attempts, KEYS.begunRuns, KEYS.causes])
    pipeline.hmget(hash, ...asked)
  for (const scores of [KEYS.waitingSince, KEYS.delayedUntil]) pipeline.zmscore(scores, ...asked)
  pipeline.hgetall(KEYS.pausedAkten).zcard(KEYS.swept)
  pipeline.get(KEYS.paused).get(KEYS.globalLock).get(KEYS.heartbeat(KEYS.globalLock))
  const all = repliesOf(await pipeline.exec())
  const presence = presenceOf(all.slice(0, PRESENCE_REPLIES))
  const [
    pending,
    processing,
    force,
    failed,
    stopped,
    leases,
    attempts,
    begun,
    kept,
    since,
    dueAt,
    ...others
  ] = z
    .tuple([
      ...([flagsSchema, flagsSchema, flagsSchema] as const),
      ...([textsSchema, textsSchema, textsSchema, textsSchema] as const),
      ...([textsSchema, textsSchema, textsSchema, textsSchema] as const),
    ])
    .rest(z.unknown())
    .parse(all.slice(PRESENCE_REPLIES))
  const [paused, swept, texts] = z
    .tuple([z.record(z.string(), z.string()), z.number()])
    .rest(textSchema)
    .transform(([hash, count, ...rest]) => [new Map(Object.entries(hash)), count, rest] as const)
    .parse(others)
  const [pausedReason = null, holder = null, heartbeat = null] = texts
  const causes = causesOf(asked, kept)
  const { now, lastTickAt, instances } = presence
  // What no tick has seen yet was added after the last one.
  const unseenSince = lastTickAt ?? instances[0]?.startedAt ?? null
  const akten = names.flatMap((aktennummer, index): AkteSnapshot[] => {
    const isPending = pending[index] === 1
    const lease = leases[index]
    const isRunning = lease != null && !lease.startsWith(`${WAITING}|`)
    const state = stateOf({
      isPending,
      isProcessing: processing[index] === 1,
      isRunning,
      isFailed: failed[index] != null,
      isStopped: stopped[index] != null,
    })
    if (state === null) return []
    const entry = parseEntry(failed[index] ?? stopped[index] ?? attempts[index] ?? undefined)
    const isOver = state === 'failed' || state === 'stopped'
    const cause = (isOver ? undefined : causes.get(aktennummer)) ?? causeIn(entry)
    const died = Math.max(0, Number(begun[index] ?? 0) - (state === 'running' ? 1 : 0))
    const due = numberOf(dueAt[index])
    return [
      {
        aktennummer,
        state,
        since: numberOf(since[index]) ?? (isPending ? unseenSince : null),
        dueAt: due !== null && due > now ? due : null,
        attempts: entry.attempts + (isOver ? 0 : died),
        reason: cause.reason,
        reasonAt: cause.time,
        isRequested: state !== 'pending' && isPending,
        isForced: force[index] === 1,
        pausedReason: paused.get(aktennummer) ?? null,
      },
    ]
  })
  return {
    ...presence,
    akten: akten.sort((a, b) => (a.since ?? now) - (b.since ?? now)),
    pausedAkten: paused,
    causes,
    paused: pausedReason,
    lock: holder === null ? null : lockOf(holder, heartbeat),
    swept,
    beyond: { pending: 0, processing: 0, failed: 0, stopped: 0 },
  }
}

/** Why the last try of these Akten did not succeed, on a list or not. */
export async function readCauses(
  redis: Pick<Redis, 'hmget'>,
  aktennummern: string[],
): Promise<Map<string, Cause>> {
  if (aktennummern.length === 0) return new Map()
  const kept = await redis.hmget(KEYS.causes, ...aktennummern)
  return causesOf(aktennummern, kept)
}

const causesOf = (names: string[], kept: (string | null)[]): Map<string, Cause> =>
  new Map(
    names.flatMap((akte, index): [string, Cause][] => {
      const json = kept[index]
      return json == null ? [] : [[akte, causeIn(parseEntry(json))]]
    }),
  )

function stateOf(on: {
  isPending: boolean
  isProcessing: boolean
  isRunning: boolean
  isFailed: boolean
  isStopped: boolean
}): AkteState | null {
  if (on.isProcessing) return on.isRunning ? 'running' : 'waiting'
  if (on.isFailed) return 'failed'
  if (on.isStopped) return 'stopped'
  return on.isPending ? 'pending' : null
}

const numberOf = (text: string | null | undefined): number | null => (text == null ? null : Number(text))

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

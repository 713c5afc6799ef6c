import type { Redis } from 'ioredis'
import { z } from 'zod'
import { readHolds } from '../content/holds'
import { NotFoundError } from '../errors'
import { parseJson } from '../json'
import { freshnessSchema } from '../model/freshness'
import { holdSchema } from '../model/hold'
import { importProgressSchema } from '../model/import-progress'
import { progressSchema } from '../model/progress-stream'
import { type Language, reasonText } from '../model/reasons'
import type { SyncReport } from '../model/report'
import { AktenOperations, causeOf } from '../queue/akten-operations'
import { driftSchema, readDrift } from '../queue/drift'
import { readFirstImport } from '../queue/first-import'
import { readFreshness } from '../queue/freshness'
import {
  type AkteSnapshot,
  type Cause,
  type QueueSnapshot,
  readAkten,
  readCauses,
  waitingNames,
} from '../queue/queue-snapshot'
import { summarize } from '../queue/summary'
import { KEYS } from '../redis/keys'
import { type LastRun, LastRuns, lastRunSchema } from '../redis/last-runs'
import { ReportStore } from '../redis/report-store'
import { describePresence, presenceSchema } from './presence-view'
import { akteStateSchema, type filterSchema, type listQuerySchema, reportSchema } from './schemas'

/** An Akte as the Workbench, the API and `npm run status` show it. Times are ISO 8601. */
const akteSchema = z.object({
  aktennummer: z.string(),
  state: akteStateSchema.describe(
    'synced: on no list, the last run left it in agreement; idle: on no list, it did not, or never ran',
  ),
  since: z.string().nullable().describe('Waits since then for a successful sync'),
  nextTry: z.string().nullable().describe('Not before then; null: as soon as a worker is free'),
  attempts: z.number().describe('Failed tries so far'),
  reason: z
    .string()
    .nullable()
    .describe('Why the last try did not succeed, whoever made it, or why it was given up or stopped'),
  reasonAt: z.string().nullable().describe('When that was'),
  cause: z.string().nullable().describe('The reason without what is particular to this Akte'),
  isRequested: z.boolean().describe('Asked for again while it is processed, failed or stopped'),
  isForced: z.boolean().describe('The next sync passes the safety stops once'),
  paused: z.string().nullable().describe('Why a person keeps it from being synced'),
  hold: holdSchema.nullable().describe('Why nothing of it is purged or goes by age'),
  lastRun: lastRunSchema.nullable(),
  lastTry: z.string().nullable().describe('The last try, whether it ran or failed before it could'),
  lastSynced: z.string().nullable().describe('When both sides last agreed'),
  progress: progressSchema.nullable().describe('How far the running sync is'),
})

/** Answer of GET /akten. */
export const aktenSchema = z.object({
  language: z.enum(['de', 'en']).describe('SYNC_LANGUAGE'),
  paused: z.string().nullable().describe('Why nothing is taken; null while the sync runs'),
  ...presenceSchema.shape,
  lock: z
    .object({
      aktennummer: z.string(),
      isAlive: z.boolean(),
      isForeign: z.boolean().describe('Set by somebody else, such as an operator'),
    })
    .nullable(),
  counts: z.object({
    pending: z.number(),
    processing: z.number(),
    failed: z.number(),
    stopped: z.number(),
    synced: z.number().describe('On no list, and in agreement after the last run'),
    unsynced: z.number().describe('Everything else: waits, runs, was given up or stopped, or left open'),
    flagged: z.number().describe('Akten with files that only a person can solve'),
  }),
  freshness: freshnessSchema
    .nullable()
    .describe('How much of the office is in agreement, counted in EspoCRM; null: not known yet'),
  swept: z.number().describe('Akten that the sweep found and that wait for idle capacity'),
  drift: z.array(driftSchema).describe('What the sweep found changed although nobody had announced it'),
  firstImport: importProgressSchema.nullable().describe('null: none within the last 30 days'),
  oldestPendingSeconds: z.number(),
  oldestOverdueSeconds: z.number(),
  causes: z.array(z.object({ cause: z.string(), count: z.number() })).describe('Why Akten were given up'),
  total: z.number().describe('How many Akten fit the query; akten may have fewer'),
  akten: z.array(akteSchema),
})

/** Answer of GET /akten/{aktennummer}: the Akte and its last reports, newest first. */
export const akteDetailSchema = akteSchema.extend({ reports: z.array(reportSchema) })

/** An Akte as people see it. */
export type Akte = z.infer<typeof akteSchema>
/** The whole office as people see it. */
export type Akten = z.infer<typeof aktenSchema>
export type Filter = z.infer<typeof filterSchema>
/** Which Akten are asked for. */
export type Query = Omit<z.infer<typeof listQuerySchema>, 'offset'> & { offset?: number }

/** Akten that are on no list any more, of which pages are made. */
const MOST_FINISHED = 10_000

/** The picture of the whole sync: who waits, runs, failed, was stopped or was synced last. Reads Redis only. */
export class AktenView {
  private readonly operations: AktenOperations
  private readonly runs: LastRuns

  constructor(
    private readonly redis: Redis,
    private readonly language: Language,
  ) {
    this.operations = new AktenOperations(redis)
    this.runs = new LastRuns(redis)
  }

  /** The Akten on the lists first, those that wait longest at the top; then those synced last. */
  async list({ state, search, limit, offset = 0 }: Query): Promise<Akten> {
    const [snapshot, open, known, holds] = await Promise.all([
      this.operations.snapshot(),
      this.runs.open(),
      this.runs.count(),
      readHolds(this.redis),
    ])
    // Among very many, the one that is meant may be beyond those that were read.
    if (search !== undefined) snapshot.akten.push(...(await this.beyond(snapshot, [search])))
    const listed = new Map(snapshot.akten.map((akte) => [akte.aktennummer, akte]))
    // Paused and held Akten are listed even when they are on no list: both are easily forgotten.
    const count = Math.min(offset + limit, MOST_FINISHED)
    const finished = search ? await this.runs.find(search, count) : await this.runs.newest(count)
    const names = [
      ...new Set([
        ...listed.keys(),
        ...snapshot.pausedAkten.keys(),
        ...holds.keys(),
        ...open.keys(),
        ...finished,
      ]),
    ]
    const runs = state === undefined ? new Map() : await this.runs.of(names)
    const wanted = names.filter(
      (name) =>
        (search === undefined || name.includes(search)) &&
        (state === undefined || fits(state, stateOf(listed.get(name), runs.get(name)), runs.get(name))),
    )
    const [freshness, drift, firstImport] = await Promise.all([
      readFreshness(this.redis),
      readDrift(this.redis),
      readFirstImport(this.redis, snapshot.now),
    ])
    const { counts, oldestPendingMs, oldestOverdueMs } = summarize(snapshot)
    const leftOpen = [...open].filter(([name, { result }]) => result !== 'synced' && !listed.has(name)).length
    const ran = await this.runs.of([...listed.keys()])
    const isWhole =
      snapshot.beyond.pending === 0 || search !== undefined || (state ?? 'pending') !== 'pending'
    const page = isWhole
      ? { names: wanted.slice(offset, offset + limit), total: wanted.length }
      : await this.pageOfMany(snapshot, wanted, { limit, offset })
    return {
      language: this.language,
      paused: snapshot.paused,
      ...describePresence(snapshot, this.language),
      lock: snapshot.lock,
      counts: {
        ...counts,
        synced: Math.max(0, known - ran.size - leftOpen),
        unsynced: listed.size + leftOpen,
        flagged: [...open.values()].filter(({ flagged }) => flagged > 0).length,
      },
      freshness: freshness?.freshness ?? null,
      swept: snapshot.swept,
      drift,
      firstImport,
      oldestPendingSeconds: Math.round(oldestPendingMs / 1000),
      oldestOverdueSeconds: Math.round(oldestOverdueMs / 1000),
      causes: countCauses(snapshot.akten),
      total: page.total,
      akten: await this.describe(page.names, snapshot),
    }
  }

  /** A page where more Akten wait than are read at once: those that do not wait come first, then the rest in its order. */
  private async pageOfMany(
    snapshot: QueueSnapshot,
    wanted: string[],
    { limit, offset }: { limit: number; offset: number },
  ): Promise<{ names: string[]; total: number }> {
    const waiting = new Set(
      snapshot.akten.filter(({ state }) => state === 'pending').map(({ aktennummer }) => aktennummer),
    )
    const first = wanted.filter((name) => !waiting.has(name))
    const head = first.slice(offset, offset + limit)
    const from = Math.max(0, offset - first.length)
    const names = await waitingNames(this.redis, from, limit - head.length)
    const akten = await this.beyond(snapshot, names)
    snapshot.akten.push(...akten)
    const known = new Map(snapshot.akten.map(({ aktennummer, state }) => [aktennummer, state]))
    const rest = names.filter((name) => known.get(name) === 'pending')
    return { names: [...head, ...rest], total: first.length + waiting.size + snapshot.beyond.pending }
  }

  /** Those of these Akten that stand on a list, and were not read before. */
  private async beyond({ akten }: QueueSnapshot, names: string[]): Promise<AkteSnapshot[]> {
    const known = new Set(akten.map(({ aktennummer }) => aktennummer))
    const unknown = names.filter((name) => !known.has(name))
    return unknown.length === 0 ? [] : (await readAkten(this.redis, unknown)).akten
  }

  /** These Akten, whatever is known of them. */
  async lookAt(aktennummern: string[]): Promise<Akte[]> {
    return this.describe(aktennummern, await readAkten(this.redis, aktennummern))
  }

  /** How many of these nobody has seen before, and how many are on a list or were synced before. */
  async familiarity(aktennummern: string[]): Promise<{ isNew: number; known: number }> {
    const { akten } = await readAkten(this.redis, aktennummern)
    const listed = new Set(akten.map(({ aktennummer }) => aktennummer))
    const runs = await this.runs.of(aktennummern)
    const known = aktennummern.filter((name) => listed.has(name) || runs.has(name)).length
    return { isNew: aktennummern.length - known, known }
  }

  /** One Akte. @throws NotFoundError when it is on no list and was never synced */
  async get(aktennummer: string): Promise<z.infer<typeof akteDetailSchema>> {
    const snapshot = await readAkten(this.redis, [aktennummer])
    const [akte] = await this.describe([aktennummer], snapshot)
    if (
      akte === undefined ||
      (snapshot.akten.length === 0 && akte.lastTry === null && akte.paused === null && akte.hold === null)
    ) {
      throw new NotFoundError(`Akte ${aktennummer} is on no list and was never synced`)
    }
    const reports = await new ReportStore(this.redis).list(aktennummer)
    return { ...akte, reports: reports.map((report) => toReport(report, this.language)) }
  }

  private async describe(names: string[], { akten, pausedAkten, causes }: QueueSnapshot): Promise<Akte[]> {
    const listed = new Map(akten.map((akte) => [akte.aktennummer, akte]))
    const others = names.filter((name) => !listed.has(name) && !causes.has(name))
    const [runs, synced, unlisted, progress, holds] = await Promise.all([
      this.runs.of(names),
      this.runs.lastSynced(names),
      readCauses(this.redis, others),
      this.redis.hgetall(KEYS.progress),
      readHolds(this.redis),
    ])
    return names.map((name) => {
      const snapshot = listed.get(name)
      const shown = progressSchema.safeParse(parseJson(progress[name]))
      // A run that was killed leaves its progress behind.
      const isRunning = snapshot?.state === 'running' && shown.success
      return {
        ...toAkte(
          name,
          snapshot,
          runs.get(name) ?? null,
          snapshot
            ? { reason: snapshot.reason, time: snapshot.reasonAt }
            : (causes.get(name) ?? unlisted.get(name)),
        ),
        progress: isRunning ? shown.data : null,
        lastSynced: synced.get(name) ?? null,
        paused: pausedAkten.get(name) ?? null,
        hold: holds.get(name) ?? null,
      }
    })
  }
}

function toAkte(
  aktennummer: string,
  snapshot: AkteSnapshot | undefined,
  lastRun: LastRun | null,
  cause: Pick<Cause, 'reason' | 'time'> | undefined,
): Omit<Akte, 'paused' | 'hold' | 'progress' | 'lastSynced'> {
  const iso = (ms: number | null | undefined) => (ms == null ? null : new Date(ms).toISOString())
  const reason = cause?.reason ?? null
  const reasonAt = reason === null ? null : (cause?.time ?? null)
  const tries = [lastRun?.finishedAt, reasonAt].filter((time) => typeof time === 'string').sort()
  return {
    aktennummer,
    state: stateOf(snapshot, lastRun),
    since: iso(snapshot?.since),
    nextTry: iso(snapshot?.dueAt),
    attempts: snapshot?.attempts ?? 0,
    reason,
    reasonAt,
    cause: reason === null ? null : causeOf(aktennummer, reason),
    isRequested: snapshot?.isRequested ?? false,
    isForced: snapshot?.isForced ?? false,
    lastRun,
    lastTry: tries.at(-1) ?? null,
  }
}

function toReport(
  { aktennummer: _known, items, ...told }: SyncReport,
  language: Language,
): z.infer<typeof reportSchema> {
  const files = items.map(({ path, action, outcome, reason, detail, message: full, bytes, conflict }) => ({
    ...{ path, action, outcome, bytes },
    reason: full ?? reasonText(reason, language),
    detail: detail ?? null,
    isConflict: conflict !== undefined,
  }))
  return { ...told, files }
}

function stateOf(snapshot: AkteSnapshot | undefined, lastRun: LastRun | null | undefined): Akte['state'] {
  if (snapshot === undefined) return lastRun?.result === 'synced' ? 'synced' : 'idle'
  return snapshot.state === 'waiting' || snapshot.state === 'running' ? 'processing' : snapshot.state
}

function fits(filter: Filter, state: Akte['state'], lastRun: LastRun | undefined): boolean {
  if (filter === 'unsynced') return state !== 'synced'
  if (filter === 'open') return state === 'failed' || state === 'stopped' || (lastRun?.flagged ?? 0) > 0
  return state === filter
}

function countCauses(akten: AkteSnapshot[]): Akten['causes'] {
  const counts = new Map<string, number>()
  for (const { state, aktennummer, reason } of akten) {
    if (state !== 'failed') continue
    const cause = causeOf(aktennummer, reason)
    counts.set(cause, (counts.get(cause) ?? 0) + 1)
  }
  return [...counts].map(([cause, count]) => ({ cause, count })).sort((a, b) => b.count - a.count)
}

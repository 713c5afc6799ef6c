import { createHash } from 'node:crypto'
import { hostname } from 'node:os'
import type { Redis } from 'ioredis'
import { AdvowareAddresses } from '../advoware/advoware-addresses'
import { reachSystems } from '../app/reach-systems'
import type { Runtime } from '../app/runtime'
import { verifyAudit } from '../audit/audit-verify'
import { startTimer } from '../clock'
import { foldersOf, LITTLE_ROOM, tryFolder } from '../content/folder-state'
import type { AlertKind, Trouble } from '../model/alert'
import { causeOf } from '../queue/akten-operations'
import { readDrift } from '../queue/drift'
import { tickAgeMs } from '../queue/presence'
import { type AkteSnapshot, type QueueSnapshot, readQueue } from '../queue/queue-snapshot'
import { LastRuns } from '../redis/last-runs'
import type { Seen, Sight } from './alert-decision'
import type { AlertState } from './alert-state'

/** Without a tick for so long nothing goes on; a server that has just started gets two looks to begin. */
const STANDSTILL_MS = 5 * 60_000
const TWO_LOOKS_MS = 60_000
/** A document that somebody has open holds up an Akte for hours, and that is no fault; one that is open for days is. */
const OPEN_FOR_LONG_MS = 24 * 3600_000
/** Room that is back must be more than a little, so that a disk at its limit does not tell so every minute. */
const ENOUGH_ROOM = 1.25 * LITTLE_ROOM
/** Causes that are told apart; the others are one. */
const MOST_CAUSES = 50
/** Akten that a message names. */
const MOST_NAMED = 10
/** Of its time, a server verifies its audit log for a twentieth at most. */
const AUDIT_REST = 20

/** What the alerts work with. */
export type AlertRuntime = Pick<Runtime, 'config' | 'logger' | 'systems' | 'clock'> & { redis: Redis }

/** What a look found, and until when this server's audit log need not be verified again (epoch ms). */
export interface Look {
  sight: Sight
  auditRests: Record<string, number>
}

/**
 * Looks at the office once: the queue and drift in Redis, whether the systems answer, this server's folders and audit
 * log. Reads only, but for the trial file in each folder. @throws an error of Redis
 */
export async function look(runtime: AlertRuntime, before: AlertState): Promise<Look> {
  const { config, redis, clock } = runtime
  const now = clock.now().getTime()
  const queue = await readQueue(redis)
  const [pending, drift, systems, folders, audit] = await Promise.all([
    pendingOf(runtime, queue),
    driftOf(runtime),
    systemsOf(runtime),
    foldersSeen(config, before),
    auditOf(config.sync.auditDir, clock, before),
  ])
  const seen = [...stoppedOf(runtime, queue), ...failedOf(runtime, queue), ...pausedOf(runtime, queue)]
  seen.push(...pending, ...machineryOf(queue), ...drift, ...systems, ...folders, ...audit.seen)
  const unseen = otherServers(before)
  // A list that is too long to read is known in part only: nothing in it counts as over.
  if (queue.beyond.failed > 0) unseen.push('failed:')
  // While nothing is taken, everything waits, and that says nothing.
  if (queue.paused !== null) unseen.push('pending')
  if (!audit.isSeen) unseen.push(`audit:${hostname()}`)
  return { sight: { now, seen, unseen }, auditRests: audit.rests }
}

const trouble = (kind: AlertKind, more: Partial<Trouble> = {}): Trouble => ({
  ...{ kind, about: null, host: null, count: 0, newest: 0, figure: null, named: [], detail: null },
  ...more,
})

const newestOf = (akten: AkteSnapshot[]): number =>
  Math.max(0, ...akten.map(({ reasonAt }) => Date.parse(reasonAt ?? '') || 0))

/** Who they are, where people want to know. */
const namedOf = ({ config }: Pick<AlertRuntime, 'config'>, akten: AkteSnapshot[]): Trouble['named'] =>
  config.alerts.hasDetails
    ? akten.slice(0, MOST_NAMED).map(({ aktennummer, reason }) => ({ aktennummer, reason }))
    : []

function stoppedOf(runtime: AlertRuntime, { akten }: QueueSnapshot): Seen[] {
  const stopped = akten.filter(({ state }) => state === 'stopped')
  if (stopped.length === 0) return []
  const facts = { count: stopped.length, newest: newestOf(stopped), named: namedOf(runtime, stopped) }
  return [{ key: 'stopped', trouble: trouble('stopped', facts), afterMs: 0 }]
}

/** By cause. Only the poller's causes are free of names, as `GET /health` shows them to anybody. */
function failedOf(runtime: AlertRuntime, { akten, causes }: QueueSnapshot): Seen[] {
  const groups = new Map<string, AkteSnapshot[]>()
  for (const akte of akten) {
    if (akte.state !== 'failed') continue
    const cause = causeOf(akte.aktennummer, akte.reason)
    groups.set(cause, [...(groups.get(cause) ?? []), akte])
  }
  const known = [...groups].sort(([, a], [, b]) => b.length - a.length)
  const rest = known.slice(MOST_CAUSES).flatMap(([, members]) => members)
  const told = known.slice(0, MOST_CAUSES).map(([cause, members]) => {
    const isPublic = members.every(({ aktennummer }) => causes.get(aktennummer)?.beforeRun)
    const about = isPublic || runtime.config.alerts.hasDetails ? cause : null
    return { key: `failed:${digest(cause)}`, about, members }
  })
  if (rest.length > 0) told.push({ key: 'failed:others', about: null, members: rest })
  return told.map(({ key, about, members }) => {
    const facts = { count: members.length, newest: newestOf(members), named: namedOf(runtime, members) }
    return { key, trouble: trouble('failed', { about, ...facts }), afterMs: 0 }
  })
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16)

function pausedOf({ config }: AlertRuntime, { paused }: QueueSnapshot): Seen[] {
  if (paused === null) return []
  const detail = config.alerts.hasDetails ? paused : null
  return [{ key: 'paused', trouble: trouble('paused', { detail }), afterMs: 0 }]
}

/** Akten that nobody paused and that wait longer than `ALERT_AFTER_MINUTES`. */
async function pendingOf(runtime: AlertRuntime, { akten, now }: QueueSnapshot): Promise<Seen[]> {
  const { config, redis } = runtime
  const waitedMs = ({ since }: AkteSnapshot) => now - (since ?? now)
  const isLong = (akte: AkteSnapshot, ms: number) => waitedMs(akte) > ms
  const long = akten.filter(
    (akte) => akte.state === 'pending' && akte.pausedReason === null && isLong(akte, config.alerts.afterMs),
  )
  const runs = await new LastRuns(redis).of(long.map(({ aktennummer }) => aktennummer))
  const late = long.filter(
    (akte) => runs.get(akte.aktennummer)?.result !== 'deferred' || isLong(akte, OPEN_FOR_LONG_MS),
  )
  if (late.length === 0) return []
  const figure = Math.max(...late.map(waitedMs))
  const facts = { count: late.length, figure, named: namedOf(runtime, late) }
  return [{ key: 'pending', trouble: trouble('pending', facts), afterMs: 0 }]
}

/** Nobody polls, or Redis was emptied. */
function machineryOf(queue: QueueSnapshot): Seen[] {
  const [age, found] = [tickAgeMs(queue), queue.emptied]
  const seen: Seen[] = []
  if (age !== null && age > STANDSTILL_MS)
    seen.push({ key: 'polling', trouble: trouble('polling', { figure: age }), afterMs: TWO_LOOKS_MS })
  if (found !== null)
    seen.push({
      key: `emptied:${found.at}`,
      trouble: trouble('emptied', { count: found.recalled, newest: found.at }),
      afterMs: 0,
    })
  return seen
}

/** Sides whose changes only the sweep finds; Advoware announces nothing. */
async function driftOf({ redis, config }: AlertRuntime): Promise<Seen[]> {
  const found = (await readDrift(redis)).filter(({ side, changes }) => side !== 'Advoware' && changes > 0)
  return found.map(({ side, changes }) => ({
    key: `drift:${side}`,
    trouble: trouble('drift', { about: side, count: changes }),
    afterMs: config.alerts.afterMs,
  }))
}

async function systemsOf({ config, logger, clock, redis }: AlertRuntime): Promise<Seen[]> {
  const found = new AdvowareAddresses({ logger, clock }, redis, config.advoware).remembered()
  const asked = Object.entries(reachSystems(config, found)).map(async ([name, answer]) => {
    const isThere = await answer.then(
      () => true,
      () => false,
    )
    const away = { key: `system:${name}`, trouble: trouble('system', { about: name }) }
    return isThere ? [] : [{ ...away, afterMs: config.alerts.afterMs }]
  })
  return (await Promise.all(asked)).flat()
}

/** This server's folders that cannot be written, or have little room. */
async function foldersSeen(config: AlertRuntime['config'], before: AlertState): Promise<Seen[]> {
  const host = hostname()
  const tried = foldersOf(config).map(async ({ path, setting }): Promise<Seen[]> => {
    const [key, state] = [`folder:${host}:${setting}`, await tryFolder(path)]
    const room = key in before.open ? ENOUGH_ROOM : LITTLE_ROOM
    if (state.ok && state.freeBytes >= room) return []
    const figure = state.ok ? state.freeBytes : null
    return [{ key, trouble: trouble('folder', { about: setting, host, figure }), afterMs: 0 }]
  })
  return (await Promise.all(tried)).flat()
}

/** Verifies this server's audit log, unless that took so long that it rests. */
async function auditOf(
  directory: string,
  clock: AlertRuntime['clock'],
  { auditRests }: AlertState,
): Promise<{ seen: Seen[]; isSeen: boolean; rests: Record<string, number> }> {
  const [host, now] = [hostname(), clock.now().getTime()]
  if ((auditRests[host] ?? 0) > now) return { seen: [], isSeen: false, rests: {} }
  const passed = startTimer(clock)
  try {
    const broken = (await verifyAudit(directory)).filter((verdict) => verdict.broken !== null)
    const rests = { [host]: now + AUDIT_REST * passed() }
    if (broken.length === 0) return { seen: [], isSeen: true, rests }
    const facts = { host, count: broken.length }
    return {
      seen: [{ key: `audit:${host}`, trouble: trouble('audit', facts), afterMs: 0 }],
      isSeen: true,
      rests,
    }
  } catch {
    return { seen: [], isSeen: false, rests: {} } // the look at the folders says it
  }
}

/** What other servers found in their folders and logs only they can judge. */
function otherServers({ open }: AlertState): string[] {
  const own = hostname()
  return Object.entries(open).flatMap(
    ([
      key,
      {
        trouble: { host },
      },
    ]) => (host !== null && host !== own ? [key] : []),
  )
}

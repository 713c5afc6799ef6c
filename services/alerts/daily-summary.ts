import type { ArchivedVersion } from '../content/archive'
import { describeError } from '../errors'
import type { DailySummary } from '../model/alert'
import { causeOf } from '../queue/akten-operations'
import { readDrift } from '../queue/drift'
import { type QueueSnapshot, readQueue } from '../queue/queue-snapshot'
import { summarize } from '../queue/summary'
import { LastRuns } from '../redis/last-runs'
import { ReportStore } from '../redis/report-store'
import { FreshnessCounter } from '../sync/freshness'
import type { AlertRuntime } from './alert-sight'

const DAY_MS = 24 * 3600_000
/** Versions that a day may bring to the archive and that are counted. */
const MOST_VERSIONS = 50_000
/** Akten whose flagged files are counted by reason. */
const MOST_FLAGGED = 1000
const MOST_CAUSES = 20

/** The office in figures: what agrees, what needs a person, and what the last 24 hours brought. @throws an error of Redis */
export async function summarizeDay(runtime: AlertRuntime): Promise<DailySummary> {
  const { redis, clock, systems, config } = runtime
  const queue = await readQueue(redis)
  const versions = await archivedSince(runtime, clock.now().getTime() - DAY_MS)
  const lost = (side: 'Windows' | 'EspoCRM') =>
    (versions ?? []).filter((version) => version.kind === 'conflict' && version.side === side).length
  return {
    freshness: await new FreshnessCounter(redis, clock, systems.espo, config.sync.language).refresh(),
    paused: queue.paused !== null,
    counts: summarize(queue).counts,
    causes: causesOf(runtime, queue),
    ...(await flaggedOf(runtime)),
    conflicts: { Windows: lost('Windows'), EspoCRM: lost('EspoCRM') },
    drift: (await readDrift(redis)).flatMap(({ side, changes }) => (changes > 0 ? [{ side, changes }] : [])),
    archived: versions && countArchived(versions),
  }
}

/** Null where the archive cannot be read: the summary says so. */
async function archivedSince(
  { systems, logger }: AlertRuntime,
  since: number,
): Promise<ArchivedVersion[] | null> {
  try {
    const newest = await systems.archive.list({}, MOST_VERSIONS)
    return newest.filter(({ archivedAt }) => Date.parse(archivedAt) >= since)
  } catch (error) {
    logger.warn(`⚠️ The archive could not be counted for the daily summary: ${describeError(error)}`)
    return null
  }
}

function countArchived(versions: ArchivedVersion[]): NonNullable<DailySummary['archived']> {
  const of = (kind: ArchivedVersion['kind']) => versions.filter((version) => version.kind === kind).length
  const bytes = versions.reduce((sum, { size }) => sum + size, 0)
  return { agreed: of('agreed'), conflict: of('conflict'), lastCopy: of('last copy'), bytes }
}

/** The most frequent first; those that may name something of a case are one, unless people want to know. */
function causesOf({ config }: AlertRuntime, { akten, causes }: QueueSnapshot): DailySummary['causes'] {
  const counts = new Map<string | null, number>()
  for (const { aktennummer, state, reason } of akten) {
    if (state !== 'failed') continue
    const isTold = config.alerts.hasDetails || causes.get(aktennummer)?.beforeRun === true
    const cause = isTold ? causeOf(aktennummer, reason) : null
    counts.set(cause, (counts.get(cause) ?? 0) + 1)
  }
  const sorted = [...counts]
    .map(([cause, count]) => ({ cause, akten: count }))
    .sort((a, b) => b.akten - a.akten)
  return sorted.slice(0, MOST_CAUSES)
}

/** Files that only a person can solve, by reason, as the last report of each Akte has them. */
async function flaggedOf({ redis }: AlertRuntime): Promise<Pick<DailySummary, 'flagged' | 'flaggedAkten'>> {
  const open = await new LastRuns(redis).open()
  const flagged = [...open].filter(([, { flagged: files }]) => files > 0).map(([aktennummer]) => aktennummer)
  const reports = new ReportStore(redis)
  const counts = new Map<string, number>()
  for (const aktennummer of flagged.slice(0, MOST_FLAGGED)) {
    const [last] = await reports.list(aktennummer, 1)
    for (const { outcome, reason } of last?.items ?? [])
      if (outcome === 'flagged') counts.set(reason, (counts.get(reason) ?? 0) + 1)
  }
  const sorted = [...counts].map(([reason, files]) => ({ reason, files })).sort((a, b) => b.files - a.files)
  return { flagged: sorted, flaggedAkten: flagged.length }
}

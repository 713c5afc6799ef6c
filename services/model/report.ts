import { z } from 'zod'
import type { ActionName, Side } from './model'
import type { Origin } from './origin'
import type { Reason } from './reasons'

/** `done`: something was changed. `skipped`: nothing had to be. The others were not done, and say why. */
type FileOutcome = 'done' | 'skipped' | 'deferred' | 'flagged' | 'failed'

/** What happened to one file in a run. */
export interface FileReport {
  path: string
  action: ActionName
  reason: Reason
  outcome: FileOutcome
  /** More than the reason says, for administrators: an error, the offending part of a name. */
  detail?: string
  /** What people read on the document, where there is something to say. */
  message?: string
  /** Bytes moved to either side. */
  bytes: number
  /** Whose version went to the archive. */
  archived?: Side
  /** Both sides had changed: the side that won. */
  conflict?: Side
  /** Nothing to tell beyond the number of such files. */
  isQuiet?: boolean
}

/**
 * What a run did; the last ones are kept per Akte. Times are ISO 8601. Its size is bounded: files that were simply in
 * agreement are counted, and of the others `MAX_ITEMS` are told in full, the most important first.
 */
export interface SyncReport {
  aktennummer: string
  /** Names the run, as in the audit log. */
  run: string
  startedAt: string
  finishedAt: string
  durationMs: number
  result: 'synced' | 'deferred' | 'failed' | 'stopped'
  /** What people read in EspoCRM's `syncMessage`; null when there is nothing to say. */
  message: string | null
  /** A person had allowed this run to pass the safety stops. */
  forced: boolean
  /** Why the run was started. */
  origin: Origin
  counts: Record<
    | 'created'
    | 'updated'
    | 'uploaded'
    | 'deleted'
    | 'skipped'
    | 'deferred'
    | 'flagged'
    | 'failed'
    | 'conflicts',
    number
  >
  /** Bytes moved in all. */
  bytes: number
  /** How many files had which reason, all of them. */
  reasons: Partial<Record<Reason, number>>
  items: FileReport[]
  /** Files beyond `MAX_ITEMS` that are not among `items`. */
  omitted: number
}

const MAX_ITEMS = 200
const DONE = {
  CREATE: 'created',
  UPDATE_ESPO: 'updated',
  UPLOAD_WINDOWS: 'uploaded',
  DELETE: 'deleted',
  SKIP: 'skipped',
} as const
const IMPORTANCE: FileOutcome[] = ['failed', 'flagged', 'deferred', 'done', 'skipped']

/** Summarizes the files of a run: counts of all, and in full those that are not simply in agreement. */
export function summarizeFiles(
  files: FileReport[],
): Pick<SyncReport, 'counts' | 'bytes' | 'reasons' | 'items' | 'omitted'> {
  const counts = {
    created: 0,
    updated: 0,
    uploaded: 0,
    deleted: 0,
    skipped: 0,
    deferred: 0,
    flagged: 0,
    failed: 0,
    conflicts: 0,
  }
  const reasons: Partial<Record<Reason, number>> = {}
  let bytes = 0
  for (const file of files) {
    counts[file.outcome === 'done' ? DONE[file.action] : file.outcome]++
    if (file.conflict !== undefined) counts.conflicts++
    reasons[file.reason] = (reasons[file.reason] ?? 0) + 1
    bytes += file.bytes
  }
  const notable = files
    .filter(({ outcome, isQuiet }) => outcome !== 'skipped' || !isQuiet)
    .sort((a, b) => IMPORTANCE.indexOf(a.outcome) - IMPORTANCE.indexOf(b.outcome))
  const items = notable.slice(0, MAX_ITEMS)
  return { counts, bytes, reasons, items, omitted: notable.length - items.length }
}

/** A report as it comes back from where it was kept; one of an older version of the product is no report. */
export const storedReportSchema = z.custom<SyncReport>(
  (value) =>
    z.object({ aktennummer: z.string(), run: z.string(), items: z.array(z.unknown()) }).safeParse(value)
      .success,
)

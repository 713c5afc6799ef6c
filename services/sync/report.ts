import type { ActionName } from './model'
import type { Reason } from './reasons'

export type FileOutcome = 'done' | 'skipped' | 'deferred' | 'flagged' | 'failed'

/** What happened to one file in a run. */
export interface FileReport {
  path: string
  action: ActionName
  reason: Reason
  outcome: FileOutcome
  /** More than the reason says: an error, the offending part of a name. */
  detail?: string
  bytes: number
}

/** What a run did; kept in Redis per Akte (`advoware:report:{aktennummer}`). Times are ISO 8601. */
export interface SyncReport {
  aktennummer: string
  startedAt: string
  finishedAt: string
  durationMs: number
  result: 'synced' | 'deferred' | 'failed' | 'stopped'
  /** What people read in EspoCRM's `syncMessage`; null when there is nothing to say. */
  message: string | null
  counts: Record<
    'created' | 'updated' | 'uploaded' | 'deleted' | 'skipped' | 'deferred' | 'flagged' | 'failed',
    number
  >
  items: FileReport[]
}

const DONE = {
  CREATE: 'created',
  UPDATE_ESPO: 'updated',
  UPLOAD_WINDOWS: 'uploaded',
  DELETE: 'deleted',
  SKIP: 'skipped',
} as const

/** Counts outcomes; what was done is counted by its action. */
export function countOutcomes(items: FileReport[]): SyncReport['counts'] {
  const counts = {
    created: 0,
    updated: 0,
    uploaded: 0,
    deleted: 0,
    skipped: 0,
    deferred: 0,
    flagged: 0,
    failed: 0,
  }
  for (const item of items) counts[item.outcome === 'done' ? DONE[item.action] : item.outcome]++
  return counts
}

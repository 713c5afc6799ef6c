import { COUNTED } from '../metrics/metrics'
import type { MetricsRecorder } from '../metrics/recorder'
import { type ChangedSide, changesBySide } from '../model/changed-sides'
import type { Outcome } from '../queue/akten-queue'
import type { SyncResult } from './akte-sync'

const NO_CHANGES: ReadonlyMap<ChangedSide, number> = new Map()

/**
 * Counts what one run did and how it ended. Returns what somebody had changed since the last run, by side; an Akte
 * that meets the sync for the first time has no such changes.
 */
export function recordRun(
  metrics: MetricsRecorder,
  { report, files, isKnown, isClosed }: SyncResult,
  end: Outcome,
): ReadonlyMap<ChangedSide, number> {
  const changes = isKnown ? changesBySide(files, isClosed) : NO_CHANGES
  metrics.add(COUNTED.runs, { result: resultOf(report.result, end) })
  metrics.add(COUNTED.origins, { origin: report.origin })
  if (report.origin === 'sweep')
    for (const [side, count] of changes) metrics.add(COUNTED.drift, { side }, count)
  metrics.observe(COUNTED.duration, {}, report.durationMs / 1000)
  if (end.outcome === 'stopped') metrics.add(COUNTED.safetyStops, {})
  if (end.outcome === 'retry') metrics.add(COUNTED.retries, { system: 'sync' })
  metrics.add(COUNTED.deferred, {}, report.counts.deferred)
  for (const { action, outcome, conflict, bytes } of files) {
    metrics.add(COUNTED.files, { action, outcome })
    if (outcome !== 'done') continue
    const direction = action === 'UPLOAD_WINDOWS' ? 'to_windows' : 'to_espocrm'
    metrics.add(COUNTED.bytes, { direction }, bytes)
    if (conflict !== undefined) metrics.add(COUNTED.conflicts, { winner: conflict })
  }
  return changes
}

function resultOf(result: SyncResult['report']['result'], { outcome }: Outcome): string {
  return outcome === 'failed' ? 'given_up' : result
}

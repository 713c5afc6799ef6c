import { COUNTED } from '../metrics/metrics'
import type { MetricsRecorder } from '../metrics/recorder'
import type { Outcome } from '../queue/akten-queue'
import type { SyncResult } from './akte-sync'

/** Counts what one run did and how it ended. */
export function recordRun(metrics: MetricsRecorder, { report, files }: SyncResult, end: Outcome): void {
  metrics.add(COUNTED.runs, { result: resultOf(end) })
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
}

function resultOf(end: Outcome): string {
  if (end.outcome === 'done') return 'synced'
  if (end.outcome === 'failed') return 'given_up'
  if (end.outcome === 'stopped') return 'stopped'
  return end.attempts === undefined ? 'deferred' : 'failed'
}

import type { QueueSnapshot } from './queue-snapshot'

/** The whole office in a few numbers. Times are milliseconds, 0 where nothing waits. */
interface Summary {
  counts: Record<'pending' | 'processing' | 'failed' | 'stopped', number>
  /** For how long the longest waiting Akte has not been synced, retries and deferrals included. */
  oldestPendingMs: number
  /** For how long the most overdue Akte could have been taken and was not. */
  oldestOverdueMs: number
}

/** Counts a snapshot. What a person paused is waiting, but not overdue. */
export function summarize({ akten, beyond, now }: QueueSnapshot): Summary {
  const counts = { ...beyond }
  let [oldest, overdue] = [now, now]
  for (const { state, since, dueAt, pausedReason } of akten) {
    counts[state === 'waiting' || state === 'running' ? 'processing' : state]++
    if (since !== null) oldest = Math.min(oldest, since)
    if (state === 'pending' && since !== null && dueAt === null && pausedReason === null) {
      overdue = Math.min(overdue, since)
    }
  }
  return { counts, oldestPendingMs: now - oldest, oldestOverdueMs: now - overdue }
}

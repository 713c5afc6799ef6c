import { formatBytes, formatDuration, formatWhen } from '../format'
import type { Akte } from './akten-view'

/** What each state is called, in the Workbench and in the terminal. */
export const STATE_LABELS: Record<Akte['state'], string> = {
  pending: 'Pending',
  processing: 'Processing',
  failed: 'Given up',
  stopped: 'Stopped',
  synced: 'In sync',
  idle: 'Not in sync',
}

/** The state in words; `Paused` takes precedence. */
export const stateText = ({ paused, state }: Akte): string =>
  paused === null ? STATE_LABELS[state] : 'Paused'

/** When an Akte is tried next. */
export function nextTryText({ state, paused, nextTry }: Akte): string {
  if (state === 'failed' || state === 'stopped') return 'when you retry'
  if (paused !== null) return 'when resumed'
  if (nextTry !== null) return formatWhen(nextTry)
  return state === 'pending' ? 'next' : '–'
}

/** What an administrator should know about an Akte that is not running. */
export function knownText({ paused, reason, attempts, lastRun, isForced }: Akte): string {
  const parts = [
    paused,
    isForced ? 'Passes the safety stops once' : null,
    attempts > 0 ? `${attempts} failed ${attempts === 1 ? 'try' : 'tries'}` : null,
    reason ?? lastRun?.message,
  ]
  return parts.filter(Boolean).join(' · ')
}

const PHASES = {
  fetching: 'Fetching the lists',
  syncing: 'Syncing files',
  finishing: 'Writing the status',
} as const

/** How far a running sync is, in words. */
export function progressText(progress: NonNullable<Akte['progress']>): string {
  const { phase, filesDone, filesTotal, bytes, remainingMs } = progress
  const parts = [
    PHASES[phase],
    phase !== 'fetching' && filesTotal > 0 ? `${filesDone} of ${filesTotal} files` : null,
    bytes > 0 ? formatBytes(bytes) : null,
    remainingMs === null || phase !== 'syncing' ? null : `${formatDuration(remainingMs)} left`,
  ]
  return parts.filter(Boolean).join(' · ')
}

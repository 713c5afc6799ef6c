import type { Akte } from '../services/api/akten-view'
import { EXIT } from './command'

/** How a sync that somebody waits for came out. */
export type Ending = 'synced' | 'deferred' | 'failed' | 'stopped'

const EXIT_CODES: Record<Ending, number> = {
  synced: EXIT.fine,
  failed: EXIT.failed,
  stopped: EXIT.stopped,
  deferred: EXIT.inUse,
}

const WORST_FIRST: Ending[] = ['stopped', 'failed', 'deferred', 'synced']

/** The exit code of `sync`: the worst of several Akten counts. */
export const exitCodeOf = (endings: Ending[]): number =>
  EXIT_CODES[WORST_FIRST.find((ending) => endings.includes(ending)) ?? 'synced']

/** What was known of an Akte when its sync was asked for. */
export type Before = Pick<Akte, 'lastRun' | 'reasonAt'>

/**
 * How the sync asked for has ended, or null while it has not. An Akte that was running already is synced once more. A
 * try that failed before it could run, such as one whose status EspoCRM did not tell, counts as failed.
 */
export function endingOf(akte: Akte, before: Before | undefined): Ending | null {
  const { state, lastRun, isRequested, reason, reasonAt } = akte
  if (state === 'processing' || isRequested) return null
  if (state === 'failed' || state === 'stopped') return state
  if (lastRun !== null && lastRun.finishedAt !== before?.lastRun?.finishedAt) {
    // Pending after a run that left it in agreement: the run that was asked for is still to come.
    return state === 'pending' && lastRun.result === 'synced' ? null : lastRun.result
  }
  return reason !== null && reasonAt !== (before?.reasonAt ?? null) ? 'failed' : null
}

import type { Akte } from '../services/api/akten-view'

/** How a sync that somebody waits for came out. */
export type Ending = 'synced' | 'deferred' | 'failed' | 'stopped'

/** Exit codes of `npm run sync`; 2 is wrong usage. The worst of several Akten counts. */
const EXIT_CODES: Record<Ending, number> = { synced: 0, failed: 1, stopped: 3, deferred: 4 }

const WORST_FIRST: Ending[] = ['stopped', 'failed', 'deferred', 'synced']

export const exitCodeOf = (endings: Ending[]): number =>
  EXIT_CODES[WORST_FIRST.find((ending) => endings.includes(ending)) ?? 'synced']

/**
 * How the sync asked for has ended, or null while it has not. `before` is the end of the run before that, null
 * without one: an Akte that was running already is synced once more.
 */
export function endingOf({ state, lastRun, isRequested }: Akte, before: string | null): Ending | null {
  if (state === 'processing' || isRequested) return null
  if (state === 'failed' || state === 'stopped') return state
  if (lastRun === null || lastRun.finishedAt === before) return null
  // Pending after a run that left it in agreement: the run that was asked for is still to come.
  if (state === 'pending' && lastRun.result === 'synced') return null
  return lastRun.result
}

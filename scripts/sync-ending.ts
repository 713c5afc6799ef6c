import type { Akte } from '../services/api/akten-view'

/** The result of a sync that someone waits for. */
export type Ending = 'synced' | 'deferred' | 'failed' | 'stopped'

/** Exit codes of `npm run sync`; 2 is wrong usage. The worst of several Akten counts. */
const EXIT_CODES: Record<Ending, number> = { synced: 0, failed: 1, stopped: 3, deferred: 4 }

const WORST_FIRST: Ending[] = ['stopped', 'failed', 'deferred', 'synced']

export const exitCodeOf = (endings: Ending[]): number =>
  EXIT_CODES[WORST_FIRST.find((ending) => endings.includes(ending)) ?? 'synced']

/**
 * The result of the requested sync, or null while it is unfinished. `before` is the end of the previous run, null
 * if there was none: an Akte that was already running is synced once more.
 */
export function endingOf({ state, lastRun, isRequested }: Akte, before: string | null): Ending | null {
  if (state === 'processing' || isRequested) return null
  if (state === 'failed' || state === 'stopped') return state
  if (lastRun === null || lastRun.finishedAt === before) return null
  // Pending after a successful run: the requested run is still to come.
  if (state === 'pending' && lastRun.result === 'synced') return null
  return lastRun.result
}

import type { Reason } from '../../model/reasons'

/**
 * So much older a content has to be before it counts as older than what it replaces. What it replaces is known by when
 * it was transferred, up to a run later than it was saved; and clocks with a wrong summer time are an hour off.
 */
const SLACK_MS = 3600 * 1000

/** A content that replaces another one. Times are epoch milliseconds, NaN where nobody knows them. */
export interface Replacement {
  size: number
  /** Nothing but zeros: what a crash or a full disk leaves of a file. */
  isBlank: boolean
  savedAt: number
  replacedSavedAt: number
}

/** What looks wrong about a content that replaces another one, such as a restored snapshot; null: nothing. */
export function worseContent({ size, isBlank, savedAt, replacedSavedAt }: Replacement): Reason | null {
  if (size === 0) return 'empty now'
  if (isBlank) return 'nothing but zeros now'
  return savedAt < replacedSavedAt - SLACK_MS ? 'older than what it replaces' : null
}

import type { News, Trouble } from '../model/alert'
import type { AlertState } from './alert-state'

/** A trouble that was seen, by a key that tells it apart from all others. */
export interface Seen {
  key: string
  trouble: Trouble
  /** It counts only once it has lasted so long, ms: it may pass by itself. */
  afterMs: number
}

/** What one look at the office found. */
export interface Sight {
  /** Epoch ms. */
  now: number
  seen: Seen[]
  /** Beginnings of the keys that this look could not judge: what is open there stays as it is. */
  unseen: string[]
}

/** New Akten with a trouble that people know already: one message in so long a time. */
const MORE_AFTER_MS = 3600_000

/**
 * What has to be told, and what to remember: a trouble when it begins (after `afterMs`), when more Akten joined it (at
 * most once an hour), and when it is over. What began and passed before anybody was told is not told at all; that Redis
 * was emptied is an event, which is never over.
 *
 * @example previous: nothing open; seen: the sync is paused → `begin`; the same again → nothing; no longer → `over`
 */
export function decideAlerts(
  previous: AlertState,
  { now, seen, unseen }: Sight,
): { open: AlertState['open']; news: News[] } {
  const open: AlertState['open'] = {}
  const news: News[] = []
  for (const { key, trouble, afterMs } of seen) {
    const known = previous.open[key] ?? { since: now, toldAt: null, newest: 0, count: 0, trouble }
    const { since, toldAt } = known
    const told = { since, toldAt: now, newest: trouble.newest, count: trouble.count, trouble }
    if (toldAt === null) {
      const isDue = now - since >= afterMs
      if (isDue) news.push({ event: 'begin', at: now, since, trouble })
      open[key] = isDue ? told : { ...known, trouble }
    } else if (hasMore(trouble, known) && now - toldAt >= MORE_AFTER_MS) {
      news.push({ event: 'more', at: now, since, trouble })
      open[key] = told
    } else open[key] = { ...known, trouble }
  }
  for (const [key, { since, toldAt, trouble, ...rest }] of Object.entries(previous.open)) {
    if (key in open) continue
    if (unseen.some((beginning) => key.startsWith(beginning))) open[key] = { since, toldAt, trouble, ...rest }
    else if (toldAt !== null && trouble.kind !== 'emptied')
      news.push({ event: 'over', at: now, since, trouble })
  }
  return { open, news }
}

/** Only Akten join a trouble; a figure that grows is no news. */
const hasMore = ({ kind, newest, count }: Trouble, told: { newest: number; count: number }): boolean =>
  (kind === 'stopped' || kind === 'failed') && (newest > told.newest || count > told.count)

/** True when the summary of this day, `YYYY-MM-DD`, is due by the office's clock, `HH:MM`. */
export function isSummaryDue(
  { summaryDay }: Pick<AlertState, 'summaryDay'>,
  dailyAt: string | undefined,
  clock: { day: string; time: string },
): boolean {
  return dailyAt !== undefined && summaryDay !== clock.day && clock.time >= dailyAt
}

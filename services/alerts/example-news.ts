import { hostname } from 'node:os'
import type { AlertKind, News, Trouble } from '../model/alert'

/** What a trouble of each kind may look like. */
const EXAMPLES: Record<AlertKind, Partial<Trouble>> = {
  stopped: { count: 1 },
  paused: {},
  failed: { count: 3 },
  pending: { count: 2, figure: 90 * 60_000 },
  polling: { figure: 6 * 60_000 },
  emptied: { count: 12 },
  system: { about: 'espocrm' },
  drift: { about: 'Windows', count: 4 },
  folder: { about: 'SYNC_ARCHIVE_DIR', host: hostname(), figure: 1_500_000_000 },
  audit: { count: 1, host: hostname() },
}

const NOTHING = { about: null, host: null, count: 0, newest: 0, figure: null, named: [], detail: null }

/** One of each kind of news, as if everything had gone wrong an hour ago and one thing was over: for a test of the channels. */
export function exampleNews(now: number): News[] {
  const since = now - 3600_000
  const troubles = Object.entries(EXAMPLES).map(([kind, facts]) => ({
    ...NOTHING,
    ...facts,
    kind: kind as AlertKind,
  }))
  const begins = troubles.map((trouble): News => ({ event: 'begin', at: now, since, trouble }))
  const paused: Trouble = { ...NOTHING, kind: 'paused' }
  return [...begins, { event: 'over', at: now, since, trouble: paused }]
}

import { describe, expect, it } from 'vitest'
import { type Ending, endingOf, exitCodeOf } from '../../scripts/sync-ending'
import type { Akte } from '../../services/api/akten-view'

const BEFORE = '2026-11-24T10:00:00Z'
const AFTER = '2026-11-24T10:00:05Z'

const akte = (change: Partial<Akte>): Akte => ({
  ...{
    aktennummer: '1',
    state: 'synced',
    since: null,
    nextTry: null,
    attempts: 0,
    reason: null,
    reasonAt: null,
    cause: null,
  },
  ...{
    isRequested: false,
    isForced: false,
    paused: null,
    hold: null,
    lastRun: null,
    lastTry: null,
    lastSynced: null,
    progress: null,
  },
  ...change,
})
const run = (result: Ending, finishedAt = AFTER): Partial<Akte> => ({
  lastRun: { result, finishedAt, durationMs: 1, message: null, flagged: 0 },
})

describe('the sync that somebody waits for', () => {
  it.each<[string, Partial<Akte>, Ending | null]>([
    ['waits', { state: 'pending' }, null],
    ['waits, and was synced before', { state: 'pending', ...run('synced', BEFORE) }, null],
    ['runs', { state: 'processing', ...run('synced', BEFORE) }, null],
    [
      'ran already when it was asked for, and runs once more',
      { state: 'processing', isRequested: true },
      null,
    ],
    ['has ended once, and the one asked for is still to come', { state: 'pending', ...run('synced') }, null],
    ['is in agreement', run('synced'), 'synced'],
    ['was in agreement before and nothing happened yet', run('synced', BEFORE), null],
    [
      'waits, because EspoCRM did not tell its status',
      { state: 'pending', reason: 'EspoCRM 503', reasonAt: AFTER },
      'failed',
    ],
    ['waits, and the failure is an old one', { state: 'pending', reason: '503', reasonAt: BEFORE }, null],
    ['is not to be synced', { ...run('synced', BEFORE), reason: 'Abgelegt', reasonAt: AFTER }, 'failed'],
    ['waits for a file that is in use', { state: 'pending', ...run('deferred') }, 'deferred'],
    ['failed and is tried again', { state: 'pending', ...run('failed') }, 'failed'],
    ['had been given up and is asked for again', { state: 'failed', isRequested: true }, null],
    ['was given up', { state: 'failed' }, 'failed'],
    ['was stopped', { state: 'stopped', ...run('stopped') }, 'stopped'],
  ])('%s', (_what, change, ending) =>
    expect(endingOf(akte(change), akte({ ...run('synced', BEFORE), reasonAt: BEFORE }))).toBe(ending),
  )

  it.each<[Ending[], number]>([
    [['synced', 'synced'], 0],
    [['synced', 'deferred'], 4],
    [['deferred', 'failed'], 1],
    [['failed', 'stopped', 'synced'], 3],
    [[], 0],
  ])('%j → exit code %i', (endings, code) => expect(exitCodeOf(endings)).toBe(code))
})

import { describe, expect, it, test } from 'vitest'
import { dayOf } from '../../services/office-time'
import { type ClosedFacts, retentionOf } from '../../services/purge/retention'

const facts = (change: Partial<ClosedFacts> = {}): ClosedFacts => ({
  lastSync: '2019-05-07',
  created: '2018-01-02',
  advoware: { isArchived: true, ablage: '2019-06-01', history: '2019-05-06' },
  hold: null,
  ...change,
})
const archived = { isArchived: true, ablage: null, history: null }
const HOLD = { reason: 'Haftungsfall', by: 'anna', since: '2026-01-01T00:00:00.000Z' }

describe('an Akte is kept for its years from the end of the year of its last date', () => {
  it.each<[string, Partial<ClosedFacts>, today: string, state: string, until: string | null]>([
    ['on the last day', {}, '2025-12-31', 'not over', '2025-12-31'],
    ['on the day after', {}, '2026-01-01', 'due', '2025-12-31'],
    [
      'a later entry in the History counts',
      { advoware: { ...archived, history: '2020-01-01' } },
      '2026-06-01',
      'not over',
      '2026-12-31',
    ],
    [
      'a later Ablage counts',
      { advoware: { ...archived, ablage: '2021-01-01' } },
      '2026-06-01',
      'not over',
      '2027-12-31',
    ],
    ['Advoware knows it no more', { advoware: null }, '2026-01-01', 'due', '2025-12-31'],
    [
      'Advoware has not archived it',
      { advoware: { ...archived, isArchived: false } },
      '2040-01-01',
      'not archived',
      '2025-12-31',
    ],
    ['held', { hold: HOLD }, '2040-01-01', 'held', '2025-12-31'],
    [
      'never synced: its making counts',
      { lastSync: null, advoware: archived },
      '2025-01-01',
      'due',
      '2024-12-31',
    ],
    [
      'its making counts for nothing beside a date',
      { created: '2024-01-01' },
      '2026-01-01',
      'due',
      '2025-12-31',
    ],
    ['no date at all', { lastSync: null, created: null, advoware: archived }, '2040-01-01', 'no date', null],
  ])('%s', (_, change, today, state, until) => {
    expect(retentionOf(facts(change), 6, today)).toMatchObject({ state, until })
  })

  it('as many years as are set', () => {
    expect(retentionOf(facts(), 10, '2029-12-31').state).toBe('not over')
    expect(retentionOf(facts(), 10, '2030-01-01').state).toBe('due')
  })
})

test.each([
  ['2026-11-20', '2026-11-20'],
  ['2026-11-20T10:00:00', '2026-11-20'],
  ['20.11.2026', '2026-11-20'],
  ['1.2.2026 10:00', '2026-02-01'],
  ['2026-02-30', null],
  ['31.02.2026', null],
  ['heute', null],
  ['', null],
  [null, null],
])('%j is the day %j', (text, day) => {
  expect(dayOf(text)).toBe(day)
})

import { describe, expect, it } from 'vitest'
import { decideAlerts, isSummaryDue, type Seen, type Sight } from '../../services/alerts/alert-decision'
import {
  type AlertState,
  claimNews,
  NOTHING_TOLD,
  notSent,
  sent,
  withNews,
} from '../../services/alerts/alert-state'
import type { AlertKind, News, Trouble } from '../../services/model/alert'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const START = Date.parse('2026-11-26T08:00:00Z')
const NOTHING = { about: null, host: null, count: 0, newest: 0, figure: null, named: [], detail: null }

const trouble = (kind: AlertKind, facts: Partial<Trouble> = {}): Trouble => ({ ...NOTHING, kind, ...facts })
const seen = (key: string, facts: Partial<Trouble> = {}, afterMs = 0): Seen => ({
  key,
  trouble: trouble(key.split(':')[0] as AlertKind, facts),
  afterMs,
})

/** What is told when these sights follow each other, as `event key-kind`. */
function told(sights: Partial<Sight>[]): string[][] {
  let state: AlertState = NOTHING_TOLD
  return sights.map((sight, at) => {
    const { open, news } = decideAlerts(state, { now: START + at * MINUTE, seen: [], unseen: [], ...sight })
    state = { ...state, open }
    return news.map((one) => (one.event === 'summary' ? '' : `${one.event} ${one.trouble.kind}`))
  })
}

describe('people are told', () => {
  it('once when something begins, and once when it is over', () => {
    const paused = { seen: [seen('paused')] }
    expect(told([{}, paused, paused, paused, {}, {}])).toEqual([
      [],
      ['begin paused'],
      [],
      [],
      ['over paused'],
      [],
    ])
  })

  it('nothing of what passed before it had lasted long enough', () => {
    const away = { seen: [seen('system:espocrm', {}, 3 * MINUTE)] }
    expect(told([away, away, {}, away, away, away, away, {}]).flat()).toEqual(['begin system', 'over system'])
  })

  it('of each cause by itself', () => {
    const [one, other] = [seen('failed:a', { count: 1 }), seen('failed:b', { count: 5 })]
    expect(told([{ seen: [one] }, { seen: [one, other] }, { seen: [other] }, {}])).toEqual([
      ['begin failed'],
      ['begin failed'],
      ['over failed'],
      ['over failed'],
    ])
  })

  it('of more Akten with a cause they know once an hour, and of a figure that grows never', () => {
    const stopped = (count: number, newest: number) => seen('stopped', { count, newest })
    let state: AlertState = NOTHING_TOLD
    const at = (now: number, one: Seen) => {
      const { open, news } = decideAlerts(state, { now, seen: [one], unseen: [] })
      state = { ...state, open }
      return news.map(({ event }) => event)
    }
    expect(at(START, stopped(1, START))).toEqual(['begin'])
    expect(at(START + MINUTE, stopped(2, START + 50_000))).toEqual([])
    expect(at(START + 59 * MINUTE, stopped(5, START + 58 * MINUTE))).toEqual([])
    expect(at(START + HOUR, stopped(5, START + 58 * MINUTE))).toEqual(['more'])
    expect(at(START + 3 * HOUR, stopped(5, START + 58 * MINUTE))).toEqual([])
    // One went and another one came: the number is the same, and it is news all the same.
    expect(at(START + 4 * HOUR, stopped(5, START + 4 * HOUR))).toEqual(['more'])
    expect(at(START + 9 * HOUR, { ...stopped(2, START), key: 'stopped' })).toEqual([])

    const pending = (count: number) => ({ seen: [seen('pending', { count, figure: count * HOUR })] })
    expect(told([pending(1), pending(2), pending(3)]).flat()).toEqual(['begin pending'])
  })

  it('nothing about what a look could not judge: it stays as it is', () => {
    const [mine, theirs] = [seen('folder:here:TMPDIR'), seen('folder:there:TMPDIR')]
    const news = told([
      { seen: [mine, theirs] },
      { unseen: ['folder:there:'] },
      { seen: [theirs] },
      { unseen: [] },
    ])
    expect(news).toEqual([['begin folder', 'begin folder'], ['over folder'], [], ['over folder']])
  })

  it('that Redis was emptied, and not that it is no longer', () => {
    expect(told([{ seen: [seen('emptied:1')] }, {}])).toEqual([['begin emptied'], []])
  })
})

it.each([
  [null, '07:30', '2026-11-26', '07:29', false],
  [null, '07:30', '2026-11-26', '07:30', true],
  ['2026-11-25', '07:30', '2026-11-26', '23:59', true],
  ['2026-11-26', '07:30', '2026-11-26', '07:31', false],
  [null, undefined, '2026-11-26', '12:00', false],
])('the summary of %s, due at %s, on %s at %s: %s', (summaryDay, dailyAt, day, time, isDue) => {
  expect(isSummaryDue({ summaryDay }, dailyAt, { day, time })).toBe(isDue)
})

describe('what waits for a channel', () => {
  const news = (count: number): News => ({
    event: 'begin',
    at: START,
    since: START,
    trouble: trouble('stopped', { count }),
  })
  const claim = (state: AlertState, by: string, now: number, perHour = 10) =>
    claimNews(state, 'mail', { by, now, perHour })
  const claimed = (state: AlertState, by: string, now: number) => {
    const found = claim(state, by, now)
    if (found === null) throw new Error('nothing to claim')
    return found
  }

  it('goes to one sender, whole, and what came meanwhile waits for the next message', () => {
    const waiting = withNews(NOTHING_TOLD, ['mail'], [news(1), news(2)])
    const first = claimed(waiting, 'a', START)
    expect(first.claimed.news).toHaveLength(2)
    expect(claim(first.state, 'b', START + MINUTE)).toBeNull()
    const later = withNews(first.state, ['mail'], [news(3)])
    const after = sent(later, 'mail', first.claimed, START + MINUTE)
    expect(claimed(after, 'b', START + MINUTE).claimed.news).toEqual([news(3)])
    expect(claim(waiting, 'a', START)?.state.lines.webhook.waiting).toEqual([])
  })

  it('goes to another sender when the first one died', () => {
    const first = claimed(withNews(NOTHING_TOLD, ['mail'], [news(1)]), 'a', START)
    expect(claimed(first.state, 'b', START + 4 * MINUTE).claimed.news).toEqual([news(1)])
  })

  it('waits longer after each failure, half an hour at most, and is lost never', () => {
    let state = withNews(NOTHING_TOLD, ['mail'], [news(1)])
    let now = START
    for (const minutes of [1, 2, 4, 8, 16, 30, 30, 30]) {
      state = notSent(claimed(state, 'a', now).state, 'mail', now)
      expect(claim(state, 'a', now + minutes * MINUTE - 1)).toBeNull()
      now += minutes * MINUTE
    }
    expect(claimed(state, 'a', now).claimed.news).toEqual([news(1)])
  })

  it('is held back when the hour had its messages, and comes as one message', () => {
    let state = NOTHING_TOLD
    for (const minute of [0, 1]) {
      state = withNews(state, ['mail'], [news(minute)])
      const { claimed: found, state: next } = claimed(state, 'a', START + minute * MINUTE)
      state = sent(next, 'mail', found, START + minute * MINUTE)
    }
    state = withNews(state, ['mail'], [news(8), news(9)])
    expect(claim(state, 'a', START + 59 * MINUTE, 2)).toBeNull()
    expect(claim(state, 'a', START + HOUR, 2)?.claimed.news).toEqual([news(8), news(9)])
  })

  it('is bounded: of too much the oldest goes, and the message can say how much', () => {
    const many = Array.from({ length: 310 }, (_one, at) => news(at))
    const { claimed: found } = claimed(withNews(NOTHING_TOLD, ['mail'], many), 'a', START)
    expect(found).toMatchObject({ dropped: 10 })
    expect(found.news).toHaveLength(300)
    expect(found.news[0]).toEqual(news(10))
  })
})

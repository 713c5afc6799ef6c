import { describe, expect, it } from 'vitest'
import { isTimeZone, officeDay, officeMoment } from '../../services/office-time'

describe('the office reads its own calendar', () => {
  it.each([
    ['2026-03-24T22:59:59Z', 'Europe/Berlin', '2026-03-24'],
    ['2026-03-24T23:00:00Z', 'Europe/Berlin', '2026-03-25'],
    ['2026-07-24T22:00:00Z', 'Europe/Berlin', '2026-07-25'],
    ['2026-12-31T23:30:00Z', 'Europe/Berlin', '2027-01-01'],
    ['2026-03-24T01:00:00Z', 'America/New_York', '2026-03-23'],
    ['2026-03-24T23:59:59Z', 'UTC', '2026-03-24'],
  ])('%s in %s is on %s', (time, zone, day) => {
    expect(officeDay(new Date(time), zone)).toBe(day)
  })

  it.each([
    ['2026-11-20T12:00', '2026-11-20T11:00:00.000Z'],
    ['2026-07-20T12:00:30', '2026-07-20T10:00:30.000Z'],
    ['2026-03-29T01:59', '2026-03-29T00:59:00.000Z'],
    ['2026-03-29T02:30', '2026-03-29T01:30:00.000Z'],
    ['2026-03-29T03:00', '2026-03-29T01:00:00.000Z'],
    ['2026-10-25T01:30', '2026-10-24T23:30:00.000Z'],
    ['2026-10-25T03:30', '2026-10-25T02:30:00.000Z'],
    ['2026-11-20T12:00Z', '2026-11-20T12:00:00.000Z'],
    ['2026-11-20T12:00+02:00', '2026-11-20T10:00:00.000Z'],
  ])('%s in Berlin is %s', (text, moment) => {
    expect(officeMoment(text, 'Europe/Berlin')?.toISOString()).toBe(moment)
  })

  it.each([
    '',
    'gestern',
    '2026-11-20',
    '2026-02-31T12:00',
    '2026-11-20T25:00',
    '2026-11-20T12:00+99:99',
    '0000-01-01T00:00',
  ])('"%s" is no time', (text) => {
    expect(officeMoment(text, 'Europe/Berlin')).toBeNull()
  })

  it('knows the names of time zones', () => {
    expect(['Europe/Berlin', 'UTC', 'Berlin', '', 'Europe/Berlin; rm'].map(isTimeZone)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ])
  })
})

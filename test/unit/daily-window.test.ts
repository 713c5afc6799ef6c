import { describe, expect, it } from 'vitest'
import { isWithin, parseDailyWindow } from '../../services/daily-window'

describe('a window of the day', () => {
  it.each([
    ['20:00-06:00', { from: 1200, to: 360 }],
    ['6:30 - 7:00', { from: 390, to: 420 }],
    ['00:00-24:00', { from: 0, to: 1440 }],
    ['20:00-24:00', { from: 1200, to: 0 }],
  ])('%s', (text, window) => {
    expect(parseDailyWindow(text)).toEqual(window)
  })

  it.each([
    '',
    '20-6',
    '20:00',
    '25:00-06:00',
    '20:60-06:00',
    '20:00-06:00-07:00',
    '06:00-06:00',
    '24:00-06:00',
  ])('%s is none', (text) => {
    expect(parseDailyWindow(text)).toBeNull()
  })

  it.each([
    ['20:00-06:00', '2026-01-15T19:00:00Z', true],
    ['20:00-06:00', '2026-01-15T18:59:59Z', false],
    ['20:00-06:00', '2026-01-15T04:59:59Z', true],
    ['20:00-06:00', '2026-01-15T05:00:00Z', false],
    ['20:00-06:00', '2026-07-15T18:00:00Z', true],
    ['12:00-13:00', '2026-07-15T10:30:00Z', true],
    ['12:00-13:00', '2026-07-15T11:00:00Z', false],
    ['00:00-24:00', '2026-07-15T22:00:00Z', true],
    ['23:00-24:00', '2026-07-15T22:00:00Z', false],
    ['23:00-24:00', '2026-07-15T21:30:00Z', true],
  ])('%s at %s by the clock on the wall in Berlin: %s', (text, time, expected) => {
    const window = parseDailyWindow(text)
    expect(window && isWithin(window, new Date(time), 'Europe/Berlin')).toBe(expected)
  })
})

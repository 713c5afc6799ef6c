import { expect, it } from 'vitest'
import { datesInLog } from '../../services/motia/dates-in-log'

it('a log line of Motia has a date, until it is undone', () => {
  const at = new Date(2026, 10, 26, 8, 15, 3)
  const undo = datesInLog()
  try {
    expect(at.toLocaleTimeString()).toBe('2026-11-26 08:15:03')
  } finally {
    undo()
  }
  expect(at.toLocaleTimeString('de-DE')).toBe('08:15:03')
})

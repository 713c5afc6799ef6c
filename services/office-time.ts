const OFFSET = /(?:Z|[+-]\d{2}:?\d{2})$/i
const LOCAL_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?$/

/** True for the name of a time zone, such as `Europe/Berlin`. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

/** Date and time as a clock in this zone shows them, `YYYY-MM-DD HH:MM:SS`. */
function wallClock(at: Date, timeZone: string): string {
  return at.toLocaleString('sv-SE', { timeZone })
}

/** The day that a calendar in this time zone shows at a moment, `YYYY-MM-DD`. */
export function officeDay(at: Date, timeZone: string): string {
  return wallClock(at, timeZone).slice(0, 10)
}

/**
 * The moment that `2026-11-20T12:00` means in this time zone, seconds optional; a time with an offset or `Z` means itself.
 * An hour that the clocks skip counts as the one after it, one that they show twice as either. Null for anything else.
 */
export function officeMoment(text: string, timeZone: string): Date | null {
  const local = text.replace(OFFSET, '')
  if (!LOCAL_TIME.test(local)) return null
  const asUtc = new Date(`${local}Z`)
  if (Number.isNaN(asUtc.getTime()) || !asUtc.toISOString().startsWith(local)) return null
  if (OFFSET.test(text)) return Number.isNaN(Date.parse(text)) ? null : new Date(text)
  const aheadBy = (at: Date) => Date.parse(`${wallClock(at, timeZone).replace(' ', 'T')}Z`) - at.getTime()
  const guess = new Date(asUtc.getTime() - aheadBy(asUtc))
  const moment = new Date(asUtc.getTime() - aheadBy(guess))
  return Number.isNaN(moment.getTime()) ? null : moment // a year that calendars count otherwise
}

/** What calendar and clock on the office's wall show at a moment: `YYYY-MM-DD` and `HH:MM`. */
export function officeClock(at: Date, timeZone: string): { day: string; time: string } {
  const shown = wallClock(at, timeZone)
  return { day: shown.slice(0, 10), time: shown.slice(11, 16) }
}

/**
 * The day that a text begins with, as Advoware or EspoCRM write it (`2026-11-20…`, `20.11.2026…`): `YYYY-MM-DD`; null for
 * one that no calendar has, and for anything else.
 */
export function dayOf(text: string | null): string | null {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})/.exec(text ?? '') ?? []
  const [, d, m, y] = /^(\d{1,2})\.(\d{1,2})\.(\d{4})/.exec(text ?? '') ?? []
  const iso = year ? `${year}-${month}-${day}` : `${y}-${m?.padStart(2, '0')}-${d?.padStart(2, '0')}`
  const date = new Date(`${iso}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(iso) ? iso : null
}

/** Some hours of every day, in minutes after midnight; `to` is excluded, and before `from` where midnight lies within. */
export interface DailyWindow {
  from: number
  to: number
}

const FORM = /^([01]?\d|2[0-3]):([0-5]\d)\s*-\s*(?:([01]?\d|2[0-3]):([0-5]\d)|24:00)$/

/** Reads `20:00-06:00`; null for what is none, or holds no minute. */
export function parseDailyWindow(text: string): DailyWindow | null {
  const [, fromHour, fromMinute, toHour = '0', toMinute = '0'] = FORM.exec(text) ?? []
  if (fromHour === undefined) return null
  const from = Number(fromHour) * 60 + Number(fromMinute)
  const to = Number(toHour) * 60 + Number(toMinute)
  if (from === to) return text.endsWith('24:00') ? { from: 0, to: DAY } : null
  return { from, to }
}

const DAY = 24 * 60

/** True while a clock on the wall of the office, in this time zone, stands within the window. */
export function isWithin({ from, to }: DailyWindow, time: Date, timeZone: string): boolean {
  const wall = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' }).format(time)
  const [hour = 0, minute = 0] = wall.split(':').map(Number)
  const now = (hour % 24) * 60 + minute
  return from < to ? now >= from && now < to : now >= from || now < to
}

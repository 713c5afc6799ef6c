import type { Findings } from '../model/finding'

/** A `Date` header has whole seconds; a request takes a moment. */
const TOLERATED_MS = 5_000
/** Beyond this, a conflict's "newest wins" and fresh-file waiting go visibly wrong. */
const HARMFUL_MS = 60_000

/**
 * Reports how far the other side's clock is from ours, in seconds. Conflicts are decided by comparing times of both sides, so
 * clocks that differ let the older version win.
 */
export function checkClock(findings: Findings, dateHeader: unknown, now: Date): void {
  const theirs = Date.parse(String(dateHeader ?? ''))
  if (Number.isNaN(theirs)) {
    findings.warning('answers without a Date header', 'Its clock cannot be compared; check it by hand')
    return
  }
  const difference = theirs - now.getTime()
  const seconds = Math.round(Math.abs(difference) / 1000)
  const text = `its clock is ${seconds} s ${difference < 0 ? 'behind' : 'ahead'}`
  const advice = 'Let both machines take their time from one NTP server'
  if (Math.abs(difference) <= TOLERATED_MS) findings.ok('its clock agrees with this machine')
  else if (Math.abs(difference) <= HARMFUL_MS) findings.warning(text, advice)
  else findings.error(text, advice)
}

import type { Findings } from '../model/finding'
import type { Language } from '../model/reasons'
import { doctorText } from '../text/doctor'

/** A `Date` header has whole seconds; a request takes a moment. */
export const TOLERATED_MS = 5_000
/** Beyond this, a conflict's "newest wins" and fresh-file waiting go visibly wrong. */
const HARMFUL_MS = 60_000

/**
 * Reports how far the other side's clock is from ours, in seconds. Conflicts are decided by comparing times of both sides, so
 * clocks that differ let the older version win.
 */
export function checkClock(findings: Findings, dateHeader: unknown, now: Date, language: Language): void {
  const text = doctorText(language).clock
  const theirs = Date.parse(String(dateHeader ?? ''))
  if (Number.isNaN(theirs)) {
    findings.warning(text.noDate, text.noDateAdvice)
    return
  }
  const difference = theirs - now.getTime()
  const seconds = Math.round(Math.abs(difference) / 1000)
  const differs = text.differs(seconds, difference < 0)
  if (Math.abs(difference) <= TOLERATED_MS) findings.ok(text.agrees)
  else if (Math.abs(difference) <= HARMFUL_MS) findings.warning(differs, text.advice)
  else findings.error(differs, text.advice)
}

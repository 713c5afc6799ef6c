import type { Language } from '../model/reasons'
import { formatsOf } from '../text/formats'
import { type OfficeText, officeText } from '../text/office'
import { type PurgeText, purgeText } from '../text/purge'
import type { Akte } from './akten-view'

/** What is said about one Akte, on the page, in the tab and in the terminal, in one language. */
export class AkteText {
  private readonly text: OfficeText
  private readonly formats: ReturnType<typeof formatsOf>
  private readonly purge: PurgeText

  constructor(language: Language) {
    this.purge = purgeText(language)
    this.text = officeText(language)
    this.formats = formatsOf(language)
  }

  readonly state = ({ paused, state }: Pick<Akte, 'paused' | 'state'>): string =>
    this.text.states[paused === null ? state : 'paused']

  /** When an Akte is tried next. */
  readonly nextTry = ({ state, paused, nextTry }: Akte): string => {
    const { onRetry, onResume, soon, now } = this.text.nextTry
    if (state === 'failed' || state === 'stopped') return onRetry
    if (paused !== null) return onResume
    if (state === 'processing') return now
    if (nextTry !== null) return this.formats.when(nextTry)
    return state === 'pending' ? soon : '–'
  }

  /** What an administrator should know about an Akte that is not running. */
  readonly known = ({ paused, hold, reason, attempts, lastRun, isForced }: Akte): string => {
    const { forced, failedTries } = this.text.known
    const parts = [
      hold === null ? null : this.purge.held(hold),
      paused,
      isForced ? forced : null,
      attempts > 0 ? failedTries(attempts) : null,
      reason ?? lastRun?.message,
    ]
    return parts.filter(Boolean).join(' · ')
  }

  /** How far a running sync is, in words. */
  readonly progress = (progress: NonNullable<Akte['progress']>): string => {
    const { phase, filesDone, filesTotal, bytes, remainingMs } = progress
    const { files, left, ...phases } = this.text.progress
    const parts = [
      phases[phase],
      phase !== 'fetching' && filesTotal > 0 ? files(filesDone, filesTotal) : null,
      bytes > 0 ? this.formats.bytes(bytes) : null,
      remainingMs === null || phase !== 'syncing' ? null : left(this.formats.duration(remainingMs)),
    ]
    return parts.filter(Boolean).join(' · ')
  }
}

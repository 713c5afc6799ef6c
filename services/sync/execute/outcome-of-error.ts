import { describeError } from '../../errors'
import { DeferError, FlagError } from '../../model/file-errors'
import { pathProblemText } from '../../model/paths'
import { fullReasonText, type Language, type Reason } from '../../model/reasons'
import type { Pair } from '../decide/pairing'
import { failureText } from './failure-text'

/** Why a file is not done, for the report and for people. */
export interface ErrorOutcome {
  outcome: 'deferred' | 'flagged' | 'failed'
  reason: Reason
  /** What people read. */
  message: string
  /** What administrators read beside the reason. */
  detail?: string
  /** Milliseconds until its cause can be over, where that is known. */
  dueInMs?: number
}

/** What an error that concerns one file alone means for it. `intended` is why something was to be done. */
export function outcomeOfError(
  error: unknown,
  pair: Pair,
  intended: Reason,
  language: Language,
): ErrorOutcome {
  if (error instanceof DeferError || error instanceof FlagError) {
    const { reason } = error
    const outcome = error instanceof DeferError ? 'deferred' : 'flagged'
    const name = pair.problem?.name
    const figures = error.detail
    const told = name === undefined ? figures : pathProblemText(name, language)
    const detail = name === undefined ? figures : pathProblemText(name, 'en')
    const message = fullReasonText(reason, language, told)
    const dueInMs = error instanceof DeferError ? error.dueInMs : undefined
    return { outcome, reason, message, ...(detail ? { detail } : {}), ...(dueInMs ? { dueInMs } : {}) }
  }
  const detail = describeError(error)
  return { outcome: 'failed', reason: intended, message: failureText(error, language), detail }
}

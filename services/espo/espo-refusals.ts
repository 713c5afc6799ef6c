import { reasonIn, statusOf } from '../http/http-client'
import { FlagError } from '../model/file-errors'
import type { Reason } from '../model/reasons'
import { plainText } from './espo-values'

/** Attributes with every text altered, but for those that name a file (`isName`); the very same where nothing changes. */
export function withTexts(
  data: Record<string, unknown>,
  alter: (text: string) => string,
  isName: (attribute: string) => boolean,
): Record<string, unknown> {
  const altered = Object.entries(data).map(([key, value]): [string, unknown] => [
    key,
    typeof value === 'string' && !isName(key) ? alter(value) : value,
  ])
  return altered.every(([key, value]) => data[key] === value) ? data : Object.fromEntries(altered)
}

/** EspoCRM 10: somebody locked the record, which can be neither changed nor removed until it is unlocked. */
export const isLocked = (error: unknown): boolean =>
  statusOf(error) === 409 && /locked/i.test(reasonIn(error))

/** What a refused write of a document means: a FlagError for what only a person can solve, else the error itself. */
export function meaningOfRefusal(error: unknown, path: string | null | undefined): unknown {
  const status = statusOf(error)
  const text = reasonIn(error)
  const flag = (reason: Reason, detail?: string) =>
    new FlagError(reason, { cause: error, ...(detail ? { detail } : {}) })
  const isBeyondDatabase = path != null && plainText(path) !== path
  if (status === 500 && isBeyondDatabase) return flag('name refused by EspoCRM')
  if (isLocked(error)) return flag('locked in EspoCRM')
  return status === 400 ? flag('refused by EspoCRM', text || '400') : error
}

/**
 * Why EspoCRM refuses a file for good, null for any other failure; its words are all that tells this from a missing
 * right. 400 for one request, 403 for chunks and types (EspoCRM's CreateInputFilter, UploadService and Checker).
 */
export function fileRefusal(error: unknown): Reason | null {
  const status = statusOf(error)
  const text = reasonIn(error)
  if (status !== 400 && status !== 403) return null
  if (/size (should not exceed|exceed)|attachment size/i.test(text)) return 'too large for EspoCRM'
  if (/file type|correspond to extension/i.test(text)) return 'file type refused by EspoCRM'
  return status === 400 ? 'refused by EspoCRM' : null
}

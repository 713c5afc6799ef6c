import { parseEspoTime } from '../../espo/espo-values'
import {
  type Dokument,
  type EspoDeletions,
  type MergeInput,
  type NeedsFact,
  type Side,
  type SyncAction,
  type WindowsDeletions,
  type WindowsFile,
  windowsHashOf,
} from '../../model/model'
import type { Reason } from '../../model/reasons'

/** What happened to one side's content since the base; `touched`: saved again with the same content. */
export type Change = 'unchanged' | 'touched' | 'changed'

/** A file that vanishes once more after so many restorations within a day is taken away by something. */
const MOST_RESTORES = 3

/** Tells whether two hashes, or the ids of attachments, name the same content; an unknown one equals nothing. */
const same = (a: string | null | undefined, b: string | null | undefined) => a != null && a === b

const skip = (row: number, reason: Reason, extra: Partial<SyncAction> = {}): SyncAction => ({
  action: 'SKIP',
  reason,
  source: 'None',
  needsUpload: false,
  needsDownload: false,
  row,
  ...extra,
})

const fromWindows = (action: 'CREATE' | 'UPDATE_ESPO', row: number, reason: Reason): SyncAction => ({
  action,
  reason,
  source: 'Windows',
  needsUpload: false,
  needsDownload: true,
  row,
})

const toWindows = (row: number, reason: Reason): SyncAction => ({
  action: 'UPLOAD_WINDOWS',
  reason,
  source: 'EspoCRM',
  needsUpload: true,
  needsDownload: false,
  row,
})

/** What happened to the Windows file since the base; null while its hash has to be read. */
export function windowsChange(document: Dokument, windows: WindowsFile, hash: string | null): Change | null {
  // A volume without a change journal has no numbers: 0 proves nothing.
  if (hash === null) return windows.usn !== 0 && windows.usn === document.syncUsn ? 'unchanged' : null
  if (!same(hash, document.syncHash)) return 'changed'
  const isKnownUsn = windows.usn === document.syncUsn || document.absent.has('syncUsn')
  return isKnownUsn ? 'unchanged' : 'touched'
}

/**
 * What happened to the EspoCRM file since the base; null while its hash has to be read. A replacement in EspoCRM
 * makes a new attachment, so an unchanged attachment is an unchanged file. Where no `syncAttachmentId` was ever
 * recorded the file is hashed: in an installation that lacks the attribute by each run, because no time tells that
 * nobody replaced it (clocks differ).
 */
export function espoChange(document: Dokument, hash: string | undefined): Change | null {
  if (hash !== undefined) {
    if (!same(hash, document.syncHash)) return 'changed'
    const { syncAttachmentId, attachmentId, absent } = document
    const isKnownAttachment = syncAttachmentId === attachmentId || absent.has('syncAttachmentId')
    return isKnownAttachment && same(document.blake3hash, hash) ? 'unchanged' : 'touched'
  }
  const claimsBase = document.blake3hash === null || same(document.blake3hash, document.syncHash)
  if (!claimsBase) return null
  return same(document.syncAttachmentId, document.attachmentId) ? 'unchanged' : null
}

/**
 * The newest content wins: Windows `modified` against the attachment's creation time, in whole seconds. Windows wins
 * a tie and every time that cannot be parsed, also one without an offset.
 */
export function resolveConflict(windowsModified: string, espoContentTime: string | null): Side {
  const hasOffset = /(?:Z|[+-]\d{2}:?\d{2})$/i.test(windowsModified.trim())
  const windows = hasOffset ? Math.floor(Date.parse(windowsModified) / 1000) : Number.NaN
  const espo = Math.floor(parseEspoTime(espoContentTime) / 1000)
  return espo > windows ? 'EspoCRM' : 'Windows'
}

/**
 * The decision table (docs/decision-table.md), row by row. Pure: where a fact is missing it says which, the caller reads it and
 * asks again.
 */
export function mergeThreeWay(
  input: MergeInput,
  deletions: WindowsDeletions,
  espoDeletions: EspoDeletions = 'restore',
): SyncAction | NeedsFact {
  const { document, windows, inHistory, espoHash } = input
  if (document === null) {
    if (windows === null) return skip(2, 'no file', { isQuiet: true })
    if (!inHistory) return skip(2, 'not in the History', { isQuiet: true })
    if (!input.hasAllDocuments) return { needs: 'hasAllDocuments' }
    return input.wasDeleted ? deletedInEspo(espoDeletions) : fromWindows('CREATE', 1, 'new file in Windows')
  }
  if (input.isNeverSynced && document.attachmentId !== null)
    return skip(16, 'never synced', { isTold: true, isQuiet: true })
  if (document.attachmentId === null) {
    const comesBack = windows !== null && inHistory
    return comesBack
      ? fromWindows('UPDATE_ESPO', 13, 'document without a file')
      : skip(13, 'no file', { keepsStatus: true, isQuiet: true })
  }
  const synced = document.syncHash !== null
  if (synced && !inHistory) return leftTheHistory(input, document)
  if (windows === null && synced) return missingInWindows(document, input, deletions)
  if (input.formerPath !== undefined && !input.isGoneFromWindows) return { needs: 'isGoneFromWindows' }
  if (windows === null) {
    const upload = toWindows(3, 'new file in EspoCRM')
    return inHistory ? upload : { ...upload, entersHistory: true }
  }
  const windowsHash = windowsHashOf(input)
  if (!synced) return neverSynced(input, windowsHash)

  const onWindows = windowsChange(document, windows, windowsHash)
  if (onWindows === null) return { needs: 'windowsHash' }
  const onEspo = espoChange(document, espoHash)
  if (onEspo === null) return { needs: 'espoHash' }
  if (onWindows !== 'changed' && onEspo !== 'changed') {
    if (input.movedIn === 'Windows')
      return skip(14, 'renamed in Windows', { recordBase: true, renamed: true })
    if (input.movedIn === 'EspoCRM')
      return skip(15, 'renamed in EspoCRM, Windows keeps its name', { recordBase: true, renamed: true })
    const isTouched = onWindows === 'touched' || onEspo === 'touched'
    return isTouched
      ? skip(7, 'touched, same content', { recordBase: true })
      : skip(7, 'unchanged', { isQuiet: true })
  }
  if (onEspo !== 'changed') return fromWindows('UPDATE_ESPO', 8, 'changed in Windows')
  if (onWindows !== 'changed') return toWindows(9, 'changed in EspoCRM')
  if (same(windowsHash, espoHash))
    return skip(10, 'changed on both sides, same content', { recordBase: true })
  return conflict(11, input)
}

/** Row 1 for a document that was there: the History decides which files belong to the Akte, not EspoCRM. */
function deletedInEspo(deletions: EspoDeletions): SyncAction {
  const reason: Reason = 'deleted in EspoCRM, still in the History'
  return deletions === 'flag'
    ? skip(1, reason, { flag: true })
    : { ...fromWindows('CREATE', 1, reason), comesBack: true }
}

/** Row 12: both sides are left alone, and the document says so; also that they differ, as far as that can be told unread. */
function leftTheHistory({ windows, ...input }: MergeInput, document: Dokument): SyncAction {
  const onWindows = windows && windowsChange(document, windows, windowsHashOf({ windows, ...input }))
  const isAlike = [onWindows, espoChange(document, input.espoHash)].every(
    (change) => change === 'unchanged' || change === 'touched',
  )
  return skip(12, 'left the History', { left: windows === null || isAlike ? 'alike' : 'different' })
}

function missingInWindows(
  document: Dokument,
  { espoHash, isGoneFromWindows, restores }: MergeInput,
  deletions: WindowsDeletions,
): SyncAction | NeedsFact {
  const restore = (reason: Reason): SyncAction | NeedsFact => {
    if (restores === undefined) return { needs: 'restores' }
    if (restores >= MOST_RESTORES) return skip(4, 'keeps vanishing', { flag: true })
    return isGoneFromWindows ? toWindows(4, reason) : { needs: 'isGoneFromWindows' }
  }
  if (deletions === 'restore') return restore('missing in Windows, restored from EspoCRM')
  const onEspo = espoChange(document, espoHash)
  if (onEspo === null) return { needs: 'espoHash' }
  if (onEspo === 'changed') return restore('missing in Windows, EspoCRM changed since')
  const action: SyncAction = { ...skip(4, 'deleted in Windows'), action: 'DELETE', source: 'Windows' }
  if (deletions === 'mark' && document.fileStatus === 'deleted') return action
  if (!isGoneFromWindows) return { needs: 'isGoneFromWindows' }
  return deletions === 'delete' ? { ...action, archive: 'EspoCRM' } : action
}

function neverSynced(input: MergeInput, windowsHash: string | null): SyncAction | NeedsFact {
  const { espoHash, inHistory, windows } = input
  if (windows === null) return skip(3, 'no file', { isQuiet: true })
  if (windowsHash === null) return { needs: 'windowsHash' }
  if (espoHash === undefined) return { needs: 'espoHash' }
  const isEqual = same(windowsHash, espoHash)
  if (inHistory) {
    return isEqual ? skip(5, 'same content on both sides, adopted', { recordBase: true }) : conflict(5, input)
  }
  return isEqual
    ? skip(6, 'interrupted upload, finished', { recordBase: true, entersHistory: true })
    : skip(6, 'name taken', { flag: true })
}

function conflict(row: number, { newerSide }: MergeInput): SyncAction | NeedsFact {
  if (newerSide === undefined) return { needs: 'newerSide' }
  return newerSide === 'EspoCRM'
    ? { ...toWindows(row, 'conflict, EspoCRM is newer'), archive: 'Windows', conflict: newerSide }
    : {
        ...fromWindows('UPDATE_ESPO', row, 'conflict, Windows is newer'),
        archive: 'EspoCRM',
        conflict: newerSide,
      }
}

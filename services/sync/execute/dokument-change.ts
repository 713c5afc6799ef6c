import type { DokumentChange } from '../../espo/espo-schemas'
import { espoTime, parseEspoTime } from '../../espo/espo-values'
import type { Dokument } from '../../model/model'
import { espoTitle, toSlashes } from '../../model/paths'

const LACKING_TRY_MS = 24 * 3600 * 1000

/** What the product says of a document; everything else on it is the document's own. */
export const STATUS_ATTRIBUTES = ['fileStatus', 'syncStatus', 'syncMessage', 'lastSync']

/** What both sides agree on after an action. */
export interface Agreement {
  hash: string
  usn: number | null
  attachmentId: string
}

/** The base, and the path that the document has in Windows: with it, it stays the same under whatever file name. */
export function baseOf(
  document: Dokument | null,
  path: string,
  { hash, usn, attachmentId }: Agreement,
): DokumentChange {
  return {
    ...pathOf(document, path),
    blake3hash: hash,
    syncHash: hash,
    syncUsn: usn,
    syncAttachmentId: attachmentId,
    fileStatus: 'synced',
    syncStatus: 'synced',
    syncMessage: null,
  }
}

/** Spelled as Windows does, where it is not yet; a title that was the former file name goes with it. */
function pathOf(document: Dokument | null, path: string): DokumentChange {
  if (document?.dateipfad && toSlashes(document.dateipfad) === path) return {}
  const isTitledByFile = document !== null && document.name === espoTitle(document.path)
  return {
    dateipfad: path.replaceAll('/', '\\'),
    ...(isTitledByFile ? { name: espoTitle(path) } : {}),
  }
}

/** What an office's own hook does to every document that was written: that says nothing of what was written. */
const isTakenBack = ({ syncStatus }: Dokument, key: string) =>
  key === 'syncStatus' && syncStatus === 'unclean'

/** The status of a document in agreement; a message to the person who reads it stays until something happens. */
export function clearStatus(document: Dokument): DokumentChange {
  const isSynced = document.syncStatus === 'synced' || isTakenBack(document, 'syncStatus')
  const isSettled = document.fileStatus === 'synced' && isSynced
  return isSettled ? {} : { fileStatus: 'synced', syncStatus: 'synced', syncMessage: null }
}

/**
 * What differs between the document and what it should be (as EspoCRM keeps it), with `lastSync` when anything does. An
 * attribute that a recently synced document still lacks is one that this installation does not have: it is not tried
 * again for a day. A status that a hook of the office sets to unclean after each write is not written for its own sake.
 */
export function changeOf(document: Dokument, wanted: DokumentChange, now: Date): DokumentChange {
  const all = wanted as Partial<Dokument>
  const isRecent = now.getTime() - parseEspoTime(document.lastSync) < LACKING_TRY_MS
  const isLacking = (key: string) => isRecent && document.absent.has(key)
  const keys = (Object.keys(all) as (keyof Dokument)[]).filter(
    (key) => all[key] !== document[key] && !isLacking(key),
  )
  if (keys.every((key) => isTakenBack(document, key))) return {}
  return { ...Object.fromEntries(keys.map((key) => [key, all[key]])), lastSync: espoTime(now) }
}

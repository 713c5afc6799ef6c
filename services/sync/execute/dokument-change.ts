import type { DokumentChange } from '../../espo/espo-schemas'
import { espoTime, keptLine, keptPath, parseEspoTime, pathKept } from '../../espo/espo-values'
import type { Dokument } from '../../model/model'
import { espoTitle, toSlashes } from '../../model/paths'

const LACKING_TRY_MS = 24 * 3600 * 1000

/** What the product says of a document, and what its base is about; everything else on it is the document's own. */
export const STATUS_ATTRIBUTES = [
  ...['fileStatus', 'syncStatus', 'syncMessage', 'lastSync'],
  ...['syncAkteId', 'syncPfad', 'syncFassungen'],
]

/** What both sides agree on after an action. */
export interface Agreement {
  hash: string
  usn: number | null
  attachmentId: string
}

/**
 * The base: what both sides have, in which Akte and under which Windows path (`path`, with `/`) they have it. The document
 * gets that path: with it, it stays the same under whatever file name.
 */
export function baseOf(
  document: Dokument | null,
  akteId: string,
  path: string,
  { hash, usn, attachmentId }: Agreement,
): DokumentChange {
  return {
    ...pathOf(document, path),
    blake3hash: hash,
    syncHash: hash,
    syncUsn: usn,
    syncAttachmentId: attachmentId,
    syncAkteId: akteId,
    syncPfad: homePath(path),
    fileStatus: 'synced',
    syncStatus: 'synced',
    syncMessage: null,
  }
}

/** Whose base it is, for a document whose base does not say so yet: records of older versions. */
export function placeOfBase(
  { syncHash, syncPfad }: Dokument,
  akteId: string,
  path: string,
): Pick<DokumentChange, 'syncAkteId' | 'syncPfad'> {
  return syncHash !== null && syncPfad === null ? { syncAkteId: akteId, syncPfad: homePath(path) } : {}
}

/** As Windows spells it, and as EspoCRM keeps it. */
const windowsPath = (path: string) => keptLine(path.replaceAll('/', '\\'))
const homePath = (path: string) => pathKept(keptPath(path.replaceAll('/', '\\')))

/** The path as Windows spells it, where it is not yet; a title that was the former file name goes with it. */
export function pathOf(document: Dokument | null, path: string): DokumentChange {
  const former = document?.dateipfad ?? document?.path ?? ''
  const dateipfad = windowsPath(path)
  if (document?.dateipfad && toSlashes(document.dateipfad) === toSlashes(dateipfad ?? '')) return {}
  const isTitledByFile = document !== null && document.name === espoTitle(toSlashes(former))
  return { dateipfad, ...(isTitledByFile ? { name: espoTitle(path) } : {}) }
}

/** What an office's own hook does to every document that was written: that says nothing of what was written. */
const isTakenBack = ({ syncStatus }: Dokument, key: string) =>
  key === 'syncStatus' && syncStatus === 'unclean'

/**
 * The status of a document in agreement. What its message says of the present content stays until that changes; what is
 * `over`, sentences of the product's own, goes.
 */
export function clearStatus(document: Dokument, over: readonly string[]): DokumentChange {
  const isSynced = document.syncStatus === 'synced' || isTakenBack(document, 'syncStatus')
  const isSettled = document.fileStatus === 'synced' && isSynced
  return isSettled
    ? { syncMessage: withoutSentences(document.syncMessage, over) }
    : { fileStatus: 'synced', syncStatus: 'synced', syncMessage: null }
}

/** A message without these sentences; null where nothing is left. */
export function withoutSentences(message: string | null, over: readonly string[]): string | null {
  const rest = over.reduce((text, sentence) => text.replace(sentence, '').trim(), message ?? '')
  return rest === '' ? null : rest
}

/** The status of a document without a file: whatever was wrong with the file is over. */
export function emptyStatus({ fileStatus }: Dokument): DokumentChange {
  const isOver = ['deferred', 'conflict', 'failed'].includes(fileStatus ?? '')
  return isOver ? { fileStatus: 'new', syncStatus: 'unclean', syncMessage: null } : {}
}

/** The status of a document that left the History. */
export function leftStatus(syncMessage: string | null): DokumentChange {
  return { fileStatus: 'left', syncStatus: 'synced', syncMessage }
}

/**
 * What differs between the document and what it should be (as EspoCRM keeps it), with `lastSync` when anything does, and
 * then with the `place` of its base. An attribute that a recently synced document still lacks is one that this
 * installation does not have: it is not tried again for a day. A status that a hook of the office sets to unclean after
 * each write is not written for its own sake, and what is never read goes along with what is.
 */
export function changeOf(
  document: Dokument,
  wanted: DokumentChange,
  place: Pick<DokumentChange, 'syncAkteId' | 'syncPfad'>,
  now: Date,
): DokumentChange {
  const isRecent = now.getTime() - parseEspoTime(document.lastSync) < LACKING_TRY_MS
  const differing = (change: DokumentChange): DokumentChange => {
    const all = change as Partial<Dokument>
    const keys = (Object.keys(all) as (keyof Dokument)[]).filter(
      (key) => all[key] !== document[key] && !(isRecent && document.absent.has(key)),
    )
    return Object.fromEntries(keys.map((key) => [key, all[key]]))
  }
  const { syncFassungen, ...read } = wanted
  const change = differing(read)
  if (Object.keys(change).every((key) => isTakenBack(document, key))) return {}
  const told = syncFassungen === undefined ? {} : { syncFassungen }
  return { ...differing(place), ...change, ...told, lastSync: espoTime(now) }
}

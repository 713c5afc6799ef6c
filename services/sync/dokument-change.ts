import { type DokumentChange, espoTime } from '../espo/espo-schemas'
import type { Dokument, HistoryEntry } from './model'
import { parseEspoTime, shouldSyncMetadata } from './sync-utils'

const LACKING_TRY_MS = 24 * 3600 * 1000

/** What both sides agree on after an action. */
export interface Agreement {
  hash: string
  usn: number | null
  attachmentId: string
}

/** The base, and the path by which the document stays the same when its file is replaced by one of another name. */
export function baseOf(
  document: Dokument | null,
  path: string,
  { hash, usn, attachmentId }: Agreement,
): DokumentChange {
  return {
    dateipfad: document?.dateipfad ?? path.replaceAll('/', '\\'),
    blake3hash: hash,
    syncHash: hash,
    syncUsn: usn,
    syncAttachmentId: attachmentId,
    fileStatus: 'synced',
    syncStatus: 'synced',
    syncMessage: null,
  }
}

/**
 * What differs between the document and what it should be, metadata included, with `lastSync` when anything does. An
 * attribute that a recently synced document still lacks is one that this installation does not have: it is not tried
 * again for a day.
 */
export function changeOf(
  document: Dokument,
  wanted: DokumentChange,
  entry: HistoryEntry | undefined,
  now: Date,
): DokumentChange {
  const all = { ...wanted, ...shouldSyncMetadata(document, entry) } as Partial<Dokument>
  const isRecent = now.getTime() - parseEspoTime(document.lastSync) < LACKING_TRY_MS
  const isLacking = (key: string) => isRecent && document.absent.has(key)
  const keys = (Object.keys(all) as (keyof Dokument)[]).filter(
    (key) => all[key] !== document[key] && !isLacking(key),
  )
  if (keys.length === 0) return {}
  return { ...Object.fromEntries(keys.map((key) => [key, all[key]])), lastSync: espoTime(now) }
}

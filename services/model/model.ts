import type { ContractError } from '../errors'
import type { Reason } from './reasons'

/** Where a document's content can be. */
export type Side = 'Windows' | 'EspoCRM'

/** A file in an Aktenordner, as the watcher lists it. */
export interface WindowsFile {
  /** Path below the Aktenordner as the watcher spells it, but with `/`. */
  path: string
  /** The same with the separators the watcher uses: how it is asked for this file. */
  watcherPath: string
  usn: number
  /** Blake3 as 64 lower-case hex digits; null while the watcher has not computed it. */
  blake3Hash: string | null
  /** Bytes. */
  size: number
  /** ISO 8601 as delivered; may be unusable, see `resolveConflict`. */
  modified: string
  /** Why nothing but its path could be read from the listing: the file waits for a listing that fits. */
  misread?: ContractError
}

/** An EspoCRM document with the base that the last successful sync left on it. */
export interface Dokument {
  id: string
  /** The record of the Akte that it belongs to now; of several the one that was asked for. Null: none. */
  akteId: string | null
  /** Path below the Aktenordner with `/`: `dateipfad`, else `dokumentName`, else `name`. */
  path: string
  /** The path is a file's own name that has `/` or `\\` in it, which no file below a folder can have. */
  hasSeparatorInName: boolean
  name: string
  dateipfad: string | null
  attachmentId: string | null
  attachmentName: string | null
  blake3hash: string | null
  /** What the office's own EspoCRM computed for the present attachment; nothing that the product wrote. */
  computedHash: string | null
  syncHash: string | null
  syncUsn: number | null
  syncAttachmentId: string | null
  /** Blake3 of the present attachment as a base says it that is about something else; absent where none does. */
  attachmentHash?: string | undefined
  /** The record of the Akte in which the base was agreed on; null on records of older versions. */
  syncAkteId: string | null
  /** The Windows path that the base was agreed on, below the Aktenordner; null on records of older versions. */
  syncPfad: string | null
  fileStatus: string | null
  syncStatus: string | null
  syncMessage: string | null
  /** `YYYY-MM-DD HH:MM:SS`, UTC. */
  lastSync: string | null
  createdAt: string | null
  modifiedAt: string | null
  versionNumber: number | null
  hnr: number | null
  historyArt: string | null
  historyText: string | null
  historyDatum: string | null
  /** Attributes (in the names above) that EspoCRM's answer did not have at all, not even as null. */
  absent: ReadonlySet<string>
}

/** One line of Advoware's document timeline. */
export interface HistoryEntry {
  hnr: number | null
  /** ISO date or datetime; another format than a German one as delivered. */
  dat: string | null
  art: string | null
  text: string | null
  /** Full Windows path or bare file name; null on entries without a file. */
  datei: string | null
}

/** What is done with one file; the names of the specification. */
export type ActionName = 'CREATE' | 'UPDATE_ESPO' | 'UPLOAD_WINDOWS' | 'DELETE' | 'SKIP'

/** What to do with one file, and why. Produced by `mergeThreeWay` alone. */
export interface SyncAction {
  action: ActionName
  reason: Reason
  /** The side whose content counts. */
  source: Side | 'None'
  /** Bytes go to Windows. */
  needsUpload: boolean
  /** Bytes come from Windows. */
  needsDownload: boolean
  /** Row of the decision table (docs/decision-table.md), for tests and people; nothing branches on it. */
  row: number
  /** Both sides agree now: write the base. */
  recordBase?: boolean
  /** The content of this side exists nowhere else and is about to be replaced: archive it first. */
  archive?: Side
  /** A person has to solve it: `fileStatus` conflict. */
  flag?: boolean
  /** Both sides changed: the side whose content wins. */
  conflict?: Side
  /** Document and file have other paths than at the last sync. */
  renamed?: boolean
  /** The History does not name the file yet and has to. */
  entersHistory?: boolean
  /** The document's status stays as it is. */
  keepsStatus?: boolean
  /** The document is synced no more (`fileStatus` left): whether its two sides are known to be alike. */
  left?: 'alike' | 'different'
  /** The document itself says why nothing is done. */
  isTold?: boolean
  /** The document had been deleted in EspoCRM: the new one says so. */
  comesBack?: boolean
  /** Nothing to tell beyond the number of such files. */
  isQuiet?: boolean
}

/** A fact that `mergeThreeWay` needs and does not have; learning it costs a request. */
export interface NeedsFact {
  needs: keyof MergeFacts
}

/** What had to be read because no listing says it. */
export interface MergeFacts {
  /** Blake3 of the Windows content, where the listing has none. */
  windowsHash?: string
  /** Blake3 of the current attachment. */
  espoHash?: string
  /** Whose content is newer, by `resolveConflict`. */
  newerSide?: Side
  /** The watcher, asked for the very file that the listing lacks, has none. */
  isGoneFromWindows?: true
  /** EspoCRM shows all documents of the Akte: one that its list lacks is really none. */
  hasAllDocuments?: true
  /** How often the file was restored within the last day. */
  restores?: number
}

/** What is known about one path on both sides. */
export interface MergeInput extends MergeFacts {
  document: Dokument | null
  windows: WindowsFile | null
  inHistory: boolean
  /** The path had a document, which was deleted in EspoCRM. */
  wasDeleted?: boolean | undefined
  /** The document has a name that is never synced. */
  isNeverSynced?: boolean | undefined
  /** The file has the content of the last sync, but another path than the document: who moved it. */
  movedIn?: Side | undefined
  /** The document's file lay elsewhere at the last sync, where the listing has none any more. */
  formerPath?: string | undefined
}

/** Blake3 of the Windows content: as it was read, else as it is listed; null where neither knows it. */
export function windowsHashOf({
  windows,
  windowsHash,
}: Pick<MergeInput, 'windows' | 'windowsHash'>): string | null {
  return windowsHash ?? windows?.blake3Hash ?? null
}

/** `SYNC_ESPO_DELETIONS`. */
export type EspoDeletions = 'restore' | 'flag'

/** `SYNC_WINDOWS_DELETIONS`. */
export type WindowsDeletions = 'restore' | 'mark' | 'delete'

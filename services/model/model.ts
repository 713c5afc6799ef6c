import type { Reason } from './reasons'

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
}

/** An EspoCRM document with the base that the last successful sync left on it. */
export interface Dokument {
  id: string
  /** Path below the Aktenordner with `/`: `dateipfad`, else `dokumentName`, else `name`. */
  path: string
  name: string
  dateipfad: string | null
  attachmentId: string | null
  attachmentName: string | null
  blake3hash: string | null
  syncHash: string | null
  syncUsn: number | null
  syncAttachmentId: string | null
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
  /** ISO date or datetime as delivered. */
  dat: string | null
  art: string | null
  text: string | null
  /** Full Windows path or bare file name; null on entries without a file. */
  datei: string | null
}

export type ActionName = 'CREATE' | 'UPDATE_ESPO' | 'UPLOAD_WINDOWS' | 'DELETE' | 'SKIP'

/** What to do with one file, and why. Produced by `mergeThreeWay` alone. */
export interface SyncAction {
  action: ActionName
  reason: Reason
  /** The side whose content counts. */
  source: 'Windows' | 'EspoCRM' | 'None'
  /** Bytes go to Windows. */
  needsUpload: boolean
  /** Bytes come from Windows. */
  needsDownload: boolean
  /** Row of the decision table in section 5. */
  row: number
  /** Both sides agree now: write the base. */
  recordBase?: boolean
  /** The content of this side exists nowhere else and is about to be replaced: archive it first. */
  archive?: 'Windows' | 'EspoCRM'
  /** A person has to solve it: `fileStatus` conflict. */
  flag?: boolean
}

/** A fact that `mergeThreeWay` needs and does not have; reading it costs a request. */
export interface NeedsFact {
  needs: 'windowsHash' | 'espoHash' | 'espoContentTime'
}

/** What is known about one path on both sides. */
export interface MergeInput {
  document: Dokument | null
  windows: WindowsFile | null
  inHistory: boolean
  /** The file has the content of the last sync, but another path than the document: who moved it. */
  movedIn?: 'Windows' | 'EspoCRM' | undefined
  /** Blake3 of the Windows content, where it had to be read because the listing has none. */
  windowsHash?: string
  /** Blake3 of the current attachment, where it had to be read. */
  espoHash?: string
  /** When the current attachment was created, UTC; null where EspoCRM does not say. */
  espoContentTime?: string | null
}

/** `SYNC_WINDOWS_DELETIONS`. */
export type WindowsDeletions = 'restore' | 'mark' | 'delete'

import type { Dokument, HistoryEntry, WindowsFile } from '../../services/model/model'

/** Contents stand for themselves: a letter becomes a well formed Blake3 hash. */
export const hashOf = (content: string) => content.repeat(64).slice(0, 64)

export const BASE = hashOf('a')
export const NEW = hashOf('b')
export const OTHER = hashOf('c')
export const BASE_USN = 5_368_709_120

/** A file that the last sync left as it is. */
export const windowsFile = (change: Partial<WindowsFile> = {}): WindowsFile => ({
  path: 'Klage.docx',
  watcherPath: 'Klage.docx',
  usn: BASE_USN,
  blake3Hash: BASE,
  size: 20_480,
  modified: '2026-03-24T10:15:00+01:00',
  ...change,
})

/** A document that the last sync left as it is. */
export const syncedDocument = (change: Partial<Dokument> = {}): Dokument => ({
  id: 'doc1',
  akteId: 'akte1',
  path: 'Klage.docx',
  hasSeparatorInName: false,
  name: 'Klage.docx',
  dateipfad: 'Klage.docx',
  attachmentId: 'att1',
  attachmentName: 'Klage.docx',
  blake3hash: BASE,
  computedHash: null,
  syncHash: BASE,
  syncUsn: BASE_USN,
  syncAttachmentId: 'att1',
  syncAkteId: 'akte1',
  syncPfad: change.path ?? 'Klage.docx',
  fileStatus: 'synced',
  syncStatus: 'synced',
  syncMessage: null,
  lastSync: '2026-03-24 09:16:00',
  createdAt: '2026-03-01 08:00:00',
  modifiedAt: '2026-03-24 09:16:00',
  versionNumber: 3,
  hnr: null,
  historyArt: null,
  historyText: null,
  historyDatum: null,
  absent: new Set(),
  ...change,
})

/** A document that a person created in EspoCRM and no sync has seen yet. */
export const newDocument = (change: Partial<Dokument> = {}): Dokument =>
  syncedDocument({
    blake3hash: null,
    syncHash: null,
    syncUsn: null,
    syncAttachmentId: null,
    syncAkteId: null,
    syncPfad: null,
    fileStatus: 'new',
    syncStatus: 'unclean',
    lastSync: null,
    ...change,
  })

export const historyEntry = (change: Partial<HistoryEntry> = {}): HistoryEntry => ({
  hnr: 1,
  dat: '2026-03-24',
  art: 'Schreiben',
  text: 'Klage',
  datei: 'Klage.docx',
  ...change,
})

/** An owner file as Word (162 bytes), or Excel and PowerPoint (165) write it. */
export function officeOwnerFile(name: string, program: 'word' | 'excel'): Buffer {
  const [size, at] = program === 'word' ? [162, 54] : [165, 55]
  const content = Buffer.alloc(size, program === 'word' ? 0 : 0x20)
  content[0] = name.length
  content.write(name, 1, 'latin1')
  content.writeUInt16LE(name.length, at)
  content.write(name, at + 2, 'utf16le')
  return content
}

import type { AuditEntry } from '../audit/audit-line'
import type { ArchivedVersion } from '../content/archive'
import { parseEspoTime } from '../espo/espo-values'
import type { Gap } from '../model/gaps'
import type { Dokument } from '../model/model'
import { pathKey } from '../model/paths'

/** A file of an Akte as it was at a moment. */
export interface FileAt {
  /** Below the Aktenordner, with `/`. */
  path: string
  /** Blake3 of its content. */
  hash: string
}

/** What nobody can say of an Akte at a moment, and about which path. */
export interface UnknownAt {
  path: string
  gap: Gap
}

/** An Akte as it was, as far as it is known. */
export interface AkteAt {
  files: FileAt[]
  unknown: UnknownAt[]
}

type Line = Pick<
  AuditEntry,
  'time' | 'path' | 'document' | 'side' | 'action' | 'reason' | 'hashBefore' | 'hashAfter'
>
type Present = Pick<Dokument, 'id' | 'path' | 'syncHash' | 'createdAt'>
type Lost = Pick<
  ArchivedVersion,
  'path' | 'side' | 'kind' | 'hash' | 'windowsModified' | 'espoContentTime' | 'archivedAt'
>

const RENAMINGS = ['renamed in Windows', 'renamed in EspoCRM, Windows keeps its name']
/** Lines that tell of no content of the Akte: an entry in the History, a download, what a person asked for. */
const tellsContent = ({ side, action }: Line) => side !== null && side !== 'Advoware' && action !== 'DOWNLOAD'

/**
 * What an Akte was at a moment: the state that both sides had agreed on last. `lines` are its changes from the audit log in
 * their order, `present` its documents now, `archived` its versions in the archive. Pure.
 */
export function akteAt(
  { lines, present, archived }: { lines: Line[]; present: Present[]; archived: Lost[] },
  at: Date,
): AkteAt {
  const files = new Map<string, FileAt>()
  const unknown: UnknownAt[] = []
  const add = (file: FileAt) => {
    const other = files.get(pathKey(file.path))
    if (other !== undefined && other.hash !== file.hash)
      unknown.push({
        path: file.path,
        gap: { kind: 'another document', hash: other.hash },
      })
    files.set(pathKey(file.path), file)
  }
  const changes = new Map<string, Line[]>()
  for (const line of lines.filter(tellsContent)) {
    const key = line.document ?? pathKey(line.path)
    changes.set(key, [...(changes.get(key) ?? []), line])
  }
  for (const ofDocument of changes.values()) {
    const before = ofDocument.findLast(({ time }) => Date.parse(time) <= at.getTime())
    const [first] = ofDocument
    if (before !== undefined) {
      if (before.hashAfter !== null) add({ path: before.path, hash: before.hashAfter })
    } else if (first !== undefined) {
      if (first.hashBefore === null)
        unknown.push({
          path: first.path,
          gap: { kind: 'first synced', time: first.time },
        })
      else add({ path: first.path, hash: first.hashBefore })
      if (RENAMINGS.includes(first.reason))
        unknown.push({ path: first.path, gap: { kind: 'renamed', time: first.time } })
    }
  }
  for (const { id, path, syncHash, createdAt } of present) {
    if (changes.has(id) || !(parseEspoTime(createdAt) <= at.getTime())) continue
    if (syncHash === null) unknown.push({ path, gap: { kind: 'never synced' } })
    else add({ path, hash: syncHash })
  }
  for (const { path, side, kind, hash, windowsModified, espoContentTime, archivedAt } of archived) {
    const savedAt = side === 'Windows' ? Date.parse(windowsModified ?? '') : parseEspoTime(espoContentTime)
    if (kind === 'agreed' || !(savedAt <= at.getTime()) || Date.parse(archivedAt) <= at.getTime()) continue
    unknown.push({
      path,
      gap: { kind: 'unsynced version', side, hash },
    })
  }
  return { files: [...files.values()], unknown }
}

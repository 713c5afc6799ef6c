import { createHash } from 'node:crypto'
import { mkdir, readdir, rmdir, unlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ArchiveRecord } from '../model/archive-record'
import { pathKey } from '../model/paths'
import { syncFolder, writeDurably } from './durable-file'

/** Below the archive's folder. */
const FOLDER = 'index'
/** There as soon as the versions have been entered that an archive had before there was an index. */
const COMPLETE = 'complete'
const MARK = /^(\d{15})-([0-9a-f]{64})$/

/** What a document is found by: its path in its Akte, and its record in EspoCRM where it has one. */
export type DocumentPlace = Pick<ArchiveRecord, 'aktennummer' | 'path' | 'document'>

/** A version that may be one of a document: the archive's record says whether it is. */
export interface IndexedVersion {
  /** Blake3 of the content. */
  hash: string
  /** When it was archived, epoch milliseconds. */
  archivedAt: number
}

/**
 * Finds the archived versions of one document without reading the whole archive: for each record an empty file
 * `index/<digest of the place>/<time>-<hash>`, once by the document's path and once by its record in EspoCRM, so that a
 * renamed document keeps its versions, and so does one whose record was made again. The records are the truth: a mark
 * without one, which a crash leaves, is ignored.
 */
export class ArchiveIndex {
  private readonly folder: string

  constructor(archiveDir: string) {
    this.folder = join(archiveDir, FOLDER)
  }

  /** Enters a record, again without effect; done only when it would survive a power cut. */
  async add(hash: string, record: ArchiveRecord): Promise<void> {
    for (const folder of this.foldersOf(record)) await this.mark(join(folder, nameOf(hash, record)))
  }

  /** Takes a record out that is about to be removed. */
  async remove(hash: string, record: ArchiveRecord): Promise<void> {
    for (const folder of this.foldersOf(record)) {
      await unlink(join(folder, nameOf(hash, record))).catch(() => {}) // it was never there
      await rmdir(folder).catch(() => {}) // others are in it
    }
  }

  /** What may be versions of a document, newest first. */
  async find(place: DocumentPlace): Promise<IndexedVersion[]> {
    const names = new Set<string>()
    for (const folder of this.foldersOf(place))
      for (const name of await readdir(folder).catch(noneWhereMissing)) names.add(name)
    return [...names]
      .sort()
      .reverse()
      .flatMap((name) => {
        const [, time, hash] = MARK.exec(name) ?? []
        return hash === undefined ? [] : [{ hash, archivedAt: Number(time) }]
      })
  }

  /** False: the versions from before there was an index have to be entered, and then `complete` called. */
  async isComplete(): Promise<boolean> {
    return (await readdir(this.folder).catch(noneWhereMissing)).includes(COMPLETE)
  }

  async complete(): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 })
    await writeDurably(join(this.folder, COMPLETE), '')
  }

  /** Whoever removes the last mark of a folder removes the folder: then it is made again. */
  private async mark(file: string): Promise<void> {
    const folder = dirname(file)
    for (;;) {
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 })
        await writeFile(file, '', { mode: 0o600 })
        await syncFolder(folder)
        return
      } catch (error) {
        noneWhereMissing(error as NodeJS.ErrnoException)
      }
    }
  }

  /** Digests, because names are as long and as hostile as they please. */
  private foldersOf({ aktennummer, path, document }: DocumentPlace): string[] {
    const keys = [['path', pathKey(path)], ...(document === null ? [] : [['document', document]])]
    return keys.map((key) => {
      const digest = createHash('sha256')
        .update(JSON.stringify([aktennummer, ...key]))
        .digest('hex')
      return join(this.folder, digest.slice(0, 32))
    })
  }
}

/** The time first, so that names sort by it. */
function nameOf(hash: string, { archivedAt }: ArchiveRecord): string {
  const time = Date.parse(archivedAt)
  return `${String(Number.isNaN(time) ? 0 : Math.max(0, time)).padStart(15, '0')}-${hash}`
}

function noneWhereMissing(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT') return []
  throw error
}

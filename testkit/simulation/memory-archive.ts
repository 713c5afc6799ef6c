import type { FormerVersionsQuery } from '../../services/content/archive'
import type { Content } from '../../services/content/spool'
import { NotFoundError } from '../../services/errors'
import type { ArchiveRecord } from '../../services/model/archive-record'
import { spooled } from './content'

/** What lies in the archive's folder under one hash. */
export interface Kept {
  content: string
  records: ArchiveRecord[]
}

/** One step of work on the archive, as slow and as deadly as any other. */
type Carry = <T>(label: string, effect: () => T) => Promise<T>

/** The archive as one server sees it; the folder is everybody's. */
export class MemoryArchive {
  constructor(
    private readonly folder: Map<string, Kept>,
    private readonly carry: Carry,
  ) {}

  async store(content: Content, record: ArchiveRecord): Promise<void> {
    const text = (await content.read(0, content.size)).toString()
    await this.carry(`archive ${record.path}`, () => {
      const kept = this.folder.get(content.hash) ?? { content: text, records: [] }
      this.folder.set(content.hash, { ...kept, records: [...kept.records, record] })
    })
  }

  records(hash: string): Promise<ArchiveRecord[]> {
    return this.carry('archive records', () => this.folder.get(hash)?.records ?? [])
  }

  fetch(hash: string): Promise<Content> {
    return this.carry('archive fetch', () => {
      const kept = this.folder.get(hash)
      if (kept === undefined) throw new NotFoundError(`The archive has no version ${hash}`)
      return spooled(Buffer.from(kept.content))
    })
  }

  formerVersions({ aktennummer, path, document, most }: FormerVersionsQuery) {
    return this.carry('archive index', () => {
      const own = [...this.folder].flatMap(([hash, { content, records }]) =>
        records
          .filter(
            (one) => one.aktennummer === aktennummer && (one.document === document || one.path === path),
          )
          .map((one) => ({ ...one, hash, size: content.length, until: null })),
      )
      own.sort((a, b) => b.archivedAt.localeCompare(a.archivedAt))
      return { versions: own.slice(0, most), older: Math.max(0, own.length - most) }
    })
  }

  async prune(): Promise<string[]> {
    return []
  }
}

import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { verifyBlake3 } from '../blake3'
import { describeError, NotFoundError, RetryLaterError } from '../errors'
import { type ArchiveRecord, archiveRecordSchema, isExpired, keptUntil } from '../model/archive-record'
import { pathKey } from '../model/paths'
import type { ServiceContext } from '../model/service-context'
import { ArchiveIndex, type DocumentPlace } from './archive-index'
import { isUuid, moveDurably, removeAbandoned, syncFolder, writeDurably } from './durable-file'
import { withFileLock } from './file-lock'
import { readHoldFiles } from './holds'
import { type Content, contentOf } from './spool'

const HASH = /^[0-9a-f]{64}$/
/** Marks that are looked up at most, however often a document was replaced. */
const MOST_MARKS = 100

/** One reason why a version is in the archive; `size` in bytes. */
export interface ArchivedVersion extends ArchiveRecord {
  /** Blake3 of the content: by this it is fetched. */
  hash: string
  size: number
}

/** A version that a document had. */
export interface FormerVersion extends ArchivedVersion {
  /** Until when it is kept at least; null: until its Akte is purged. */
  until: Date | null
}

/** Whose former versions are looked for, and how many of them. */
export interface FormerVersionsQuery extends DocumentPlace {
  /** True for a document that EspoCRM has no more: what it had under this path is whose the path is now. */
  isGone(document: string): Promise<boolean>
  most: number
  /** `SYNC_ARCHIVE_DAYS`: what goes by age is not offered any more. */
  archiveDays: number
}

/** What the archive has of one Akte. Sizes in bytes. */
export interface ArchiveShare {
  /** Reasons why a version of the Akte is kept. */
  versions: number
  /** Contents that no other Akte has. */
  contents: number
  bytes: number
  /** Contents that another Akte has as well: they stay. */
  shared: number
}

/**
 * Keeps versions that would otherwise be lost: `<dir>/ab/abcd…` by Blake3, beside `<hash>.json`, a list of records.
 * Several processes may use it at once; a version counts as stored only when it would survive a power cut.
 */
export class Archive {
  private readonly index: ArchiveIndex

  constructor(
    private readonly context: Pick<ServiceContext, 'clock'> & {
      logger: Pick<ServiceContext['logger'], 'warn'>
    },
    private readonly directory: string,
  ) {
    this.index = new ArchiveIndex(directory)
  }

  /**
   * Stores a content and its record; resolves only when it can be read back unchanged. The same event again, as after
   * a failed run, leaves no second record.
   * @throws RetryLaterError when it cannot be written
   */
  async store(content: Content, record: ArchiveRecord): Promise<void> {
    const target = this.pathOf(content.hash)
    try {
      await this.makeFolder(dirname(target))
      await withFileLock(`${target}.json`, this.context.clock, async (lock) => {
        if (!(await holds(target, content.hash))) await this.add(content, target)
        const records = await this.records(content.hash)
        if (records.some((known) => isSameEvent(known, record))) return
        await lock.assertHeld()
        await this.index.add(content.hash, record)
        await writeDurably(`${target}.json`, recordsText([...records, record]))
      })
    } catch (cause) {
      throw new RetryLaterError(`The archive could not keep a version of ${record.path}`, {
        cause,
        system: 'archive',
      })
    }
  }

  /** The file of a version, whether it exists or not. @throws NotFoundError when this is no Blake3 hash */
  pathOf(hash: string): string {
    if (!HASH.test(hash)) throw new NotFoundError(`"${hash}" is not a Blake3 hash of 64 hex digits`)
    return join(this.directory, hash.slice(0, 2), hash)
  }

  /** Why a version was archived, oldest first; empty when it was not. */
  async records(hash: string): Promise<ArchiveRecord[]> {
    try {
      return z
        .array(archiveRecordSchema)
        .parse(JSON.parse(await readFile(`${this.pathOf(hash)}.json`, 'utf8')))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw error
    }
  }

  /**
   * The archived versions, newest first, `most` at most: all, those of one Akte, or of one of its paths. Reads every
   * record, and holds few of them at a time, however many there are.
   */
  async list(
    filter: { aktennummer?: string; path?: string } = {},
    most = Number.POSITIVE_INFINITY,
  ): Promise<ArchivedVersion[]> {
    let found: ArchivedVersion[] = []
    const newest = () => found.sort((a, b) => b.archivedAt.localeCompare(a.archivedAt)).slice(0, most)
    for await (const hash of this.hashes()) {
      const records = await this.knownRecords(hash)
      const wanted = records.filter(
        ({ aktennummer, path }) =>
          (filter.aktennummer === undefined || filter.aktennummer === aktennummer) &&
          (filter.path === undefined || pathKey(filter.path) === pathKey(path)),
      )
      if (wanted.length === 0) continue
      const { size } = await stat(this.pathOf(hash)).catch(() => ({ size: 0 }))
      found.push(...wanted.map((record) => ({ ...record, hash, size })))
      if (found.length > 2 * most) found = newest()
    }
    return newest()
  }

  /**
   * The former versions of one document in its Akte, newest first, `most` at most, and how many older ones there are. Its
   * own are those of its record, and those of its path that were no document's or one's that is gone. What it had in
   * another Akte stays there: it may be another client's.
   * @throws what `isGone` throws; errors of the file system
   */
  async formerVersions({
    isGone,
    most,
    archiveDays,
    ...place
  }: FormerVersionsQuery): Promise<{ versions: FormerVersion[]; older: number }> {
    const marks = await this.index.find(place)
    const isOwn = async ({ aktennummer, path, document }: ArchiveRecord) => {
      if (aktennummer !== place.aktennummer) return false
      if (document !== null && document === place.document) return true
      return pathKey(path) === pathKey(place.path) && (document === null || (await isGone(document)))
    }
    const found: FormerVersion[] = []
    for (const { hash, archivedAt } of marks.slice(0, MOST_MARKS)) {
      const records = await this.knownRecords(hash)
      const marked = records.filter((one) => Date.parse(one.archivedAt) === archivedAt)
      const owned = await Promise.all(marked.map(isOwn))
      const record = marked.find((_one, at) => owned[at])
      if (record === undefined) continue
      const until = keptUntil(records, archiveDays)
      if (until !== null && until <= this.context.clock.now()) continue
      const { size } = await stat(this.pathOf(hash)).catch(() => ({ size: 0 }))
      found.push({ ...record, hash, size, until })
    }
    const unread = Math.max(0, marks.length - MOST_MARKS)
    return { versions: found.slice(0, most), older: Math.max(0, found.length - most) + unread }
  }

  /** Enters what an archive had before its documents were indexed; once. */
  async completeIndex(): Promise<void> {
    if (await this.index.isComplete()) return
    for await (const hash of this.hashes())
      for (const record of await this.knownRecords(hash)) await this.index.add(hash, record)
    await this.index.complete()
  }

  /** A version, verified before it is handed out. It stays in the archive: read it, never change it. @throws NotFoundError */
  async fetch(hash: string): Promise<Content> {
    const file = this.pathOf(hash)
    const { size } = await stat(file).catch((cause: unknown) => {
      throw new NotFoundError(`The archive has no version ${hash}`, { cause })
    })
    if (!(await holds(file, hash))) throw new NotFoundError(`The version ${hash} is damaged in the archive`)
    return contentOf(file, size, hash)
  }

  /**
   * Removes the versions that go by age (`isExpired`): archived before `before` for no other reason than that the sides
   * had agreed on another one, and in none of the Akten that are `held`. A record written since is not even read.
   * Resolves to the hashes removed.
   */
  async prune(before: Date): Promise<string[]> {
    const removed: string[] = []
    for await (const hash of this.hashes()) {
      const target = this.pathOf(hash)
      const written = await stat(`${target}.json`).catch(() => null)
      if (written === null || written.mtimeMs >= before.getTime()) continue
      if (!isExpired(await this.knownRecords(hash), before)) continue
      await withFileLock(`${target}.json`, this.context.clock, async (lock) => {
        const records = await this.knownRecords(hash)
        if (!isExpired(records, before)) return
        const holds = await readHoldFiles(this.directory)
        if (records.some(({ aktennummer }) => holds.has(aktennummer))) return
        await lock.assertHeld()
        for (const record of records) await this.index.remove(hash, record)
        await this.removeVersion(target)
        removed.push(hash)
      })
    }
    return removed
  }

  /** What `forget` would remove of an Akte. */
  async share(aktennummer: string): Promise<ArchiveShare> {
    const share: ArchiveShare = { versions: 0, contents: 0, bytes: 0, shared: 0 }
    for await (const hash of this.hashes()) await this.addShare(share, hash, aktennummer)
    return share
  }

  /**
   * Removes every record of an Akte, and each content that no record of another one names; also what processes that
   * were killed left behind of contents and records, whose ever they are. Again after a crash, it goes on.
   * @throws RetryLaterError where a record that may be the Akte's cannot be read
   */
  async forget(aktennummer: string): Promise<ArchiveShare> {
    const share: ArchiveShare = { versions: 0, contents: 0, bytes: 0, shared: 0 }
    const incoming = join(this.directory, 'incoming')
    await removeAbandoned(incoming, this.context.clock.now()).catch(ignoreMissing)
    for await (const hash of this.hashes({ withRests: true })) {
      const target = this.pathOf(hash)
      await withFileLock(`${target}.json`, this.context.clock, async (lock) => {
        await this.removeRests(target)
        const records = await this.addShare(share, hash, aktennummer)
        if (records === null) return
        const others = records.filter((record) => record.aktennummer !== aktennummer)
        if (others.length === records.length && records.length > 0) return
        await lock.assertHeld()
        for (const record of records)
          if (record.aktennummer === aktennummer) await this.index.remove(hash, record)
        // A content without a record is one that a crash left; whoever stores it again writes it again.
        if (others.length === 0) await this.removeVersion(target)
        else await writeDurably(`${target}.json`, recordsText(others))
      })
    }
    return share
  }

  /** Adds what one version has of an Akte; resolves to all its records, null where others' cannot be read. */
  private async addShare(
    share: ArchiveShare,
    hash: string,
    aktennummer: string,
  ): Promise<ArchiveRecord[] | null> {
    const records = await this.records(hash).catch(async (cause: unknown) => {
      const text = await readFile(`${this.pathOf(hash)}.json`, 'utf8')
      if (!text.includes(JSON.stringify(aktennummer))) return null
      const message = `The archive has a record that cannot be read: ${hash}.json`
      throw new RetryLaterError(message, { cause, system: 'archive' })
    })
    if (records === null) return null
    const own = records.filter((record) => record.aktennummer === aktennummer).length
    if (own === 0) return records
    share.versions += own
    if (own < records.length) share.shared++
    else {
      share.contents++
      share.bytes += (await stat(this.pathOf(hash)).catch(() => ({ size: 0 }))).size
    }
    return records
  }

  /** The record last: a crash leaves what is found again. */
  private async removeVersion(target: string): Promise<void> {
    await rm(target, { force: true })
    await rm(`${target}.json`, { force: true })
    await syncFolder(dirname(target))
  }

  /** Unfinished records of a version whose lock is held: nobody writes them any more. */
  private async removeRests(target: string): Promise<void> {
    const prefix = `${basename(target)}.json.`
    for (const name of await readdir(dirname(target)))
      if (name.startsWith(prefix) && isUuid(name.slice(prefix.length)))
        await rm(join(dirname(target), name), { force: true })
  }

  /** The records of a version; none where they cannot be read: such a version stays. */
  private knownRecords(hash: string): Promise<ArchiveRecord[]> {
    return this.records(hash).catch((error: unknown) => {
      this.context.logger.warn(`⚠️ Unreadable record in the archive, ${hash}.json: ${describeError(error)}`)
      return []
    })
  }

  private async add(content: Content, target: string): Promise<void> {
    const incoming = join(this.directory, 'incoming')
    await mkdir(incoming, { recursive: true, mode: 0o700 })
    await removeAbandoned(incoming, this.context.clock.now())
    const partial = join(incoming, randomUUID())
    try {
      await pipeline(content.open(), createWriteStream(partial, { flags: 'wx', mode: 0o600, flush: true }))
      if (!(await holds(partial, content.hash))) throw new Error('the written file differs from its source')
      await moveDurably(partial, target)
    } finally {
      await rm(partial, { force: true })
    }
  }

  private async makeFolder(folder: string): Promise<void> {
    if ((await mkdir(folder, { recursive: true, mode: 0o700 })) !== undefined)
      await syncFolder(this.directory)
  }

  /** Of the versions with a record; `withRests`: also of those that a crash left without one. */
  private async *hashes({ withRests = false } = {}): AsyncGenerator<string> {
    const folders = await readdir(this.directory).catch(() => [])
    for (const folder of folders.filter((name) => /^[0-9a-f]{2}$/.test(name))) {
      const names = await readdir(join(this.directory, folder))
      const hashes = names.flatMap((name) => {
        const [hash = '', ending, ...more] = name.split('.')
        const isRecord = ending === 'json' && more.length === 0
        return isHash(hash) && (isRecord || (withRests && !name.includes('.lock'))) ? [hash] : []
      })
      yield* new Set(hashes)
    }
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}

const isHash = (text: string) => HASH.test(text)

const recordsText = (records: ArchiveRecord[]) => `${JSON.stringify(records, null, 2)}\n`

async function holds(path: string, hash: string): Promise<boolean> {
  const exists = await stat(path).then(
    () => true,
    () => false,
  )
  return exists && verifyBlake3(createReadStream(path), hash)
}

function isSameEvent({ archivedAt: _a, ...one }: ArchiveRecord, { archivedAt: _b, ...other }: ArchiveRecord) {
  return (Object.keys(one) as (keyof typeof one)[]).every((key) => one[key] === other[key])
}

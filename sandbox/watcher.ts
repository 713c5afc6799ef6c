import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, open, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createBLAKE3 } from 'hash-wasm'
import { isMissing } from './files'
import { type Exchange, HttpAnswer, StandIn } from './stand-in'
import { folderName, Journal, makeFoldersFor, resolvePath, type SeenFile } from './watcher-folder'
import {
  checkHash,
  checkHold,
  type ListedFile,
  listed,
  listing,
  nameTaken,
  noFile,
  noFolder,
  ntfsKey,
  type Obstacle,
  segmentsOf,
  stored,
  watcherCall,
} from './watcher-rules'

const HOUR = 3_600_000

/** The Windows watcher: a real folder per Akte, listed, read and written over HTTP (docs/contracts.md#windows-watcher). */
export class WatcherStandIn extends StandIn {
  /** Answers `blake3Hash: null`, like a watcher that has not computed hashes yet. */
  hideHashes = false
  /** Answers a PUT without a body: the caller must list again. */
  emptyPutAnswers = false
  /** Sends `usn` as a string. */
  usnAsString = false
  /** Answers `akte-details` with a bare array. */
  bareArray = false

  private readonly locked = new Map<string, Obstacle>()
  private readonly root: string
  private readonly incoming: string

  private constructor(
    dataDir: string,
    readonly token: string,
    private readonly journal: Journal,
  ) {
    super()
    this.root = join(dataDir, 'windows')
    this.incoming = join(dataDir, 'incoming')
  }

  static async create(dataDir: string, token: string): Promise<WatcherStandIn> {
    const watcher = new WatcherStandIn(dataDir, token, await Journal.open(join(dataDir, 'watcher.json')))
    await rm(watcher.incoming, { recursive: true, force: true })
    await mkdir(watcher.root, { recursive: true })
    await mkdir(watcher.incoming, { recursive: true })
    return watcher
  }

  override async close(): Promise<void> {
    await super.close()
    await this.journal.close()
  }

  /** The real folder of an Akte, for manual work. */
  folder(akte: string): string {
    return join(this.root, folderName(akte))
  }

  /** Saves a file as a person would; last modified an hour ago by default, so that it does not count as just modified. */
  async write(
    akte: string,
    path: string,
    content: string | Buffer,
    modified = new Date(Date.now() - HOUR),
  ): Promise<{ usn: number; blake3Hash: string }> {
    const target = await resolvePath(this.root, [folderName(akte), ...segmentsOf(path)])
    const temporary = join(this.incoming, randomUUID())
    await writeFile(temporary, content)
    await utimes(temporary, modified, modified)
    await makeFoldersFor(target)
    await rename(temporary, target)
    const seen = await this.seen(target)
    return { usn: seen.usn, blake3Hash: seen.hash ?? '' }
  }

  async read(akte: string, path: string): Promise<Buffer | null> {
    const target = await resolvePath(this.root, [folderName(akte), ...segmentsOf(path)])
    return readFile(target).catch((error: unknown) => {
      if (isMissing(error)) return null
      throw error
    })
  }

  async remove(akte: string, path: string): Promise<void> {
    await rm(await resolvePath(this.root, [folderName(akte), ...segmentsOf(path)]), {
      recursive: true,
      force: true,
    })
  }

  /** What the watcher would list now; empty where the folder is missing. */
  async list(akte: string): Promise<ListedFile[]> {
    const folder = relative(this.root, await resolvePath(this.root, [folderName(akte)]))
    const seen = await this.journal.scan(this.root, folder)
    return [...(seen ?? [])].map(([path, file]) => this.listed(path, file))
  }

  /** From now on the file answers 423, as if another program had it open, or 403 (`denied`). */
  lock(akte: string, path: string, hold: Obstacle = 'exclusive'): void {
    this.locked.set(lockKey(akte, path), hold)
  }

  unlock(akte: string, path: string): void {
    this.locked.delete(lockKey(akte, path))
  }

  protected async handle(exchange: Exchange): Promise<void> {
    const { method, query, req } = exchange
    const request = { method, segments: exchange.segments(), query, headers: req.headers }
    const call = watcherCall(request, this.token)
    if (call.kind === 'list') return this.details(exchange, call.akte)
    if (call.kind === 'read') return this.download(exchange, call.akte, call.path)
    return this.upload(exchange, call.akte, call.path, call.hash)
  }

  private async details(exchange: Exchange, akte: string): Promise<void> {
    const folder = await resolvePath(this.root, [folderName(akte)])
    if (!(await stat(folder).catch(() => null))?.isDirectory()) throw noFolder()
    const files = await this.list(akte)
    exchange.send(200, this.bareArray ? files : listing(akte, files))
  }

  private async download(exchange: Exchange, akte: string, path: string): Promise<void> {
    checkHold(this.hold(akte, path), 'read')
    const target = await resolvePath(this.root, [folderName(akte), ...segmentsOf(path)])
    const handle = await open(target).catch(() => null)
    const stats = await handle?.stat()
    if (!handle || !stats?.isFile()) {
      await handle?.close()
      throw noFile()
    }
    // The size was announced: a file that grows meanwhile is cut there, one that shrinks ends the connection.
    const source = handle.createReadStream(stats.size > 0 ? { end: stats.size - 1 } : {})
    await exchange.stream(source, stats.size, { 'Content-Type': 'application/octet-stream' })
  }

  private async upload(exchange: Exchange, akte: string, path: string, hash: string): Promise<void> {
    checkHold(this.hold(akte, path), 'store')
    const temporary = join(this.incoming, randomUUID())
    try {
      checkHash(await receive(exchange, temporary), hash)
      checkHold(this.hold(akte, path), 'store')
      const target = await resolvePath(this.root, [folderName(akte), ...segmentsOf(path)])
      const before = await stat(target).catch(() => null)
      await makeFoldersFor(target)
      await rename(temporary, target)
      const seen = await this.seen(target)
      const { status, answer } = stored(this.listed(path, seen), before === null)
      exchange.send(status, this.emptyPutAnswers ? '' : answer)
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? ''
      if (['EISDIR', 'ENOTDIR', 'EEXIST', 'ENOTEMPTY'].includes(code)) throw nameTaken()
      if (code === 'ENAMETOOLONG') throw new HttpAnswer(400, 'name too long')
      if (code === 'ENOSPC') throw new HttpAnswer(507, 'disk full')
      throw error
    } finally {
      await rm(temporary, { force: true })
    }
  }

  private hold(akte: string, path: string): Obstacle | undefined {
    return this.locked.get(lockKey(akte, path))
  }

  private async seen(target: string): Promise<SeenFile> {
    const [folder = '', ...path] = relative(this.root, target).split(sep)
    const seen = await this.journal.look(this.root, folder, path.join('/'))
    if (!seen) throw new Error(`${target} vanished while it was saved`)
    return seen
  }

  private listed(path: string, file: SeenFile): ListedFile {
    const shown = listed(path, { ...file, hash: this.hideHashes ? null : (file.hash ?? null) })
    return this.usnAsString ? { ...shown, usn: String(shown.usn) } : shown
  }
}

const lockKey = (akte: string, path: string): string => `${akte}\n${ntfsKey(path)}`

/** Streams a body to disk and hashes it on the way. */
async function receive(exchange: Exchange, path: string): Promise<string> {
  const hasher = await createBLAKE3()
  await pipeline(
    exchange.body(),
    async function* (source: AsyncIterable<Buffer>) {
      for await (const chunk of source) {
        hasher.update(chunk)
        yield chunk
      }
    },
    createWriteStream(path),
  )
  return hasher.digest('hex')
}

import { createReadStream } from 'node:fs'
import { mkdtemp, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { blake3 } from 'hash-wasm'
import { CutOffError, type SystemName } from '../errors'
import { transferMs } from '../http/request-limits'
import { PIECE_BYTES, Pieces } from './pieces'
import { privateFolder } from './private-folder'

/** A complete, hashed content: it can be sent, sent again, or archived. */
export interface Content {
  size: number
  /** Blake3, 64 lower-case hex digits. */
  hash: string
  /** The whole content, where it is small enough to be held in memory. */
  bytes?: Buffer
  /** A fresh stream over the whole content. */
  open(): Readable
  /** At most `length` bytes from `offset` on; where memory is given, a file is read into that. */
  read(offset: number, length: number, into?: Buffer): Promise<Buffer>
}

const FOLDER = 'document-sync'
/** The folder of a run: its process, and what mkdtemp adds. Nothing else is removed. */
const OWN_NAME = /^(\d+)-[A-Za-z0-9]{6}$/
/** A stream without a byte for this long is aborted: axios' own time-out ends with the headers. */
const IDLE_MS = 30_000

/** Most documents are smaller and need no file. Multiplied by the files at once, far below a step's memory limit. */
const IN_MEMORY_BYTES = 256 * 1024

/** What is taken of a stream whose size nobody named. */
const UNNAMED_BYTES = 1024 ** 3

/** What a stream brings, for the error when it is cut off. */
export interface Incoming {
  /** Such as `Windows file Klage.docx`. */
  what: string
  system: SystemName
  /** Bytes that the system named for it beforehand; null where it named none. Not one more is taken. */
  atMost: number | null
}

/** Where the chunks of a stream go. */
interface Sink {
  /** Before the first chunk. */
  begin?(): Promise<void>
  /** What it returns is waited for before the next chunk comes. */
  add(chunk: Buffer): Promise<void> | void
  /** After the last chunk. */
  end?(): Promise<void>
}

/** Where contents wait on their way from one side to the other. */
export interface Spool {
  /**
   * Receives a stream whole; `expectedSize` in bytes, where it was announced.
   * @throws CutOffError when it ends early, has another size than announced, or brings no byte for 30 s
   */
  receive(
    source: NodeJS.ReadableStream,
    expectedSize: number | undefined,
    incoming: Incoming,
  ): Promise<Content>
  /** Reads a stream to its end and keeps nothing of it; true when it brought exactly this content. @throws CutOffError */
  brings(
    content: Content,
    source: NodeJS.ReadableStream,
    expectedSize: number | undefined,
    incoming: Incoming,
  ): Promise<boolean>
  /** A part of this spool that can be closed earlier, so that disk use does not grow with the number of files. */
  child(): Promise<Spool>
  /** Removes everything in it. */
  close(): Promise<void>
}

/**
 * The temporary folder of one run. Every transfer passes through it, so that nothing touches the other side before
 * it has arrived whole and is verified. Only small contents are held in memory; the folder is made for the first one
 * that is not.
 */
export class DiskSpool implements Spool {
  private count = 0
  private made: Promise<string> | undefined

  private constructor(
    private readonly makeFolder: () => Promise<string>,
    private readonly onBytes: (bytes: number) => void,
    /** A folder that is there already. */
    private readonly fresh?: string,
  ) {}

  /**
   * Opens a folder that only this user can read, and removes what crashed runs left behind. `onBytes` gets the
   * number of bytes as they arrive.
   */
  static async open(onBytes: (bytes: number) => void = () => {}): Promise<DiskSpool> {
    const { path: root, isFresh } = await privateFolder(FOLDER)
    if (isFresh) return new DiskSpool(async () => root, onBytes, root)
    for (const name of await readdir(root)) {
      const pid = OWN_NAME.exec(name)?.[1]
      if (pid !== undefined && !isAlive(Number(pid)))
        await rm(join(root, name), { recursive: true, force: true })
    }
    return new DiskSpool(() => mkdtemp(join(root, `${process.pid}-`)), onBytes)
  }

  /** Up to 256 KB stay in memory, more goes into a file. @throws CutOffError */
  async receive(
    source: NodeJS.ReadableStream,
    expectedSize: number | undefined,
    incoming: Incoming,
  ): Promise<Content> {
    keepErrors(source)
    if (isSmall(expectedSize)) return contentInMemory(await this.bytesOf(source, expectedSize, incoming))
    const path = join(await this.folder(), String(this.count++))
    const { size, hash } = await this.inPieces(source, expectedSize, incoming, path)
    return contentOf(path, size, hash)
  }

  /**
   * By its bytes where they are in memory. A file may have been damaged since it was hashed: that it was sent as it is
   * now proves nothing, its Blake3 does. @throws CutOffError
   */
  async brings(
    content: Content,
    source: NodeJS.ReadableStream,
    expectedSize: number | undefined,
    incoming: Incoming,
  ): Promise<boolean> {
    keepErrors(source)
    if (content.bytes !== undefined && isSmall(expectedSize))
      return content.bytes.equals(await this.bytesOf(source, expectedSize, incoming))
    return (await this.inPieces(source, expectedSize, incoming)).hash === content.hash
  }

  /** Hashes a stream, and writes it to a file that does not exist yet where one is named. @throws CutOffError */
  private async inPieces(
    source: NodeJS.ReadableStream,
    expectedSize: number | undefined,
    incoming: Incoming,
    path?: string,
  ): Promise<{ size: number; hash: string }> {
    const pieces = new Pieces(expectedSize, path)
    try {
      const size = await this.pass(source, expectedSize, incoming, pieces)
      return { size, hash: pieces.hash }
    } finally {
      await pieces.close()
    }
  }

  private async bytesOf(
    source: NodeJS.ReadableStream,
    expectedSize: number | undefined,
    incoming: Incoming,
  ): Promise<Buffer> {
    const pieces: Buffer[] = []
    await this.pass(source, expectedSize, incoming, { add: (chunk) => void pieces.push(chunk) })
    return Buffer.concat(pieces)
  }

  /** Leads a stream into a sink; resolves to its size. @throws CutOffError, also for what the sink throws */
  private async pass(
    source: NodeJS.ReadableStream,
    expectedSize: number | undefined,
    incoming: Incoming,
    sink: Sink,
  ): Promise<number> {
    const limit = Math.min(expectedSize ?? UNNAMED_BYTES, incoming.atMost ?? Number.POSITIVE_INFINITY)
    if (expectedSize !== undefined && expectedSize > limit) {
      destroy(source)
      throw new CutOffError(`${incoming.what} announces ${expectedSize} bytes instead of ${limit}`, {
        announced: expectedSize,
        system: incoming.system,
      })
    }
    let size = 0
    const stop = (why: string) => () => destroy(source, new Error(why))
    const idle = setTimeout(stop(`no byte for ${IDLE_MS / 1000} s`), IDLE_MS)
    const wholeMs = transferMs(limit)
    const whole = setTimeout(stop(`not complete within ${Math.round(wholeMs / 1000)} s`), wholeMs)
    try {
      await sink.begin?.()
      for await (const chunk of source as AsyncIterable<Buffer>) {
        idle.refresh()
        size += chunk.length
        if (size > limit) throw new Error(`more than ${limit} bytes`)
        await sink.add(chunk)
        this.onBytes(chunk.length)
      }
      await sink.end?.()
    } catch (cause) {
      destroy(source)
      throw new CutOffError(`${incoming.what} was cut off after ${size} bytes`, {
        cause,
        system: incoming.system,
      })
    } finally {
      clearTimeout(idle)
      clearTimeout(whole)
    }
    if (expectedSize !== undefined && size !== expectedSize) {
      throw new CutOffError(`${incoming.what} has ${size} bytes instead of ${expectedSize}`, {
        system: incoming.system,
      })
    }
    return size
  }

  /** A folder inside this one, made when the first file needs it. */
  async child(): Promise<Spool> {
    return new DiskSpool(async () => mkdtemp(join(await this.folder(), 'file-')), this.onBytes)
  }

  /** Removes the folder and everything in it; a spool that made none has nothing to remove. */
  async close(): Promise<void> {
    const folder = this.fresh ?? (await this.made?.catch(() => undefined)) // who needed it was told
    if (folder !== undefined) await rm(folder, { recursive: true, force: true })
  }

  private folder(): Promise<string> {
    this.made ??= this.makeFolder()
    return this.made
  }
}

/** An error may come before anybody reads: whoever reads then throws it. */
const keepErrors = (source: NodeJS.ReadableStream) => source.on('error', () => {})

const destroy = (source: NodeJS.ReadableStream, why?: Error) => (source as Partial<Readable>).destroy?.(why)

const isSmall = (size: number | undefined): boolean => size !== undefined && size <= IN_MEMORY_BYTES

/** A small content as it is. */
export async function contentInMemory(content: Buffer): Promise<Content> {
  return {
    size: content.length,
    hash: await blake3(content),
    bytes: content,
    open: () => Readable.from(content.length === 0 ? [] : [content]),
    read: async (offset, length) => content.subarray(offset, offset + length),
  }
}

/** A complete file on disk, `size` bytes with this Blake3. */
export function contentOf(file: string, size: number, hash: string): Content {
  return {
    size,
    hash,
    open: () => createReadStream(file, { highWaterMark: PIECE_BYTES }),
    read: (offset, length, into) => readRange(file, offset, Math.min(length, size - offset), into),
  }
}

/** True for a content of nothing but zeros; read up to the first other byte. */
export async function isBlank(content: Content): Promise<boolean> {
  for (let at = 0; at < content.size; at += PIECE_BYTES) {
    const piece = await content.read(at, Math.min(PIECE_BYTES, content.size - at))
    if (piece.some((byte) => byte !== 0)) return false
  }
  return content.size > 0
}

/** Asks for the bytes as they are: a compressed answer would announce another length than it brings. */
export const AS_STREAM = {
  responseType: 'stream',
  // Any limit makes axios wrap the stream, and a wrapped one that is destroyed unread keeps its connection for ever.
  maxContentLength: -1,
  decompress: false,
  headers: { 'Accept-Encoding': 'identity' },
} as const

/** The announced length of an answer, where it has one. */
export function contentLength(headers: Record<string, unknown>): number | undefined {
  const value = headers['content-length']
  return value === undefined ? undefined : Number(value)
}

async function readRange(file: string, offset: number, length: number, into?: Buffer): Promise<Buffer> {
  const handle = await open(file)
  try {
    const buffer = into?.subarray(0, length) ?? Buffer.allocUnsafe(length)
    const { bytesRead } = await handle.read(buffer, 0, length, offset)
    if (bytesRead < length) throw new Error(`${file} ends ${length - bytesRead} bytes early`)
    return buffer
  } finally {
    await handle.close()
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

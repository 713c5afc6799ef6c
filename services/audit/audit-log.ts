import { type FileHandle, mkdir, open, readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { Clock } from '../clock'
import { writeDurably } from '../content/durable-file'
import { type HeldLock, withFileLock } from '../content/file-lock'
import { RetryLaterError } from '../errors'
import { type AuditEntry, CHAIN_START, type ChainPlace, type PurgeRecord, readLine, seal } from './audit-line'

/** Far more than the longest line. */
const TAIL_BYTES = 64 * 1024

const markSchema = z.object({ seq: z.number(), hash: z.string() })
/** Marks beside a log: where it ended when it was last written, and after which line it begins where it was rotated. */
type Mark = 'begin' | 'end'

/** The file that this machine writes. */
export const logFileOf = (directory: string): string =>
  join(directory, `${hostname().replace(/[^\w.-]/g, '_')}.jsonl`)

const markOf = (file: string, mark: Mark) => file.replace(/\.jsonl$/, `.${mark}.json`)

/** A mark of a log: one that ends before its end mark was cut. Null: there is none. */
export async function readMark(file: string, mark: Mark): Promise<ChainPlace | null> {
  try {
    return markSchema.parse(JSON.parse(await readFile(markOf(file, mark), 'utf8')))
  } catch {
    return null
  }
}

export const writeMark = (file: string, mark: Mark, { seq, hash }: ChainPlace): Promise<void> =>
  writeDurably(markOf(file, mark), JSON.stringify({ seq, hash }))

/**
 * The append-only record of every change to a document: one file per machine, `<dir>/<hostname>.jsonl`, one JSON line
 * per change, each carrying the hash of the one before. Processes of one machine share the file under a lock; machines
 * that share the folder write a file each.
 */
export class AuditLog {
  private readonly file: string
  private waiting: AuditEntry[] = []
  private next: Promise<void> | undefined
  private last: Promise<void> = Promise.resolve()
  private written: Written | undefined

  constructor(
    private readonly directory: string,
    private readonly clock: Clock,
  ) {
    this.file = logFileOf(directory)
  }

  /** Adds a line; resolves when it would survive a power cut. Lines that come while one is written share the next write. */
  append(entry: AuditEntry): Promise<void> {
    this.waiting.push(entry)
    this.next ??= this.last
      .catch(() => undefined)
      .then(() => {
        this.next = undefined
        const entries = this.waiting
        this.waiting = []
        this.last = this.write(entries).catch((cause: unknown) => {
          throw new RetryLaterError('The audit log could not be written', { cause })
        })
        return this.last
      })
    return this.next
  }

  /** Tries whether a line could be added to a log that is there, without adding one. @throws the error of the file system */
  async assertWritable(): Promise<void> {
    const handle = await open(this.file, 'r+').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined // the first line makes it
      throw error
    })
    await handle?.close()
  }

  private async write(entries: AuditEntry[]): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 })
    await withFileLock(this.file, this.clock, async (lock) => {
      this.written = await appendLines(this.file, this.clock, lock, entries, this.written)
    })
  }
}

/** Where a log ended when it was written last, and what its file was then. */
interface Written {
  place: ChainPlace
  state: string
}

/** Something else as soon as the file was written. */
async function stateOf(handle: FileHandle): Promise<string> {
  const { ino, size, mtimeNs } = await handle.stat({ bigint: true })
  return `${ino} ${size} ${mtimeNs}`
}

/**
 * Adds lines to a log whose lock is held; resolves to the last one's place when they would survive a power cut. `written`:
 * what it resolved to last; where nobody wrote since, its end need not be read.
 */
export async function appendLines(
  file: string,
  clock: Pick<Clock, 'token'>,
  lock: HeldLock,
  contents: (AuditEntry | PurgeRecord)[],
  written?: Written,
): Promise<Written> {
  const handle = await open(file, 'a+', 0o600)
  try {
    const known = written?.state === (await stateOf(handle)) ? written.place : undefined
    const { last, isTorn } = known ? { last: known, isTorn: false } : await readEnd(handle)
    let before = known ?? furthest(last, await readMark(file, 'end'))
    let text = isTorn ? '\n' : ''
    for (const content of contents) {
      const line = seal(content, before, clock.token())
      text += `${line.text}\n`
      before = line.place
    }
    await lock.assertHeld()
    await handle.appendFile(text)
    await handle.sync()
    await writeMark(file, 'end', before)
    return { place: before, state: await stateOf(handle) }
  } finally {
    await handle.close()
  }
}

/** Where the next line of a log goes on; its lock is held. */
export async function endOf(file: string): Promise<ChainPlace> {
  const handle = await open(file, 'a+', 0o600)
  try {
    return furthest((await readEnd(handle)).last, await readMark(file, 'end'))
  } finally {
    await handle.close()
  }
}

/** After a cut the chain goes on where it had been, so that the gap shows for ever. */
const furthest = (last: ChainPlace, mark: ChainPlace | null): ChainPlace =>
  mark !== null && mark.seq > last.seq ? mark : last

/**
 * The last intact line, and whether an unfinished one follows it: a process was killed while it wrote. The unfinished
 * line gets its line feed and stays; the chain continues from the last intact line.
 */
async function readEnd(handle: FileHandle): Promise<{ last: ChainPlace; isTorn: boolean }> {
  const { size } = await handle.stat()
  const length = Math.min(size, TAIL_BYTES)
  const { buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length)
  const lines = buffer.toString('utf8').split('\n')
  const isTorn = lines[lines.length - 1] !== ''
  for (const text of lines.reverse()) {
    const line = readLine(text)
    if (typeof line === 'object') return { last: line.place, isTorn }
  }
  return { last: CHAIN_START, isTorn }
}

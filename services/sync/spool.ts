import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createBLAKE3 } from 'hash-wasm'
import { RetryLaterError } from '../errors'

/** A content on local disk, complete and hashed: it can be sent, sent again, or archived. */
export interface SpooledFile {
  file: string
  size: number
  /** Blake3, 64 lower-case hex digits. */
  hash: string
}

const ROOT = join(tmpdir(), 'document-sync')

/**
 * The temporary folder of one run. Every transfer passes through it, so that nothing touches the other side before
 * it has arrived whole and is verified, and no document is ever held in memory.
 */
export class Spool {
  private count = 0

  private constructor(private readonly folder: string) {}

  /** Opens a folder that only this user can read, and removes what crashed runs left behind. */
  static async open(): Promise<Spool> {
    await mkdir(ROOT, { recursive: true, mode: 0o700 })
    for (const name of await readdir(ROOT)) {
      if (!isAlive(Number(name.split('-')[0]))) await rm(join(ROOT, name), { recursive: true, force: true })
    }
    return new Spool(await mkdtemp(join(ROOT, `${process.pid}-`)))
  }

  /** Receives a stream whole. @throws RetryLaterError when it is cut off. */
  async receive(
    source: NodeJS.ReadableStream,
    expectedSize: number | undefined,
    what: string,
  ): Promise<SpooledFile> {
    const hasher = await createBLAKE3()
    const file = join(this.folder, String(this.count++))
    let size = 0
    const meter = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hasher.update(chunk)
        size += chunk.length
        done(null, chunk)
      },
    })
    try {
      await pipeline(source, meter, createWriteStream(file, { mode: 0o600 }))
    } catch (cause) {
      throw new RetryLaterError(`${what} was cut off after ${size} bytes`, { cause })
    }
    if (expectedSize !== undefined && size !== expectedSize) {
      throw new RetryLaterError(`${what} has ${size} bytes instead of ${expectedSize}`)
    }
    return { file, size, hash: hasher.digest('hex') }
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
  }
}

/** A fresh stream over a spooled file. */
export const openSpooled = (spooled: SpooledFile) => createReadStream(spooled.file)

/** The announced length of an answer, where it has one. */
export function contentLength(headers: Record<string, unknown>): number | undefined {
  const value = headers['content-length']
  return value === undefined || headers['content-encoding'] !== undefined ? undefined : Number(value)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

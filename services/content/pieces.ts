import { type FileHandle, open } from 'node:fs/promises'
import { type Hasher, hashHere, hashInThread } from './hash-thread'

/** Size of a read or write; with Node's own 16 and 64 KB the number of requests limits a large file, not the disk. */
export const PIECE_BYTES = 1024 * 1024
/** While some are hashed and written, the next one is filled. */
const PIECES_IN_MEMORY = { withThread: 3, without: 2 }
/** From here on, a thread costs less time than it saves. */
const THREAD_BYTES = 16 * 1024 * 1024

/** Where a stream goes that is hashed, and written to a file where one is named: a few pieces in memory at a time. */
export class Pieces {
  /** Blake3 of the whole stream, 64 lower-case hex digits; there after `end`. */
  hash = ''
  private readonly isLarge: boolean
  private readonly pieceBytes: number
  private readonly shared: SharedArrayBuffer
  private readonly memory: Buffer
  /** What is still done with each piece of the memory. */
  private readonly underWay: (Promise<unknown> | undefined)[] = []
  private hasher: Hasher | undefined
  private file: FileHandle | undefined
  private size = 0
  private handedOn = 0

  /** For a stream of that many bytes, where that is known. */
  constructor(
    announced: number | undefined,
    private readonly path: string | undefined,
  ) {
    this.isLarge = announced !== undefined && announced >= THREAD_BYTES
    this.pieceBytes = Math.min(announced ?? PIECE_BYTES, PIECE_BYTES)
    const pieces = Math.ceil((announced ?? Number.POSITIVE_INFINITY) / this.pieceBytes)
    const most = PIECES_IN_MEMORY[this.isLarge ? 'withThread' : 'without']
    this.shared = new SharedArrayBuffer(Math.min(pieces, most) * this.pieceBytes)
    this.memory = Buffer.from(this.shared)
  }

  /** Makes the file, readable by this user alone. @throws where it exists already */
  async begin(): Promise<void> {
    if (this.path !== undefined) this.file = await open(this.path, 'wx', 0o600)
    this.hasher = this.isLarge ? hashInThread(this.shared) : await hashHere(this.memory)
  }

  /** Resolves when there is room for more; the chunk is copied. @throws what the file or the hasher throws */
  async add(chunk: Buffer): Promise<void> {
    for (let taken = 0; taken < chunk.length; ) {
      const left = this.pieceBytes - (this.size % this.pieceBytes)
      if (left === this.pieceBytes) await this.underWay[this.slotOf(this.size)]
      const copied = chunk.copy(this.memory, this.placeOf(this.size), taken, taken + left)
      taken += copied
      this.size += copied
      if (copied === left) this.handOn()
    }
  }

  /** The file is complete, and the hash is known. @throws what the file or the hasher throws */
  async end(): Promise<void> {
    if (this.handedOn < this.size) this.handOn()
    await Promise.all(this.underWay)
    this.hash = (await this.hasher?.digest()) ?? ''
  }

  /** Ends what is under way, and closes the file. */
  async close(): Promise<void> {
    this.hasher?.close()
    await Promise.allSettled(this.underWay)
    await this.file?.close()
  }

  private slotOf(position: number): number {
    return Math.floor(this.placeOf(position) / this.pieceBytes)
  }

  private placeOf(position: number): number {
    return position % this.memory.length
  }

  private handOn(): void {
    const from = this.placeOf(this.handedOn)
    const to = from + this.size - this.handedOn
    const work = Promise.all([this.hasher?.update(from, to), this.write(from, to, this.handedOn)])
    work.catch(() => {}) // whoever waits for it is told
    this.underWay[this.slotOf(this.handedOn)] = work
    this.handedOn = this.size
  }

  private async write(from: number, to: number, position: number): Promise<void> {
    for (let at = from; this.file && at < to; )
      at += (await this.file.write(this.memory, at, to - at, position + at - from)).bytesWritten
  }
}

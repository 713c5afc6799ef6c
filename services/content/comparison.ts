import { PIECE_BYTES } from './pieces'
import type { Content } from './spool'

/** Where a stream goes that is to bring a content that is here already. */
export class Comparison {
  private readonly memory: Buffer
  private piece: Buffer = Buffer.alloc(0)
  /** Bytes of the piece that the stream has brought, and of all that came before it. */
  private taken = 0
  private before = 0
  private isDifferent = false

  constructor(private readonly content: Content) {
    this.memory = Buffer.allocUnsafe(Math.min(PIECE_BYTES, content.size))
  }

  /** True when what came so far is the whole content, byte by byte. */
  get isSame(): boolean {
    return !this.isDifferent && this.before + this.taken === this.content.size
  }

  /** @throws what reading the content throws */
  async add(chunk: Buffer): Promise<void> {
    for (let at = 0; at < chunk.length && !this.isDifferent; ) {
      if (this.taken === this.piece.length) await this.readOn()
      const length = Math.min(chunk.length - at, this.piece.length - this.taken)
      const [from, to] = [this.taken, this.taken + length]
      this.isDifferent = length === 0 || this.piece.compare(chunk, at, at + length, from, to) !== 0
      this.taken = to
      at += length
    }
  }

  private async readOn(): Promise<void> {
    this.before += this.piece.length
    this.taken = 0
    const left = this.content.size - this.before
    this.piece = await this.content.read(this.before, Math.min(PIECE_BYTES, left), this.memory)
  }
}

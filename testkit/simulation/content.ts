import { Readable } from 'node:stream'
import { createBLAKE3 } from 'hash-wasm'
import type { Content, Incoming, Spool } from '../../services/content/spool'
import { CutOffError } from '../../services/errors'

const hasher = await createBLAKE3()

/** Blake3 as 64 lower-case hex digits, without waiting. */
export function blake3(content: string | Buffer): string {
  hasher.init()
  hasher.update(content)
  return hasher.digest('hex')
}

/** A content as the product hands it around when it lies in a file. */
export function spooled(content: Buffer): Content {
  return {
    size: content.length,
    hash: blake3(content),
    open: () => Readable.from([content]),
    read: async (offset, length) => content.subarray(offset, offset + length),
  }
}

export async function readAll(source: AsyncIterable<unknown>): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of source) pieces.push(Buffer.from(piece as Buffer))
  return Buffer.concat(pieces)
}

/** Receives into memory, like the product's own spool does with small contents. */
export class MemorySpool implements Spool {
  async receive(source: NodeJS.ReadableStream, expectedSize: number | undefined, incoming: Incoming) {
    let content: Buffer
    try {
      content = await readAll(source)
    } catch (cause) {
      throw new CutOffError(`${incoming.what} was cut off`, { cause, system: incoming.system })
    }
    if (expectedSize !== undefined && content.length !== expectedSize) {
      throw new CutOffError(`${incoming.what} has ${content.length} bytes instead of ${expectedSize}`, {
        system: incoming.system,
      })
    }
    return { ...spooled(content), bytes: content }
  }

  async brings(
    content: Content,
    source: NodeJS.ReadableStream,
    expectedSize: number | undefined,
    incoming: Incoming,
  ) {
    return (await this.receive(source, expectedSize, incoming)).hash === content.hash
  }

  async child(): Promise<Spool> {
    return this
  }

  async close(): Promise<void> {}
}

import type { Request } from 'express'

/** The bytes of a request that Motia's parsers have not read yet; null when they are too many. */
export async function readBody(request: Request, maxBytes: number): Promise<Buffer | null> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length
    if (size <= maxBytes) pieces.push(piece)
  }
  return size > maxBytes ? null : Buffer.concat(pieces)
}

/** Gives a request that was read its body, so that Motia's parsers leave it alone. */
export function setBody(request: Request, body: unknown): void {
  Object.assign(request, { body, _body: true })
}

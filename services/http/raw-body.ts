import type { IncomingMessage } from 'node:http'

/** Largest body that any route reads: a thousand Aktennummern, fifty events of EspoCRM, a layout of the Workbench. */
const MAX_BODY_BYTES = 256 * 1024
/** A body that takes longer comes from nobody who means well. */
const MAX_BODY_MS = 10_000

/**
 * The bytes of a request that nobody has read yet, as they came: nothing is inflated. Else why they were not read, as
 * the status to answer: 408 too slow or broken off, 413 too many. Nothing more is read after that.
 */
export function readBody(
  request: IncomingMessage,
  maxBytes = MAX_BODY_BYTES,
  withinMs = MAX_BODY_MS,
): Promise<Buffer | 408 | 413> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.resolve(413)
  return new Promise((resolve) => {
    const pieces: Buffer[] = []
    let size = 0
    const finish = (answer: Buffer | 408 | 413) => {
      clearTimeout(timer)
      request.off('data', take)
      request.pause()
      resolve(answer)
    }
    const take = (piece: Buffer) => {
      size += piece.length
      if (size > maxBytes) finish(413)
      else pieces.push(piece)
    }
    const timer = setTimeout(() => finish(408), withinMs)
    request.on('data', take)
    request.once('end', () => finish(Buffer.concat(pieces)))
    request.once('close', () => finish(408))
    request.once('error', () => finish(408))
  })
}

/** True for a request that brings a body with it. */
export function hasBody({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

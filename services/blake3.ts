import { createBLAKE3 } from 'hash-wasm'

/** Blake3 of a stream as 64 lower-case hex digits; memory does not grow with the stream. */
export async function computeBlake3(source: AsyncIterable<Uint8Array>): Promise<string> {
  const hasher = await createBLAKE3()
  for await (const chunk of source) hasher.update(chunk)
  return hasher.digest('hex')
}

/** True when the stream's content has this hash (upper or lower case). */
export async function verifyBlake3(source: AsyncIterable<Uint8Array>, expected: string): Promise<boolean> {
  return (await computeBlake3(source)) === expected.toLowerCase()
}

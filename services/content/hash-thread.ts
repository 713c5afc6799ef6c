import { Worker } from 'node:worker_threads'
import { createBLAKE3 } from 'hash-wasm'

/** Blake3 of bytes that lie in memory one part after the other. */
export interface Hasher {
  /** The next part is here in the memory, from one offset to another; it must stay as it is until this resolves. */
  update(from: number, to: number): Promise<void>
  /** Of all parts, 64 lower-case hex digits. */
  digest(): Promise<string>
  /** Ends it, whether it has its digest or not. */
  close(): void
}

/** What runs in the thread: a part is answered by null, null by the hash. The package is that of the working directory. */
const CODE = `
const { parentPort, workerData } = require('node:worker_threads')
const memory = new Uint8Array(workerData)
const making = require('hash-wasm').createBLAKE3()
parentPort.on('message', async (part) => {
  const hasher = await making
  if (part !== null) hasher.update(memory.subarray(...part))
  parentPort.postMessage(part === null ? hasher.digest('hex') : null)
})
`

/** Hashes here, which is cheapest for what is not large. */
export async function hashHere(memory: Uint8Array): Promise<Hasher> {
  const hasher = await createBLAKE3()
  return {
    update: async (from, to) => void hasher.update(memory.subarray(from, to)),
    digest: async () => hasher.digest('hex'),
    close: () => {},
  }
}

/**
 * Hashes in a thread of its own, so that a large file goes on arriving meanwhile. A thread that ended fails what is asked
 * of it.
 */
export function hashInThread(memory: SharedArrayBuffer): Hasher {
  // It makes hardly any garbage, and need not keep room for it.
  const resourceLimits = { maxYoungGenerationSizeMb: 1 }
  const thread = new Worker(CODE, { eval: true, execArgv: [], env: {}, workerData: memory, resourceLimits })
  const asked: { resolve: (hash: string | null) => void; reject: (why: Error) => void }[] = []
  let failure: Error | undefined
  const fail = (why: Error) => {
    failure ??= why
    for (const { reject } of asked.splice(0)) reject(failure)
  }
  thread.on('message', (hash: string | null) => asked.shift()?.resolve(hash))
  thread.on('error', fail)
  thread.on('exit', () => fail(new Error('the thread that hashes has ended')))
  const ask = (part: [from: number, to: number] | null) =>
    new Promise<string | null>((resolve, reject) => {
      if (failure) return reject(failure)
      asked.push({ resolve, reject })
      thread.postMessage(part)
    })
  return {
    update: async (from, to) => void (await ask([from, to])),
    digest: async () => String(await ask(null)),
    close: () => void thread.terminate(),
  }
}

import { type ChildProcess, fork } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { WorldApi } from './world'

/** A world over the given round-trip time (milliseconds), in a process of its own. */
export type OpenWorld = WorldApi & { close(): Promise<void> }

export async function openWorld(roundTripMs: number): Promise<OpenWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'document-sync-world-'))
  const child = fork(fileURLToPath(new URL('./world.ts', import.meta.url)), [folder, `${roundTripMs}`])
  const answers = new Map<number, (message: { answer?: unknown; error?: string }) => void>()
  child.on('message', (message: { id: number; answer?: unknown; error?: string }) => {
    answers.get(message.id)?.(message)
  })
  await new Promise<void>((resolve) => answers.set(0, () => resolve()))
  let count = 0
  const ask = (name: string, args: unknown[]) =>
    new Promise((resolve, reject) => {
      const id = ++count
      answers.set(id, ({ answer, error }) => {
        answers.delete(id)
        if (error === undefined) resolve(answer)
        else reject(new Error(error))
      })
      child.send({ id, name, args })
    })
  return new Proxy({} as OpenWorld, {
    get: (_target, name) => {
      if (name === 'then') return undefined
      return name === 'close' ? () => close(child, folder) : (...args: unknown[]) => ask(String(name), args)
    },
  })
}

async function close(child: ChildProcess, folder: string): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.disconnect()
  await gone
  await rm(folder, { recursive: true, force: true, maxRetries: 3 })
}

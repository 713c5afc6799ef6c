import { randomUUID } from 'node:crypto'
import { open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import lockfile from 'proper-lockfile'
import { RetryLaterError } from '../errors'

/** A lock that its holder has not refreshed for this long belongs to a process that was killed. */
const STALE_MS = 10_000
/** Up to half a second between two tries, as long as the holder refreshes it. */
const PATIENCE = { forever: true, retries: 15, minTimeout: 5, maxTimeout: 500, factor: 1.5, randomize: true }
const ABANDONED_MS = 24 * 3600 * 1000

/**
 * Runs `work` while no other process on this machine runs any under the same path; the path need not exist, its
 * folder must. The lock of a process that was killed is taken over after ten seconds.
 * @throws RetryLaterError when this process itself was suspended for so long that another process took over
 */
export async function withFileLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const options = { realpath: false, stale: STALE_MS, retries: PATIENCE }
  let lost: Error | undefined
  const release = await lockfile.lock(path, {
    ...options,
    onCompromised: (error) => {
      lost = error
    },
  })
  const result = await work().finally(() => (lost ? undefined : release()))
  if (lost) throw new RetryLaterError(`The lock of ${path} was lost`, { cause: lost })
  return result
}

/** Writes a file whole or not at all, readable by this user alone; done only when it would survive a power cut. */
export async function writeDurably(path: string, content: string): Promise<void> {
  const partial = `${path}.${randomUUID()}`
  const handle = await open(partial, 'wx', 0o600)
  try {
    await handle.writeFile(content)
    await handle.sync()
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  } finally {
    await handle.close()
  }
  await moveDurably(partial, path)
}

/** Renames a complete file; done only when the new name would survive a power cut. */
export async function moveDurably(from: string, to: string): Promise<void> {
  await rename(from, to)
  await syncFolder(dirname(to))
}

/** Makes new and removed names in a folder survive a power cut. Windows does so without being asked. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Removes what a process that was killed left in a folder of unfinished files, a day after it was last written. */
export async function removeAbandoned(folder: string, now: Date): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const age = await stat(path).then(
      ({ mtimeMs }) => now.getTime() - mtimeMs,
      () => 0,
    )
    if (age > ABANDONED_MS) await rm(path, { force: true })
  }
}

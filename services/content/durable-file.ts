import { randomUUID } from 'node:crypto'
import { open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const ABANDONED_MS = 24 * 3600 * 1000

/** True for what makes the name of an unfinished file its own. */
export const isUuid = (text: string): boolean => UUID.test(text)

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
    if (!isUuid(name)) continue // somebody else's
    const path = join(folder, name)
    const age = await stat(path).then(
      ({ mtimeMs }) => now.getTime() - mtimeMs,
      () => 0,
    )
    if (age > ABANDONED_MS) await rm(path, { force: true })
  }
}

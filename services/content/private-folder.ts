import { lstat, mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * A folder of this name in the system's temporary folder, where every user of the machine may write: it is used when it
 * is a folder, this user's own and closed to all others. Else somebody laid it there, or opened it: `isFresh` says that
 * another one was made in its place, under a name that nobody could foresee.
 */
export async function privateFolder(name: string): Promise<{ path: string; isFresh: boolean }> {
  const path = join(tmpdir(), name)
  await mkdir(path, { recursive: true, mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST' && error.code !== 'ENOENT') throw error // a file, or a link that leads nowhere
  })
  if (await isPrivate(path)) return { path, isFresh: false }
  return { path: await mkdtemp(`${path}-`), isFresh: true }
}

async function isPrivate(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => null)
  if (found === null || !found.isDirectory()) return false
  // Windows gives each user a temporary folder of their own.
  return process.getuid === undefined || (found.uid === process.getuid() && (found.mode & 0o077) === 0)
}

import { randomUUID } from 'node:crypto'
import { mkdir, open, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Config } from '../config'

/** More than one block, so that a full disk shows. */
const TRIAL = Buffer.alloc(64 * 1024)

/** With less room than this, bytes, a folder is nearly full: a transfer needs room for the whole file. */
export const LITTLE_ROOM = 2 * 1024 ** 3

/** A folder that documents pass through or stay in, and the setting that names it. */
export interface Folder {
  name: 'archive' | 'audit' | 'temporary'
  setting: 'SYNC_ARCHIVE_DIR' | 'SYNC_AUDIT_DIR' | 'TMPDIR'
  path: string
}

/**
 * What a look at a folder found: room in bytes and the time that a new file got from the file system's own clock (epoch
 * ms), or the code of the failure (`ENOSPC`, `EACCES` …).
 */
export type FolderState = { ok: true; freeBytes: number; fileTime: number } | { ok: false; code: string }

/** The folders of these settings, as absolute paths. */
export function foldersOf({ sync }: Pick<Config, 'sync'>): Folder[] {
  return [
    { name: 'archive', setting: 'SYNC_ARCHIVE_DIR', path: resolve(sync.archiveDir) },
    { name: 'audit', setting: 'SYNC_AUDIT_DIR', path: resolve(sync.auditDir) },
    { name: 'temporary', setting: 'TMPDIR', path: tmpdir() },
  ]
}

/** Writes a small file to the folder and removes it: rights and room are what they turn out to be. Never throws. */
export async function tryFolder(path: string): Promise<FolderState> {
  const file = join(path, `.trial-${randomUUID()}`)
  let fileTime = 0
  try {
    await mkdir(path, { recursive: true, mode: 0o700 })
    const handle = await open(file, 'wx', 0o600)
    try {
      await handle.writeFile(TRIAL)
      await handle.sync()
      fileTime = (await handle.stat()).mtimeMs
    } finally {
      await handle.close()
      await rm(file, { force: true })
    }
    const { bavail, bsize } = await statfs(path)
    return { ok: true, freeBytes: bavail * bsize, fileTime }
  } catch (error) {
    return { ok: false, code: (error as NodeJS.ErrnoException).code ?? 'EIO' }
  }
}

import type { BigIntStats } from 'node:fs'
import { lstat, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import pLimit from 'p-limit'
import { hashFile, isMissing, JsonFile } from './files'
import { FIRST_USN, ntfsKey, takeUsn } from './watcher-rules'

export interface SeenFile {
  stamp: string
  usn: number
  size: number
  modified: number
  hash?: string
}

interface JournalState {
  nextUsn: number
  files: Record<string, SeenFile>
}

/** Each start skips this much, so that no number is assigned twice after a crash between two saves. */
const RESTART_GAP = 1 << 20
const STATS_AT_ONCE = 16

/** An Aktennummer as folder name and back: a folder name cannot contain `/`, and no Aktennummer contains `~`. */
export const folderName = (akte: string): string => akte.replaceAll('/', '~')

/** The real path below `base`, found case-insensitively, as NTFS does; missing parts stay as requested. */
export async function resolvePath(base: string, segments: readonly string[]): Promise<string> {
  let path = base
  for (const segment of segments) {
    const exact = join(path, segment)
    const found = await lstat(exact).catch(() => null)
    const names = found ? [] : await readdir(path).catch(() => [] as string[])
    const other = names.find((name) => ntfsKey(name) === ntfsKey(segment))
    path = other ? join(path, other) : exact
  }
  return path
}

/** The change journal of the stand-in's volume: assigns the next USN to a file that changed since the last look. */
export class Journal {
  private queue: Promise<unknown> = Promise.resolve()

  private constructor(private readonly state: JsonFile<JournalState>) {}

  static async open(path: string): Promise<Journal> {
    const state = await JsonFile.open<JournalState>(path, { nextUsn: FIRST_USN - RESTART_GAP, files: {} })
    state.data.nextUsn += RESTART_GAP
    await state.flush()
    return new Journal(state)
  }

  close(): Promise<void> {
    return this.state.flush()
  }

  /** Looks at one file; null where it is gone. */
  look(root: string, folder: string, path: string): Promise<SeenFile | null> {
    return this.exclusive(() => this.see(root, folder, path))
  }

  /** Looks at every file below a folder; null where there is no such folder. */
  scan(root: string, folder: string): Promise<Map<string, SeenFile> | null> {
    return this.exclusive(async () => {
      const paths = await filesBelow(join(root, folder))
      if (!paths) return null
      const limit = pLimit(STATS_AT_ONCE)
      const unchanged = await Promise.all(
        paths.map((path) => limit(() => this.unchanged(root, folder, path))),
      )
      const seen = new Map<string, SeenFile>()
      for (const [at, path] of paths.entries()) {
        const file = unchanged[at] ?? (await this.see(root, folder, path))
        if (file) seen.set(path, file)
      }
      for (const key of Object.keys(this.state.data.files)) {
        if (key.startsWith(`${folder}/`) && !seen.has(key.slice(folder.length + 1))) this.forget(key)
      }
      return seen
    })
  }

  /** One look at a time: two at once would assign two numbers to one change. */
  private exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.queue.then(work, work)
    this.queue = result.catch(() => undefined)
    return result
  }

  private async unchanged(root: string, folder: string, path: string): Promise<SeenFile | undefined> {
    const known = this.state.data.files[`${folder}/${path}`]
    if (!known?.hash) return undefined
    const stats = await statOf(join(root, folder, path))
    return stats?.isFile() && known.stamp === stampOf(stats) ? known : undefined
  }

  private forget(key: string): void {
    delete this.state.data.files[key]
    this.state.touch()
  }

  private async see(root: string, folder: string, path: string): Promise<SeenFile | null> {
    const key = `${folder}/${path}`
    const full = join(root, folder, ...path.split('/'))
    for (;;) {
      const before = await statOf(full)
      if (!before?.isFile()) {
        if (this.state.data.files[key]) this.forget(key)
        return null
      }
      const known = this.state.data.files[key]
      if (known?.stamp === stampOf(before) && known.hash) return known
      const hash = await hashFile(full).catch(() => undefined)
      const after = await statOf(full)
      if (!hash || !after || stampOf(after) !== stampOf(before)) continue
      const seen = {
        stamp: stampOf(after),
        usn: takeUsn(this.state.data),
        size: Number(after.size),
        modified: Number(after.mtimeMs),
        hash,
      }
      this.state.data.files[key] = seen
      this.state.touch()
      return seen
    }
  }
}

async function statOf(path: string): Promise<BigIntStats | null> {
  return lstat(path, { bigint: true }).catch((error: unknown) => {
    if (isMissing(error)) return null
    throw error
  })
}

const stampOf = (stats: BigIntStats): string => `${stats.mtimeNs}.${stats.ctimeNs}.${stats.size}.${stats.ino}`

async function filesBelow(root: string): Promise<string[] | null> {
  const paths: string[] = []
  const walk = async (folder: string, prefix: string): Promise<void> => {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) await walk(join(folder, entry.name), `${prefix}${entry.name}/`)
      else if (entry.isFile()) paths.push(prefix + entry.name)
    }
  }
  try {
    await walk(root, '')
    return paths.sort()
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

/** Creates the folders above a path. */
export async function makeFoldersFor(path: string): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true })
}

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Office } from '../../sandbox/office'

type Side = 'Windows' | 'EspoCRM'

/** A content that somebody saved, by its Blake3 hash. */
interface Version {
  akte: string
  path: string
  side: Side
  at: number
  /** Somebody replaced it where they saved it: theirs to lose. */
  isGivenUp: boolean
}

/** A save this close to an upload to the same file may be the one that nothing can protect, milliseconds. */
const UNPROTECTED_MS = 5000

/** Every version that people saved, so that the end can tell whether each of them is still somewhere. */
export class Versions {
  private readonly saved = new Map<string, Version>()
  private readonly uploads: { path: string; at: number }[] = []

  constructor(private readonly office: Office) {}

  note(hash: string, akte: string, path: string, side: Side): void {
    this.saved.set(hash, { akte, path, side, at: Date.now(), isGivenUp: false })
  }

  /** A person replaces or deletes what stands there with open eyes. */
  giveUp(hash: string): void {
    const version = this.saved.get(hash)
    if (version) version.isGivenUp = true
  }

  /** Collects the uploads from the stand-ins' request logs, and empties these logs. */
  readRequests(): void {
    const { watcher, advoware, espo } = this.office
    for (const { method, path, at } of watcher.requests)
      if (method === 'PUT') this.uploads.push({ path: decodeURIComponent(path), at: Date.parse(at) })
    for (const { requests } of [watcher, advoware, espo]) requests.reset()
  }

  /**
   * The versions that are neither current (`current`: hashes of both sides) nor archived nor given up; those saved in
   * the very moment of an upload, which the watcher has no precondition against, are counted apart.
   */
  lost(current: ReadonlySet<string>, archiveDir: string): { lost: string[]; unprotected: number } {
    this.readRequests()
    const lost: string[] = []
    let unprotected = 0
    for (const [hash, version] of this.saved) {
      if (version.isGivenUp || current.has(hash)) continue
      if (existsSync(join(archiveDir, hash.slice(0, 2), hash))) continue
      const { akte, path, side, at } = version
      const file = `/files/${akte}/${path}`.replaceAll('\\', '/')
      const isUnprotected = this.uploads.some(
        (upload) => upload.path === file && Math.abs(upload.at - at) < UNPROTECTED_MS,
      )
      if (side === 'Windows' && isUnprotected) unprotected += 1
      else lost.push(`${path} of Akte ${akte}, saved in ${side} at ${new Date(at).toISOString()}`)
    }
    return { lost, unprotected }
  }

  get count(): number {
    return this.saved.size
  }
}

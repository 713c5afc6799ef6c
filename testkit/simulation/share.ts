import { pathKey } from '../../services/model/paths'
import type { Random } from '../random'
import { blake3 } from './content'
import { type Answer, json, nothing, type Request } from './http'

/** A file on the Windows share. */
export interface ShareFile {
  path: string
  content: string
  usn: number
  modified: number
  /** From then on the watcher has its hash. */
  hashedAt: number
  savedBy: 'person' | 'product'
  /** The world's time of the save. */
  savedAt: number
}

interface Folder {
  /** By the name as NTFS compares it: without case, but with normalisation. */
  files: Map<string, ShareFile>
  /** Files that somebody has open in Word. */
  open: Set<string>
}

const ntfsKey = (path: string) => path.replaceAll('\\', '/').toLowerCase()
const FIRST_USN = 5_368_709_120
const RESERVED = /^(con|prn|aux|nul|com[1-9]|lpt[1-9])(\.|$)/i
const MAX_PATH = 240

/** What Windows takes as a path below the Aktenordner. */
function isWindowsPath(segments: string[]): boolean {
  const isName = (name: string) =>
    /^[^<>:"/\\|?*]+$/.test(name) && !/[. ]$/.test(name) && !RESERVED.test(name)
  return segments.length > 0 && segments.every(isName) && segments.join('/').length < MAX_PATH
}

/** Told before the product replaces a content. */
export type Overwriting = (akte: string, path: string, lost: ShareFile, content: string, from: string) => void

/** The Windows file share behind its watcher, by the contract of section 3.1. */
export class Share {
  readonly folders = new Map<string, Folder>()
  overwriting: Overwriting = () => {}
  changed: (akte: string, path: string) => void = () => {}
  /** Told when a person replaces or deletes a content. */
  givenUp: (content: string) => void = () => {}
  /** The watcher forgets to say the USN of what it stored. */
  hasEmptyAnswers = false
  /** What the watcher shows of the share: everything, empty folders, or none. */
  mount: 'mounted' | 'empty' | 'gone' = 'mounted'
  /** Since when, in the world's time. */
  private mountChangedAt = 0
  /** Told of a path that must never be asked for. */
  refused: (path: string) => void = () => {}
  private nextUsn = FIRST_USN

  /** `skewMs`: how much the file server's clock is ahead. */
  constructor(
    private readonly random: Random,
    private readonly skewMs: number,
    /** How long the watcher may need to hash a saved file. */
    private readonly hashingMs: number,
  ) {}

  /** The file server's clock. */
  now(): number {
    return Date.now() + this.skewMs
  }

  folder(akte: string): Folder {
    const folder = this.folders.get(akte) ?? { files: new Map(), open: new Set() }
    this.folders.set(akte, folder)
    return folder
  }

  files(akte: string): ShareFile[] {
    return [...this.folder(akte).files.values()]
  }

  find(akte: string, path: string): ShareFile | undefined {
    return this.folder(akte).files.get(ntfsKey(path))
  }

  setMount(mount: Share['mount']): void {
    this.mount = mount
    this.mountChangedAt = Date.now()
  }

  /** What a listing made at this time could show of the share; the mount changes rarely. */
  wasMounted(at: number): boolean {
    return at >= this.mountChangedAt === (this.mount === 'mounted')
  }

  /** A person saves. */
  save(akte: string, path: string, content: string, ageMs = 0): void {
    this.giveUp(akte, path)
    this.store(akte, path, content, 'person', ageMs)
  }

  /** Saved again with the same content, or its attributes changed: a new USN, nothing else. */
  touch(akte: string, path: string): void {
    const file = this.find(akte, path)
    if (file) file.usn = this.usn()
  }

  remove(akte: string, path: string): void {
    this.giveUp(akte, path)
    this.folder(akte).files.delete(ntfsKey(path))
    this.changed(akte, path)
  }

  rename(akte: string, from: string, to: string): void {
    const file = this.find(akte, from)
    if (!file || this.find(akte, to)) return
    this.folder(akte).files.delete(ntfsKey(from))
    this.folder(akte).files.set(ntfsKey(to), { ...file, path: to, usn: this.usn(), savedAt: Date.now() })
    this.changed(akte, to)
  }

  /** Word is open on a file: an owner file beside it, and nobody else may write. */
  openInWord(akte: string, path: string): void {
    this.folder(akte).open.add(ntfsKey(path))
  }

  closeWord(akte: string, path: string): void {
    this.folder(akte).open.delete(ntfsKey(path))
  }

  handle(request: Request): Answer {
    const { method, segments, query, headers } = request
    if (this.mount !== 'mounted') return this.unmounted(request)
    if (method === 'GET' && segments[0] === 'akte-details') return this.list(query.akte ?? '')
    if (method === 'GET' && segments[0] === 'file') {
      const file = this.find(query.akte ?? '', query.path ?? '')
      if (!file) return nothing(404)
      const isUncheckable = file.hashedAt > Date.now()
      return { status: 200, headers: {}, body: Buffer.from(file.content), isUncheckable }
    }
    const [, akte = '', ...path] = segments
    const joined = path.join('/')
    if (!isWindowsPath(path)) {
      this.refused(joined)
      return nothing(400)
    }
    const content = request.body.toString()
    if (headers['x-blake3-hash'] !== blake3(content)) return nothing(422)
    if (this.folder(akte).open.has(ntfsKey(joined))) return nothing(423)
    const present = this.find(akte, joined)
    if (present) this.overwriting(akte, joined, present, content, request.from)
    const stored = this.store(akte, present?.path ?? joined, content, 'product', 0)
    return this.hasEmptyAnswers ? nothing(200) : json(200, { usn: stored.usn, blake3Hash: blake3(content) })
  }

  private unmounted({ method, segments, query }: Request): Answer {
    const isListing = method === 'GET' && segments[0] === 'akte-details'
    if (isListing && this.mount === 'empty') return json(200, { akte: query.akte, files: [] })
    return nothing(method === 'PUT' ? 500 : 404)
  }

  private list(akte: string): Answer {
    const date = new Date(this.now()).toUTCString()
    const folder = this.folders.get(akte)
    if (!folder) return { status: 404, headers: { date }, body: '' }
    const files = [...folder.files.values()].map((file) => ({
      filename: file.path.slice(file.path.lastIndexOf('/') + 1),
      path: file.path.replaceAll('/', '\\'),
      usn: file.usn,
      blake3Hash: file.hashedAt <= Date.now() ? blake3(file.content) : null,
      size: Buffer.byteLength(file.content),
      modified: new Date(file.modified).toISOString(),
    }))
    const owners = [...folder.open].map((path) => {
      const name = path.slice(path.lastIndexOf('/') + 1)
      const owner = `${path.slice(0, path.length - name.length)}~$${name}`
      const filename = owner.slice(owner.lastIndexOf('/') + 1)
      const modified = new Date(this.now()).toISOString()
      return { filename, path: owner.replaceAll('/', '\\'), usn: 1, blake3Hash: null, size: 162, modified }
    })
    return { ...json(200, { akte, files: [...files, ...owners] }), headers: { date } }
  }

  private store(akte: string, path: string, content: string, savedBy: ShareFile['savedBy'], ageMs: number) {
    const present = this.find(akte, path)
    const hashing = savedBy === 'person' && ageMs === 0 ? this.random.int(0, this.hashingMs) : 0
    const file: ShareFile = {
      path: present?.path ?? path,
      content,
      usn: this.usn(),
      modified: this.now() - ageMs,
      hashedAt: Date.now() + hashing,
      savedBy,
      savedAt: Date.now(),
    }
    this.folder(akte).files.set(ntfsKey(path), file)
    this.changed(akte, file.path)
    return file
  }

  private giveUp(akte: string, path: string): void {
    const present = this.find(akte, path)
    if (present) this.givenUp(present.content)
  }

  private usn(): number {
    this.nextUsn += 96
    return this.nextUsn
  }
}

/** The product's key of a path on either side. */
export const keyOf = (path: string) => pathKey(path)

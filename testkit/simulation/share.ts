import {
  checkHash,
  checkHold,
  FIRST_USN,
  type Hold,
  listed,
  listing,
  nameTaken,
  noFile,
  noFolder,
  ntfsKey,
  stored,
  takeUsn,
  type WatcherCall,
  watcherCall,
} from '../../sandbox/watcher-rules'
import { pathKey } from '../../services/model/paths'
import type { Random } from '../random'
import { blake3 } from './content'
import { type Answer, answered, json, nothing, type Request } from './http'

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

/** Told before the product replaces a content. */
export type Overwriting = (akte: string, path: string, lost: ShareFile, content: string, from: string) => void

/** The Windows file share behind its watcher, by the stand-in's own rules, with files in memory. */
export class Share {
  readonly folders = new Map<string, Folder>()
  overwriting: Overwriting = () => {}
  changed: (akte: string, path: string) => void = () => {}
  /** Told when a person replaces or deletes a content. */
  givenUp: (content: string) => void = () => {}
  /** What the watcher shows of the share: everything, empty folders, or none. */
  mount: 'mounted' | 'empty' | 'gone' = 'mounted'
  /** Since when, in the world's time. */
  private mountChangedAt = 0
  /** What the watcher's listings say wrong: files whose path has this text in it are left out, or have no size. */
  mislisted: { text: string; how: 'left out' | 'garbled' } | null = null
  /** Told of what the product stores. */
  stored: (akte: string, path: string, content: string, from: string) => void = () => {}
  /** Told of what a person saves. */
  saved: (akte: string, content: string) => void = () => {}
  /** Told of a request that must never be made. */
  refused: (what: string) => void = () => {}
  private readonly journal = { nextUsn: FIRST_USN }

  /** `skewMs`: how much the file server's clock is ahead. */
  constructor(
    private readonly random: Random,
    private readonly token: string,
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
    this.saved(akte, content)
    this.store(akte, path, content, 'person', ageMs)
  }

  /** Saved again with the same content, or its attributes changed: a new USN, nothing else. */
  touch(akte: string, path: string): void {
    const file = this.find(akte, path)
    if (file) file.usn = takeUsn(this.journal)
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
    this.folder(akte).files.set(ntfsKey(to), {
      ...file,
      path: to,
      usn: takeUsn(this.journal),
      savedAt: Date.now(),
    })
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
    const answer = answered(() => this.answer(request))
    return { ...answer, headers: { ...answer.headers, date: new Date(this.now()).toUTCString() } }
  }

  private answer(request: Request): Answer {
    const call = this.checked(request)
    if (this.mount !== 'mounted') return this.unmounted(call)
    if (call.kind === 'list') return this.list(call.akte)
    if (call.kind === 'read') return this.read(call.akte, call.path)
    return this.receive(call.akte, call.path, call.hash, request)
  }

  private checked(request: Request): WatcherCall {
    try {
      return watcherCall(request, this.token, (akte, path) => this.find(akte, path) !== undefined)
    } catch (error) {
      this.refused(request.query.get('path') ?? request.segments.slice(2).join('/'))
      throw error
    }
  }

  private unmounted({ kind, akte }: WatcherCall): Answer {
    if (kind === 'list' && this.mount === 'empty') return json(200, listing(akte, []))
    return nothing(kind === 'store' ? 500 : 404)
  }

  private list(akte: string): Answer {
    const folder = this.folders.get(akte)
    if (!folder) throw noFolder()
    const { mislisted } = this
    const files = [...folder.files.values()].flatMap((file) => {
      const listed = this.listed(file)
      if (mislisted === null || !file.path.includes(mislisted.text)) return listed
      return mislisted.how === 'left out' ? [] : { ...listed, size: null as unknown as number }
    })
    const owners = [...folder.open].map((path) => {
      const name = path.slice(path.lastIndexOf('/') + 1)
      const owner = `${path.slice(0, path.length - name.length)}~$${name}`
      return listed(owner, { usn: 1, hash: null, size: 162, modified: this.now() })
    })
    return json(200, listing(akte, [...files, ...owners]))
  }

  private read(akte: string, path: string): Answer {
    checkHold(this.hold(akte, path), 'read')
    const file = this.find(akte, path)
    if (!file) throw noFile()
    const isUncheckable = file.hashedAt > Date.now()
    return { status: 200, headers: {}, body: Buffer.from(file.content), isUncheckable }
  }

  private receive(akte: string, path: string, hash: string, { body, from }: Request): Answer {
    checkHold(this.hold(akte, path), 'store')
    checkHash(blake3(body), hash)
    if (this.isTaken(akte, path)) throw nameTaken()
    const content = body.toString()
    const present = this.find(akte, path)
    if (present) this.overwriting(akte, path, present, content, from)
    this.stored(akte, path, content, from)
    const file = this.store(akte, path, content, 'product', 0)
    const { status, answer } = stored(this.listed(file), !present)
    return json(status, answer)
  }

  private hold(akte: string, path: string): Hold | undefined {
    return this.folder(akte).open.has(ntfsKey(path)) ? 'shared' : undefined
  }

  /** A folder stands where the file would, or a file where a folder above it would. */
  private isTaken(akte: string, path: string): boolean {
    const key = ntfsKey(path)
    return [...this.folder(akte).files.keys()].some(
      (other) => other.startsWith(`${key}/`) || key.startsWith(`${other}/`),
    )
  }

  private listed({ path, content, usn, modified, hashedAt }: ShareFile) {
    const hash = hashedAt <= Date.now() ? blake3(content) : null
    return listed(path, { usn, hash, size: Buffer.byteLength(content), modified })
  }

  private store(akte: string, path: string, content: string, savedBy: ShareFile['savedBy'], ageMs: number) {
    const present = this.find(akte, path)
    const hashing = savedBy === 'person' && ageMs === 0 ? this.random.int(0, this.hashingMs) : 0
    const file: ShareFile = {
      path: present?.path ?? path,
      content,
      usn: takeUsn(this.journal),
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
}

/** The product's key of a path on either side. */
export const keyOf = (path: string) => pathKey(path)

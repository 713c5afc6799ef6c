import { HttpAnswer } from './stand-in'

/**
 * The Windows watcher's rules (docs/contracts.md#windows-watcher), without files and without HTTP: the stand-in over a real folder and
 * the simulation's share in memory answer by them.
 */

/** One file as `GET /akte-details` lists it. */
export interface ListedFile {
  filename: string
  path: string
  usn: number | string
  blake3Hash: string | null
  size: number
  modified: string
}

/** What the watcher knows of a file. */
export interface FileFacts {
  usn: number
  /** Blake3 as hex digits; null while the watcher has not computed it yet. */
  hash: string | null
  /** Bytes. */
  size: number
  /** Epoch milliseconds. */
  modified: number
}

/** A request as it came in. Segments are percent-decoded, each on its own; names of headers are in lower case. */
export interface WatcherRequest {
  method: string
  segments: string[]
  query: URLSearchParams
  headers: Readonly<Record<string, string | string[] | undefined>>
}

/** A request that the watcher carries out. Paths are relative to the Aktenordner, with `/`. */
export type WatcherCall =
  | { kind: 'list'; akte: string }
  | { kind: 'read'; akte: string; path: string }
  | { kind: 'store'; akte: string; path: string; hash: string }

/** How another program has a file open: for itself alone, or as Word does, which lets others read. */
export type Hold = 'exclusive' | 'shared'

/** What keeps the watcher from a file: another program, or the rights on the file itself. */
export type Obstacle = Hold | 'denied'

const AKTENNUMMER = /^[A-Za-z0-9][A-Za-z0-9/._-]{0,31}$/
const RESERVED = /^(con|prn|aux|nul|com[1-9]|lpt[1-9])(\.|$)/i
// biome-ignore lint/suspicious/noControlCharactersInRegex: Windows forbids exactly these
const FORBIDDEN = /[<>:"/\\|?*\x00-\x1f]|[. ]$/
const MAX_PATH = 240
const HOUR = 3_600_000

/** The first number that a new volume assigns: beyond 32 bits, as on a server that has run for a while. */
export const FIRST_USN = 5_368_709_120
const RECORD_BYTES = 96

/** Assigns the next number of the volume's change journal; each change of a file gets one. */
export function takeUsn(journal: { nextUsn: number }): number {
  const usn = journal.nextUsn
  journal.nextUsn += RECORD_BYTES
  return usn
}

/** The segments of a path with `\` or `/`. */
export const segmentsOf = (path: string): string[] => path.split(/[\\/]/)

/** A path as NTFS compares it: case-insensitively, but without Unicode normalisation. */
export const ntfsKey = (path: string): string => segmentsOf(path).join('/').toLowerCase()

/**
 * What a request asks for. `isThere` tells of a file that exists: whatever its name, it may be written.
 * @throws HttpAnswer 401, 404 for an unknown route, 400 for what no request may contain
 */
export function watcherCall(
  request: WatcherRequest,
  token: string,
  isThere: (akte: string, path: string) => boolean = () => false,
): WatcherCall {
  const { method, segments, query, headers } = request
  if (headers.authorization !== `Bearer ${token}`) throw new HttpAnswer(401, 'unauthorized')
  const [route, akteInPath = '', ...below] = segments
  if (method === 'GET' && segments.length === 1 && route === 'akte-details') {
    return { kind: 'list', akte: checkedAkte(query.get('akte')) }
  }
  if (method === 'GET' && segments.length === 1 && route === 'file') {
    const akte = checkedAkte(query.get('akte'))
    const path = segmentsOf(query.get('path') ?? '')
    if (path.some((one) => one === '' || one === '.' || one === '..')) throw invalidPath()
    return { kind: 'read', akte, path: path.join('/') }
  }
  if (method === 'PUT' && segments.length > 1 && route === 'files') {
    const akte = checkedAkte(akteInPath)
    const path = below.join('/')
    const isNewName = below.every(isWindowsName) && path.length < MAX_PATH
    if (below.length === 0 || !(isNewName || isThere(akte, path))) throw invalidPath()
    const hash = String(headers['x-blake3-hash'] ?? '').toLowerCase()
    if (!/^[0-9a-f]{64}$/.test(hash)) throw new HttpAnswer(400, 'X-Blake3-Hash missing or malformed')
    return { kind: 'store', akte, path, hash }
  }
  throw new HttpAnswer(404, 'unknown route')
}

function checkedAkte(akte: string | null): string {
  if (akte === null || !AKTENNUMMER.test(akte)) throw new HttpAnswer(400, 'invalid akte')
  return akte
}

const isWindowsName = (name: string): boolean => name !== '' && !FORBIDDEN.test(name) && !RESERVED.test(name)

const invalidPath = () => new HttpAnswer(400, 'invalid path')
export const noFolder = () => new HttpAnswer(404, 'no such folder')
export const noFile = () => new HttpAnswer(404, 'no such file')
/** A folder has the name, or a file has the name of a folder above. */
export const nameTaken = () => new HttpAnswer(409, 'name taken')

/** Refuses a file that another program has open, or that the watcher has no right to. @throws HttpAnswer 423, 403 */
export function checkHold(hold: Obstacle | undefined, call: 'read' | 'store'): void {
  if (hold === 'denied') throw new HttpAnswer(403, 'access denied')
  if (call === 'read' && hold === 'exclusive') throw new HttpAnswer(423, 'file is open exclusively')
  if (call === 'store' && hold) throw new HttpAnswer(423, 'file is open in another program')
}

/** Refuses content whose hash differs from the announced one; nothing is stored then. @throws HttpAnswer 422 */
export function checkHash(received: string, announced: string): void {
  if (received !== announced) throw new HttpAnswer(422, 'hash mismatch')
}

/** A file as the watcher shows it, the time in the zone of the server. */
export function listed(path: string, { usn, hash, size, modified }: FileFacts): ListedFile {
  return {
    filename: path.slice(path.lastIndexOf('/') + 1),
    path: path.replaceAll('/', '\\'),
    usn,
    blake3Hash: hash,
    size,
    modified: `${new Date(modified + HOUR).toISOString().slice(0, 19)}+01:00`,
  }
}

/** The body of a listing. */
export const listing = (akte: string, files: ListedFile[]) => ({ akte, files })

/** The answer to a PUT that stored a file. */
export function stored({ usn, blake3Hash, size, modified }: ListedFile, isNew: boolean) {
  return { status: isNew ? 201 : 200, answer: { usn, blake3Hash, size, modified } }
}

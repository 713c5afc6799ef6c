import { type Dokument, type MergeFacts, type Side, type WindowsFile, windowsHashOf } from '../../model/model'
import { fileName, isNeverSynced, type PathProblem, pathKey, pathProblem, toSlashes } from '../../model/paths'
import type { Reason } from '../../model/reasons'
import { asOfOtherKind, withoutBase } from './base'
import { groupBy } from './group-by'

/** One path with what both sides have there. */
export interface Pair {
  key: string
  /** As people know it: the Windows spelling, else EspoCRM's. */
  path: string
  /** Without its base where that is about another file (`hasForeignBase`). */
  document: Dokument | null
  windows: WindowsFile | null
  /** Document and file belong together although their paths differ: who moved it. The Windows path counts. */
  movedIn?: Side
  /** The document's base is about the file of another path: at this one it was never synced. */
  hasForeignBase?: boolean
  /** Where the document's file lay at the last sync; the listing has none there any more. */
  formerPath?: string
  /** Hashes that had to be read to bring things together, and proofs that were asked for to judge a safety stop. */
  facts?: Pick<MergeFacts, 'windowsHash' | 'espoHash' | 'isGoneFromWindows'>
  /** A person has to solve it: skipped and flagged. */
  problem?: { reason: Reason; name?: PathProblem }
  /** The path had a document, which was deleted in EspoCRM. */
  wasDeleted?: boolean
  /** The document has a name that is never synced, such as `Thumbs.db`. */
  isNeverSynced?: boolean
  /** It cannot be told yet what became of it, for this reason: it waits for a later run, or fails. */
  wait?: Error
}

/** What EspoCRM keeps of a path. */
const MAX_ESPO_PATH = 255

/**
 * Brings documents and files together by path. A document that was synced stays with its file, whatever path people
 * gave it in EspoCRM since: Windows cannot be told to rename, so the document gets its path back. Of several documents
 * with one name the one whose file it is is matched, else the oldest; the others are flagged. Of Windows files whose
 * names differ only in case or normalisation, the spelling the document has (else the first) is matched. Documents must
 * come oldest first.
 *
 * The rules for new names apply to those that EspoCRM alone has: a name that exists in Windows is accepted as it is.
 */
export function pairFiles(dokumente: Dokument[], files: WindowsFile[]): Pair[] {
  const pairs = new Map<string, Pair>()
  const others: Pair[] = []
  const spellings = new Map<Pair, string>()
  const listed = new Set(files.map(({ path }) => pathKey(path)))
  for (const seat of seatsOf(dokumente, files, listed)) {
    const { document, path } = seat
    const key = pathKey(path)
    const pair: Pair = { ...seat, key, windows: null }
    spellings.set(pair, path)
    if (isNeverSynced(path)) {
      others.push({ ...pair, key: `${key}\u0000${document.id}`, isNeverSynced: true })
      continue
    }
    const wasThere = document.syncPfad !== null && pathKey(toSlashes(document.syncPfad)) === key
    const name = nameProblem(document, path, wasThere || listed.has(key))
    const isTaken = pairs.has(key)
    if (name === null && !isTaken) pairs.set(key, pair)
    else if (document.attachmentId === null) others.push({ ...pair, key: `${key}\u0000${document.id}` })
    else if (name !== null) others.push({ ...pair, problem: { reason: 'a name Windows cannot have', name } })
    else others.push({ ...pair, problem: { reason: 'two documents with one name' } })
  }
  for (const windows of files) {
    if (isNeverSynced(windows.path)) continue
    const key = pathKey(windows.path)
    const pair = pairs.get(key)
    if (pair === undefined) {
      const alone: Pair = { key, path: windows.path, document: null, windows }
      const isTooLong = windows.path.length > MAX_ESPO_PATH
      pairs.set(key, isTooLong ? { ...alone, problem: { reason: 'path too long for EspoCRM' } } : alone)
    } else if (pair.windows === null) {
      pair.windows = windows
      pair.path = windows.path
    } else {
      const isBetter = windows.path === spellings.get(pair)
      const loser = isBetter ? pair.windows : windows
      if (isBetter) Object.assign(pair, { windows, path: windows.path })
      const twin = { key: `${key}\u0000${loser.path}`, path: loser.path, document: null, windows: loser }
      others.push({ ...twin, problem: { reason: 'two Windows files with one name' } })
    }
  }
  return [...pairs.values(), ...others].map(setAside)
}

/** Nothing is concluded from a file of which the listing says nothing that can be read. */
const setAside = (pair: Pair): Pair =>
  pair.windows?.misread ? { ...pair, problem: { reason: 'unreadable in the file list' } } : pair

/** Why Windows cannot have the name that a document gives its file; what Windows has or had, it can have. */
function nameProblem(document: Dokument, path: string, isKnown: boolean): PathProblem | null {
  if (document.hasSeparatorInName && path === document.path) {
    const name = document.attachmentName ?? document.name
    return { kind: 'character', part: name, character: name.includes('/') ? '/' : '\\' }
  }
  return isKnown ? null : pathProblem(path)
}

/** Where a document belongs. */
type Seat = { document: Dokument } & Pick<Pair, 'path' | 'movedIn' | 'hasForeignBase' | 'formerPath'>

/** The place of each document: first those that stay with the file they were synced with, each group oldest first. */
function seatsOf(dokumente: Dokument[], files: WindowsFile[], listed: ReadonlySet<string>): Seat[] {
  const homes = homesOf(dokumente, files)
  const owners = new Map<string, Dokument>()
  for (const [document, home] of homes) {
    if (asOfOtherKind(document, home) !== null) continue
    const key = pathKey(home)
    const owner = owners.get(key)
    const isBetter = owner === undefined || (pathKey(document.path) === key && pathKey(owner.path) !== key)
    if (isBetter) owners.set(key, document)
  }
  const seats = dokumente.map((document): Seat => {
    const { path } = document
    const home = homes.get(document)
    const other = home === undefined ? null : asOfOtherKind(document, home)
    if (other !== null) return { document: other, path: other.path, hasForeignBase: true }
    if (home === undefined || pathKey(home) === pathKey(path)) return { document, path }
    const atPath = { document: withoutBase(document), path, hasForeignBase: true }
    if (owners.get(pathKey(home)) !== document) return atPath // a copy of the document whose file that is
    const hasOtherFile = !listed.has(pathKey(home)) && listed.has(pathKey(path)) && !owners.has(pathKey(path))
    return hasOtherFile ? { ...atPath, formerPath: home } : { document, path: home, movedIn: 'EspoCRM' }
  })
  const isSynced = ({ document }: Seat) => document.syncHash !== null
  return [...seats.filter(isSynced), ...seats.filter((seat) => !isSynced(seat))]
}

/**
 * The path of the file that each synced document was synced with: as its base says; on records of older versions, which
 * do not say it, that of the one file with the USN and the content of the base, else the document's own.
 */
function homesOf(dokumente: Dokument[], files: WindowsFile[]): Map<Dokument, string> {
  const byUsn = groupBy(files, ({ usn }) => String(usn))
  const homeOf = ({ path, syncHash, syncPfad, syncUsn }: Dokument): string => {
    if (syncPfad !== null) return toSlashes(syncPfad)
    const [file, ...more] = byUsn.get(String(syncUsn)) ?? []
    return file?.blake3Hash === syncHash && more.length === 0 ? file.path : path
  }
  const synced = dokumente.filter(({ syncHash }) => syncHash !== null)
  return new Map(synced.map((document) => [document, homeOf(document)]))
}

const isMissingFile = ({ document, windows, problem, isNeverSynced }: Pair) =>
  document?.syncHash != null && windows === null && problem === undefined && !isNeverSynced

/** A file of the History that no document has: it may be the one that a document misses. */
const isUnmatchedFile = ({ document, windows, problem }: Pair, inHistory: ReadonlySet<WindowsFile>) =>
  document === null && windows !== null && problem === undefined && inHistory.has(windows)

const contentOf = ({ windows, facts }: Pair) => windowsHashOf({ windows, ...facts })

/**
 * What has to be read before renamed files can be recognised: documents whose file is gone, and files of unknown
 * content that the History names. Both empty where there is nothing to recognise. `inHistory`: see `cleanupFileList`.
 */
export function unreadUnmatchedFiles(
  pairs: Pair[],
  inHistory: WindowsFile[],
): { missingFiles: Pair[]; unmatchedFiles: Pair[] } {
  const kept = new Set(inHistory)
  const missingFiles = pairs.filter(isMissingFile)
  const unmatchedFiles = pairs.filter((pair) => isUnmatchedFile(pair, kept) && contentOf(pair) === null)
  return missingFiles.length === 0 || unmatchedFiles.length === 0
    ? { missingFiles: [], unmatchedFiles: [] }
    : { missingFiles, unmatchedFiles }
}

/**
 * Recognises renamed and moved files: a document whose file is gone, and a file that the History names and no
 * document has, with the content that was synced last. They are one pair then. Of several with one content those
 * with the same file name belong together; what is still ambiguous stays apart.
 */
export function pairMoved(pairs: Pair[], inHistory: WindowsFile[]): Pair[] {
  const kept = new Set(inHistory)
  const missingFiles = groupBy(pairs.filter(isMissingFile), ({ document }) => document?.syncHash ?? '')
  const unmatchedFiles = groupBy(
    pairs.filter((pair) => isUnmatchedFile(pair, kept)),
    (pair) => contentOf(pair) ?? '',
  )
  const gone = new Set<Pair>()
  const moved: Pair[] = []
  const join = (missingFile: Pair, unmatchedFile: Pair) => {
    gone.add(missingFile).add(unmatchedFile)
    const { document } = missingFile
    // Records of older versions do not say where their file was.
    const isOfThisFile = document?.syncPfad == null && document?.syncUsn === unmatchedFile.windows?.usn
    const move: Partial<Pair> = isOfThisFile
      ? { movedIn: 'EspoCRM' }
      : { movedIn: 'Windows', formerPath: missingFile.path }
    moved.push({ ...unmatchedFile, document, ...move })
  }
  const joinUnique = (some: Pair[], others: Pair[]) => {
    const [missingFile, ...moreMissing] = some.filter((pair) => !gone.has(pair))
    const [unmatchedFile, ...moreUnmatched] = others.filter((pair) => !gone.has(pair))
    if (missingFile && unmatchedFile && moreMissing.length === 0 && moreUnmatched.length === 0)
      join(missingFile, unmatchedFile)
  }
  for (const [hash, some] of missingFiles) {
    const others = unmatchedFiles.get(hash) ?? []
    const named = groupBy(others, ({ key }) => fileName(key))
    for (const [name, same] of groupBy(some, ({ key }) => fileName(key)))
      joinUnique(same, named.get(name) ?? [])
    joinUnique(some, others)
  }
  return [...pairs.filter((pair) => !gone.has(pair)), ...moved]
}

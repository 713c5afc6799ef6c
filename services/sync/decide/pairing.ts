import type { DeferError } from '../../model/file-errors'
import { type Dokument, type MergeFacts, type Side, type WindowsFile, windowsHashOf } from '../../model/model'
import { fileName, isNeverSynced, type PathProblem, pathKey, pathProblem } from '../../model/paths'
import type { Reason } from '../../model/reasons'
import { groupBy } from './group-by'

/** One path with what both sides have there. */
export interface Pair {
  key: string
  /** As people know it: the Windows spelling, else EspoCRM's. */
  path: string
  document: Dokument | null
  windows: WindowsFile | null
  /** Document and file belong together although their paths differ: who moved it. The Windows path counts. */
  movedIn?: Side
  /** Hashes that had to be read to bring things together or to judge a safety stop. */
  facts?: Pick<MergeFacts, 'windowsHash' | 'espoHash'>
  /** A person has to solve it: skipped and flagged. */
  problem?: { reason: Reason; name?: PathProblem }
  /** Has to wait for a later run: it cannot be told yet what became of it. */
  wait?: DeferError
}

/** What EspoCRM keeps of a path. */
const MAX_ESPO_PATH = 255

/**
 * Brings documents and files together by path. The older of two documents with one name is matched, the other is
 * flagged; of Windows files whose names differ only in case or normalisation, the spelling the document has (else the
 * first) is matched. Documents must come oldest first.
 *
 * A document whose path was changed in EspoCRM stays with its file, which is known by USN and hash: Windows cannot
 * be told to rename, so the document gets its path back.
 */
export function pairFiles(dokumente: Dokument[], files: WindowsFile[]): Pair[] {
  const pairs = new Map<string, Pair>()
  const others: Pair[] = []
  const spellings = new Map<Pair, string>()
  const ownFileOf = ownFiles(dokumente, files)
  for (const document of dokumente) {
    const own = ownFileOf(document)
    const path = own?.path ?? document.path
    const key = pathKey(path)
    const pair: Pair = { key, path, document, windows: null, ...(own ? { movedIn: 'EspoCRM' as const } : {}) }
    spellings.set(pair, path)
    if (isNeverSynced(path)) continue
    const name = pathProblem(path)
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
  return [...pairs.values(), ...others]
}

/** Finds the file that a document was synced with, where that is not the file of its present path. */
function ownFiles(dokumente: Dokument[], files: WindowsFile[]): (document: Dokument) => WindowsFile | null {
  const byUsn = new Map(files.map((file) => [file.usn, file]))
  const claimed = new Set(dokumente.map(({ path }) => pathKey(path)))
  return ({ syncUsn, syncHash }) => {
    const file = syncUsn === null ? undefined : byUsn.get(syncUsn)
    const isOwn = file !== undefined && syncHash !== null && file.blake3Hash === syncHash
    return isOwn && !claimed.has(pathKey(file.path)) ? file : null
  }
}

const isMissingFile = ({ document, windows, problem }: Pair) =>
  document?.syncHash != null && windows === null && problem === undefined

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
    const movedIn = document?.syncUsn === unmatchedFile.windows?.usn ? 'EspoCRM' : 'Windows'
    moved.push({ ...unmatchedFile, document, movedIn })
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

import type { Dokument, WindowsFile } from './model'
import { isNeverSynced, pathKey, windowsPathProblem } from './paths'
import type { Reason } from './reasons'

/** One path with what both sides have there. */
export interface Pair {
  key: string
  /** As people know it: the Windows spelling, else EspoCRM's. */
  path: string
  document: Dokument | null
  windows: WindowsFile | null
  /** Only a person can solve it: skipped and flagged. */
  problem?: { reason: Reason; detail?: string }
}

/**
 * Brings documents and files together by path. The older of two documents with one name is matched, the other is
 * flagged; of Windows files whose names differ only in case or normalisation, the spelling the document has (else the
 * first) is matched. Documents must come oldest first.
 */
export function pairFiles(dokumente: Dokument[], files: WindowsFile[]): Pair[] {
  const pairs = new Map<string, Pair>()
  const flagged: Pair[] = []
  for (const document of dokumente) {
    if (isNeverSynced(document.path)) continue
    const key = pathKey(document.path)
    const pair: Pair = { key, path: document.path, document, windows: null }
    const problem = windowsPathProblem(document.path)
    if (problem !== null)
      flagged.push({ ...pair, problem: { reason: 'a name Windows cannot have', detail: problem } })
    else if (pairs.has(key)) flagged.push({ ...pair, problem: { reason: 'two documents with one name' } })
    else pairs.set(key, pair)
  }
  for (const windows of files) {
    if (isNeverSynced(windows.path)) continue
    const key = pathKey(windows.path)
    const pair = pairs.get(key)
    if (pair === undefined) {
      pairs.set(key, { key, path: windows.path, document: null, windows })
    } else if (pair.windows === null) {
      pair.windows = windows
      pair.path = windows.path
    } else {
      const isBetter = windows.path === pair.document?.path
      const loser = isBetter ? pair.windows : windows
      if (isBetter) Object.assign(pair, { windows, path: windows.path })
      const problem = { reason: 'two Windows files with one name' as const }
      flagged.push({
        key: `${key}\u0000${loser.path}`,
        path: loser.path,
        document: null,
        windows: loser,
        problem,
      })
    }
  }
  return [...pairs.values(), ...flagged]
}

import type { HistoryEntry, WindowsFile } from '../../model/model'
import { fileName, pathKey, toSlashes } from '../../model/paths'
import { groupBy } from './group-by'

/** Keeps the files that the History names. */
export function cleanupFileList(files: WindowsFile[], matches: HistoryMatches): WindowsFile[] {
  return files.filter((file) => matches.has(pathKey(file.path)))
}

/** Newest History entry by `pathKey` of the file that it names. */
export type HistoryMatches = Map<string, HistoryEntry>

/**
 * Matches entries to paths by the longest path suffix on a segment boundary; a bare file name matches every file of
 * that name. Several entries may name one file: the newest (`dat`, then `hnr`, then place in the answer) counts.
 */
export function matchHistory(paths: Iterable<string>, entries: HistoryEntry[]): HistoryMatches {
  const keys = new Set([...paths].map(pathKey))
  const byName = groupBy(keys, fileName)
  const matches: HistoryMatches = new Map()
  for (const entry of entries) {
    if (entry.datei === null) continue
    const datei = pathKey(entry.datei)
    const isBare = !toSlashes(entry.datei).includes('/')
    for (const key of isBare ? (byName.get(datei) ?? []) : longestSuffix(datei, keys)) {
      const known = matches.get(key)
      if (!known || isNewer(entry, known)) matches.set(key, entry)
    }
  }
  return matches
}

/** The longest part of a path, from a segment's beginning to the end, that is among `keys`; none or one. */
function longestSuffix(path: string, keys: ReadonlySet<string>): string[] {
  for (let rest = path; ; rest = rest.slice(rest.indexOf('/') + 1)) {
    if (keys.has(rest)) return [rest]
    if (!rest.includes('/')) return []
  }
}

/** Later in the answer wins a tie, so the comparison is "not older". */
function isNewer(entry: HistoryEntry, known: HistoryEntry): boolean {
  const time = (value: string | null) => (value === null ? 0 : Date.parse(value) || 0)
  if (time(entry.dat) !== time(known.dat)) return time(entry.dat) > time(known.dat)
  return (entry.hnr ?? -1) >= (known.hnr ?? -1)
}

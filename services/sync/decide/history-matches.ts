import type { HistoryEntry, WindowsFile } from '../../model/model'
import { fileName, pathKey } from '../../model/paths'
import { groupBy } from './group-by'
import { below, looseKey, type NamedPath, namedPaths } from './named-path'

/** Keeps the files that the History names. */
export function cleanupFileList(files: WindowsFile[], matches: HistoryMatches): WindowsFile[] {
  return files.filter((file) => matches.has(pathKey(file.path)))
}

/** Newest History entry by `pathKey` of the file that it names. */
export type HistoryMatches = Map<string, HistoryEntry>

/**
 * Matches entries to paths by the longest path suffix on a segment boundary; a bare file name matches every file of
 * that name. An entry that begins with `root`, the Aktenordner, has the whole path behind it and matches that or
 * nothing. Entries are text of people: blanks, quotation marks and the like around a path do not count
 * (`namedPaths`); a file spelled to the letter comes before one that is only meant, and of several that may be meant
 * none is. Several entries may name one file: the newest (`dat`, then `hnr`, then place in the answer) counts.
 */
export function matchHistory(
  paths: Iterable<string>,
  entries: HistoryEntry[],
  root?: string,
): HistoryMatches {
  const files = new NamedFiles(paths, root)
  const matches: HistoryMatches = new Map()
  for (const entry of entries) {
    if (entry.datei === null) continue
    for (const key of files.namedBy(entry.datei)) {
      const known = matches.get(key)
      if (!known || isNewer(entry, known)) matches.set(key, entry)
    }
  }
  return matches
}

/** Paths, found by what an entry writes. */
class NamedFiles {
  private readonly keys: Set<string>
  private readonly byName: Map<string, string[]>
  private readonly byLooseKey: Map<string, string[]>
  private readonly namesByLooseName: Map<string, string[]>
  private readonly roots: NamedPath[]

  constructor(paths: Iterable<string>, root: string | undefined) {
    this.keys = new Set([...paths].map(pathKey))
    this.byName = groupBy(this.keys, fileName)
    this.byLooseKey = groupBy(this.keys, looseKey)
    this.namesByLooseName = groupBy(this.byName.keys(), looseKey)
    this.roots = root === undefined ? [] : namedPaths(root)
  }

  /** The keys of the files that the text names. */
  namedBy(datei: string): string[] {
    const named = namedPaths(datei)
    for (const path of named) {
      if (path.isBare) {
        const found = this.named(path.segments.join('/'))
        if (found.length > 0) return found
      }
    }
    const whole = named.flatMap((path) =>
      this.roots.map((root) => below(root, path)).filter((one) => one !== null),
    )
    for (const segments of whole) {
      const found = this.at(segments)
      if (found !== null) return found
    }
    return whole.length > 0 ? [] : this.longestSuffix(named.filter(({ isBare }) => !isBare))
  }

  /** All files of a name. */
  private named(name: string): string[] {
    const exact = this.byName.get(name)
    if (exact !== undefined) return exact
    const [meant, ...others] = this.namesByLooseName.get(looseKey(name)) ?? []
    return meant === undefined || others.length > 0 ? [] : (this.byName.get(meant) ?? [])
  }

  /** The file at a path; none where several may be meant, null where there is nothing like it. */
  private at(segments: string[]): string[] | null {
    const key = segments.join('/')
    if (this.keys.has(key)) return [key]
    const meant = this.byLooseKey.get(looseKey(key))
    if (meant === undefined || key === '') return null
    return meant.length === 1 ? meant : []
  }

  /** The longest part of a path, from a segment's beginning to the end, that is a file; none or one. */
  private longestSuffix(paths: NamedPath[]): string[] {
    const longest = Math.max(0, ...paths.map(({ segments }) => segments.length))
    for (let length = longest; length > 0; length--) {
      for (const { segments } of paths) {
        const found = segments.length < length ? null : this.at(segments.slice(-length))
        if (found !== null) return found
      }
    }
    return []
  }
}

/** Later in the answer wins a tie, so the comparison is "not older". */
function isNewer(entry: HistoryEntry, known: HistoryEntry): boolean {
  const time = (value: string | null) => (value === null ? 0 : Date.parse(value) || 0)
  if (time(entry.dat) !== time(known.dat)) return time(entry.dat) > time(known.dat)
  return (entry.hnr ?? -1) >= (known.hnr ?? -1)
}

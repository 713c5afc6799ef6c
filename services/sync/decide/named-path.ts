import { pathKey, toSlashes } from '../../model/paths'

/** The path that an entry of the History names, as its writer meant it: segments, each as in `pathKey`. */
export interface NamedPath {
  segments: string[]
  /** A name without any folder: it names every file of that name. */
  isBare: boolean
}

/** What may surround a path in a text: blanks of every kind, invisible characters (a copied path can begin with U+202A), quotation marks. */
const BEFORE = /^[\s\p{Cc}\p{Cf}<"'‘’‚‛“”„‟«»‹›]+/u
const BEHIND = /[\s\p{Cc}\p{Cf}>"'‘’‚‛“”„‟«»‹›.,;]+$/u
/** `\\?\V:\…`, `\\?\UNC\server\…`: the same path in Windows' long form. */
const LONG_FORM = /^[\\/]{2}[?.][\\/](?:UNC[\\/])?/i
/** What no Windows name has: such as the line end of a text that was wrapped. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that Windows refuses
const IN_NO_NAME = /[\u0000-\u001f]/g
const FILE_URL = /^file:(?:[\\/]*localhost(?=[\\/]))?/i

/** The ways to read a text, to the letter first, then without what only surrounds the path. */
export function namedPaths(text: string): NamedPath[] {
  const [beforeNul = ''] = text.split('\0') // where a buffer ends, whatever is left behind it
  const meant = beforeNul.replace(BEFORE, '').replace(BEHIND, '').replaceAll('"', '')
  const spellings = FILE_URL.test(meant) ? addressed(meant.replace(FILE_URL, '')) : [text, meant]
  const whole = spellings.flatMap((spelling) => [spelling.replace(IN_NO_NAME, ''), spelling])
  return [...new Set(whole)].map(parsed)
}

/** The path of an address, as it is encoded; or as it stands, written by somebody who encoded nothing. */
function addressed(path: string): string[] {
  try {
    return [decodeURIComponent(path), path]
  } catch {
    return [path]
  }
}

function parsed(text: string): NamedPath {
  const path = toSlashes(text.replace(LONG_FORM, ''))
  const segments: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop()
    else if (segment !== '' && segment !== '.') segments.push(pathKey(segment))
  }
  return { segments, isBare: !path.includes('/') }
}

/**
 * A key that paths share which people take for the same: every kind of blank is one, invisible characters are none,
 * and what Windows itself ignores at the end of a name, blanks and dots, does not count.
 */
export function looseKey(path: string): string {
  return path
    .split('/')
    .map((segment) =>
      segment
        .replace(/[\p{Cc}\p{Cf}]/gu, '')
        .replace(/\s/gu, ' ')
        .replace(/^ +|[ .]+$/g, ''),
    )
    .join('/')
}

/** What remains of `path` behind `folder`; null where it does not begin with it. */
export function below(folder: NamedPath, path: NamedPath): string[] | null {
  const { length } = folder.segments
  const isBelow = folder.segments.every(
    (segment, at) => looseKey(segment) === looseKey(path.segments[at] ?? ''),
  )
  return isBelow && length > 0 ? path.segments.slice(length) : null
}

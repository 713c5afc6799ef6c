import { InvalidInputError } from '../errors'
import type { Language } from './reasons'

const RESERVED = /^(con|prn|aux|nul|com[1-9¹²³]|lpt[1-9¹²³])(\.|$)/i
// biome-ignore lint/suspicious/noControlCharactersInRegex: Windows refuses control characters in names
const FORBIDDEN = /[<>:"|?*\u0000-\u001f]/
const NEVER_SYNCED = /^~\$|^\.~lock\.|\.tmp$|\.part$|^thumbs\.db$|^desktop\.ini$|^\.ds_store$/i
const MAX_PATH = 240
// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII begins with them
const IS_PLAIN_ASCII = /^[\u0000-\u007e]*$/
const LINE_ENDS = /[\t\n\r\u0085\u2028\u2029]+/g

/** A path with `/` only, as the product carries it. */
export function toSlashes(path: string): string {
  return path.includes('\\') ? path.replaceAll('\\', '/') : path
}

/** A text of one line as EspoCRM gets it: each line end a blank, without control characters. */
export function oneLine(text: string): string {
  return text.replace(LINE_ENDS, ' ').replace(/\p{Cc}/gu, '')
}

/**
 * Two spellings with one key are one file: `/`, Unicode NFC, case folded, on one line without control characters (a name
 * unpacked in a wrong code page has some), and without blanks in front of a name and at the end of the path, which
 * Windows can have and EspoCRM cuts off.
 */
export function pathKey(path: string): string {
  const isPlain = IS_PLAIN_ASCII.test(path)
  let key = toSlashes(isPlain ? path : oneLine(path))
  if (key.startsWith(' ') || key.includes('/ ')) key = key.replace(/(^|\/) +/g, '$1')
  if (key.endsWith(' ')) key = key.replace(/ +$/, '')
  return (isPlain ? key : key.normalize('NFC')).toLowerCase()
}

/** The last segment of a path. */
export function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** What kind of file a name says it is: the letters and digits behind its last dot, in lower case; empty without one. */
export function fileExtension(path: string): string {
  return (/\.([a-z0-9]{1,10})$/i.exec(fileName(path))?.[1] ?? '').toLowerCase()
}

/** True for owner files, temporary files and what Windows and macOS leave in folders. */
export function isNeverSynced(path: string): boolean {
  const name = fileName(path)
  return NEVER_SYNCED.test(name)
}

/** What makes a path impossible, and the part of it that does. */
export type PathProblem =
  | { kind: 'absolute' | 'outside' | 'ending' | 'reserved'; part: string }
  | { kind: 'character'; part: string; character: string }
  | { kind: 'length'; part: string }

/** Why a path leads out of the Aktenordner, or null when it stays inside. */
function outsideProblem(path: string): PathProblem | null {
  const slashed = toSlashes(path)
  if (slashed === '' || slashed.startsWith('/') || /^[A-Za-z]:/.test(slashed))
    return { kind: 'absolute', part: path }
  const leaves = slashed.split('/').some((segment) => segment === '..' || segment === '.' || segment === '')
  return leaves ? { kind: 'outside', part: path } : null
}

/** Refuses paths that lead out of the Aktenordner. @throws InvalidInputError naming the path. */
export function assertInsideFolder(path: string): void {
  const problem = outsideProblem(path)
  if (problem !== null) throw new InvalidInputError(pathProblemText(problem, 'en'))
}

/** Why Windows cannot have this path, or null when it can. */
export function pathProblem(path: string): PathProblem | null {
  const outside = outsideProblem(path)
  if (outside !== null) return outside
  if (path.length >= MAX_PATH) return { kind: 'length', part: path }
  for (const part of toSlashes(path).split('/')) {
    const character = FORBIDDEN.exec(part)?.[0]
    if (character !== undefined) return { kind: 'character', part, character }
    if (/[. ]$/.test(part)) return { kind: 'ending', part }
    if (RESERVED.test(part)) return { kind: 'reserved', part }
  }
  return null
}

/** The problem in words for people. */
export function pathProblemText(problem: PathProblem, language: Language): string {
  const { part } = problem
  const texts: Record<PathProblem['kind'], Record<Language, string>> = {
    absolute: {
      de: `„${part}“ ist kein Pfad unterhalb des Aktenordners`,
      en: `the path "${part}" is not relative to the Aktenordner`,
    },
    outside: {
      de: `„${part}“ führt aus dem Aktenordner hinaus`,
      en: `the path "${part}" leads out of the Aktenordner: it has an empty, "." or ".." segment`,
    },
    length: {
      de: `der Pfad hat ${part.length} Zeichen, Windows erlaubt ${MAX_PATH - 1}`,
      en: `the path has ${part.length} characters, Windows takes ${MAX_PATH - 1}`,
    },
    character: {
      de: `„${part}“ enthält ${shown(problem)}`,
      en: `"${part}" contains ${shown(problem)}`,
    },
    ending: {
      de: `„${part}“ endet mit Punkt oder Leerzeichen`,
      en: `"${part}" ends with a dot or a blank`,
    },
    reserved: {
      de: `„${part}“ ist ein Gerätename von Windows`,
      en: `"${part}" is reserved by Windows`,
    },
  }
  return texts[problem.kind][language]
}

const shown = (problem: PathProblem) =>
  problem.kind === 'character' ? JSON.stringify(problem.character) : ''

/**
 * The owner files whose presence means that `path` is open. Word puts `~$` before the name, in place of its first
 * letter (names of 7 letters) or its first two (8 and more); LibreOffice writes `.~lock.NAME#`.
 */
export function ownerFilesOf(path: string): string[] {
  const name = fileName(path)
  const folder = path.slice(0, path.length - name.length)
  const letters = name.replace(/\.[^.]*$/, '').length
  const owners = [`~$${name}`, `.~lock.${name}#`]
  if (letters === 7) owners.push(`~$${name.slice(1)}`)
  if (letters >= 8) owners.push(`~$${name.slice(2)}`)
  return owners.map((owner) => pathKey(folder + owner))
}

/** EspoCRM refuses `<`, `>` and `=` in `name`; the file keeps its real name in `dateipfad`. */
export function espoTitle(path: string): string {
  return fileName(path).replace(/[<>=]/g, '-')
}

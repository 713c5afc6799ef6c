import { InvalidInputError } from '../errors'

const AKTENNUMMER = /^[A-Za-z0-9][A-Za-z0-9/._-]{0,31}$/
const RESERVED = /^(con|prn|aux|nul|com[1-9¹²³]|lpt[1-9¹²³])(\.|$)/i
// biome-ignore lint/suspicious/noControlCharactersInRegex: Windows refuses control characters in names
const FORBIDDEN = /[<>:"|?*\u0000-\u001f]/
const NEVER_SYNCED = [
  /^~\$/,
  /^\.~lock\./,
  /\.tmp$/i,
  /\.part$/i,
  /^thumbs\.db$/i,
  /^desktop\.ini$/i,
  /^\.ds_store$/i,
]
const MAX_PATH = 240

/** True for 1 to 32 letters, digits, `/`, `-`, `.`, `_`, beginning with a letter or digit; never `..`. */
export function isAktennummer(value: unknown): value is string {
  return typeof value === 'string' && AKTENNUMMER.test(value) && !value.split('/').includes('..')
}

/** A path with `/` only, as the product carries it. */
export function toSlashes(path: string): string {
  return path.replaceAll('\\', '/')
}

/** Two spellings with one key are one file: `/`, Unicode NFC, case folded. */
export function pathKey(path: string): string {
  return toSlashes(path).normalize('NFC').toLowerCase()
}

/** The last segment of a path. */
export function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** True for owner files, temporary files and what Windows and macOS leave in folders. */
export function isNeverSynced(path: string): boolean {
  const name = fileName(path)
  return NEVER_SYNCED.some((pattern) => pattern.test(name))
}

/** Refuses paths that lead out of the Aktenordner. @throws InvalidInputError naming the path. */
export function assertInsideFolder(path: string): void {
  const slashed = toSlashes(path)
  if (slashed === '' || slashed.startsWith('/') || /^[A-Za-z]:/.test(slashed)) {
    throw new InvalidInputError(`The path "${path}" is not relative to the Aktenordner`)
  }
  if (slashed.split('/').some((segment) => segment === '..' || segment === '.' || segment === '')) {
    throw new InvalidInputError(`The path "${path}" has an empty, "." or ".." segment`)
  }
}

/** Why Windows cannot have this path, or null when it can. */
export function windowsPathProblem(path: string): string | null {
  try {
    assertInsideFolder(path)
  } catch (error) {
    return (error as Error).message
  }
  if (path.length >= MAX_PATH) return `the path has ${path.length} characters, Windows takes ${MAX_PATH - 1}`
  for (const segment of toSlashes(path).split('/')) {
    const forbidden = FORBIDDEN.exec(segment)
    if (forbidden) return `"${segment}" contains ${JSON.stringify(forbidden[0])}`
    if (/[. ]$/.test(segment)) return `"${segment}" ends with a dot or a blank`
    if (RESERVED.test(segment)) return `"${segment}" is reserved by Windows`
  }
  return null
}

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

import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { distance } from 'fastest-levenshtein'
import { namesIn, settingNames, successorOf } from '../config'
import type { Language } from '../model/reasons'
import { settingsText } from '../text/settings'

/** What looks like a mistake in `.env`, without any value. */
export type EnvProblem =
  /** The value goes on behind a `#` or a quotation mark, and that rest is lost. */
  | { kind: 'cut'; name: string; at: '#' | '"' }
  /** `\n` between double quotes is a line feed: a Windows path breaks. */
  | { kind: 'lineFeed'; name: string }
  | { kind: 'unknown'; name: string; nearest: string | null }
  /** A name of the predecessor; `now`: what this product reads in its place, null: nothing. */
  | { kind: 'predecessor'; name: string; now: string | null }
  /** The last one counts. */
  | { kind: 'twice'; name: string }
  | { kind: 'noAssignment'; line: number }
  /** Not UTF-8, or with a byte order mark before the first setting, as an editor of Windows may write it. */
  | { kind: 'encoding' }

/** Read by Node, Motia, the tools around or the shell; in `.env` with good reason. */
const OTHERS =
  /^(TMPDIR|TZ|PATH|HOME|LANG|HTTPS?_PROXY|NO_PROXY|LC_\w+|NODE_\w+|NPM_\w+|REDISMS_\w+|COMPOSE_\w+|MOTIA_(?!REDIS_)\w+)$/
/** A prefix of ours: in the environment, only these can be meant for the product. */
const OURS = /^(SYNC|ADVOWARE|ESPOCRM|MOTIA_REDIS|ALERT|RETENTION)_/
const ASSIGNMENT = /^\s*(?:export\s+)?([\w.-]+)\s*=(.*)$/

/**
 * Reads `.env` as a person means it and compares that with what Node makes of it. `names` are the settings there are;
 * of `inherited`, the names in the environment, those that look like a setting are judged, too.
 */
export function envProblems(
  text: string,
  inherited: readonly string[] = [],
  names: readonly string[] = settingNames,
): EnvProblem[] {
  if (text.includes('\0')) return [{ kind: 'encoding' }]
  const problems: EnvProblem[] = /^\uFEFF\s*[^#\s]/.test(text) ? [{ kind: 'encoding' }] : []
  const parsed = parseEnv(text)
  const seen = new Set<string>()
  let isWithin: string | undefined
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    if (isWithin) {
      if (line.includes(isWithin)) isWithin = undefined
      continue
    }
    if (/^\s*(#|$)/.test(line)) continue
    const [, name, written = ''] = ASSIGNMENT.exec(line) ?? []
    if (name === undefined) {
      problems.push({ kind: 'noAssignment', line: index + 1 })
      continue
    }
    if (seen.has(name)) problems.push({ kind: 'twice', name })
    seen.add(name)
    const value = written.trim()
    const quote = /^["'`]/.exec(value)?.[0]
    if (quote === undefined) {
      // A comment stands behind a blank; a # without one belongs to the value in everybody's mind.
      if (/(^|[^\s#])#/.test(written)) problems.push({ kind: 'cut', name, at: '#' })
      continue
    }
    const end = value.indexOf(quote, 1)
    if (end < 0) isWithin = (parsed[name] ?? '').includes('\n') ? quote : undefined
    else if (/^[^\s#]/.test(value.slice(end + 1))) problems.push({ kind: 'cut', name, at: '"' })
    else if (quote === '"' && (parsed[name] ?? '').includes('\n')) problems.push({ kind: 'lineFeed', name })
  }
  const strangers = [...seen, ...inherited.filter((name) => OURS.test(name) && !seen.has(name))]
  for (const name of strangers) {
    if (names.includes(name) || OTHERS.test(name)) continue
    const now = successorOf(name)
    const isSetNow = now != null && (Boolean(parsed[now]?.trim()) || inherited.includes(now))
    if (now === undefined) problems.push({ kind: 'unknown', name, nearest: nearestOf(name, names) })
    else if (!isSetNow) problems.push({ kind: 'predecessor', name, now })
  }
  return problems
}

/** The one of these names that was probably meant; null when none is near. */
export function nearestOf(name: string, names: readonly string[]): string | null {
  const [best] = names
    .map((one) => ({ one, far: distance(one.toUpperCase(), name.toUpperCase()) }))
    .sort((a, b) => a.far - b.far)
  return best !== undefined && best.far <= Math.max(2, name.length / 4) ? best.one : null
}

/** What looks like a mistake in a `.env` (none where there is no such file) and in the environment, as sentences. */
export function envFileWarnings(
  path: string,
  language: Language,
  inherited: readonly string[] = namesIn(),
): string[] {
  let text = ''
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT') return [settingsText(language).unreadable(path, code ?? '')]
  }
  return envProblems(text, inherited).map((problem) => settingsText(language).problem(problem))
}

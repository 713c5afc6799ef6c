import { parseJson } from '../json'
import { oneLine } from '../model/paths'

/**
 * How EspoCRM stores a value (measured on 9.2.7). A value that it alters on write would differ from the record at every
 * later run and be written again each time; one that it refuses would fail the file.
 */

const VARCHAR_LENGTH = 255
const INT_LIMIT = 2 ** 31
const REPLACEMENT = '\ufffd'
const BEYOND_THREE_BYTES = /[\u{10000}-\u{10ffff}]/gu

/** A text of one line (varchar): clean, without the blanks around it, at most 255 characters. */
export function keptLine(text: string | null): string | null {
  const line = cleanText(oneLine(text ?? ''))
  const characters = [...trimmed(line)].slice(0, VARCHAR_LENGTH).join('')
  return trimmed(characters) || null
}

/**
 * A Windows path with all that EspoCRM or its database would alter, such as a blank at its end or an emoji: as a JSON text
 * then, which begins with a quotation mark as no Windows path does. One that does not fit so is kept as any other text.
 */
export function keptPath(path: string): string | null {
  const line = keptLine(path)
  if (line === path && plainText(path) === path) return path
  const quoted = JSON.stringify(path).replace(ALTERED, escaped)
  return quoted.length > VARCHAR_LENGTH ? line : quoted
}

/** The path that is kept so. */
export function pathKept(kept: string | null): string | null {
  const path = kept?.startsWith('"') ? parseJson(kept) : kept
  return typeof path === 'string' ? path : kept
}

const ALTERED = /[\u007f-\u009f\u2028\u2029\ud800-\udfff]/g
const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/** A text of several lines, clean; an empty one is none. */
export function keptText(text: string | null): string | null {
  return cleanText(text ?? '') || null
}

/**
 * A text that PHP and the database can read: half a character (a lone surrogate, which makes EspoCRM answer 500 to the
 * whole request) becomes U+FFFD, control characters but tabs and line ends go.
 */
export function cleanText(text: string): string {
  return text.replace(/\p{Cs}/gu, REPLACEMENT).replace(/(?![\t\n\r])\p{Cc}/gu, '')
}

/** A text for a database whose characters have three bytes at most (MySQL's utf8mb3): without emoji and the like. */
export function plainText(text: string): string {
  return text.replace(BEYOND_THREE_BYTES, REPLACEMENT)
}

/**
 * True when EspoCRM keeps `wanted` as `kept`: the same, or what a database for three bytes makes of it: our own
 * replacement, question marks, or the text cut off where it could not go on.
 */
export function isKeptAs(wanted: string | number | null, kept: string | number | null): boolean {
  if (wanted === kept) return true
  if (typeof wanted !== 'string' || plainText(wanted) === wanted) return false
  const cut = wanted.slice(0, wanted.search(BEYOND_THREE_BYTES))
  const questions = ['?', '????'].map((mark) => wanted.replace(BEYOND_THREE_BYTES, mark))
  return [plainText(wanted), ...questions, cut, trimmed(cut)].some((one) => one === (kept ?? ''))
}

/** An int without `dbType: bigint`: 32 bits, others are refused. */
export function keptInt(value: number | null): number | null {
  return value !== null && value >= -INT_LIMIT && value < INT_LIMIT ? value : null
}

/** The day of an ISO date or time; one that no calendar has is refused. */
export function keptDate(text: string | null): string | null {
  const day = /^\d{4}-\d{2}-\d{2}/.exec(text ?? '')?.[0]
  if (day === undefined) return null
  const date = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day) ? day : null
}

/** A time as EspoCRM takes it: `YYYY-MM-DD HH:MM:SS`, UTC without saying so. */
export function espoTime(date: Date): string {
  return date.toISOString().slice(0, 19).replace('T', ' ')
}

/** Such a time as epoch milliseconds; NaN when it is none. */
export function parseEspoTime(value: string | null): number {
  if (value === null || !/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/.test(value)) return Number.NaN
  return Date.parse(`${value.replace(' ', 'T')}Z`)
}

/** What PHP's trim() cuts: blanks, tabs, line ends and NUL, but no other Unicode blanks. */
function trimmed(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are the very characters that trim() cuts
  return text.replace(/^[ \t\n\r\u0000\u000b]+|[ \t\n\r\u0000\u000b]+$/g, '')
}

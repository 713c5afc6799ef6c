/**
 * What does not show itself but does something to whoever reads it: control characters (C0, DEL, C1), line and paragraph
 * separators, format characters (bidi marks, zero-width ones, tags), private ones and half surrogate pairs.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu

/**
 * A text for a terminal, a log or a mail, on one line. Names, paths and messages of other systems are hostile: what they
 * hide is made visible, so that nobody can forge a line, colour it, turn it round or send a terminal a command.
 * @example visible('a\nb\x1b[31m') === 'a␊b␛[31m'
 * @example visible('xcod.\u202eexe') === 'xcod.\\u202eexe'
 */
export function visible(text: string): string {
  return text.replace(HIDDEN, picture)
}

/** A value as JSON that shows all its characters: for whoever reads it on a terminal, and the same value for a program. */
export function visibleJson(value: unknown, indent?: number): string {
  return (JSON.stringify(value, null, indent) ?? 'null').replace(HIDDEN, (one) =>
    one === '\n' ? one : escaped(one),
  )
}

/** The same with every text within: for the fields of a log line. */
export function visibleFields<T>(value: T): T {
  if (typeof value === 'string') return visible(value) as T
  if (Array.isArray(value)) return value.map(visibleFields) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [visible(key), visibleFields(one)]),
  ) as T
}

/** C0 and DEL have pictures of their own in Unicode. */
function picture(one: string): string {
  const code = one.codePointAt(0) ?? 0
  if (code === 0x7f) return '␡'
  return code < 0x20 ? String.fromCodePoint(0x2400 + code) : escaped(one)
}

/** `\u202e` for each code unit, as JSON has it. */
const escaped = (one: string): string =>
  Array.from(
    { length: one.length },
    (_one, at) => `\\u${one.charCodeAt(at).toString(16).padStart(4, '0')}`,
  ).join('')

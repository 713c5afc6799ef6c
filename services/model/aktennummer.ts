const AKTENNUMMER = /^[A-Za-z0-9][A-Za-z0-9/._-]{0,31}$/

/** True for 1 to 32 letters, digits, `/`, `-`, `.`, `_`, beginning with a letter or digit; never `..`. */
export function isAktennummer(value: unknown): value is string {
  return typeof value === 'string' && AKTENNUMMER.test(value) && !value.split('/').includes('..')
}

/** Aktennummern out of what people paste or a file has: lines, commas, semicolons, tabs, blanks. Each once. */
export const splitAktennummern = (text: string): string[] => [
  ...new Set(text.split(/[\s,;]+/).filter((part) => part !== '')),
]

/**
 * Finds where a text names this Akte, also percent-encoded as in an address: `12345` in `Akte 12345:`, in
 * `V:\\Akten\\12345\\Klage.docx` and in `/Akten/12345/History`, but not in `112345`, nor in the numbers `12345/24` and
 * `7-12345`.
 */
export function mentionOf(aktennummer: string): RegExp {
  const spellings = [...new Set([aktennummer, encodeURIComponent(aktennummer)])]
  const either = spellings.map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')
  return new RegExp(`(?<![A-Za-z0-9]|[0-9][/._-])(?:${either})(?![A-Za-z0-9]|[/._-][0-9])`, 'g')
}

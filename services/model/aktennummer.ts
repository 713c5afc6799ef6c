const AKTENNUMMER = /^[A-Za-z0-9][A-Za-z0-9/._-]{0,31}$/

/** True for 1 to 32 letters, digits, `/`, `-`, `.`, `_`, beginning with a letter or digit; never `..`. */
export function isAktennummer(value: unknown): value is string {
  return typeof value === 'string' && AKTENNUMMER.test(value) && !value.split('/').includes('..')
}

/** Aktennummern out of what people paste or a file has: lines, commas, semicolons, tabs, blanks. Each once. */
export const splitAktennummern = (text: string): string[] => [
  ...new Set(text.split(/[\s,;]+/).filter((part) => part !== '')),
]

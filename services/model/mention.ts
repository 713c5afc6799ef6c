import { parseJson } from '../json'

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

/** True for a text that names the Akte; of JSON only its texts count, numbers are none. */
export function namesAkte(text: string, mention: RegExp): boolean {
  return text.search(mention) >= 0 && isNamedIn(jsonOr(text), mention)
}

function isNamedIn(value: unknown, mention: RegExp): boolean {
  if (typeof value === 'string') return value.search(mention) >= 0
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(
    ([key, one]) => (!Array.isArray(value) && key.search(mention) >= 0) || isNamedIn(one, mention),
  )
}

/** The text with `mark` wherever it names the Akte; of JSON only its texts change. */
export function withoutMention(text: string, mention: RegExp, mark: string): string {
  if (!namesAkte(text, mention)) return text
  const replaced = (value: unknown): unknown => {
    if (typeof value === 'string') return value.replace(mention, mark)
    if (Array.isArray(value)) return value.map(replaced)
    if (typeof value !== 'object' || value === null) return value
    const entries = Object.entries(value).map(([key, one]) => [key.replace(mention, mark), replaced(one)])
    return Object.fromEntries(entries)
  }
  const value = jsonOr(text)
  return typeof value === 'string' ? text.replace(mention, mark) : JSON.stringify(replaced(value))
}

/** What a text is as JSON, the text itself where it is none. */
const jsonOr = (text: string): unknown => parseJson(text) ?? text

import { visible } from '../visible-text'

/**
 * What EspoCRM's `text` fields would read as Markdown or HTML. As entities, not behind backslashes: EspoCRM takes the
 * backslash from `\<` between two backticks before it reads a text, and makes tags of what is left.
 */
const MARKUP = /[\\`*<~|&@]|\](?=[([:])|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])|:(?=\/\/)|(?<=www)\./giu
/** What begins a heading, a list or a quotation at the start of a line. */
const LINE_START = /^[ \t]*(?:([-+=#>])|(\d+)([.)]))/gm
const INDENT = /^[ \t]+/gm
/** What would end the text of a link, or begin one with what follows a name. */
const BRACKETS = /[[\]]/g

const entity = (character: string) => `&#${character.charCodeAt(0)};`

/**
 * A text for a `text` field of EspoCRM that is read there as it stands, whatever is in it: names and messages are hostile.
 * Lines stay lines, and what a line hides is made visible.
 * @example markdownText('[x](y) *') === '[x&#93;(y) &#42;'
 */
export function markdownText(text: string): string {
  const shown = text.split('\n').map(visible).join('\n')
  return shown
    .replace(MARKUP, entity)
    .replace(LINE_START, (_all, mark: string | undefined, digits: string, end: string) =>
      mark === undefined ? `${digits}${entity(end)}` : entity(mark),
    )
    .replace(INDENT, '')
}

/** A name within such a text, on one line, with what it hides made visible. */
export const markdownName = (name: string): string => markdownText(visible(name)).replace(BRACKETS, entity)

/** What ends an address in Markdown. */
const ENDS_ADDRESS = /[()<>\\\s]/g

/** A link; `address` is an http(s) address or a place in EspoCRM (`#CDokumente/view/5f…`). */
export function markdownLink(text: string, address: string): string {
  const encoded = address.replace(
    ENDS_ADDRESS,
    (one) => `%${one.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
  return `[${markdownName(text)}](${encoded})`
}

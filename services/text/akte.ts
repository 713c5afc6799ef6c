import type { Language } from '../model/reasons'
import { markdownLink, markdownName, markdownText } from './markdown'

/** Lines that an Akte's page has room for. */
const MOST_LINES = 20

/** A line of what an Akte says. */
export interface AkteLine {
  text: string
  /** Of the file that it is about, below the Aktenordner. */
  path?: string
  /** Of that file's document in EspoCRM, where it has one. */
  document?: string | null
}

/** What an Akte says of a file. */
export interface FileLine extends AkteLine {
  path: string
  /** It goes on only when a person did something: these come first. */
  needsPerson: boolean
}

/** As many lines as there is room for, and how many more there are. */
export function boundedLines(lines: readonly FileLine[], language: Language): AkteLine[] {
  const sorted = [...lines].sort(
    (a, b) =>
      Number(b.needsPerson) - Number(a.needsPerson) || (a.path < b.path ? -1 : Number(a.path > b.path)),
  )
  const more = sorted.length - MOST_LINES
  if (more <= 0) return sorted
  const text = language === 'de' ? `… und ${more} weitere` : `… and ${more} more`
  return [...sorted.slice(0, MOST_LINES), { text }]
}

/** The lines where nobody can follow a link; null where there are none. */
export function plainLines(lines: readonly AkteLine[]): string | null {
  return lines.map(({ path, text }) => (path === undefined ? text : `${path}: ${text}`)).join('\n') || null
}

/** The lines for a field that EspoCRM shows as Markdown: the documents are links. `entity`: what EspoCRM calls them. */
export function markdownLines(lines: readonly AkteLine[], entity: string): string | null {
  const line = ({ path, document, text }: AkteLine) => {
    if (path === undefined) return markdownText(text)
    const name = document
      ? markdownLink(path, `#${entity}/view/${encodeURIComponent(document)}`)
      : markdownName(path)
    return `${name}: ${markdownText(text)}`
  }
  return lines.map(line).join('\n') || null
}

/** What an Akte in EspoCRM says of itself as a whole. */
export function akteText(language: Language) {
  const say = (de: string, en: string) => (language === 'de' ? de : en)
  return {
    archived: say(
      'In Advoware abgelegt: Was bis dahin geändert wurde, ist übertragen. Die Akte ist deaktiviert und wird nicht mehr abgeglichen. Wer sie wieder abgleichen will, holt sie zuerst in Advoware aus der Ablage.',
      'Archived in Advoware: what was changed until then is carried over. The Akte is deactivated and synced no more. To have it synced again, take it out of the archive in Advoware first.',
    ),
  }
}

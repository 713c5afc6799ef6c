import type { Side } from '../model/model'
import { fileName } from '../model/paths'
import { type Language, type Reason, reasonText } from '../model/reasons'
import { formatsOf } from './formats'
import { markdownLink, markdownName, markdownText } from './markdown'

/** What EspoCRM stores and a page shows of one document at most, in characters. */
const MOST_CHARACTERS = 12_000

/** A version that a document had, as people read of it. */
interface Version {
  hash: string
  /** The path it had, below the Aktenordner, with `/`. */
  path: string
  side: Side
  /** When it was saved; null where nobody can tell. */
  savedAt: Date | null
  archivedAt: string
  /** Why it was replaced: the product's words in English, or those of an older version of it. */
  reason: string
  /** Bytes. */
  size: number
  /** Until when it is kept at least; null: until its Akte is purged. */
  until: Date | null
}

/** Which versions a document had, newest first, and how many older ones are not named. */
export interface FormerVersions {
  aktennummer: string
  /** The document's path now. */
  path: string
  versions: readonly Version[]
  older: number
}

/** In which words, and where administrators reach this product; without an address the place is named. */
interface Telling {
  language: Language
  timeZone: string
  publicUrl: string | undefined
}

/**
 * What a document's panel "Frühere Fassungen" says, as Markdown: a line for each version with a link to get it, and where
 * they lie. Null where there are none.
 */
export function formerVersionsText(
  { aktennummer, path, versions, older }: FormerVersions,
  { language, timeZone, publicUrl }: Telling,
): string | null {
  if (versions.length === 0) return null
  const say = (de: string, en: string) => (language === 'de' ? de : en)
  const locale = say('de-DE', 'en-GB')
  const days = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone })
  const times = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone })
  const at = (time: Date | null) =>
    time === null || Number.isNaN(time.getTime()) ? say('unbekannt', 'unknown') : times.format(time)

  const line = (version: Version): string => {
    const { hash, side, savedAt, archivedAt, reason, size, until } = version
    const formerName =
      fileName(version.path) === fileName(path) ? '' : ` „${markdownName(fileName(version.path))}“`
    const why = markdownText(reasonText(reason as Reason, language) ?? reason)
    const bytes = formatsOf(language).bytes(size)
    const replaced = at(new Date(archivedAt))
    const kept =
      until === null
        ? ''
        : say(`; aufbewahrt bis ${days.format(until)}`, `; kept until ${days.format(until)}`)
    const address = `${publicUrl}/archive/${hash}?aktennummer=${encodeURIComponent(aktennummer)}`
    const link =
      publicUrl === undefined ? '' : ` · ${markdownLink(say('Herunterladen', 'Download'), address)}`
    return say(
      `- **${at(savedAt)}**${formerName} aus ${side} (${bytes}), ersetzt am ${replaced}: ${why}${kept}${link}`,
      `- **${at(savedAt)}**${formerName} from ${side} (${bytes}), replaced on ${replaced}: ${why}${kept}${link}`,
    )
  }
  const office =
    publicUrl === undefined
      ? say('der Seite /office', 'the page /office')
      : markdownLink('/office', `${publicUrl}/office`)
  const place = say(
    `Die Administration holt sie in Document Sync zurück: auf ${office} bei Akte ${markdownName(aktennummer)} unter „Fassungen“.`,
    `Administrators get them back in Document Sync: on ${office}, Akte ${markdownName(aktennummer)}, under “Versions”.`,
  )
  const lines: string[] = []
  let length = place.length
  for (const version of versions) {
    const next = line(version)
    if (length + next.length > MOST_CHARACTERS) break
    lines.push(next)
    length += next.length
  }
  const unnamed = versions.length - lines.length + older
  if (unnamed > 0) lines.push(say(`- … und ${unnamed} ältere`, `- … and ${unnamed} older`))
  return [...lines, '', place].join('\n')
}

import type { Language } from '../model/reasons'

/** A version that lost a conflict. */
export interface LostVersion {
  /** Where it was. */
  side: 'Windows' | 'EspoCRM'
  /** When it was saved, and when the one that replaced it was; null where nobody can tell. */
  savedAt: Date | null
  replacedBy: Date | null
}

/** To whom, and in which words. */
interface Telling {
  language: Language
  timeZone: string
  /** `@name` of the person whose version it was: EspoCRM notifies them; null where nobody knows them. */
  mention: string | null
  /** The document's page says where its former versions are. */
  isOnPage: boolean
}

/**
 * What a document's stream says of a conflict, for the person whose version lost; times as the office's clocks show them.
 * No name of a file is in it: EspoCRM reads such texts as Markdown, and `@name` as a person to notify.
 */
export function conflictNote(
  { side, savedAt, replacedBy }: LostVersion,
  { language, timeZone, mention, isOnPage }: Telling,
): string {
  const say = (de: string, en: string) => (language === 'de' ? de : en)
  const format = new Intl.DateTimeFormat(say('de-DE', 'en-GB'), {
    dateStyle: 'medium',
    timeStyle: 'short',
    timeZone,
  })
  const at = (time: Date | null) =>
    time === null ? '' : say(` vom ${format.format(time)}`, ` of ${format.format(time)}`)
  const winner = side === 'Windows' ? 'EspoCRM' : 'Windows'
  const what = say(
    `Auf beiden Seiten geändert: Ihre Fassung aus ${side}${at(savedAt)} wurde durch die aus ${winner}${at(replacedBy)} ersetzt, weil die neuere gilt.`,
    `Changed on both sides: your version from ${side}${at(savedAt)} was replaced by the one from ${winner}${at(replacedBy)}, because the newer one counts.`,
  )
  const where = isOnPage
    ? say(
        'Sie ist nicht verloren: Sie steht am Dokument unter „Frühere Fassungen“.',
        'It is not lost: the document lists it under “Former Versions”.',
      )
    : say(
        'Sie ist nicht verloren, sondern liegt im Archiv; die Administration holt sie zurück.',
        'It is not lost but kept in the archive, from which the administrator gets it back.',
      )
  return `${mention === null ? '' : `${mention} `}${what} ${where}`
}

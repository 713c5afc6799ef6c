import type { Language } from '../model/reasons'

/** A version that lost a conflict. */
export interface LostVersion {
  /** Where it was. */
  side: 'Windows' | 'EspoCRM'
  /** When it was saved, and when the one that replaced it was; null where nobody can tell. */
  savedAt: Date | null
  replacedBy: Date | null
}

/**
 * What a document's stream says of a conflict, for the person whose version lost; times as the office's clocks show them.
 * No name of a file is in it: EspoCRM reads such texts as Markdown, and `@name` as a person to notify.
 */
export function conflictNote(
  { side, savedAt, replacedBy }: LostVersion,
  language: Language,
  timeZone: string,
): string {
  const de = language === 'de'
  const format = new Intl.DateTimeFormat(de ? 'de-DE' : 'en-GB', {
    dateStyle: 'medium',
    timeStyle: 'short',
    timeZone,
  })
  const at = (time: Date | null) =>
    time === null ? '' : de ? ` vom ${format.format(time)}` : ` of ${format.format(time)}`
  const winner = side === 'Windows' ? 'EspoCRM' : 'Windows'
  return de
    ? `Auf beiden Seiten geändert: Ihre Fassung aus ${side}${at(savedAt)} wurde durch die aus ${winner}${at(replacedBy)} ersetzt, weil die neuere gilt. Sie ist nicht verloren, sondern liegt im Archiv; die Administration holt sie zurück.`
    : `Changed on both sides: your version from ${side}${at(savedAt)} was replaced by the one from ${winner}${at(replacedBy)}, because the newer one counts. It is not lost but kept in the archive, from which the administrator gets it back.`
}

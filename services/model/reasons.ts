/** The language of what people read (`SYNC_LANGUAGE`). */
export type Language = 'de' | 'en'

/**
 * Why a file is treated as it is, in words for people. The English text is the key that code uses; the German
 * text is what lawyers read in EspoCRM.
 */
const GERMAN = {
  'new file in Windows': 'Neue Datei in Windows',
  'not in the History': 'Steht nicht in der Advoware-Historie',
  'new file in EspoCRM': 'Neue Datei in EspoCRM',
  'missing in Windows, restored from EspoCRM': 'Fehlt in Windows, Wiederherstellung aus EspoCRM',
  'missing in Windows, EspoCRM changed since': 'Fehlt in Windows, aber in EspoCRM seither geändert',
  'deleted in Windows': 'In Windows gelöscht',
  'same content on both sides, adopted': 'Gleicher Inhalt auf beiden Seiten',
  'interrupted upload, finished': 'Unterbrochene Übertragung abgeschlossen',
  'name taken': 'Name belegt: In Windows liegt unter diesem Namen eine andere Datei',
  unchanged: 'Unverändert',
  'touched, same content': 'Neu gespeichert, Inhalt gleich',
  'changed in Windows': 'In Windows geändert',
  'changed in EspoCRM': 'In EspoCRM geändert',
  'changed on both sides, same content': 'Auf beiden Seiten gleich geändert',
  'conflict, EspoCRM is newer': 'Auf beiden Seiten geändert, EspoCRM ist neuer',
  'conflict, Windows is newer': 'Auf beiden Seiten geändert, Windows ist neuer',
  'left the History': 'Steht nicht mehr in der Advoware-Historie',
  'left the History, the sides differ':
    'Steht nicht mehr in der Advoware-Historie; die Fassungen in Windows und EspoCRM unterscheiden sich',
  'document without a file': 'Dokument ohne Datei',
  'no file': 'Keine Datei',
  'two documents with one name': 'Zwei Dokumente mit demselben Namen: Das ältere wird synchronisiert',
  'two Windows files with one name':
    'Zwei Windows-Dateien, deren Namen sich nur in Groß- und Kleinschreibung oder Umlautkodierung unterscheiden',
  'a name Windows cannot have': 'Diesen Dateinamen kann Windows nicht führen',
  'path too long for EspoCRM': 'Der Pfad ist für EspoCRM zu lang',
  'renamed in Windows': 'In Windows umbenannt oder verschoben',
  'renamed in EspoCRM, Windows keeps its name':
    'In EspoCRM umbenannt: Windows behält den Namen, der Dateipfad wurde zurückgesetzt',
  'restored from the archive': 'Aus dem Archiv zurückgeholt',
  'replaced by a restored version': 'Durch eine Fassung aus dem Archiv ersetzt',
  'open in another program': 'In einem anderen Programm geöffnet',
  'just modified': 'Wird gerade bearbeitet',
  'changed while being read': 'Wird gerade geschrieben',
  'too large for EspoCRM': 'Zu groß für EspoCRM',
  'too large for Windows': 'Zu groß für den Windows-Dateiserver',
  'file type refused by EspoCRM': 'Diesen Dateityp nimmt EspoCRM nicht an',
  'keeps changing': 'Ändert sich laufend',
  'vanished during the sync': 'Ist während der Synchronisation verschwunden',
  'not listed, but there': 'Fehlt in der Dateiliste, liegt aber auf dem Dateiserver',
  'keeps vanishing': 'Verschwindet immer wieder aus Windows, obwohl sie wiederhergestellt wurde',
} as const

/** A reason the product knows, in English. */
export type Reason = keyof typeof GERMAN

const ADVICE: Partial<Record<Reason, Record<Language, string>>> = {
  'name taken': {
    de: 'Bitte dem Dokument einen anderen Dateipfad geben oder die Windows-Datei in Advoware eintragen.',
    en: 'Please give the document another path, or enter the Windows file in Advoware.',
  },
  'two documents with one name': {
    de: 'Bitte diesem Dokument einen anderen Dateipfad geben oder es löschen.',
    en: 'Please give this document another path, or delete it.',
  },
  'two Windows files with one name': {
    de: 'Bitte eine der beiden Dateien in Windows umbenennen.',
    en: 'Please rename one of the two files in Windows.',
  },
  'a name Windows cannot have': {
    de: 'Bitte Dateipfad oder Dateinamen des Dokuments ändern.',
    en: "Please change the document's path or file name.",
  },
  'path too long for EspoCRM': {
    de: 'Bitte Datei oder Ordner in Windows kürzer benennen.',
    en: 'Please give the file or its folders shorter names in Windows.',
  },
  'renamed in EspoCRM, Windows keeps its name': {
    de: 'Umbenennen lässt sich die Datei nur in Windows und Advoware.',
    en: 'The file can only be renamed in Windows and Advoware.',
  },
  'left the History, the sides differ': {
    de: 'Sie wird nicht mehr abgeglichen. Bitte prüfen, welche Fassung gilt, oder die Datei in Advoware wieder eintragen.',
    en: 'It is not synced any more. Please check which version counts, or enter the file in Advoware again.',
  },
  'not listed, but there': {
    de: 'Wird übertragen, sobald die Liste vollständig ist. Bleibt es dabei, bitte die Administration verständigen.',
    en: 'It is synced as soon as the list is complete. If this stays, please tell the administrator.',
  },
  'keeps vanishing': {
    de: 'Bitte die Administration verständigen: Vielleicht hält der Virenschutz sie in Quarantäne.',
    en: 'Please tell the administrator: a virus scanner may keep it in quarantine.',
  },
  'open in another program': {
    de: 'Wird übertragen, sobald die Datei geschlossen ist.',
    en: 'It is synced as soon as the file is closed.',
  },
  'just modified': { de: 'Wird in Kürze übertragen.', en: 'It is synced in a moment.' },
  'changed while being read': { de: 'Wird in Kürze übertragen.', en: 'It is synced in a moment.' },
  'keeps changing': {
    de: 'Wird übertragen, sobald sie zur Ruhe kommt.',
    en: 'It is synced once it is quiet.',
  },
  'vanished during the sync': { de: 'Wird in Kürze geprüft.', en: 'It is checked in a moment.' },
  'too large for EspoCRM': {
    de: 'Bitte die Datei verkleinern oder die Administration um eine höhere Grenze bitten.',
    en: 'Please make the file smaller, or ask the administrator for a higher limit.',
  },
  'too large for Windows': {
    de: 'Bitte die Datei verkleinern oder die Administration verständigen.',
    en: 'Please make the file smaller, or tell the administrator.',
  },
  'file type refused by EspoCRM': {
    de: 'Bitte die Administration bitten, diesen Dateityp zuzulassen.',
    en: 'Please ask the administrator to allow this type.',
  },
}

/** Since when a document has been open, `modified` of its owner file, in the office's time. */
export function openSinceText(modified: string, language: Language): string {
  const date = new Date(modified)
  if (Number.isNaN(date.getTime())) return modified
  const format = { dateStyle: 'medium', timeStyle: 'short', timeZone: 'Europe/Berlin' } as const
  const time = new Intl.DateTimeFormat(language === 'de' ? 'de-DE' : 'en-GB', format).format(date)
  return language === 'de' ? `seit ${time}` : `since ${time}`
}

/** The reason in few words. */
export function reasonText(reason: Reason, language: Language): string {
  return language === 'de' ? GERMAN[reason] : reason
}

/** The reason, more of it where there is more, and what a person can do about it. */
export function fullReasonText(reason: Reason, language: Language, detail?: string): string {
  const what = detail ? `${reasonText(reason, language)} (${detail})` : reasonText(reason, language)
  const advice = ADVICE[reason]?.[language]
  return advice ? `${what}. ${advice}` : what
}

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
  'never synced': 'Dateien dieser Art werden nie abgeglichen',
  'deleted in EspoCRM, still in the History': 'In EspoCRM gelöscht, steht aber noch in der Advoware-Historie',
  'two documents with one name': 'Zwei Dokumente mit demselben Namen: Nur eines wird synchronisiert',
  'two Windows files with one name':
    'Zwei Windows-Dateien, deren Namen sich nur in Groß- und Kleinschreibung oder Umlautkodierung unterscheiden',
  'a name Windows cannot have': 'Diesen Dateinamen kann Windows nicht führen',
  'unreadable in the file list': 'Die Dateiliste von Windows beschreibt diese Datei falsch',
  'path too long for EspoCRM': 'Der Pfad ist für EspoCRM zu lang',
  'renamed in Windows': 'In Windows umbenannt oder verschoben',
  'renamed in EspoCRM, Windows keeps its name':
    'In EspoCRM umbenannt: Windows behält den Namen, der Pfad in der Akte wurde zurückgesetzt',
  'restored from the archive': 'Aus dem Archiv zurückgeholt',
  'replaced by a restored version': 'Durch eine Fassung aus dem Archiv ersetzt',
  'open in another program': 'In einem anderen Programm geöffnet',
  'just modified': 'Wird gerade bearbeitet',
  'changed while being read': 'Wird gerade geschrieben',
  'too large for EspoCRM': 'Zu groß für EspoCRM',
  'too large for Windows': 'Zu groß für den Windows-Dateiserver',
  'file type refused by EspoCRM': 'Diesen Dateityp nimmt EspoCRM nicht an',
  'too large for the web server in front of EspoCRM': 'Zu groß für den Webserver oder Proxy vor EspoCRM',
  'refused by EspoCRM': 'EspoCRM nimmt dieses Dokument nicht an',
  'name refused by EspoCRM': 'Diesen Dateinamen kann EspoCRM nicht speichern',
  'locked in EspoCRM': 'In EspoCRM gesperrt',
  'metadata refused by EspoCRM':
    'Die Angaben aus der Advoware-Historie nimmt EspoCRM nicht an, die Datei ist übertragen',
  'refused by the Windows file server': 'Der Windows-Dateiserver nimmt diese Datei nicht an',
  'former version lost in EspoCRM':
    'Die bisherige Fassung ließ sich in EspoCRM nicht mehr lesen und liegt nicht im Archiv',
  'empty now': 'Die Datei ist jetzt leer',
  'nothing but zeros now': 'Die Datei besteht jetzt nur noch aus Nullbytes',
  'older than what it replaces': 'Älter als die Fassung, die sie ersetzt hat',
  'path taken in Windows': 'In Windows liegt ein Ordner dieses Namens oder eine Datei anstelle des Ordners',
  'keeps changing': 'Ändert sich laufend',
  'vanished during the sync': 'Ist während der Synchronisation verschwunden',
  'not listed, but there': 'Fehlt in der Dateiliste, liegt aber auf dem Dateiserver',
  'keeps vanishing': 'Verschwindet immer wieder aus Windows, obwohl sie wiederhergestellt wurde',
} as const

/** A reason the product knows, in English. */
export type Reason = keyof typeof GERMAN

const ADVICE: Partial<Record<Reason, Record<Language, string>>> = {
  'name taken': {
    de: 'Bitte dem Dokument einen anderen „Pfad in der Akte“ geben oder die Windows-Datei in Advoware eintragen.',
    en: 'Please give the document another path, or enter the Windows file in Advoware.',
  },
  'never synced': {
    de: 'So heißen Hilfsdateien von Programmen. Gehört die Datei zur Akte, bitte unter einem anderen Namen hochladen.',
    en: 'Programs name their auxiliary files so. If the file belongs to the Akte, please upload it under another name.',
  },
  'deleted in EspoCRM, still in the History': {
    de: 'Soll sie aus der Akte verschwinden, bitte den Eintrag in Advoware löschen.',
    en: 'If it is to leave the Akte, please delete the entry in Advoware.',
  },
  'two documents with one name': {
    de: 'Bitte diesem Dokument einen anderen „Pfad in der Akte“ geben oder es löschen.',
    en: 'Please give this document another path, or delete it.',
  },
  'two Windows files with one name': {
    de: 'Bitte eine der beiden Dateien in Windows umbenennen.',
    en: 'Please rename one of the two files in Windows.',
  },
  'a name Windows cannot have': {
    de: 'Bitte „Pfad in der Akte“ oder Dateinamen des Dokuments ändern.',
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
  'too large for the web server in front of EspoCRM': {
    de: 'Bitte die Administration bitten, dort größere Anfragen zuzulassen.',
    en: 'Please ask the administrator to allow larger requests there.',
  },
  'refused by EspoCRM': {
    de: 'Bitte die Angaben des Dokuments prüfen oder die Administration verständigen.',
    en: "Please check the document's values, or tell the administrator.",
  },
  'name refused by EspoCRM': {
    de: 'Bitte die Datei in Windows und Advoware umbenennen, ohne Emojis und andere Sonderzeichen.',
    en: 'Please rename the file in Windows and Advoware, without emoji and other special characters.',
  },
  'locked in EspoCRM': {
    de: 'Wird übertragen, sobald das Dokument in EspoCRM entsperrt ist und der Abgleich wieder läuft.',
    en: 'It is synced once the document is unlocked in EspoCRM and the sync runs again.',
  },
  'metadata refused by EspoCRM': {
    de: 'Bitte Bemerkung und Art des Eintrags in Advoware prüfen oder die Administration verständigen.',
    en: "Please check the entry's remark and kind in Advoware, or tell the administrator.",
  },
  'empty now': {
    de: 'Bitte prüfen, ob das gewollt ist.',
    en: 'Please check whether that is intended.',
  },
  'nothing but zeros now': {
    de: 'Bitte prüfen: So sieht eine Datei nach einem Absturz oder einer vollen Festplatte aus.',
    en: 'Please check: this is what a crash or a full disk leaves of a file.',
  },
  'older than what it replaces': {
    de: 'Bitte prüfen, ob das gewollt ist: So sieht eine Datei nach dem Zurückspielen einer Sicherung aus.',
    en: 'Please check whether that is intended: this is what a restored backup looks like.',
  },
  'path taken in Windows': {
    de: 'Bitte dem Dokument einen anderen „Pfad in der Akte“ geben.',
    en: 'Please give the document another path.',
  },
  'refused by the Windows file server': {
    de: 'Bitte prüfen, ob dort ein Ordner oder eine Datei im Weg ist und der Name zulässig ist.',
    en: 'Please check whether a folder or a file is in its way there, and whether the name is allowed.',
  },
}

/** Since when a document has been open, `modified` of its owner file, in the office's time. */
export function openSinceText(modified: string, language: Language, timeZone: string): string {
  const date = new Date(modified)
  if (Number.isNaN(date.getTime())) return modified
  const format = { dateStyle: 'medium', timeStyle: 'short', timeZone } as const
  const time = new Intl.DateTimeFormat(language === 'de' ? 'de-DE' : 'en-GB', format).format(date)
  return language === 'de' ? `seit ${time}` : `since ${time}`
}

/** Who has a document open and since when, and what follows, as it stands on the document. */
export function openByText(who: string, modified: string, language: Language, timeZone: string): string {
  const since = openSinceText(modified, language, timeZone)
  const what = language === 'de' ? `Geöffnet von ${who} ${since}` : `Opened by ${who} ${since}`
  return `${what}. ${ADVICE['open in another program']?.[language]}`
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

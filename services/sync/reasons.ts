/**
 * Why a file is treated as it is, in words for people. The English text is the key that code uses; the German
 * text is what lawyers read in EspoCRM (`SYNC_LANGUAGE`).
 */
const GERMAN = {
  'new file in Windows': 'Neue Datei in Windows',
  'not in the History': 'Steht nicht in der Advoware-Historie',
  'new file in EspoCRM': 'Neue Datei in EspoCRM',
  'missing in Windows, restored from EspoCRM': 'Fehlt in Windows, aus EspoCRM wiederhergestellt',
  'missing in Windows, EspoCRM changed since': 'Fehlt in Windows, aber in EspoCRM seither geändert',
  'deleted in Windows': 'In Windows gelöscht',
  'same content on both sides, adopted': 'Gleicher Inhalt auf beiden Seiten, übernommen',
  'interrupted upload, finished': 'Unterbrochene Übertragung abgeschlossen',
  'name taken': 'Name belegt: In Windows liegt unter diesem Namen eine andere Datei',
  unchanged: 'Unverändert',
  'touched, same content': 'Neu gespeichert, Inhalt gleich',
  'changed in Windows': 'In Windows geändert',
  'changed in EspoCRM': 'In EspoCRM geändert',
  'changed on both sides, same content': 'Auf beiden Seiten gleich geändert',
  'conflict, EspoCRM is newer': 'Konflikt, EspoCRM ist neuer',
  'conflict, Windows is newer': 'Konflikt, Windows ist neuer',
  'left the History': 'Steht nicht mehr in der Advoware-Historie',
  'document without a file': 'Dokument ohne Datei',
  'no file': 'Keine Datei',
  'two documents with one name': 'Zwei Dokumente mit demselben Namen: Das ältere wird synchronisiert',
  'two Windows files with one name':
    'Zwei Windows-Dateien, deren Namen sich nur in Schreibweise oder Kodierung unterscheiden',
  'a name Windows cannot have': 'Diesen Dateinamen kann Windows nicht führen',
  'open in another program': 'In einem anderen Programm geöffnet',
  'just modified': 'Wird gerade bearbeitet',
  'changed while being read': 'Hat sich beim Lesen geändert',
  'too large for EspoCRM': 'Zu groß für EspoCRM',
  'file type refused by EspoCRM': 'Diesen Dateityp nimmt EspoCRM nicht an',
  'keeps changing': 'Ändert sich laufend',
} as const

/** A reason the product knows, in English. */
export type Reason = keyof typeof GERMAN

/** The reason in the administrator's language (`de` or `en`). */
export function reasonText(reason: Reason, language: 'de' | 'en'): string {
  return language === 'de' ? GERMAN[reason] : reason
}

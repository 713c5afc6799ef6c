import type { Language } from '../model/reasons'

/** What `espocrm inspect` says. */
export type InspectText = ReturnType<typeof inspectText>

/** The lines of a proposal, in the language of people. */
export function inspectText(language: Language) {
  const say = (de: string, en: string) => (language === 'de' ? de : en)
  const none = say('keine', 'none')
  return {
    levels: {
      found: say('gefunden', 'found'),
      guessed: say('vermutet', 'guessed'),
      missing: say('fehlt', 'missing'),
    },
    nothing: say(
      'EspoCRM zeigt keine Entität mit Nummer und Status (Akten), mit der eine mit einer Datei (Dokumente) verknüpft ist; sieht die Rolle des API-Benutzers sie?',
      'EspoCRM shows no entity with a number and a status (Akten) to which one with a file (documents) is linked; does the role of the API user see them?',
    ),
    entities: (akten: string, dokumente: string, evidence: string[], rivals: string[]) =>
      say(
        `${akten} sind die Akten, ${dokumente} die Dokumente: ${evidence.join(', ')}${rivals.length > 0 ? `; ebenso möglich: ${rivals.join(', ')}` : ''}`,
        `${akten} are the Akten, ${dokumente} the documents: ${evidence.join(', ')}${rivals.length > 0 ? `; just as well ${rivals.join(', ')}` : ''}`,
      ),
    pair: (akten: string, dokumente: string) =>
      say(`${akten} mit ${dokumente}`, `${akten} with ${dokumente}`),
    has: (akten: string, number: string, status: string) =>
      say(`${akten} hat ${number} und ${status}`, `${akten} has ${number} and ${status}`),
    isLinked: (dokumente: string) =>
      say(
        `${dokumente} hat eine Datei und ist damit verknüpft`,
        `${dokumente} has a file and is linked to it`,
      ),
    isCalledSo: (entity: string) => say(`${entity} heißt so`, `${entity} is called so`),
    many: (link: string) =>
      say(
        `${link} führt zu mehreren Akten (m:n): Ein Dokument in zwei Akten wird in beiden abgeglichen, und seine Basis ist die der letzten`,
        `${link} leads to several Akten (m:n): a document in two Akten is synced in both, and its base is that of the last one`,
      ),
    one: (link: string) => say(`${link} führt zu seiner Akte (n:1)`, `${link} leads to its Akte (n:1)`),
    guessed: (name: string) =>
      say(`; nach Name und Typ, statt ${name}`, `; by its name and type, instead of ${name}`),
    missing: (entity: string, loss: string, added: string) =>
      say(
        `${entity} hat es nicht: ${loss}. Vorschlag: hinzufügen als ${added}`,
        `${entity} has none: ${loss}. Proposed: added as ${added}`,
      ),
    isOther: (name: string) =>
      say(` (${name} gibt es, es ist etwas anderes)`, ` (${name} is there, and is something else)`),
    narrow: (field: string) =>
      say(
        `${field} fasst nur 31 Bit; eine USN hat 64 (dbType bigint)`,
        `${field} takes 31 bits only; a USN has 64 (dbType bigint)`,
      ),
    status: (synced: string[], closed: string, rest: string[]) =>
      say(
        `abgeglichen: ${synced.join(', ') || none}; schließt: ${closed || none}; nicht abgeglichen: ${rest.join(', ') || none}`,
        `synced: ${synced.join(', ') || none}; closes: ${closed || none}; not synced: ${rest.join(', ') || none}`,
      ),
    written: (word: string, value: string) =>
      say(`${word} wird als ${value} geschrieben`, `${word} is written as ${value}`),
    unwritten: (words: string[]) =>
      say(
        `nicht geschrieben, weil es den Wert nicht gibt: ${words.join(', ')}`,
        `not written, no such option: ${words.join(', ')}`,
      ),
    quiet: say('Kein Hook ändert, was der Abgleich schreibt', 'no hook changes what the sync writes'),
    takesBack: (field: string, value: string) =>
      say(
        `ein Hook setzt ${field} nach jedem Schreiben auf ${value}: Der Abgleich schreibt deshalb nicht noch einmal`,
        `a hook sets ${field} to ${value} after each write: the sync does not write it again for that`,
      ),
    leftBehind: (path: string, reason: string) =>
      say(
        `das Testdokument ${path} ließ sich nicht entfernen (${reason}); bitte von Hand entfernen`,
        `the test document ${path} could not be removed (${reason}); remove it by hand`,
      ),
    hashInBase: (field: string) =>
      say(
        `ein Hook schreibt einen Hash in ${field}, wo die Basis hingehört: dokument.syncHash auf ein anderes Attribut abbilden`,
        `a hook writes a hash into ${field}, where the base belongs: map dokument.syncHash to another attribute`,
      ),
    hashUsed: (kind: string, field: string) =>
      say(
        `ein Hook berechnet ${kind} in ${field}: Gleiche Inhalte werden erkannt, ohne gelesen zu werden`,
        `a hook computes ${kind} into ${field}: equal contents are recognised without being read`,
      ),
    hashUnused: (kind: string, field: string) =>
      say(
        `ein Hook berechnet ${kind} in ${field}, was der Abgleich nicht nutzt`,
        `a hook computes ${kind} into ${field}, which the sync does not use`,
      ),
    isThere: (file: string) =>
      say(
        `${file} gibt es schon: beiseitelegen und ESPOCRM_MAPPING so lange leeren`,
        `${file} is there already: move it away, and set ESPOCRM_MAPPING to blank meanwhile`,
      ),
    fillIn: (problem: string) =>
      say(`${problem}: vor dem Gebrauch ergänzen`, `${problem}: fill it in before it counts`),
    isExtension: say(
      'Das sind die Namen der eigenen Erweiterung: Es braucht keine Abbildungsdatei.',
      "These are the names of the product's own extension: no mapping file is needed.",
    ),
    saved: (file: string) =>
      say(
        `${file}: Zeile für Zeile lesen, dann npx document-sync espocrm check`,
        `${file}: read it, line by line, then npx document-sync espocrm check`,
      ),
    unsaved: (file: string) => say(`--write speichert dies als ${file}`, `--write saves this as ${file}`),
    build: (file: string) =>
      say(
        `Was fehlt: npm run build:espocrm-extension -- --mapping ${file}, dann Administration → Erweiterungen`,
        `What is missing: npm run build:espocrm-extension -- --mapping ${file}, then Administration → Extensions`,
      ),
  }
}

import type { Hold } from '../model/hold'
import type { PurgeCounts, PurgeObstacle } from '../model/purge'
import type { Language } from '../model/reasons'
import { formatsOf, plural } from './formats'

/** What the page, the API and the terminal say of purges, holds and retention. */
function build(language: Language) {
  const de = language === 'de'
  const say = (german: string, english: string): string => (de ? german : english)
  const count = plural(language)
  const { bytes, dateTime } = formatsOf(language)
  const held = ({ reason, by, since }: Hold) =>
    say(
      `Aufbewahrung angeordnet von ${by} am ${dateTime(since)}: ${reason}`,
      `Held by ${by} since ${dateTime(since)}: ${reason}`,
    )
  return {
    held,
    unknown: (akte: string) =>
      say(
        `Von der Akte ${akte} ist hier nichts gespeichert; nichts wurde geändert`,
        `Nothing is kept of Akte ${akte} here; nothing was changed`,
      ),
    /** What goes, one line per place; the empty ones are left out. */
    counts: (of: PurgeCounts): string[] =>
      [
        of.versions > 0 &&
          say(
            `Archiv: ${count(of.versions, 'Fassung', 'Fassungen')}, ${count(of.contents, 'Inhalt', 'Inhalte')} (${bytes(of.bytes)})`,
            `archive: ${count(of.versions, 'version', 'versions')}, ${count(of.contents, 'content', 'contents')} (${bytes(of.bytes)})`,
          ),
        of.auditLines > 0 &&
          say(
            `Protokoll: der Inhalt von ${count(of.auditLines, 'Zeile', 'Zeilen')}; die Kette bleibt prüfbar`,
            `audit log: the content of ${count(of.auditLines, 'line', 'lines')}; the chain stays verifiable`,
          ),
        of.reports > 0 &&
          say(count(of.reports, 'Bericht', 'Berichte'), count(of.reports, 'report', 'reports')),
        of.queueEntries > 0 &&
          say(
            `${count(of.queueEntries, 'Eintrag', 'Einträge')} auf Listen und in der Warteschlange`,
            `${count(of.queueEntries, 'entry', 'entries')} on lists and in the queue`,
          ),
        of.notes > 0 &&
          say(
            `${count(of.notes, 'Vermerk', 'Vermerke')} zu Läufen`,
            `${count(of.notes, 'note', 'notes')} about runs`,
          ),
        of.documents > 0 &&
          say(
            `${count(of.documents, 'Dokument', 'Dokumente')} im Verzeichnis`,
            `${count(of.documents, 'document', 'documents')} in the index`,
          ),
        of.technical > 0 &&
          say(
            `${count(of.technical, 'technischer Eintrag', 'technische Einträge')} (Logzeilen, Spuren, Aufträge)`,
            `${count(of.technical, 'technical entry', 'technical entries')} (log lines, traces, jobs)`,
          ),
      ].filter((line) => line !== false),
    stays: (shared: number) =>
      say(
        `${count(shared, 'Inhalt bleibt', 'Inhalte bleiben')} im Archiv: eine andere Akte hat ihn auch`,
        `${count(shared, 'content stays', 'contents stay')} in the archive: another Akte has it as well`,
      ),
    untouched: say(
      'Windows, Advoware und EspoCRM bleiben unberührt, ebenso Sicherungen; nur „Frühere Fassungen“ an den Dokumenten werden geleert.',
      'Windows, Advoware and EspoCRM are not touched, nor are backups; only “Former Versions” on the documents are emptied.',
    ),
    obstacle: (akte: string, obstacle: PurgeObstacle): string => {
      switch (obstacle.kind) {
        case 'held':
          return say(
            `Akte ${akte} wird aufbewahrt und deshalb nicht gelöscht. ${held(obstacle.hold)}`,
            `Akte ${akte} is held and therefore not purged. ${held(obstacle.hold)}`,
          )
        case 'running':
          return say(
            `Akte ${akte} wird gerade abgeglichen; bitte gleich noch einmal versuchen`,
            `Akte ${akte} is being synced; try again in a moment`,
          )
        case 'to be synced':
          return say(
            `Akte ${akte} wird noch abgeglichen: In EspoCRM steht sie auf „${obstacle.status}“. Erst dort auf Deaktiviert setzen, oder erzwingen`,
            `Akte ${akte} is still to be synced: its status in EspoCRM is "${obstacle.status}". Set it to Deaktiviert there first, or use force`,
          )
      }
    },
    forceFollows: say(
      'Erzwungen: Die Akte wird weiter abgeglichen. Der nächste Abgleich legt wieder Berichte, Protokollzeilen und Archivfassungen an, und ersetzte Fassungen von früher lassen sich nicht mehr zurückholen.',
      'With force: the Akte goes on being synced. The next sync makes reports, lines of the audit log and archived versions anew, and versions replaced before cannot be restored any more.',
    ),
    preview: (akte: string) =>
      say(`Was von der Akte ${akte} gelöscht würde:`, `What would be purged of Akte ${akte}:`),
    receipt: (akte: string) => say(`Gelöscht von der Akte ${akte}:`, `Purged of Akte ${akte}:`),
    proof: (purge: string, proof: string) =>
      say(
        `Löschung ${purge}, belegt im Protokoll durch ${proof}. Nur dieser Beleg nennt die Akte: bitte aufheben.`,
        `Purge ${purge}, proven in the audit log by ${proof}. Only this receipt names the Akte: please keep it.`,
      ),
    dryRun: say(
      'Nichts wurde geändert. Löschen: --reason "…" angeben und bestätigen (--yes, wo niemand gefragt werden kann).',
      'Nothing was changed. To purge, give --reason "…" and confirm (--yes where nobody can be asked).',
    ),
    question: (akte: string) =>
      say(
        `Das lässt sich nicht rückgängig machen. Zum Löschen die Aktennummer ${akte} eingeben: `,
        `This cannot be undone. To purge, type the Aktennummer ${akte}: `,
      ),
    notConfirmed: say('Nicht bestätigt; nichts wurde geändert', 'Not confirmed; nothing was changed'),
    noReason: say('Ein Grund fehlt', 'A reason is missing'),
    unfinished: say(
      'Die Löschung wurde unterbrochen; bitte wiederholen',
      'The purge was interrupted; please repeat it',
    ),
    hold: {
      placed: (akte: string) =>
        say(
          `Akte ${akte} wird aufbewahrt: Nichts von ihr wird gelöscht, auch nicht nach Ablauf von Fristen`,
          `Akte ${akte} is held: nothing of it is purged or goes by age`,
        ),
      released: (akte: string) =>
        say(`Die Aufbewahrung der Akte ${akte} ist aufgehoben`, `The hold on Akte ${akte} is released`),
      notHeld: (akte: string) => say(`Akte ${akte} wird nicht aufbewahrt`, `Akte ${akte} is not held`),
      none: say('Keine Akte wird aufbewahrt', 'No Akte is held'),
      tag: say('Aufbewahrung', 'Hold'),
    },
    retention: {
      none: (years: number) =>
        say(
          `Keine Akte ist abgelaufen (${count(years, 'Jahr', 'Jahre')} ab dem Jahresende)`,
          `No Akte is over (${count(years, 'year', 'years')} from the year's end)`,
        ),
      columns: [
        'Akte',
        say('Letztes Datum', 'Last date'),
        say('Woher', 'From'),
        say('Aufzubewahren bis', 'To be kept until'),
        say('Was bekannt ist', 'What is known'),
      ] as const,
      sources: {
        'last sync': say('letzter Abgleich', 'last sync'),
        Ablage: say('Ablage in Advoware', 'Ablage in Advoware'),
        History: say('Advoware-Historie', 'Advoware History'),
        created: say('Anlage in EspoCRM', 'made in EspoCRM'),
      },
      states: {
        due: say('abgelaufen', 'over'),
        held: say('wird aufbewahrt', 'held'),
        'not archived': say('bleibt: in Advoware nicht abgelegt', 'stays: not archived in Advoware'),
        'not over': say('bleibt: noch nicht abgelaufen', 'stays: not over yet'),
        'no date': say('bleibt: kein Datum bekannt', 'stays: no date known'),
      },
      apply: (n: number) =>
        say(
          `${count(n, 'Akte ist', 'Akten sind')} abgelaufen; löschen: npm run retention -- --apply`,
          `${count(n, 'Akte is', 'Akten are')} over; to purge: npm run retention -- --apply`,
        ),
      reason: (years: number) =>
        say(
          `Aufbewahrungsfrist von ${count(years, 'Jahr', 'Jahren')} abgelaufen`,
          `Retention period of ${count(years, 'year', 'years')} is over`,
        ),
      purged: (n: number) =>
        say(`${count(n, 'Akte', 'Akten')} gelöscht`, `${count(n, 'Akte', 'Akten')} purged`),
    },
    dialog: {
      open: say('Löschen …', 'Purge …'),
      title: (akte: string) => say(`Daten der Akte ${akte} löschen?`, `Purge the data of Akte ${akte}?`),
      asking: say('Wird zusammengestellt …', 'Being gathered …'),
      action: say('Endgültig löschen', 'Purge for good'),
      force: say(
        'Erzwingen: löschen, obwohl die Akte noch abgeglichen wird',
        'Force: purge although the Akte is still to be synced',
      ),
      reason: say('Grund (bleibt im Protokoll)', 'Reason (stays in the audit log)'),
      done: (akte: string) => say(`Akte ${akte} ist gelöscht`, `Akte ${akte} is purged`),
      close: say('Schließen', 'Close'),
      hold: say('Aufbewahren …', 'Hold …'),
      holdTitle: (akte: string) => say(`Akte ${akte} aufbewahren?`, `Hold Akte ${akte}?`),
      holdAction: say('Aufbewahren', 'Hold'),
      holdConsequence: say(
        'Nichts von dieser Akte wird gelöscht, auch nicht nach Ablauf von Fristen, bis die Aufbewahrung aufgehoben wird.',
        'Nothing of this Akte is purged or goes by age until the hold is released.',
      ),
      holdReason: say('Grund', 'Reason'),
      release: say('Aufbewahrung aufheben', 'Release the hold'),
    },
  }
}

export type PurgeText = ReturnType<typeof build>

const TEXTS: Record<Language, PurgeText> = { de: build('de'), en: build('en') }

export const purgeText = (language: Language): PurgeText => TEXTS[language]

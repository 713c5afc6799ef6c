import type { Language } from '../model/reasons'
import { plural } from './formats'

/** What the page `/office`, the Workbench tab and `status` say. Each text in both languages, side by side. */
function build(language: Language) {
  const de = language === 'de'
  const say = (german: string, english: string): string => (de ? german : english)
  const count = plural(language)
  const akten = (n: number) => count(n, 'Akte', 'Akten')
  const files = (n: number) => (de ? count(n, 'Datei', 'Dateien') : count(n, 'file', 'files'))
  const are = (n: number, one: [string, string], many: [string, string]) => say(...(n === 1 ? one : many))
  return {
    language,
    akten,
    files,
    title: 'Document Sync',
    pageTitle: say('Document Sync: die Kanzlei auf einen Blick', 'Document Sync: the office at one glance'),
    states: {
      pending: say('Wartet', 'Waiting'),
      processing: say('Läuft', 'Running'),
      failed: say('Aufgegeben', 'Given up'),
      stopped: say('Gestoppt', 'Stopped'),
      synced: say('Synchron', 'In sync'),
      idle: say('Nicht synchron', 'Not in sync'),
      paused: say('Pausiert', 'Paused'),
    },
    filters: {
      unsynced: say('Nicht synchron', 'Not in sync'),
      open: say('Zu klären', 'Needs you'),
      pending: say('Wartet', 'Waiting'),
      processing: say('Läuft', 'Running'),
      failed: say('Aufgegeben', 'Given up'),
      stopped: say('Gestoppt', 'Stopped'),
      synced: say('Synchron', 'In sync'),
    },
    filterLegend: say('Nach Zustand filtern', 'Filter by state'),
    columns: {
      akte: 'Akte',
      state: say('Zustand', 'State'),
      lastSync: say('Zuletzt synchron', 'Last in sync'),
      lastTry: say('Letzter Versuch', 'Last try'),
      nextTry: say('Nächster Versuch', 'Next try'),
      known: say('Was bekannt ist', 'What is known'),
      actions: say('Aktionen', 'Actions'),
    },
    nextTry: {
      onRetry: say('von Hand', 'when you retry'),
      onResume: say('nach der Pause', 'when resumed'),
      soon: say('als Nächstes', 'next'),
      now: say('läuft', 'running'),
    },
    known: {
      forced: say('Übergeht einmal die Sicherheitsstopps', 'Passes the safety stops once'),
      failedTries: (n: number) =>
        de ? count(n, 'Fehlversuch', 'Fehlversuche') : count(n, 'failed try', 'failed tries'),
    },
    progress: {
      fetching: say('Listen werden geholt', 'Fetching the lists'),
      syncing: say('Dateien werden abgeglichen', 'Syncing files'),
      finishing: say('Ergebnis wird eingetragen', 'Writing the status'),
      files: (done: number, total: number) =>
        de ? `${done} von ${files(total)}` : `${done} of ${files(total)}`,
      left: (duration: string) => say(`noch ${duration}`, `${duration} left`),
      label: (akte: string) => say(`Fortschritt der Akte ${akte}`, `Progress of Akte ${akte}`),
    },
    overview: {
      heading: say('Überblick', 'Overview'),
      agreement: {
        title: say('Übereinstimmung', 'Agreement'),
        yes: say('Alles stimmt überein', 'Everything agrees'),
        no: (n: number) =>
          de
            ? `${akten(n)} ${n === 1 ? 'stimmt' : 'stimmen'} noch nicht überein`
            : `${akten(n)} ${n === 1 ? 'does' : 'do'} not agree yet`,
        none: say('Noch keine Akte abgeglichen', 'Nothing was synced yet'),
        synced: (n: number) => say(`${akten(n)} synchron`, `${akten(n)} in sync`),
      },
      needsYou: {
        title: say('Braucht Sie', 'Needs you'),
        nothing: say('Nichts zu tun', 'Nothing to do'),
        some: (n: number) =>
          de
            ? `${akten(n)} ${n === 1 ? 'wartet' : 'warten'} auf Sie`
            : `${akten(n)} ${n === 1 ? 'waits' : 'wait'} for you`,
        failed: (n: number) => say(`${n} aufgegeben`, `${n} given up`),
        stopped: (n: number) => say(`${n} aus Sicherheit gestoppt`, `${n} stopped for safety`),
        flagged: (n: number) => say(`${n} mit Dateien zu klären`, `${n} with files to clarify`),
        show: say('Anzeigen', 'Show them'),
        paused: say('Der Abgleich ist pausiert', 'The sync is paused'),
      },
      running: {
        title: say('Läuft gerade', 'Runs now'),
        nothing: say('Nichts', 'Nothing'),
        some: (n: number) => say(`${akten(n)} in Arbeit`, `${akten(n)} in work`),
        pending: (n: number) =>
          de ? `${akten(n)} ${n === 1 ? 'wartet' : 'warten'}` : `${akten(n)} ${n === 1 ? 'waits' : 'wait'}`,
        oldest: (duration: string) => say(`die älteste seit ${duration}`, `the oldest for ${duration}`),
        idle: say('Es wartet auch keine Akte', 'No Akte waits either'),
      },
      systems: {
        title: say('Verbindungen', 'Connections'),
        allFine: say('Alle Systeme antworten', 'All systems answer'),
        unknown: say('Wird geprüft …', 'Being checked …'),
        troubled: (n: number) =>
          de
            ? `${count(n, 'Verbindung', 'Verbindungen')} gestört`
            : `${count(n, 'connection', 'connections')} disturbed`,
        polling: say('Server holt Akten ab', 'A server polls'),
        notPolling: say('Kein Server holt Akten ab', 'No server is polling'),
        lastTick: (duration: string) => say(`zuletzt vor ${duration}`, `last ${duration} ago`),
        startOne: say('Server starten: npm start', 'Start one: npm start'),
        names: {
          redis: 'Redis',
          'redis-contents': say('Inhalt von Redis', 'Contents of Redis'),
          polling: say('Abholen', 'Polling'),
          archive: say('Archiv', 'Archive'),
          audit: say('Protokoll', 'Audit log'),
          temporary: say('Zwischenspeicher', 'Temporary files'),
          'windows-watcher': say('Windows-Dateidienst', 'Windows watcher'),
          advoware: 'Advoware',
          'advoware-security': say('Advoware-Anmeldung', 'Advoware login'),
          espocrm: 'EspoCRM',
        } as Record<string, string>,
        answers: say('antwortet', 'answers'),
        fails: say('gestört', 'disturbed'),
      },
    },
    search: {
      label: say('Nach Aktennummer suchen', 'Search by Aktennummer'),
      placeholder: say('Aktennummer suchen', 'Search Aktennummer'),
    },
    list: {
      label: 'Akten',
      more: (shown: number, total: number) =>
        say(
          `${shown} von ${akten(total)}. Die übrigen findet die Suche nach der Aktennummer.`,
          `${shown} of ${akten(total)}. Search for the others by their Aktennummer.`,
        ),
      noFit: say('Keine Akte passt', 'No Akte fits'),
      noFitHint: say(
        'Vielleicht passt ein anderer Zustand oder ein anderer Teil der Aktennummer.',
        'Another state or another part of the Aktennummer may find it.',
      ),
      empty: say('Noch keine Akte wurde abgeglichen', 'No Akte was synced yet'),
      emptyHint: say(
        'Aktennummern hinzufügen, oder EspoCRM und den Dateiserver um den Abgleich bitten lassen.',
        'Add Aktennummern, or let EspoCRM and the file server ask for their sync.',
      ),
    },
    actions: {
      add: say('Akten hinzufügen', 'Add Akten'),
      pauseAll: say('Abgleich pausieren', 'Pause sync'),
      resumeAll: say('Abgleich fortsetzen', 'Resume sync'),
      logOut: say('Abmelden', 'Log out'),
      logIn: say('Anmelden', 'Log in'),
      sync: say('Abgleichen', 'Sync'),
      syncNow: say('Jetzt abgleichen', 'Sync now'),
      retry: say('Erneut versuchen', 'Retry'),
      pause: say('Pausieren', 'Pause'),
      resume: say('Fortsetzen', 'Resume'),
      force: say('Abgleich erzwingen …', 'Run with force …'),
      remove: say('Entfernen …', 'Remove …'),
      close: say('Einzelheiten schließen', 'Close the details'),
      cancel: say('Abbrechen', 'Cancel'),
      tryNow: say('Jetzt versuchen', 'Try now'),
      tryAgain: say('Erneut versuchen', 'Try again'),
      ofAkte: (verb: string, akte: string) => say(`Akte ${akte}: ${verb}`, `${verb} Akte ${akte}`),
    },
    done: {
      asked: (akte: string) =>
        say(
          `Akte ${akte} wird abgeglichen, sobald ein Platz frei ist`,
          `Akte ${akte} is synced as soon as a worker is free`,
        ),
      sent: (n: number) =>
        say(
          `${count(n, 'Aktennummer', 'Aktennummern')} gesendet`,
          `${count(n, 'Aktennummer', 'Aktennummern')} sent`,
        ),
      akteRetried: (n: number) =>
        are(
          n,
          [`${akten(n)} wird erneut versucht`, `${akten(n)} is tried again`],
          [`${akten(n)} werden erneut versucht`, `${akten(n)} are tried again`],
        ),
      akteRemoved: (n: number) =>
        are(
          n,
          [`${akten(n)} ist entfernt`, `${akten(n)} is removed`],
          [`${akten(n)} sind entfernt`, `${akten(n)} are removed`],
        ),
      paused: (akte: string) => say(`Akte ${akte} ist pausiert`, `Akte ${akte} is paused`),
      resumed: (akte: string) => say(`Akte ${akte} wird fortgesetzt`, `Akte ${akte} is resumed`),
      forced: (akte: string) =>
        say(`Der Abgleich der Akte ${akte} wird einmal erzwungen`, `Akte ${akte} runs once with force`),
      removed: (akte: string) => say(`Akte ${akte} ist entfernt`, `Akte ${akte} is removed`),
      allPaused: say('Der Abgleich ist pausiert', 'The sync is paused'),
      allResumed: say('Der Abgleich geht weiter', 'The sync goes on'),
      restored: (path: string, side: string) =>
        say(`Die ${side}-Fassung von ${path} ist zurück`, `The ${side} version of ${path} is restored`),
    },
    banner: {
      loading: say('Wird geladen …', 'Loading …'),
      disconnected: say('Keine Verbindung', 'No connection'),
      disconnectedSince: (when: string) =>
        say(
          `zum Server oder zu dessen Redis seit ${when}. Angezeigt wird der Stand von damals; die Seite versucht es von selbst weiter.`,
          `to the server or its Redis since ${when}. What you see is as of then; the page tries again by itself.`,
        ),
      sessionEnded: say('Ihre Anmeldung ist abgelaufen.', 'Your session has ended.'),
      refused: say('Der Server hat abgelehnt.', 'The server refused.'),
      paused: say('Der Abgleich ist pausiert.', 'The sync is paused.'),
      pausedWhy: (why: string) => say(`Es wird nichts abgeholt: ${why}`, `Nothing is taken: ${why}`),
      pausedByAdmin: say('von der Administration angehalten', 'paused by an administrator'),
      lock: say('Die Sperre hat keinen Inhaber.', 'The lock has no holder.'),
    },
    causes: {
      label: say('Aufgegebene Akten', 'Akten that were given up'),
      none: say('ohne Angabe eines Grundes', 'no reason given'),
      retry: (n: number) =>
        n === 1
          ? say('Erneut versuchen', 'Retry this one')
          : say(`Alle ${n} erneut versuchen`, `Retry these ${n}`),
      remove: (n: number) =>
        n === 1
          ? say('Entfernen …', 'Remove this one …')
          : say(`Alle ${n} entfernen …`, `Remove these ${n} …`),
      retryAll: (n: number) => say(`Alle ${n} erneut versuchen`, `Retry all ${n}`),
      confirm: (n: number) => say(`${akten(n)} von den Listen nehmen?`, `Remove ${akten(n)} from the lists?`),
    },
    add: {
      title: say('Akten hinzufügen', 'Add Akten'),
      label: say(
        'Aktennummern, getrennt durch Zeilen, Kommas oder Leerzeichen',
        'Aktennummern, separated by lines, commas or blanks',
      ),
      submit: say('Hinzufügen', 'Add'),
      count: (n: number) => count(n, 'Aktennummer', 'Aktennummern'),
      rejected: (n: number) =>
        say(
          `${count(n, 'Angabe ist', 'Angaben sind')} keine Aktennummer und nicht hinzugefügt (Buchstaben, Ziffern, / - . _, höchstens 32 Zeichen).`,
          `${count(n, 'Aktennummer', 'Aktennummern')} could not be added: this is not an Aktennummer (letters, digits, / - . _, at most 32).`,
        ),
      answer: (isNew: number, known: number) =>
        say(
          `${count(isNew, 'neue', 'neue')}, ${count(known, 'schon bekannte', 'schon bekannte')} angenommen`,
          `${isNew} new, ${known} known already`,
        ),
    },
    details: {
      akte: (akte: string) => `Akte ${akte}`,
      tabs: say('Einzelheiten', 'Details'),
      views: {
        reports: say('Berichte', 'Reports'),
        plan: say('Vorschau', 'Plan'),
        versions: say('Fassungen', 'Versions'),
      },
      loading: say('Wird geladen …', 'Loading …'),
    },
    force: {
      title: (akte: string) => say(`Abgleich der Akte ${akte} erzwingen?`, `Run Akte ${akte} with force?`),
      action: say('Einmal erzwingen', 'Run once with force'),
      stopped: say(
        'Der Abgleich wurde gestoppt, bevor er etwas bewegt hat:',
        'The sync was stopped before it moved anything:',
      ),
      consequence: say(
        'Erzwungen übergeht der nächste Abgleich die Sicherheitsstopps ein Mal. Was von der Windows-Freigabe verschwunden ist, wird dann behandelt, wie es SYNC_WINDOWS_DELETIONS sagt, und geänderte Dateien ersetzen die der anderen Seite. Fassungen, die sonst verloren wären, kommen vorher ins Archiv. Die Vorschau zeigt es Datei für Datei.',
        'With force, the next sync passes the safety stops once. What vanished from the file share is then treated as the setting SYNC_WINDOWS_DELETIONS says, and changed files replace the other side’s. Versions that would be lost go to the archive first. The plan shows it file by file.',
      ),
    },
    remove: {
      title: (akte: string) =>
        say(`Akte ${akte} von den Listen nehmen?`, `Remove Akte ${akte} from the lists?`),
      action: say('Entfernen', 'Remove'),
      consequence: say(
        'Abgeglichen wird erst wieder, wenn jemand darum bittet. Kein Dokument wird angerührt.',
        'It is not synced until somebody asks for it again. No document is touched.',
      ),
    },
    results: {
      synced: say('Synchron', 'In sync'),
      deferred: say('Verschoben', 'Deferred'),
      failed: say('Fehlgeschlagen', 'Failed'),
      stopped: say('Gestoppt', 'Stopped'),
    },
    counts: {
      created: (n: number) => say(`${n} neu`, `${n} created`),
      updated: (n: number) => say(`${n} nach EspoCRM`, `${n} updated`),
      uploaded: (n: number) => say(`${n} nach Windows`, `${n} uploaded`),
      deleted: (n: number) => say(`${n} gelöscht`, `${n} deleted`),
      skipped: (n: number) => say(`${n} unverändert`, `${n} skipped`),
      deferred: (n: number) => say(`${n} verschoben`, `${n} deferred`),
      flagged: (n: number) => say(`${n} zu klären`, `${n} flagged`),
      failed: (n: number) => say(`${n} fehlgeschlagen`, `${n} failed`),
      conflicts: (n: number) => (de ? count(n, 'Konflikt', 'Konflikte') : count(n, 'conflict', 'conflicts')),
    } as Record<string, (n: number) => string>,
    report: {
      none: say('Noch kein Lauf hat einen Bericht hinterlassen.', 'No run has left a report yet.'),
      forced: say('erzwungen', 'with force'),
      omitted: (n: number) =>
        de
          ? `${count(n, 'weitere Datei ist', 'weitere Dateien sind')} nicht einzeln aufgeführt.`
          : `${count(n, 'more file is', 'more files are')} not told one by one.`,
    },
    file: {
      path: say('Datei', 'File'),
      action: say('Aktion', 'Action'),
      reason: say('Grund', 'Reason'),
      size: say('Größe', 'Size'),
      conflict: say('Konflikt', 'conflict'),
      archived: (side: string) =>
        say(`die ${side}-Fassung liegt im Archiv`, `the ${side} version is in the archive`),
      actions: {
        CREATE: say('Neu in EspoCRM', 'Create in EspoCRM'),
        UPDATE_ESPO: 'Windows → EspoCRM',
        UPLOAD_WINDOWS: 'EspoCRM → Windows',
        DELETE: say('Löschen', 'Delete'),
        SKIP: say('Nichts', 'Nothing'),
      } as Record<string, string>,
      outcomes: {
        skipped: say('Nichts', 'Nothing'),
        nothing: say('Nichts', 'Nothing'),
        deferred: say('wartet', 'deferred'),
        flagged: say('zu klären', 'to clarify'),
        failed: say('fehlgeschlagen', 'failed'),
      } as Record<string, string>,
    },
    plan: {
      asking: say('Alle drei Systeme werden gefragt …', 'Asking all three systems …'),
      again: say('Erneut planen', 'Plan again'),
      nothing: (n: number) =>
        de
          ? `Nichts zu tun: ${files(n)} ${n === 1 ? 'stimmt' : 'stimmen'} überein.`
          : `Nothing to do: ${files(n)} ${n === 1 ? 'is' : 'are'} in agreement.`,
      some: (moving: number, all: number, bytes: string) =>
        say(
          `${moving} von ${files(all)}, ${bytes} zu übertragen. Nichts wurde geändert.`,
          `${moving} of ${files(all)}, ${bytes} to move. Nothing was changed.`,
        ),
    },
    versions: {
      asking: say('Das Archiv wird gelesen …', 'Reading the archive …'),
      none: say(
        'Von dieser Akte drohte noch nie eine Fassung verloren zu gehen.',
        'No version of this Akte was ever about to be lost.',
      ),
      download: (side: string) => say(`${side}-Fassung herunterladen`, `Download the ${side} version`),
      restore: say('Zurückholen …', 'Restore …'),
      restoreOf: (path: string) => say(`${path} zurückholen`, `Restore ${path}`),
      confirmTitle: (path: string) => say(`${path} zurückholen?`, `Restore ${path}?`),
      confirmAction: say('Zurückholen', 'Restore'),
      consequence: (side: string, when: string) =>
        say(
          `Die ${side}-Fassung vom ${when} wird die neueste in ${side}, und der nächste Abgleich bringt sie auf die andere Seite. Was jetzt dort liegt, kommt ins Archiv.`,
          `The ${side} version of ${when} becomes the newest version in ${side}, and the next sync carries it to the other side. The version that is there now goes to the archive.`,
        ),
    },
    serverAnswered: (status: number) =>
      say(`Der Server hat mit ${status} geantwortet`, `The server answered ${status}`),
  }
}

export type OfficeText = ReturnType<typeof build>

const TEXTS: Record<Language, OfficeText> = { de: build('de'), en: build('en') }

export const officeText = (language: Language): OfficeText => TEXTS[language]

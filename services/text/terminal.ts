import type { Gap, Limit } from '../model/gaps'
import type { Language } from '../model/reasons'
import { formatsOf, plural } from './formats'

/** What the commands in the terminal print, beside what they share with the page (`office.ts`). */
function build(language: Language) {
  const de = language === 'de'
  const say = (german: string, english: string): string => (de ? german : english)
  const count = plural(language)
  const { duration, bytes, dateTime } = formatsOf(language)
  return {
    configIncomplete: say(
      'Die Einstellungen sind nicht vollständig (.env oder Umgebung):',
      'The configuration is not complete (.env or environment):',
    ),
    worker: {
      started: (places: number, port: number) =>
        say(
          `Der Worker gleicht ab, was fällig ist, bis zu ${places} Akte(n) zugleich: http://127.0.0.1:${port}/health`,
          `The worker syncs what is due, up to ${places} Akte(n) at once: http://127.0.0.1:${port}/health`,
        ),
      ending: say(
        'Der Worker beendet, woran er ist, und nimmt nichts mehr an',
        'The worker finishes what it is at and takes nothing more',
      ),
      portTaken: (port: number) =>
        say(
          `Auf Port ${port} lauscht schon etwas: Nehmen Sie einen anderen: npm run worker -- --port ${port + 1}`,
          `Port ${port} is taken: take another one: npm run worker -- --port ${port + 1}`,
        ),
    },
    noRedis: (address: string, isExternal: boolean) =>
      isExternal
        ? say(
            `Redis antwortet nicht unter ${address} (MOTIA_REDIS_HOST, MOTIA_REDIS_PORT)`,
            `Redis at ${address} does not answer (MOTIA_REDIS_HOST, MOTIA_REDIS_PORT)`,
          )
        : say(
            `Redis antwortet nicht unter ${address}: Der Server bringt ihn mit und läuft nicht; starten mit npm start`,
            `Redis at ${address} does not answer: the server brings it along and does not run; start it: npm start`,
          ),
    noServer: say(
      'Kein Server holt Akten ab; starten Sie einen: npm start',
      'No server is polling; start one: npm start',
    ),
    noServerFor: (ms: number) =>
      say(`Seit ${duration(ms)} wurde nichts abgeholt`, `Nothing was taken for ${duration(ms)}`),
    pollingSince: (when: string) => say(`Abgeholt wird seit ${when}`, `Polling since ${when}`),
    notPollingSince: (when: string) =>
      say(`Abgeholt wird nicht mehr seit ${when}`, `Not polling since ${when}`),
    status: {
      counts: (pending: number, processing: number, failed: number, stopped: number) =>
        say(
          `${pending} warten · ${processing} laufen · ${failed} aufgegeben · ${stopped} gestoppt`,
          `${pending} pending · ${processing} processing · ${failed} given up · ${stopped} stopped`,
        ),
      agreement: (synced: number, unsynced: number) =>
        say(`${synced} synchron · ${unsynced} nicht synchron`, `${synced} in sync · ${unsynced} not in sync`),
      flagged: (n: number) =>
        de
          ? `${count(n, 'Akte', 'Akten')} mit Dateien, die jemand klären muss: --state open`
          : `${count(n, 'Akte', 'Akten')} with files that a person must clarify: --state open`,
      paused: (why: string) => say(`Der Abgleich ist pausiert: ${why}`, `The sync is paused: ${why}`),
      lock: (akte: string, isAlive: boolean) =>
        say(
          `Sperre: Akte ${akte}${isAlive ? '' : ', ihr Inhaber gibt kein Lebenszeichen'}`,
          `Lock: Akte ${akte}${isAlive ? '' : ', its holder gives no sign of life'}`,
        ),
      oldest: (ms: number) => say(`Die älteste wartet seit ${duration(ms)}`, `Oldest waits ${duration(ms)}`),
      overdue: (ms: number) =>
        say(
          `Fällig seit ${duration(ms)} und nicht abgeholt: Läuft der Server?`,
          `Due for ${duration(ms)} and not taken: is the server running?`,
        ),
      cause: (n: number, cause: string) =>
        `${n} × ${cause || say('ohne Angabe eines Grundes', 'no reason given')}`,
      more: (shown: number, total: number) =>
        say(
          `${shown} von ${count(total, 'Akte', 'Akten')}; --search findet die übrigen`,
          `${shown} of ${count(total, 'Akte', 'Akten')}; --search finds the others`,
        ),
    },
    sync: {
      endings: {
        synced: say('synchron', 'synced'),
        deferred: say('verschoben', 'deferred'),
        failed: say('fehlgeschlagen', 'failed'),
        stopped: say('gestoppt', 'stopped'),
      },
      nextTry: (when: string) => say(`nächster Versuch ${when}`, `next try ${when}`),
      noAktennummer: (text: string) => say(`${text} ist keine Aktennummer`, `${text} is not an Aktennummer`),
      nothingAsked: say('Keine Aktennummer wurde genannt', 'No Aktennummer was named'),
      asked: (isNew: number, known: number, wrong: number) =>
        say(
          `${isNew} neu, ${known} bekannt, ${wrong} falsch`,
          `${isNew} new, ${known} known, ${wrong} wrong`,
        ),
      wrong: (shown: string, more: number) =>
        say(
          `Keine Aktennummern: ${shown}${more > 0 ? ` und ${more} weitere` : ''}`,
          `Not Aktennummern: ${shown}${more > 0 ? ` and ${more} more` : ''}`,
        ),
      left: (n: number) =>
        say(`noch ${count(n, 'Akte', 'Akten')} offen`, `${count(n, 'Akte', 'Akten')} left`),
      paused: (why: string) =>
        say(
          `Der Abgleich ist pausiert (${why}): Es geht weiter, sobald ihn jemand fortsetzt`,
          `The sync is paused (${why}): it follows when somebody resumes it`,
        ),
    },
    bulk: {
      retried: (n: number) =>
        say(
          `${count(n, 'Akte wird', 'Akten werden')} erneut versucht`,
          `${count(n, 'Akte is', 'Akten are')} tried again`,
        ),
      removed: (n: number) =>
        say(
          `${count(n, 'Akte ist', 'Akten sind')} von den Listen genommen`,
          `${count(n, 'Akte is', 'Akten are')} removed from the lists`,
        ),
    },
    plan: {
      title: say(
        'Was ein Abgleich jetzt tun würde (nichts wurde geändert)',
        'What a sync would do now (nothing was changed)',
      ),
      ablage: say(
        'In Advoware abgelegt: wird danach auf Deaktiviert gesetzt',
        'Archived in Advoware: set to Deaktiviert afterwards',
      ),
      empty: say('Keine Dateien', 'No files'),
      archive: (side: string) =>
        say(`die ${side}-Fassung kommt ins Archiv`, `the ${side} version is archived`),
      metadata: say('Angaben aus der Historie werden übernommen', 'details from the History are taken over'),
      counts: {
        act: say('zu tun', 'to do'),
        deferred: say('warten', 'waiting'),
        flagged: say('zu klären', 'to clarify'),
        failed: say('fehlerhaft', 'failing'),
        nothing: say('in Ordnung', 'in order'),
      },
      act: {
        CREATE: say('neu in EspoCRM', 'new in EspoCRM'),
        UPDATE_ESPO: say('nach EspoCRM', 'to EspoCRM'),
        UPLOAD_WINDOWS: say('nach Windows', 'to Windows'),
        DELETE: say('löschen', 'delete'),
        SKIP: say('nichts', 'nothing'),
      },
      other: {
        deferred: say('wartet', 'waits'),
        flagged: say('zu klären', 'to clarify'),
        failed: say('Fehler', 'fails'),
        nothing: say('nichts', 'nothing'),
      },
    },
    report: {
      none: (akte: string) =>
        say(
          `Kein Bericht der Akte ${akte} aus den letzten 30 Tagen`,
          `No report of Akte ${akte} within the last 30 days`,
        ),
      archived: (side: string) => say(`Archiv: ${side}-Fassung`, `archive: ${side} version`),
    },
    notRecorded: say(
      'Steht nicht im Protokoll: Dessen Ordner gehört einem anderen Benutzer dieses Rechners; als dieser ausführen',
      'Not in the audit log: its folder belongs to another user of this machine; run it as that user',
    ),
    admin: {
      added: (name: string, role: string) =>
        say(`${name} hat die Rolle ${role}; das Token:`, `${name} has the role ${role}; the token:`),
      once: say(
        'Es wird nirgends aufbewahrt und nie wieder gezeigt. Anmelden: auf der Anmeldeseite oder mit Authorization: Bearer …',
        'It is kept nowhere and never shown again. Log in on the login page, or with Authorization: Bearer …',
      ),
      nobody: say('Niemand steht in der Datei', 'Nobody is in the file'),
      columns: [say('Wer', 'Who'), say('Rolle', 'Role')] as const,
      roles: {
        read: say('read: ansehen', 'read: look'),
        operate: say(
          'operate: ansehen, anfordern, anhalten, Listen räumen',
          'operate: look, ask for syncs, pause, clear lists',
        ),
        admin: say(
          'admin: alles, auch Inhalte, Zurückholen, Erzwingen',
          'admin: everything, contents, restoring and force included',
        ),
      },
      removed: (name: string) =>
        say(`${name} steht nicht mehr in der Datei`, `${name} is not in the file any more`),
      unknown: (name: string) => say(`${name} steht nicht in der Datei`, `${name} is not in the file`),
    },
    audit: {
      none: (folder: string) => say(`Kein Protokoll in ${folder}`, `No audit log in ${folder}`),
      noneOf: (akte: string) =>
        say(`Keine Änderung an einem Dokument der Akte ${akte}`, `No change to a document of Akte ${akte}`),
      columns: [
        say('Wann', 'When'),
        say('Wer', 'Who'),
        say('Seite', 'Side'),
        say('Dokument', 'Document'),
        say('Was', 'What'),
        say('Warum', 'Why'),
      ] as const,
      actor: (action: string) =>
        /^(DOWNLOAD|RESTORE|HOLD|RELEASE|PAUSE|RESUME|REMOVE|ASK_.*)$/.test(action)
          ? say('Administration', 'administrator')
          : say('Abgleich', 'sync'),
      actions: {
        DOWNLOAD: say('Heruntergeladen', 'Download'),
        RESTORE: say('Zurückgeholt', 'Restore'),
        HOLD: say('Aufbewahrung angeordnet', 'Hold'),
        RELEASE: say('Aufbewahrung aufgehoben', 'Hold released'),
        ASK_SYNC: say('Abgleich angefordert', 'Asked for a sync'),
        ASK_FORCE: say('Abgleich erzwungen', 'Forced a sync'),
        ASK_RETRY: say('Neuer Versuch angefordert', 'Asked for a retry'),
        ASK_RESTORE: say('Rückholung angefordert', 'Asked for a restore'),
        ASK_IMPORT: say('Erstabgleich gestartet', 'Started the first import'),
        PAUSE: say('Angehalten', 'Paused'),
        RESUME: say('Fortgesetzt', 'Resumed'),
        REMOVE: say('Von den Listen genommen', 'Taken off the lists'),
      } as Record<string, string>,
      intact: (file: string, lines: number) =>
        say(
          `${file}: ${count(lines, 'Zeile', 'Zeilen')} unversehrt`,
          `${file}: ${count(lines, 'line', 'lines')} intact`,
        ),
      torn: (lines: number[]) =>
        say(
          `ein Absturz hat Zeile ${lines.join(', ')} abgeschnitten`,
          `a crash cut off line ${lines.join(', ')}`,
        ),
      removed: (lines: number, unproven: number) =>
        `${say(
          `${count(lines, 'Zeile', 'Zeilen')} ohne Inhalt: gelöscht`,
          `${count(lines, 'line', 'lines')} without content: purged`,
        )}${unproven > 0 ? say(`, der Beleg für ${unproven} steht in einer späteren Datei, die nicht hier ist`, `, ${unproven} of them proven by a later file that is not here`) : ''}`,
      earlier: (lines: number) =>
        say(
          `${count(lines, 'frühere Zeile liegt', 'frühere Zeilen liegen')} in einer Datei, die nicht mehr hier ist`,
          `${count(lines, 'earlier line is', 'earlier lines are')} in a file that is not here any more`,
        ),
      end: (hash: string) => say(`Ende ${hash}`, `end ${hash}`),
      broken: (file: string, line: number, why: string, before: number) =>
        say(
          `${file}: Zeile ${line} ${why}; ${count(before, 'Zeile', 'Zeilen')} davor unversehrt`,
          `${file}: line ${line} ${why}; the ${before} lines before are intact`,
        ),
      why: {
        changed: say('wurde nachträglich geändert', 'was changed after it was written'),
        replaced: say(
          'ist nicht die Zeile, die hier geschrieben wurde',
          'is not the line that was written here',
        ),
        unreadable: say('wurde unleserlich gemacht', 'was made unreadable'),
        moved: say(
          'folgt nicht auf die Zeile davor: Zeilen wurden entfernt, eingefügt oder verschoben',
          'does not follow the line before it: lines were removed, added or moved',
        ),
        emptied: say(
          'verlor ihren Inhalt, ohne dass eine Löschung es belegt',
          'lost its content, and no purge proves it',
        ),
        missing: (lines: number) =>
          say(
            `fehlt: Das Protokoll hatte ${count(lines, 'Zeile', 'Zeilen')}`,
            `is missing: the log had ${lines} lines`,
          ),
      },
      rotated: (from: string, to: string, lines: number) =>
        say(
          `${from}: ${count(lines, 'Zeile liegt', 'Zeilen liegen')} jetzt in ${to}; die nächste beginnt eine neue Datei`,
          `${from}: ${count(lines, 'line is', 'lines are')} now in ${to}; the next one begins a new file`,
        ),
      nothingToRotate: (file: string) =>
        say(
          `${file}: nichts abzulegen, keine Zeile seit dem letzten Mal`,
          `${file}: nothing to rotate, no line since the last time`,
        ),
    },
    archive: {
      none: (akte: string) =>
        say(`Das Archiv hat keine Fassung der Akte ${akte}`, `The archive has no version of Akte ${akte}`),
      fetched: (file: string, size: number) => `${file}: ${bytes(size)}`,
      at: (folder: string, files: number, akte: string, time: string) =>
        say(
          `${folder}: ${count(files, 'Datei', 'Dateien')} der Akte ${akte}, Stand ${time}`,
          `${folder}: ${count(files, 'file', 'files')} of Akte ${akte} as of ${time}`,
        ),
      noTime: (text: string) =>
        say(`„${text}“ ist keine Zeit wie 2026-11-20T12:00`, `"${text}" is no time such as 2026-11-20T12:00`),
      limit: (limit: Limit) =>
        limit.kind === 'no answer'
          ? say(
              `${limit.system} antwortet nicht, was nur dort bekannt ist, fehlt: ${limit.error}`,
              `${limit.system} does not answer, what only it knows is missing: ${limit.error}`,
            )
          : say(
              `Das Protokoll ${limit.time === null ? 'ist leer' : `beginnt am ${dateTime(limit.time)}`}: Von der Zeit davor ist nur bekannt, was sich später geändert hat`,
              `The audit log ${limit.time === null ? 'is empty' : `begins at ${dateTime(limit.time)}`}: of the time before, only what changed later is known`,
            ),
      gap: (gap: Gap): string => {
        switch (gap.kind) {
          case 'another document':
            return say(
              `ein weiteres Dokument hatte diesen Pfad, mit dem Inhalt ${gap.hash}`,
              `another document had this path as well, with the content ${gap.hash}`,
            )
          case 'first synced':
            return say(
              `zum ersten Mal abgeglichen am ${dateTime(gap.time)}; ob die Datei vorher schon da war, ist nicht festgehalten`,
              `first synced at ${dateTime(gap.time)}; whether it was there before is not recorded`,
            )
          case 'renamed':
            return say(
              `hatte bis ${dateTime(gap.time)} einen anderen Namen, der nicht festgehalten ist`,
              `had another name until ${dateTime(gap.time)}, which is not recorded`,
            )
          case 'never synced':
            return say('war nur in EspoCRM und nie abgeglichen', 'was in EspoCRM only, never synced')
          case 'unsynced version':
            return say(
              `${gap.side} hatte eine eigene, noch nicht abgeglichene Fassung: Sie ist als ${gap.hash} im Archiv`,
              `${gap.side} had a version of its own, not synced yet: it is in the archive as ${gap.hash}`,
            )
          case 'nowhere':
            return say(
              `der Inhalt ${gap.hash} ist weder im Archiv noch auf einer der beiden Seiten`,
              `its content ${gap.hash} is neither in the archive nor on either side any more`,
            )
          case 'not written':
            return say(`nicht geschrieben: ${gap.error}`, `not written: ${gap.error}`)
        }
      },
      formerly: {
        archived: say('was dort lag, ist im Archiv', 'what lay there is in the archive'),
        nothing: say('dort lag nichts', 'nothing lay there'),
        same: say('sie lag schon dort', 'it lay there already'),
      },
      restored: (path: string, side: string, formerly: string) =>
        say(`${path} ist zurück in ${side}; ${formerly}`, `${path} is back in ${side}; ${formerly}`),
      notSynced: say(
        'Die Fassung bleibt auf dieser Seite: Die Akte wird zurzeit nicht abgeglichen, oder die Historie nennt diese Datei nicht',
        'The version stays on that side: the Akte is not synced at present, or the History does not name the file',
      ),
    },
    doctor: {
      counts: (errors: number, warnings: number) =>
        de
          ? `${count(errors, 'Fehler', 'Fehler')}, ${count(warnings, 'Warnung', 'Warnungen')}`
          : `${count(errors, 'error', 'errors')}, ${count(warnings, 'warning', 'warnings')}`,
    },
    espocrm: {
      secretsIn: (file: string) =>
        say(
          `Die Geheimnisse stehen in ${file}; der Server liest sie bei jeder Zustellung`,
          `The secrets are in ${file}, which the server reads for every delivery`,
        ),
      noProof: (why: string) =>
        say(
          `ob Zustellungen ankommen, ließ sich nicht zeigen: ${why}`,
          `whether deliveries arrive could not be shown: ${why}`,
        ),
      noProofAdvice: say(
        'Die Ursache beheben und die Prüfung wiederholen, während der Server läuft',
        'Fix the cause, and repeat the check while the server runs',
      ),
    },
  }
}

export type TerminalText = ReturnType<typeof build>

const TEXTS: Record<Language, TerminalText> = { de: build('de'), en: build('en') }

export const terminalText = (language: Language): TerminalText => TEXTS[language]

import type { AlertKind, AlertMessage, DailySummary, News, Trouble } from '../model/alert'
import { type Language, type Reason, reasonText } from '../model/reasons'
import { visible } from '../visible-text'
import { doctorText } from './doctor'
import { formatsOf, plural } from './formats'
import { sweepText } from './sweep'

/** News of one trouble, or of several that people would read as the same. */
type Told = Exclude<News, { event: 'summary' }>

/** Lines of news in one message; what is beyond is counted. */
const MOST_BLOCKS = 40

function build(language: Language) {
  const de = language === 'de'
  const say = (german: string, english: string): string => (de ? german : english)
  const count = plural(language)
  const { number, duration, bytes } = formatsOf(language)
  const sweep = sweepText(language)
  const akten = (n: number) => count(n, 'Akte', 'Akten')
  const were = (n: number) => say(n === 1 ? 'wurde' : 'wurden', n === 1 ? 'was' : 'were')
  const wait = (n: number) => say(n === 1 ? 'wartet' : 'warten', n === 1 ? 'waits' : 'wait')
  const because = ({ about }: Trouble) => (about === null ? '' : `: ${visible(about)}`)
  const folder = ({ about, host }: Trouble) => {
    const names: Record<string, string> = doctorText(language).disk.names
    return `${names[about ?? ''] ?? visible(about ?? '')}${host === null ? '' : ` (${visible(host)})`}`
  }
  const SYSTEMS: Record<string, string> = {
    'windows-watcher': say('Der Windows-Dateiserver', 'The Windows file server'),
    advoware: 'Advoware',
    'advoware-security': say('Der Anmeldedienst von Advoware', "Advoware's token service"),
    espocrm: 'EspoCRM',
  }
  const system = ({ about }: Trouble) => SYSTEMS[about ?? ''] ?? visible(about ?? '')

  const kinds: Record<
    AlertKind,
    { title: string; begin: (one: Trouble) => string; advice: string; over: (one: Trouble) => string }
  > = {
    stopped: {
      title: say('Sicherheitsstopp', 'Safety stop'),
      begin: ({ count: n }) =>
        say(
          `${akten(n)} ${were(n)} angehalten: Dateien fehlen, oder alle haben sich auf einmal geändert. Übertragen wurde nichts.`,
          `${akten(n)} ${were(n)} stopped: files are missing, or all of them changed at once. Nothing was moved.`,
        ),
      advice: say(
        'Den Aktenordner prüfen. Ist alles, wie es sein soll, den Abgleich einmal erzwingen: npm run sync -- AKTENNUMMER --force',
        'Check the Aktenordner. If all is as it should be, force one sync: npm run sync -- AKTENNUMMER --force',
      ),
      over: () => say('Keine Akte ist mehr angehalten.', 'No Akte is stopped any more.'),
    },
    paused: {
      title: say('Abgleich pausiert', 'Sync paused'),
      begin: ({ detail }) =>
        say('Es werden keine Akten mehr abgeholt', 'No Akten are taken any more') +
        (detail === null ? '.' : `: ${visible(detail)}`),
      advice: say(
        'Den Grund nennt npm run status; fortsetzen lässt sich der Abgleich auf der Seite /office.',
        'npm run status names the reason; resume the sync on the page /office.',
      ),
      over: () => say('Der Abgleich läuft wieder.', 'The sync runs again.'),
    },
    failed: {
      title: say('Akten aufgegeben', 'Akten given up'),
      begin: (one) =>
        say(
          `${akten(one.count)} ${were(one.count)} aufgegeben${because(one)}`,
          `${akten(one.count)} ${were(one.count)} given up${because(one)}`,
        ),
      advice: say(
        'Die Ursache nennt npm run status -- --state failed. Ist sie behoben: npm run retry',
        'npm run status -- --state failed names the cause. Once it is gone: npm run retry',
      ),
      over: (one) =>
        say(
          `Aus diesem Grund ist keine Akte mehr aufgegeben${because(one)}`,
          `No Akte is given up for this reason any more${because(one)}`,
        ),
    },
    pending: {
      title: say('Akten warten lange', 'Akten wait for long'),
      begin: ({ count: n, figure }) =>
        say(
          `${akten(n)} ${wait(n)} auf den Abgleich, am längsten seit ${duration(figure ?? 0)}.`,
          `${akten(n)} ${wait(n)} for a sync, the oldest for ${duration(figure ?? 0)}.`,
        ),
      advice: say(
        'Welche es sind und woran es liegt, sagt npm run status -- --state pending',
        'npm run status -- --state pending says which and why',
      ),
      over: () => say('Keine Akte wartet mehr so lange.', 'No Akte waits that long any more.'),
    },
    polling: {
      title: say('Es wird nicht abgeholt', 'Nobody polls'),
      begin: ({ figure }) =>
        say(
          `Seit ${duration(figure ?? 0)} hat kein Server mehr Akten abgeholt.`,
          `No server has polled for ${duration(figure ?? 0)}.`,
        ),
      advice: say(
        'Das Ende des Logs und GET /health ansehen, den Server neu starten.',
        'Look at the end of the log and at GET /health, restart the server.',
      ),
      over: () => say('Akten werden wieder abgeholt.', 'Akten are taken again.'),
    },
    emptied: {
      title: say('Redis war geleert', 'Redis was emptied'),
      begin: ({ count: n }) =>
        say(
          `Redis wurde geleert gefunden; ${akten(n)} ${were(n)} wieder angefordert.`,
          `Redis was found emptied; ${akten(n)} ${were(n)} asked for again.`,
        ),
      advice: say(
        'Klären, wer es war, und neu anfordern, was sonst angefordert war.',
        'Find out who did it, and ask again for what else was asked for.',
      ),
      over: () => '',
    },
    system: {
      title: say('System nicht erreichbar', 'System away'),
      begin: (one) => say(`${system(one)} antwortet nicht.`, `${system(one)} does not answer.`),
      advice: say(
        'Verloren geht nichts, der Abgleich holt es nach. npm run doctor sagt, woran es liegt.',
        'Nothing is lost, the sync catches up. npm run doctor says why.',
      ),
      over: (one) => say(`${system(one)} antwortet wieder.`, `${system(one)} answers again.`),
    },
    drift: {
      title: say('Änderungen ohne Meldung', 'Changes that nobody announced'),
      begin: ({ about, count: n }) =>
        say(
          `${count(n, 'Änderung', 'Änderungen')} in ${about} fand erst der Rundgang. Verloren geht nichts, aber es dauert bis zu SYNC_SWEEP_HOURS.`,
          `The sweep found ${count(n, 'change', 'changes')} in ${about} that nobody had announced. Nothing is lost, but it takes up to SYNC_SWEEP_HOURS.`,
        ),
      advice: say(
        'Windows: Läuft der Watcher? EspoCRM: Kommen die Webhooks an? npm run doctor prüft beides.',
        'Windows: does the watcher run? EspoCRM: do the webhooks arrive? npm run doctor checks both.',
      ),
      over: ({ about }) =>
        say(`Änderungen in ${about} werden wieder gemeldet.`, `Changes in ${about} are announced again.`),
    },
    folder: {
      title: say('Datenträger', 'Disk'),
      begin: (one) =>
        one.figure === null
          ? say(`${folder(one)}: nicht beschreibbar.`, `${folder(one)}: not writable.`)
          : say(
              `${folder(one)}: fast voll, noch ${bytes(one.figure)} frei.`,
              `${folder(one)}: nearly full, ${bytes(one.figure)} left.`,
            ),
      advice: say(
        'Platz schaffen oder die Rechte des Ordners prüfen: npm run doctor nennt ihn.',
        "Make room, or check the folder's rights: npm run doctor names it.",
      ),
      over: (one) => say(`${folder(one)}: wieder in Ordnung.`, `${folder(one)}: in order again.`),
    },
    audit: {
      title: say('Protokoll nicht bestätigt', 'Audit log does not verify'),
      begin: ({ host }) =>
        say(
          `Das Protokoll auf ${visible(host ?? '')} ist nicht mehr, wie es geschrieben wurde.`,
          `The audit log on ${visible(host ?? '')} is not as it was written.`,
        ),
      advice: say(
        'npm run audit -- verify nennt die Stelle. Die Dateien vorher sichern.',
        'npm run audit -- verify names the place. Save the files first.',
      ),
      over: () => say('Das Protokoll ist wieder schlüssig.', 'The audit log verifies again.'),
    },
  }

  const command = {
    nothingOpen: say('Nichts, wovon jemand wissen müsste', 'Nothing that people would have to know'),
    open: (n: number) =>
      say(
        `${count(n, 'Meldung ist', 'Meldungen sind')} offen:`,
        `${count(n, 'message is', 'messages are')} open:`,
      ),
    channels: { mail: say('E-Mail', 'mail'), webhook: say('Chat', 'chat') },
    notSet: say('nicht eingerichtet', 'not set'),
    waiting: (n: number, tries: number) =>
      (n === 0 ? say('nichts wartet', 'nothing waits') : say(`${number(n)} warten`, `${number(n)} wait`)) +
      (tries === 0
        ? ''
        : say(
            `, ${count(tries, 'Versuch', 'Versuche')} vergeblich`,
            `, ${count(tries, 'try', 'tries')} failed`,
          )),
    testSent: (n: number) => say(`${number(n)} Testnachrichten gesendet`, `${number(n)} test messages sent`),
    noChannel: say(
      'Weder ALERT_SMTP_URL noch ALERT_WEBHOOK_URL ist gesetzt: Es wird niemand benachrichtigt',
      'Neither ALERT_SMTP_URL nor ALERT_WEBHOOK_URL is set: nobody is told anything',
    ),
    asTest: ({ subject, text }: AlertMessage): AlertMessage => ({
      subject: `[Test] ${subject}`,
      text: `${say('Das ist ein Test: Die Meldungen sind Beispiele.', 'This is a test: the messages are examples.')}\n\n${text}`,
    }),
  }

  return { say, count, number, bytes, akten, sweep, kinds, command }
}

type AlertTexts = ReturnType<typeof build>
const TEXTS: Record<Language, AlertTexts> = { de: build('de'), en: build('en') }

/** Where and for whom a message is written. */
export interface Readers {
  language: Language
  /** The office's. */
  timeZone: string
  hasDetails: boolean
}

/** What the command tells about the alerts. */
export const alertText = ({ language, timeZone }: Readers) => ({
  ...TEXTS[language].command,
  /** A trouble in one line; `since` is epoch ms. */
  headline: (trouble: Trouble, since: number): string => {
    const { title, begin } = TEXTS[language].kinds[trouble.kind]
    return `${title} (${timeIn(since, language, timeZone)}): ${begin(trouble)}`
  },
})

/** One message of all that waited, in the order in which it happened; `dropped`: how much more there was. */
export function alertMessage(news: readonly News[], dropped: number, readers: Readers): AlertMessage {
  const { say, number } = TEXTS[readers.language]
  const told = merged(news.filter((one): one is Told => one.event !== 'summary'))
  const summaries = news.flatMap((one) => (one.event === 'summary' ? [one] : []))
  const blocks = told.slice(0, MOST_BLOCKS).map((one) => blockOf(one, readers))
  const left = dropped + told.length - blocks.length
  if (left > 0) blocks.push(say(`… und ${number(left)} weitere Meldungen`, `… and ${number(left)} more`))
  for (const { at, summary } of summaries) blocks.push(summaryBlock(at, summary, readers))
  if (!readers.hasDetails && told.length > 0)
    blocks.push(
      say(
        'Diese Nachricht nennt keine Akten und Dokumente (ALERT_DETAILS); npm run status und die Seite /office nennen sie.',
        'This message names no Akten or documents (ALERT_DETAILS); npm run status and the page /office do.',
      ),
    )
  return {
    subject: `Document Sync: ${subjectOf(told, summaries.length, readers)}`,
    text: `${blocks.join('\n\n')}\n`,
  }
}

/** What people would read as the same line becomes one: given up for causes that are not named, most of all. */
function merged(news: Told[]): Told[] {
  const lines = new Map<string, Told>()
  for (const one of news) {
    const { kind, about, host } = one.trouble
    const key = JSON.stringify([one.event, kind, about, host])
    const known = lines.get(key)
    lines.set(key, known && kind === 'failed' ? together(known, one) : one)
  }
  return [...lines.values()]
}

function together(one: Told, other: Told): Told {
  const [a, b] = [one.trouble, other.trouble]
  const trouble = { ...a, count: a.count + b.count, named: [...a.named, ...b.named] }
  return { ...one, since: Math.min(one.since, other.since), trouble }
}

function blockOf({ event, at, since, trouble }: Told, { language, timeZone }: Readers): string {
  const { say, kinds } = TEXTS[language]
  const { title, begin, advice, over } = kinds[trouble.kind]
  const time = (ms: number) => timeIn(ms, language, timeZone)
  if (event === 'over') {
    const lasted = say(`${time(since)} bis ${time(at)}`, `${time(since)} to ${time(at)}`)
    return `✅ ${say('Vorbei', 'Over')}: ${title} (${lasted})\n   ${over(trouble)}`
  }
  const more = event === 'more' ? say(': weitere Akten', ': more Akten') : ''
  const lines = [`⚠️ ${title}${more} (${say('seit', 'since')} ${time(since)})`, `   ${begin(trouble)}`]
  for (const { aktennummer, reason } of trouble.named)
    lines.push(
      `   · ${visible(aktennummer)}${reason === null ? '' : `: ${visible(reason.split('\n')[0] ?? '')}`}`,
    )
  const unnamed = trouble.count - trouble.named.length
  if (trouble.named.length > 0 && unnamed > 0)
    lines.push(`   · ${say(`und ${unnamed} weitere`, `and ${unnamed} more`)}`)
  return [...lines, `   → ${advice}`].join('\n')
}

function subjectOf(told: Told[], summaries: number, { language }: Readers): string {
  const { say, number, kinds, akten } = TEXTS[language]
  const daily = say('Tagesbericht', 'daily summary')
  const titles = [...new Set(told.map(({ trouble }) => kinds[trouble.kind].title))]
  const [only] = told
  const parts: string[] = []
  if (only !== undefined && told.length === 1) {
    const counts = only.event !== 'over' && /^(stopped|failed|pending)$/.test(only.trouble.kind)
    const prefix = only.event === 'over' ? `${say('vorbei', 'over')}: ` : ''
    parts.push(`${prefix}${titles[0]}${counts ? ` (${akten(only.trouble.count)})` : ''}`)
  } else if (told.length > 1)
    parts.push(
      `${number(told.length)} ${say('Meldungen', 'messages')} (${titles.slice(0, 3).join(', ')}${titles.length > 3 ? ', …' : ''})`,
    )
  if (summaries > 0) parts.push(daily)
  return parts.join(', ')
}

function summaryBlock(at: number, summary: DailySummary, { language, timeZone }: Readers): string {
  const { say, count, number, bytes, akten, sweep } = TEXTS[language]
  const { freshness, paused, counts, causes, flagged, flaggedAkten, conflicts, drift, archived } = summary
  const lines = [`📋 ${say('Tagesbericht', 'Daily summary')}, ${timeIn(at, language, timeZone)}`]
  const add = (text: string) => lines.push(`   ${text}`)
  const part = (title: string, texts: string[]) => {
    lines.push('', title)
    for (const text of texts) add(text)
  }
  if (paused) add(`⏸️ ${say('Der ganze Abgleich ist pausiert.', 'The whole sync is paused.')}`)
  part(say('Übereinstimmung', 'Agreement'), [
    freshness === null
      ? say('EspoCRM sagt es zurzeit nicht.', 'EspoCRM does not say at present.')
      : sweep.freshness(freshness, at),
    say(
      `${akten(counts.pending)} wartend, ${number(counts.processing)} in Arbeit`,
      `${akten(counts.pending)} waiting, ${number(counts.processing)} at work`,
    ),
  ])
  const open = [
    ...(counts.stopped > 0
      ? [say(`${akten(counts.stopped)} mit Sicherheitsstopp`, `${akten(counts.stopped)} with a safety stop`)]
      : []),
    ...causes.map(({ cause, akten: n }) =>
      cause === null
        ? say(
            `${akten(n)} aufgegeben (Ursachen: npm run status -- --state failed)`,
            `${akten(n)} given up (causes: npm run status -- --state failed)`,
          )
        : say(`${akten(n)} aufgegeben: ${visible(cause)}`, `${akten(n)} given up: ${visible(cause)}`),
    ),
    ...(flaggedAkten > 0
      ? [
          say(
            `${akten(flaggedAkten)} mit Dokumenten, die jemand klären muss:`,
            `${akten(flaggedAkten)} with documents that only a person can solve:`,
          ),
          ...flagged.map(
            ({ reason, files }) =>
              `  ${number(files)} × ${reasonText(reason as Reason, language) ?? visible(reason)}`, // a report may be older
          ),
        ]
      : []),
  ]
  part(say('Braucht jemanden', 'Needs a person'), open.length > 0 ? open : [say('nichts', 'nothing')])
  part(say('Konflikte der letzten 24 Stunden', 'Conflicts of the last 24 hours'), [
    conflicts.Windows + conflicts.EspoCRM === 0
      ? say('keine', 'none')
      : say(
          `${number(conflicts.Windows + conflicts.EspoCRM)}; ins Archiv kam ${number(conflicts.Windows)}-mal die Fassung aus Windows, ${number(conflicts.EspoCRM)}-mal die aus EspoCRM`,
          `${number(conflicts.Windows + conflicts.EspoCRM)}; the version of Windows went to the archive ${number(conflicts.Windows)} times, that of EspoCRM ${number(conflicts.EspoCRM)} times`,
        ),
  ])
  part(
    say('Änderungen ohne Meldung', 'Changes that nobody announced'),
    drift.length === 0
      ? [say('keine', 'none')]
      : drift.map(
          ({ side, changes }) =>
            `${side}: ${count(changes, say('Änderung', 'change'), say('Änderungen', 'changes'))}`,
        ),
  )
  part(say('Archiv, letzte 24 Stunden', 'Archive, last 24 hours'), [
    archived === null
      ? say('nicht lesbar', 'cannot be read')
      : say(
          `${number(archived.agreed + archived.conflict + archived.lastCopy)} Fassungen (${bytes(archived.bytes)}): ${number(archived.agreed)} ersetzte, ${number(archived.conflict)} aus Konflikten, ${count(archived.lastCopy, 'letztes Exemplar', 'letzte Exemplare')}`,
          `${number(archived.agreed + archived.conflict + archived.lastCopy)} versions (${bytes(archived.bytes)}): ${number(archived.agreed)} replaced, ${number(archived.conflict)} from conflicts, ${count(archived.lastCopy, 'last copy', 'last copies')}`,
        ),
  ])
  return lines.join('\n')
}

/** A moment as the office's clock shows it. */
function timeIn(ms: number, language: Language, timeZone: string): string {
  const locale = language === 'de' ? 'de-DE' : 'en-GB'
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone }).format(ms)
}

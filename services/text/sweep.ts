import type { Freshness } from '../model/freshness'
import type { ImportProgress } from '../model/import-progress'
import type { PlanSummary } from '../model/plan-summary'
import type { Language } from '../model/reasons'
import { formatsOf, plural } from './formats'

const DAY_MS = 24 * 3600 * 1000

/** What people read about what nobody asked for: freshness, drift, the first import and its forecast. */
function build(language: Language) {
  const de = language === 'de'
  const say = (german: string, english: string): string => (de ? german : english)
  const count = plural(language)
  const { number, duration, when, bytes } = formatsOf(language)
  const akten = (n: number) => count(n, 'Akte', 'Akten')
  const changes = (n: number) => (de ? count(n, 'Änderung', 'Änderungen') : count(n, 'change', 'changes'))
  const forLong = (ms: number) =>
    ms < 2 * DAY_MS
      ? duration(ms)
      : say(`${number(Math.floor(ms / DAY_MS))} Tagen`, `${number(Math.floor(ms / DAY_MS))} days`)
  const never = (n: number) => say(`${number(n)} noch nie abgeglichen`, `${number(n)} never synced`)
  return {
    never: (n: number) =>
      say(
        `${akten(n)} ${n === 1 ? 'wurde' : 'wurden'} noch nie abgeglichen.`,
        `${akten(n)} ${n === 1 ? 'was' : 'were'} never synced.`,
      ),
    actions: {
      start: say('Alle abgleichen …', 'Sync them all …'),
      pause: say('Anhalten', 'Pause'),
      resume: say('Fortsetzen', 'Resume'),
      started: say('Der Erstabgleich läuft', 'The first import is under way'),
      paused: say('Der Erstabgleich ist angehalten', 'The first import is paused'),
      confirm: (n: number) =>
        say(`${akten(n)} zum ersten Mal abgleichen?`, `Sync ${akten(n)} for the first time?`),
      consequence: say(
        'Das geschieht sofort und zu jeder Uhrzeit, aber nur in freier Zeit: Was jemand anfordert, kommt zuerst. Was geschehen würde, zeigt eine Stichprobe: npm run plan -- --all',
        'It begins now, at any hour, but in idle capacity only: what somebody asks for comes first. A sample shows what would happen: npm run plan -- --all',
      ),
    },
    freshness: ({ total, agreed, never: unsynced, oldest }: Freshness, now: number): string => {
      const parts = [
        say(
          `${number(agreed)} von ${akten(total)} in den letzten 24 Stunden übereinstimmend`,
          `${number(agreed)} of ${akten(total)} in agreement within the last 24 hours`,
        ),
        oldest === null
          ? null
          : say(
              `die älteste vor ${forLong(now - Date.parse(oldest))}`,
              `the oldest ${forLong(now - Date.parse(oldest))} ago`,
            ),
        unsynced === 0 ? null : never(unsynced),
      ]
      return parts.filter(Boolean).join(' · ')
    },
    swept: (n: number) =>
      say(
        `${akten(n)} vom Rundgang gefunden, für freie Zeit vorgemerkt`,
        `${akten(n)} found by the sweep, waiting for idle capacity`,
      ),
    /** `sinceMs`: how long ago the side announced something; null: it never did. */
    drift: (side: string, sinceMs: number | null, n: number) => {
      const found = say(`der Rundgang fand ${changes(n)}`, `the sweep found ${changes(n)}`)
      return sinceMs === null
        ? say(
            `${side} hat noch nie etwas gemeldet, ${found}`,
            `${side} has never announced anything, ${found}`,
          )
        : say(
            `${side} hat seit ${forLong(sinceMs)} nichts gemeldet, ${found}`,
            `${side} has announced nothing for ${forLong(sinceMs)}, ${found}`,
          )
    },
    driftAdvice: (side: string) =>
      side === 'EspoCRM'
        ? say(
            'Kommen die Webhooks an? npm run espocrm -- check; ESPOCRM_WEBHOOK_URL, webhookAllowedAddressList',
            'Do the webhooks arrive? npm run espocrm -- check; ESPOCRM_WEBHOOK_URL, webhookAllowedAddressList',
          )
        : say(
            'Läuft der Dienst auf dem Dateiserver, und erreicht er dieses Redis?',
            'Does the watcher on the file server run, and does it reach this Redis?',
          ),
    firstImport: ({ total, left, done, perMinute, endsAt, paused, finishedAt }: ImportProgress): string => {
      if (finishedAt !== null)
        return say(
          `Erstabgleich beendet ${when(finishedAt)}: ${number(done)} von ${akten(total)}${left > 0 ? `, ${number(left)} brauchen jemanden` : ''}`,
          `First import ended ${when(finishedAt)}: ${number(done)} of ${akten(total)}${left > 0 ? `, ${number(left)} need a person` : ''}`,
        )
      const parts = [
        say(
          `Erstabgleich: ${number(done)} von ${akten(total)}, noch ${number(left)}`,
          `First import: ${number(done)} of ${akten(total)}, ${number(left)} left`,
        ),
        perMinute === null
          ? null
          : say(`${number(perMinute)} in der Minute`, `${number(perMinute)} a minute`),
        endsAt === null ? null : say(`fertig etwa ${when(endsAt)}`, `done about ${when(endsAt)}`),
        paused === null ? null : say(`angehalten: ${paused}`, `paused: ${paused}`),
      ]
      return parts.filter(Boolean).join(' · ')
    },
    pausedByPerson: say('von der Administration angehalten', 'paused by an administrator'),
    noImport: say('Es läuft kein Erstabgleich', 'No first import is under way'),
    needPerson: say(
      'Was jemanden braucht, nach Ursachen: npm run status -- --state open',
      'What needs a person, by cause: npm run status -- --state open',
    ),
    sample: ({ akten: planned, files, failed }: PlanSummary, total: number): string[] => {
      const { created, uploaded, updated, conflicts, flagged, deferred, bytes: size } = files
      const scale = planned === 0 ? 0 : total / planned
      const about = (n: number) => number(Math.round(n * scale))
      const counts = [
        say(`${number(created)} neu in EspoCRM`, `${number(created)} new in EspoCRM`),
        say(`${number(updated)} nach EspoCRM`, `${number(updated)} to EspoCRM`),
        say(`${number(uploaded)} nach Windows`, `${number(uploaded)} to Windows`),
        de ? count(conflicts, 'Konflikt', 'Konflikte') : count(conflicts, 'conflict', 'conflicts'),
        say(`${number(flagged)} zu klären`, `${number(flagged)} to clarify`),
        say(`${number(deferred)} warten`, `${number(deferred)} wait`),
        bytes(size),
      ]
      return [
        say(
          `Stichprobe: ${akten(planned)} von ${number(total)} (nichts wurde geändert)`,
          `Sample: ${akten(planned)} of ${number(total)} (nothing was changed)`,
        ),
        counts.join(' · '),
        say(
          `Hochgerechnet auf alle: ${about(created)} neu in EspoCRM, ${about(uploaded)} nach Windows, ${about(conflicts)} Konflikte, ${about(flagged)} zu klären, ${bytes(Math.round(size * scale))}`,
          `For all of them about: ${about(created)} new in EspoCRM, ${about(uploaded)} to Windows, ${about(conflicts)} conflicts, ${about(flagged)} to clarify, ${bytes(Math.round(size * scale))}`,
        ),
        ...failed.map(({ aktennummer, reason }) => `❌ Akte ${aktennummer}: ${reason}`),
      ]
    },
  }
}

export type SweepText = ReturnType<typeof build>

const TEXTS: Record<Language, SweepText> = { de: build('de'), en: build('en') }

export const sweepText = (language: Language): SweepText => TEXTS[language]

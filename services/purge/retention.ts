import type { Redis } from 'ioredis'
import { readAudit } from '../audit/audit-reader'
import { NotFoundError } from '../errors'
import { parseEspoTime } from '../espo/espo-values'
import { isAktennummer } from '../model/aktennummer'
import type { Hold } from '../model/hold'
import { dayOf, officeDay } from '../office-time'
import { KEYS } from '../redis/keys'
import { NOTE_KEYS } from './akte-keys'
import type { PurgeRuntime } from './purge'

/** Where the last date of an Akte comes from. */
type DateSource = 'last sync' | 'Ablage' | 'History' | 'created'

/** What the systems say of a closed Akte; days are `YYYY-MM-DD` by the office's calendar, null where none is known. */
export interface ClosedFacts {
  lastSync: string | null
  created: string | null
  /** Null: Advoware knows no such Akte any more. */
  advoware: { isArchived: boolean; ablage: string | null; history: string | null } | null
  hold: Hold | null
}

/** What the retention says of an Akte. */
export interface Retention {
  /** The last thing that is known to have happened in it. */
  last: { day: string; source: DateSource } | null
  /** The last day on which it is kept; null where no date is known. */
  until: string | null
  /** `due`: its years are over. */
  state: 'due' | 'held' | 'not archived' | 'not over' | 'no date'
}

/** A closed Akte of which something is kept, and what the retention says of it. */
export interface RetentionAkte extends Retention {
  aktennummer: string
  hold: Hold | null
}

/**
 * The retention of a closed Akte: it begins with the end of the year of the last thing that happened in it, whoever says
 * so, and lasts `years`. When its record was made counts only where nothing else is known. What Advoware knows and has not
 * archived is no closed Akte, whatever EspoCRM says. Pure.
 */
export function retentionOf(facts: ClosedFacts, years: number, today: string): Retention {
  const { lastSync, created, advoware, hold } = facts
  const happened: [DateSource, string | null | undefined][] = [
    ['last sync', lastSync],
    ['Ablage', advoware?.ablage],
    ['History', advoware?.history],
  ]
  const known = happened.flatMap(([source, day]) => (day ? [{ source, day }] : []))
  const fallback = created === null ? [] : [{ source: 'created' as const, day: created }]
  const dates = known.length > 0 ? known : fallback
  const last = dates.sort((a, b) => b.day.localeCompare(a.day))[0] ?? null
  const until = last === null ? null : `${Number(last.day.slice(0, 4)) + years}-12-31`
  const isOver = until !== null && until < today
  if (hold !== null) return { last, until, state: 'held' }
  if (advoware !== null && !advoware.isArchived) return { last, until, state: 'not archived' }
  return { last, until, state: isOver ? 'due' : last === null ? 'no date' : 'not over' }
}

/**
 * The Akten that are closed in EspoCRM, of which something is kept here, and whose years are over by EspoCRM's dates;
 * Advoware is asked for each of them, and may say that it stays all the same. Changes nothing.
 * @throws ContractError, FixAccessError, RetryLaterError: what a system does not say is not decided
 */
export async function listRetention(runtime: PurgeRuntime): Promise<RetentionAkte[]> {
  const { config, systems, clock } = runtime
  const { retentionYears: years, timeZone } = config.sync
  const today = officeDay(clock.now(), timeZone)
  const day = (time: string | null) => {
    const ms = parseEspoTime(time)
    return Number.isNaN(ms) ? null : officeDay(new Date(ms), timeZone)
  }
  const kept = await aktenWithData(runtime)
  const holds = await systems.holds.all()
  const akten: RetentionAkte[] = []
  for (const { aktennummer, lastSync, createdAt } of await systems.espo.listClosed()) {
    if (!isAktennummer(aktennummer) || !kept.has(aktennummer)) continue
    const inEspo = { lastSync: day(lastSync), created: day(createdAt), advoware: null, hold: null }
    if (inEspo.lastSync !== null && retentionOf(inEspo, years, today).state !== 'due') continue
    const hold = holds.get(aktennummer) ?? null
    const facts = { ...inEspo, hold, advoware: await advowareFacts(runtime, aktennummer) }
    akten.push({ aktennummer, hold, ...retentionOf(facts, years, today) })
  }
  return akten
}

async function advowareFacts(
  { systems }: PurgeRuntime,
  aktennummer: string,
): Promise<ClosedFacts['advoware']> {
  try {
    const { ablage, ablageDatum } = await systems.advoware.getAkte(aktennummer)
    const entries = await systems.history.getAkteHistory(aktennummer)
    const history = entries.flatMap(({ dat }) => dayOf(dat) ?? []).sort()
    return { isArchived: ablage, ablage: dayOf(ablageDatum), history: history.at(-1) ?? null }
  } catch (error) {
    if (error instanceof NotFoundError) return null
    throw error
  }
}

/** Every Akte of which archive, audit log or Redis keeps anything, in one pass over each. */
async function aktenWithData({ systems, config, redis }: PurgeRuntime): Promise<Set<string>> {
  const akten = new Set((await systems.archive.list()).map(({ aktennummer }) => aktennummer))
  for await (const { aktennummer } of readAudit(config.sync.auditDir)) akten.add(aktennummer)
  for (const key of [...NOTE_KEYS, KEYS.failed, KEYS.stopped, KEYS.pausedAkten])
    for (const name of await namesIn(redis, key)) akten.add(name)
  return akten
}

async function namesIn(redis: Redis, key: string): Promise<string[]> {
  const kind = await redis.type(key)
  if (kind === 'hash') return redis.hkeys(key)
  return kind === 'zset' ? redis.zrange(key, 0, -1) : []
}

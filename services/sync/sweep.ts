import type { Redis } from 'ioredis'
import type { Runtime } from '../app/runtime'
import { isWithin } from '../daily-window'
import { describeError, failedSystemOf } from '../errors'
import type { LastSync, StaleAkte } from '../espo/espo-schemas'
import { isAktennummer } from '../model/aktennummer'
import type { ImportProgress } from '../model/import-progress'
import { FirstImport, readFirstImport } from '../queue/first-import'
import { type Offered, type Stale, SweepList } from '../queue/sweep-list'
import { KEYS } from '../redis/keys'
import { pollerText } from '../text/poller'

/** As many as small unchanged Akten that the workers of one machine get done between two sweeps, a minute apart. */
const MOST_WAITING = 4000
const HOUR_MS = 3600 * 1000
/** Somewhat less than the minute between two sweeps, so that none is left out. */
const TURN_MS = 50_000

/** Akten that are swept; `ahead`: synced in what is the future by now, because a clock was wrong. */
type Kind = 'never' | 'stale' | 'ahead'

/** What the sweep works with. */
export type SweepRuntime = Pick<Runtime, 'config' | 'logger' | 'systems' | 'clock'> & {
  redis: Pick<Redis, 'eval' | 'del' | 'hgetall' | 'hset' | 'hdel' | 'expire'>
}

/**
 * One sweep: finds the Akten that were not synced for long (`SYNC_SWEEP_HOURS`), the stalest first, and leaves a few
 * more than there is room for to the next ticks, which take them when nothing announced is due. EspoCRM's `lastSync` is
 * the only memory: any number of servers share it, and a restart loses nothing.
 * @throws ContractError, FixAccessError, RetryLaterError: the next sweep begins anew
 */
async function sweep(runtime: SweepRuntime): Promise<void> {
  const { config, logger, systems, clock, redis } = runtime
  const list = new SweepList(redis, clock)
  const firstImport = new FirstImport(redis, clock)
  const importing = await readFirstImport(redis, clock.now().getTime())
  const kinds = kindsOf(runtime, importing)
  if (kinds.length === 0) return list.clear()
  if (!systems.espo.knowsLastSync) {
    logger.warn(
      '⚠️ Nothing is swept: the mapping has no lastSync, so that EspoCRM cannot tell which Akten are stale',
    )
    return
  }
  const limit = config.sync.sweep.perMinute ?? MOST_WAITING
  const hoursFromNow = (hours: number) => new Date(clock.now().getTime() + hours * HOUR_MS)
  const lastSync: Record<Kind, LastSync> = {
    never: 'isNull',
    stale: { before: hoursFromNow(-config.sync.sweep.hours) },
    ahead: { since: hoursFromNow(1) },
  }
  let added = 0
  for (const kind of kinds) {
    const offered = await offerAll(runtime, list, lastSync[kind], limit)
    added += offered.added
    if (kind === 'never' && importing?.finishedAt === null) await note(runtime, firstImport, offered)
    if (offered.waiting >= limit) break
  }
  if (added > 0)
    logger.info(
      `🧺 The sweep found ${added} ${added === 1 ? 'Akte that was' : 'Akten that were'} not synced for long`,
    )
}

/** Which Akten are swept now: never synced ones first, at any hour while they are imported. */
function kindsOf(
  { config, clock }: Pick<SweepRuntime, 'config' | 'clock'>,
  importing: ImportProgress | null,
): Kind[] {
  const { hours, window } = config.sync.sweep
  const isOpen = hours > 0 && (window === undefined || isWithin(window, clock.now(), config.sync.timeZone))
  const stale = isOpen ? (['stale', 'ahead'] as const) : []
  if (importing === null || importing.finishedAt !== null) return isOpen ? ['never', ...stale] : []
  return importing.paused === null ? ['never', ...stale] : [...stale]
}

/** Page by page, because those that a person has to see to stand first for good, until so many wait. */
async function offerAll(
  { config, logger, systems }: SweepRuntime,
  list: SweepList,
  lastSync: LastSync,
  limit: number,
): Promise<Offered & { isEnd: boolean }> {
  const all = { added: 0, busy: 0, held: 0, rested: 0, waiting: 0, isEnd: false }
  for (let offset = 0; ; ) {
    const { akten, hasMore } = await systems.espo.listStaleAkten(lastSync, offset)
    const wellFormed = akten.filter((akte): akte is StaleAkte & Stale => isAktennummer(akte.aktennummer))
    const offered = await list.offer(wellFormed, limit)
    for (const key of ['added', 'busy', 'held', 'rested'] as const) all[key] += offered[key]
    all.waiting = offered.waiting
    for (const akte of akten) if (!isAktennummer(akte.aktennummer)) await reject(config, logger, list, akte)
    all.isEnd = !hasMore
    if (all.isEnd || all.waiting >= limit) return all
    offset += akten.length
  }
}

/** Once: from then on it stands in the failed list. */
async function reject(
  config: SweepRuntime['config'],
  logger: SweepRuntime['logger'],
  list: SweepList,
  { id, aktennummer }: StaleAkte,
): Promise<void> {
  const name = aktennummer || `EspoCRM ${id}`
  const texts = pollerText(config.sync.language)
  const reason = aktennummer ? texts.noAktennummer : texts.nameless(id)
  if (await list.reject(name, reason))
    logger.error(`❌ Akte ${JSON.stringify(name)} goes to the failed list: ${reason}`)
}

/** How far the import is; over when nothing is left but what needs a person. */
async function note(
  { logger, systems }: SweepRuntime,
  firstImport: FirstImport,
  { added, busy, rested, isEnd }: Offered & { isEnd: boolean },
): Promise<void> {
  const left = await systems.espo.countNeverSynced()
  const isOver = isEnd && added + busy + rested === 0
  await firstImport.note(left, isOver)
  if (isOver) logger.info(`🏁 The first import is over, ${left} Akten need a person`)
}

/** A sweep that cannot ask EspoCRM says so and changes nothing: the next one begins anew, and no Akte counts an attempt. */
export async function sweepOrSay(runtime: SweepRuntime): Promise<void> {
  try {
    await sweep(runtime)
  } catch (error) {
    if (failedSystemOf(error) === undefined) throw error
    runtime.logger.error(
      `❌ The sweep could not ask EspoCRM, the next one begins anew: ${describeError(error)}`,
    )
  }
}

/** One sweep a minute, whoever of all servers and workers begins it. */
export async function sweepInTurn(runtime: SweepRuntime & { redis: Pick<Redis, 'set'> }): Promise<void> {
  const { redis, clock } = runtime
  if ((await redis.set(KEYS.sweepTurn, clock.token(), 'PX', TURN_MS, 'NX')) === 'OK')
    await sweepOrSay(runtime)
}

/** Starts the first import at once, or goes on with it; resolves to how far it is. @throws like `sweep` */
export async function startFirstImport(runtime: SweepRuntime): Promise<ImportProgress | null> {
  const { redis, clock } = runtime
  await new FirstImport(redis, clock).start(await runtime.systems.espo.countNeverSynced())
  await sweep(runtime)
  return readFirstImport(redis, clock.now().getTime())
}

import { z } from 'zod'
import type { AdvowareAddresses } from '../advoware/advoware-addresses'
import { reachSystems } from '../app/reach-systems'
import { type Clock, startTimer } from '../clock'
import type { Config } from '../config'
import { type Folder, foldersOf, tryFolder } from '../content/folder-state'
import { describeError } from '../errors'
import { REACH_TIMEOUT_MS } from '../http/reach'
import { type Freshness, freshnessSchema } from '../model/freshness'
import type { Language } from '../model/reasons'
import { causeOf } from '../queue/akten-operations'
import { POLLING_GAP_MS } from '../queue/akten-queue'
import { type Presence, tickAgeMs } from '../queue/presence'
import type { QueueSnapshot } from '../queue/queue-snapshot'
import { describeRedisTrouble } from '../redis/redis-probe'
import { systemReason } from '../text/network'
import { presenceText } from '../text/presence'
import type { ApiAnswer } from './answer'
import { describePresence, presenceSchema } from './presence-view'
import { SharedWork } from './shared-work'

/** A login, a script and the whole queue, on a machine that is busy. */
const REDIS_TIMEOUT_MS = 10_000
const REMEMBERED_MS = 10_000
/** Whoever asks again and again is not kept waiting while a report is renewed. */
const LONGEST_MS = 20_000

const dependencySchema = z.object({ ok: z.boolean(), detail: z.string().optional() })

/** Without a tick for this long nothing goes on, whatever the reason. */
const STANDSTILL_MS = 5 * 60_000

/** Answer of GET /health. */
export const healthSchema = z.object({
  status: z
    .enum(['ok', 'degraded', 'unavailable'])
    .describe(
      'degraded: a system does not answer, its Akten wait, or nobody polled for a minute, or Redis was emptied; unavailable: nothing goes on, because Redis does not work or nobody polled for five minutes',
    ),
  live: z.boolean().describe('The server answers'),
  ready: z.boolean().describe('Akten can be taken'),
  dependencies: z.record(z.string(), dependencySchema),
  freshness: freshnessSchema
    .nullable()
    .describe('How much of the office is in agreement; null: not known yet'),
  waiting: z
    .array(z.object({ cause: z.string(), akten: z.number(), nextTry: z.string().nullable() }))
    .describe('Why Akten could not even begin their sync, and when the first of them is tried next'),
  ...presenceSchema.partial().shape,
})

type Dependency = z.infer<typeof dependencySchema>
export type HealthReport = z.infer<typeof healthSchema>

/** What health asks; a test may stand in for each. */
export interface HealthSources {
  /** Tries Redis and tells who is there. @throws what Redis refuses */
  redis(): Promise<QueueSnapshot>
  /** Where Advoware is; while nobody knows it yet, whoever can tell is asked. */
  addresses: AdvowareAddresses['remembered']
  /** Asks EspoCRM with the credentials that this check does without. */
  freshness(): Promise<Freshness | null>
  /** @throws when the audit log cannot be written */
  audit(): Promise<void>
  /** For how long this server has been up, ms. */
  upMs(): number
}

/**
 * Liveness and readiness. A remote system that does not answer is a normal state (Advoware runs in the firm): the
 * server stays ready, since restarting it helps nobody. Anybody may ask, so the systems are asked once in ten seconds
 * at most, without credentials, and the answer only says whether they respond.
 */
export class Health {
  private remembered: { passed: () => number; report: HealthReport } | undefined
  private readonly checks = new SharedWork<HealthReport>()

  constructor(
    private readonly sources: HealthSources,
    private readonly config: Config,
    private readonly clock: Pick<Clock, 'now' | 'monotonic'>,
  ) {}

  /**
   * GET /health: 200 while Akten can be taken, else 503. A report is reused for ten seconds, and for ten more while the
   * next one is made.
   */
  async answer(): Promise<ApiAnswer> {
    const report = await this.report()
    return { status: report.ready ? 200 : 503, headers: { 'Cache-Control': 'no-store' }, body: report }
  }

  private report(): HealthReport | Promise<HealthReport> {
    const known = this.remembered
    if (known && known.passed() <= REMEMBERED_MS) return known.report
    const next = this.checks.run('health', () => this.renew())
    if (known === undefined || known.passed() > LONGEST_MS) return next
    next.catch(() => {}) // whoever has to wait for one is told
    return known.report
  }

  private async renew(): Promise<HealthReport> {
    const passed = startTimer(this.clock)
    const report = await this.check()
    this.remembered = { passed, report }
    return report
  }

  private async check(): Promise<HealthReport> {
    const { sync } = this.config
    const found = within(this.sources.addresses())
    const redis = within(this.sources.redis(), REDIS_TIMEOUT_MS)
    const checks: Record<string, Promise<unknown>> = {
      redis,
      ...Object.fromEntries(
        foldersOf(this.config).map((folder) => [folder.name, writable(folder, this.sources)]),
      ),
      ...reachSystems(this.config, found),
    }
    const named = Object.entries(checks).map(async ([name, check]) => {
      const failed = name === 'redis' ? refusedIn(sync.language) : failedIn(sync.language)
      return [name, await check.then(fine, failed)] as const
    })
    const dependencies: HealthReport['dependencies'] = Object.fromEntries(await Promise.all(named))
    const snapshot = await redis.catch(() => null)
    if (snapshot === null)
      return { status: 'unavailable', live: true, ready: false, dependencies, freshness: null, waiting: [] }
    const text = presenceText(sync.language)
    const sinceTick = this.sinceTick(snapshot)
    if (sinceTick > POLLING_GAP_MS)
      dependencies.polling = { ok: false, detail: text.noTick(Math.round(sinceTick / 1000)) }
    const { isLost, emptied } = snapshot
    if (isLost || emptied !== null) {
      const found = emptied && text.emptied(new Date(emptied.at).toISOString(), emptied.recalled)
      dependencies['redis-contents'] = { ok: false, detail: (!isLost && found) || text.lost }
    }
    const ready = sinceTick <= STANDSTILL_MS
    const waiting = waitingBy(snapshot)
    const isFine = Object.values(dependencies).every(({ ok }) => ok) && waiting.length === 0
    const status = ready ? (isFine ? 'ok' : 'degraded') : 'unavailable'
    const freshness = ready ? await this.sources.freshness().catch(() => null) : null
    const presence = describePresence(snapshot, sync.language)
    return { status, live: true, ready, dependencies, freshness, waiting, ...presence }
  }

  /** A server that has just started could not poll before. */
  private sinceTick(presence: Presence): number {
    return Math.min(tickAgeMs(presence) ?? Number.POSITIVE_INFINITY, this.sources.upMs())
  }
}

const fine = (): Dependency => ({ ok: true })
const failedIn =
  (language: Language) =>
  (error: unknown): Dependency => ({ ok: false, detail: shortReason(error, language) })

/** @throws an error with the code of the failure and the setting that names the folder */
async function writable({ name, path, setting }: Folder, sources: HealthSources): Promise<void> {
  const state = await tryFolder(path)
  if (!state.ok) throw Object.assign(new Error(state.code), { code: state.code, setting })
  if (name !== 'audit') return
  await sources.audit().catch((error: Error) => {
    throw Object.assign(error, { setting })
  })
}

/** The causes that the poller met, without what is particular to an Akte: anybody may read this. */
function waitingBy({ akten, causes }: QueueSnapshot): HealthReport['waiting'] {
  const found = new Map<string, HealthReport['waiting'][number]>()
  for (const { aktennummer, state, reason, dueAt } of akten) {
    if (state !== 'pending' || reason === null || !causes.get(aktennummer)?.beforeRun) continue
    const cause = causeOf(aktennummer, reason)
    const nextTry = dueAt === null ? null : new Date(dueAt).toISOString()
    const known = found.get(cause)
    const first = [known?.nextTry, nextTry].filter((at) => typeof at === 'string').sort()[0] ?? null
    found.set(cause, { cause, akten: (known?.akten ?? 0) + 1, nextTry: first })
  }
  return [...found.values()].sort((a, b) => b.akten - a.akten)
}

/** What Redis says of itself names a right or a key, no address. */
const refusedIn =
  (language: Language) =>
  (error: unknown): Dependency => {
    const { code } = error as { code?: string }
    return { ok: false, detail: code ? shortReason(error, language) : describeRedisTrouble(error, language) }
  }

/** Only the kind of failure: addresses and paths are not public. */
function shortReason(error: unknown, language: Language): string {
  const { code, setting } = error as { code?: string; setting?: string }
  const raw = code ?? describeError(error).split('\n')[0] ?? 'failed'
  const reason = systemReason(code, language)
  return [reason === null ? raw : `${reason} (${raw})`, setting].filter(Boolean).join(', ')
}

function within<T>(work: Promise<T>, ms = REACH_TIMEOUT_MS): Promise<T> {
  const timeout = new Promise<never>((_, refuse) => {
    setTimeout(() => refuse(new Error('no answer in time')), ms).unref()
  })
  return Promise.race([work, timeout])
}

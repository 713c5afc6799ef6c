import axios from 'axios'
import type { Redis } from 'ioredis'
import { z } from 'zod'
import type { AdvowareAddresses } from '../advoware/advoware-addresses'
import type { Clock } from '../clock'
import type { Config } from '../config'
import { type Folder, foldersOf, tryFolder } from '../content/folder-state'
import { describeError } from '../errors'
import { type Freshness, freshnessSchema } from '../model/freshness'
import type { Language } from '../model/reasons'
import { causeOf, type QueueSnapshot } from '../queue/akten-operations'
import { systemReason } from '../text/network'
import type { ApiAnswer } from './answer'

const REQUEST_TIMEOUT_MS = 3000
const REMEMBERED_MS = 10_000

const dependencySchema = z.object({ ok: z.boolean(), detail: z.string().optional() })

/** Answer of GET /health. */
export const healthSchema = z.object({
  status: z
    .enum(['ok', 'degraded', 'unavailable'])
    .describe(
      'degraded: a system does not answer, its Akten wait; unavailable: without Redis nothing goes on',
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
})

type Dependency = z.infer<typeof dependencySchema>
export type HealthReport = z.infer<typeof healthSchema>

/**
 * Liveness and readiness. A remote system that does not answer is a normal state (Advoware runs in the firm): the
 * server stays ready, since restarting it helps nobody. Anybody may ask, so the systems are asked once in ten seconds
 * at most, without credentials, and the answer only says whether they respond.
 */
export class Health {
  private remembered: { at: number; report: Promise<HealthReport> } | undefined

  constructor(
    private readonly redis: Pick<Redis, 'ping'>,
    private readonly config: Config,
    private readonly clock: Pick<Clock, 'now'>,
    /** Where Advoware is; while nobody knows it yet, whoever can tell is asked. */
    private readonly addresses: Pick<AdvowareAddresses, 'remembered'>,
    private readonly snapshot: () => Promise<QueueSnapshot>,
    /** Asks EspoCRM with the credentials that this check does without. */
    private readonly freshness: () => Promise<Freshness | null>,
  ) {}

  /** GET /health: 200 while Akten can be taken, else 503. A report is reused for ten seconds. */
  async answer(): Promise<ApiAnswer> {
    const now = this.clock.now().getTime()
    if (this.remembered === undefined || now - this.remembered.at > REMEMBERED_MS) {
      this.remembered = { at: now, report: this.check() }
    }
    const report = await this.remembered.report
    return { status: report.ready ? 200 : 503, headers: { 'Cache-Control': 'no-store' }, body: report }
  }

  private async check(): Promise<HealthReport> {
    const { watcher, advoware, espo, sync } = this.config
    const found = within(this.addresses.remembered())
    const checks: Record<string, Promise<unknown>> = {
      redis: within(this.redis.ping()),
      ...Object.fromEntries(foldersOf(this.config).map((folder) => [folder.name, writable(folder)])),
      'windows-watcher': reach(watcher.url),
      advoware: found.then(({ api }) => reach(api ?? advoware.configuratorUrl)),
      'advoware-security': found.then(({ security }) => reach(security ?? advoware.configuratorUrl)),
      espocrm: reach(espo.url),
    }
    const named = Object.entries(checks).map(
      async ([name, check]) => [name, await check.then(fine, failedIn(sync.language))] as const,
    )
    const dependencies = Object.fromEntries(await Promise.all(named))
    const ready = dependencies.redis?.ok === true
    const waiting = ready ? await this.snapshot().then(waitingBy, () => []) : []
    const isFine = Object.values(dependencies).every(({ ok }) => ok) && waiting.length === 0
    const status = ready ? (isFine ? 'ok' : 'degraded') : 'unavailable'
    const freshness = ready ? await this.freshness().catch(() => null) : null
    return { status, live: true, ready, dependencies, freshness, waiting }
  }
}

const fine = (): Dependency => ({ ok: true })
const failedIn =
  (language: Language) =>
  (error: unknown): Dependency => ({ ok: false, detail: shortReason(error, language) })

/** @throws an error with the code of the failure and the setting that names the folder */
async function writable({ path, setting }: Folder): Promise<void> {
  const state = await tryFolder(path)
  if (!state.ok) throw Object.assign(new Error(state.code), { code: state.code, setting })
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

/** Only the kind of failure: addresses and paths are not public. */
function shortReason(error: unknown, language: Language): string {
  const { code, setting } = error as { code?: string; setting?: string }
  const raw = code ?? describeError(error).split('\n')[0] ?? 'failed'
  const reason = systemReason(code, language)
  return [reason === null ? raw : `${reason} (${raw})`, setting].filter(Boolean).join(', ')
}

/** Any answer but a server error shows that the system is there. */
async function reach(url: string): Promise<void> {
  const { status } = await axios.get(url, {
    timeout: REQUEST_TIMEOUT_MS,
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    maxRedirects: 0,
    responseType: 'stream',
    validateStatus: () => true,
    transformResponse: (stream: { destroy(): void }) => {
      stream.destroy()
      return null
    },
  })
  if (status >= 500) throw Object.assign(new Error(`HTTP ${status}`), { code: `HTTP ${status}` })
}

function within<T>(work: Promise<T>): Promise<T> {
  const timeout = new Promise<never>((_, refuse) => {
    setTimeout(() => refuse(new Error('no answer in time')), REQUEST_TIMEOUT_MS).unref()
  })
  return Promise.race([work, timeout])
}

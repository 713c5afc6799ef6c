import { access, constants, mkdir } from 'node:fs/promises'
import axios from 'axios'
import type { Redis } from 'ioredis'
import { z } from 'zod'
import type { Clock } from '../clock'
import type { Config } from '../config'
import { describeError } from '../errors'
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
    const checks: Record<string, Promise<unknown>> = {
      redis: within(this.redis.ping()),
      archive: mkdir(sync.archiveDir, { recursive: true, mode: 0o700 }).then(() =>
        access(sync.archiveDir, constants.W_OK),
      ),
      'windows-watcher': reach(watcher.url),
      advoware: reach(advoware.apiBaseUrl),
      'advoware-security': reach(advoware.securityUrl),
      espocrm: reach(espo.url),
    }
    const named = Object.entries(checks).map(
      async ([name, check]) => [name, await check.then(fine, failed)] as const,
    )
    const dependencies = Object.fromEntries(await Promise.all(named))
    const ready = dependencies.redis?.ok === true
    const isFine = Object.values(dependencies).every(({ ok }) => ok)
    const status = ready ? (isFine ? 'ok' : 'degraded') : 'unavailable'
    return { status, live: true, ready, dependencies }
  }
}

const fine = (): Dependency => ({ ok: true })
const failed = (error: unknown): Dependency => ({ ok: false, detail: shortReason(error) })

/** Only the kind of failure: addresses and paths are not public. */
function shortReason(error: unknown): string {
  const { code } = error as { code?: string }
  return code ?? describeError(error).split('\n')[0] ?? 'failed'
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

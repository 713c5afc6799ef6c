import type { Redis } from 'ioredis'
import type { z } from 'zod'
import type { Clock } from '../clock'
import { isAktennummer } from '../model/aktennummer'
import type { Language } from '../model/reasons'
import { AktenOperations } from '../queue/akten-operations'
import { LastRuns } from '../redis/last-runs'
import type { Wake } from '../sync/akten-poller'
import { AktenView } from './akten-view'
import { type ApiAnswer, problem } from './answer'
import {
  type acceptedSchema,
  aktennummerSchema,
  listQuerySchema,
  pauseSchema,
  retryManySchema,
  syncManySchema,
  syncOneSchema,
} from './schemas'

/** The routes about Akten. Everything from outside is `unknown` until its schema parsed it. */
export class AktenApi {
  private readonly operations: AktenOperations
  private readonly view: AktenView
  private readonly runs: LastRuns

  constructor(redis: Redis, clock: Pick<Clock, 'now'>, language: Language) {
    this.operations = new AktenOperations(redis, clock)
    this.view = new AktenView(redis, clock, language)
    this.runs = new LastRuns(redis)
  }

  async list(query: unknown): Promise<ApiAnswer> {
    return { status: 200, body: await this.view.list(listQuerySchema.parse(query)) }
  }

  async get(aktennummer: unknown): Promise<ApiAnswer> {
    return { status: 200, body: await this.view.get(aktennummerSchema.parse(aktennummer)) }
  }

  async syncOne(aktennummer: unknown, body: unknown, wake: Wake): Promise<ApiAnswer> {
    const accepted = aktennummerSchema.parse(aktennummer)
    await this.operations.retry([accepted], syncOneSchema.parse(body ?? {}).force)
    await wake(accepted)
    return accept([accepted])
  }

  async syncMany(body: unknown): Promise<ApiAnswer> {
    const { aktennummern, force } = syncManySchema.parse(body)
    const unique = [...new Set(aktennummern.map((text) => text.trim()).filter((text) => text !== ''))]
    const accepted = unique.filter(isAktennummer)
    const rejected = unique.filter((text) => !isAktennummer(text))
    if (accepted.length === 0) return problem(400, `No Aktennummer among: ${rejected.slice(0, 5).join(', ')}`)
    await this.operations.retry(accepted, force)
    return accept(accepted, rejected)
  }

  /** Retries a failed or stopped Akte, or brings forward one that waits for its next try. */
  async retryOne(aktennummer: unknown, wake: Wake): Promise<ApiAnswer> {
    const { aktennummer: known } = await this.view.get(aktennummerSchema.parse(aktennummer))
    return this.syncOne(known, {}, wake)
  }

  async retryMany(body: unknown): Promise<ApiAnswer> {
    const { cause } = retryManySchema.parse(body ?? {})
    return accept(await this.operations.retryFailed(cause))
  }

  async pauseOne(aktennummer: unknown, body: unknown): Promise<ApiAnswer> {
    const name = aktennummerSchema.parse(aktennummer)
    const { paused, reason } = pauseSchema.parse(body ?? {})
    await (paused ? this.operations.pauseAkte(name, reason) : this.operations.resumeAkte(name))
    return { status: 200, body: { aktennummer: name, paused: paused ? reason : null } }
  }

  async pauseAll(body: unknown): Promise<ApiAnswer> {
    const { paused, reason } = pauseSchema.parse(body ?? {})
    await (paused ? this.operations.pauseAll(reason) : this.operations.resumeAll())
    return { status: 200, body: { paused: paused ? reason : null } }
  }

  /** Takes an Akte off the lists and out of sight. What is not an Aktennummer can stand on them, too: people use redis-cli. */
  async remove(aktennummer: string): Promise<ApiAnswer> {
    await this.operations.remove(aktennummer)
    await this.runs.forget(aktennummer)
    return { status: 200, body: { aktennummer, removed: true } }
  }
}

function accept(accepted: string[], rejected: string[] = []): ApiAnswer {
  const body: z.infer<typeof acceptedSchema> = {
    accepted,
    rejected: rejected.map((aktennummer) => ({ aktennummer, reason: 'This is not an Aktennummer' })),
  }
  return { status: 202, body }
}

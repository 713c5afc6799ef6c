import type { Redis } from 'ioredis'
import type { z } from 'zod'
import { may } from '../model/administrator'
import { isAktennummer } from '../model/aktennummer'
import type { Language } from '../model/reasons'
import { AktenOperations } from '../queue/akten-operations'
import { LastRuns } from '../redis/last-runs'
import type { Wake } from '../sync/akten-poller'
import { pollerText } from '../text/poller'
import { AktenView } from './akten-view'
import { type ApiAnswer, problem } from './answer'
import { type ByHand, OFFICE } from './by-hand'
import {
  type acceptedSchema,
  aktennummerSchema,
  byCauseSchema,
  listQuerySchema,
  pauseSchema,
  type removedManySchema,
  syncManySchema,
  syncOneSchema,
} from './schemas'

/**
 * The routes about Akten. Everything from outside is `unknown` until its schema parsed it: each method throws ZodError
 * for what does not fit, which `answer` turns into 400. What is changed stands in the audit log first, with who wants it;
 * only a pause comes before its line, so that it works on a full disk, too.
 */
export class AktenApi {
  private readonly operations: AktenOperations
  private readonly view: AktenView
  private readonly runs: LastRuns

  constructor(
    redis: Redis,
    private readonly language: Language,
    private readonly hand: ByHand,
  ) {
    this.operations = new AktenOperations(redis)
    this.view = new AktenView(redis, language)
    this.runs = new LastRuns(redis)
  }

  /** GET /akten: the Akten that fit the query, and the queue in figures. */
  async list(query: unknown): Promise<ApiAnswer> {
    return { status: 200, body: await this.view.list(listQuerySchema.parse(query)) }
  }

  /** GET /akten/{aktennummer}: an Akte with its last reports. @throws NotFoundError when nothing is known of it */
  async get(aktennummer: unknown): Promise<ApiAnswer> {
    return { status: 200, body: await this.view.get(aktennummerSchema.parse(aktennummer)) }
  }

  /** POST /akten/{aktennummer}/sync: queues the Akte before others and wakes a worker at once; 202. */
  async syncOne(aktennummer: unknown, body: unknown, wake: Wake): Promise<ApiAnswer> {
    const accepted = aktennummerSchema.parse(aktennummer)
    const { force } = syncOneSchema.parse(body ?? {})
    if (force && !may(this.hand.who, 'admin')) return this.noForce()
    await this.hand.record(force ? 'ASK_FORCE' : 'ASK_SYNC', [accepted])
    return this.wakeOne(accepted, force, wake)
  }

  private async wakeOne(aktennummer: string, force: boolean, wake: Wake): Promise<ApiAnswer> {
    await this.operations.retry([aktennummer], force)
    await wake(aktennummer)
    return accept([aktennummer])
  }

  private noForce(): ApiAnswer {
    const { name, role } = this.hand.who
    return problem(403, `${name} has the role ${role}; force needs admin`)
  }

  async syncMany(request: unknown): Promise<ApiAnswer> {
    const { aktennummern, force } = syncManySchema.parse(request)
    const unique = [...new Set(aktennummern.map((text) => text.trim()).filter((text) => text !== ''))]
    const accepted = unique.filter(isAktennummer)
    const rejected = unique.filter((text) => !isAktennummer(text))
    if (accepted.length === 0) return problem(400, `No Aktennummer among: ${rejected.slice(0, 5).join(', ')}`)
    if (force && !may(this.hand.who, 'admin')) return this.noForce()
    await this.hand.record(force ? 'ASK_FORCE' : 'ASK_SYNC', accepted)
    const { isNew, known } = await this.view.familiarity(accepted)
    await this.operations.retry(accepted, force)
    const reason = pollerText(this.language).noAktennummer
    const body: z.infer<typeof acceptedSchema> = {
      accepted,
      rejected: rejected.map((aktennummer) => ({ aktennummer, reason })),
      isNew,
      known,
    }
    return { status: 202, body }
  }

  /**
   * POST /akten/{aktennummer}/retry: retries a failed or stopped Akte, or brings forward one that waits for its next try.
   * @throws NotFoundError when nothing is known of it
   */
  async retryOne(aktennummer: unknown, wake: Wake): Promise<ApiAnswer> {
    const { aktennummer: known } = await this.view.get(aktennummerSchema.parse(aktennummer))
    await this.hand.record('ASK_RETRY', [known])
    return this.wakeOne(known, false, wake)
  }

  /** POST /akten/retry: retries every failed Akte, or those that failed with one cause; 202. */
  async retryMany(body: unknown): Promise<ApiAnswer> {
    const { cause } = byCauseSchema.parse(body ?? {})
    const chosen = await this.operations.failed(cause)
    await this.hand.record('ASK_RETRY', chosen)
    await this.operations.retry(chosen)
    return accept(chosen)
  }

  /** Takes every failed Akte, or those with one cause, off the lists. */
  async removeMany(body: unknown): Promise<ApiAnswer> {
    const { cause } = byCauseSchema.parse(body ?? {})
    const removed = await this.operations.failed(cause)
    await this.hand.record('REMOVE', removed)
    for (const aktennummer of removed) {
      await this.operations.remove(aktennummer)
      await this.runs.forget(aktennummer)
    }
    const answer: z.infer<typeof removedManySchema> = { removed }
    return { status: 200, body: answer }
  }

  /** POST /akten/{aktennummer}/pause: keeps one Akte in pending, or resumes it. */
  async pauseOne(aktennummer: unknown, body: unknown): Promise<ApiAnswer> {
    const name = aktennummerSchema.parse(aktennummer)
    const { paused, reason } = pauseSchema.parse(body ?? {})
    if (paused) await this.operations.pauseAkte(name, reason)
    await this.hand.record(paused ? 'PAUSE' : 'RESUME', [name], paused ? reason : undefined)
    if (!paused) await this.operations.resumeAkte(name)
    return { status: 200, body: { aktennummer: name, paused: paused ? reason : null } }
  }

  /** POST /akten/pause: stops taking Akten from pending, or resumes. What runs goes on. */
  async pauseAll(body: unknown): Promise<ApiAnswer> {
    const { paused, reason } = pauseSchema.parse(body ?? {})
    if (paused) await this.operations.pauseAll(reason)
    await this.hand.record(paused ? 'PAUSE' : 'RESUME', [OFFICE], paused ? reason : undefined)
    if (!paused) await this.operations.resumeAll()
    return { status: 200, body: { paused: paused ? reason : null } }
  }

  /** DELETE /akten/{aktennummer}: takes an Akte off all lists. Accepts any text: people also add by redis-cli. */
  async remove(aktennummer: string): Promise<ApiAnswer> {
    await this.hand.record('REMOVE', [aktennummer])
    await this.operations.remove(aktennummer)
    await this.runs.forget(aktennummer)
    return { status: 200, body: { aktennummer, removed: true } }
  }
}

function accept(accepted: string[]): ApiAnswer {
  const body: z.infer<typeof acceptedSchema> = { accepted, rejected: [] }
  return { status: 202, body }
}

import type { Redis } from 'ioredis'
import { watchAndTell } from '../alerts/alert-tick'
import type { Runtime } from '../app/runtime'
import { describeError, HandedBackError } from '../errors'
import type { ShowProgress } from '../model/progress'
import { placesOf } from '../queue/instances'
import { runNext } from '../sync/akte-run'
import { lookAfterAkten } from '../sync/akten-poller'
import { sweepInTurn } from '../sync/sweep'

const TICK_MS = 1_000
const MINUTE_MS = 60_000
/** After something that every Akte would meet; with a refused login, few enough not to be locked out by EspoCRM. */
const REST_MS = 30_000
/** So long what is under way may finish when the process is to end; then it is handed back. */
const FINISH_MS = 5_000

/**
 * A process that syncs without Motia. Like a server it works on what the sets in Redis say and on nothing else, so that
 * any number of workers and servers share the work; it needs no queue, because it looks every second. Each of its places
 * is in one of these states:
 *
 * | a place | does | until |
 * |---|---|---|
 * | free | nothing | the next tick, which sets all free ones to work |
 * | at work | claims the Akte whose turn it is, and syncs it, again and again | none is due: free; a system is down, refuses the login, or Redis does not answer: all rest |
 * | resting | nothing | 30 s are over: one place tries; when it has synced an Akte, all are free |
 * | closing | finishes its Akte, which is handed back after 5 s | it is done |
 *
 * A crash costs the Akten under way, and brings them back as that of a server does: by their leases.
 */
export class Worker {
  private readonly places: number
  private readonly handBack = new AbortController()
  private readonly runtime: Runtime & { redis: Redis }
  private atWork = new Set<Promise<void>>()
  /** One place tries for all. */
  private isTroubled = false
  private restsUntil = 0
  private isClosing = false
  private isTelling = true
  private lastTick: number | null = null
  private readonly timers = new Map<string, () => void>()

  constructor(
    runtime: Runtime & { redis: Redis },
    private readonly showProgress: ShowProgress,
  ) {
    this.runtime = { ...runtime, isClosing: () => this.isClosing, handBack: this.handBack.signal }
    this.places = placesOf(runtime.config.sync)
  }

  /** How long ago it looked into Redis last, ms; null: not yet. */
  tickAgoMs(): number | null {
    return this.lastTick === null ? null : this.runtime.clock.monotonic() - this.lastTick
  }

  /** Begins to work; errors are told, and the next tick tries again. */
  start(): void {
    this.keepDoing('tick', TICK_MS, () => this.tick())
    this.keepDoing('sweep', MINUTE_MS, () => sweepInTurn(this.runtime))
    this.keepDoing('alerts', MINUTE_MS, () => watchAndTell(this.runtime))
  }

  /** Takes nothing more, and resolves when what is under way is finished or handed back: a few seconds. */
  async stop(): Promise<void> {
    this.isClosing = true
    for (const cancel of this.timers.values()) cancel()
    const callOff = this.runtime.clock.later(FINISH_MS, () =>
      this.handBack.abort(new HandedBackError('The process is to end, and the Akte is pending again')),
    )
    await Promise.all(this.atWork)
    callOff()
  }

  private keepDoing(name: string, everyMs: number, work: () => Promise<void>): void {
    const next = () => {
      if (!this.isClosing) this.timers.set(name, this.runtime.clock.later(everyMs, again))
    }
    const again = () => {
      work()
        .then(
          () => {
            this.isTelling = true
          },
          (error: unknown) => this.tellOnce(error),
        )
        .finally(next)
    }
    again()
  }

  private async tick(): Promise<void> {
    await lookAfterAkten(this.runtime)
    this.lastTick = this.runtime.clock.monotonic()
    this.setToWork()
  }

  private setToWork(): void {
    if (this.isClosing || this.runtime.clock.monotonic() < this.restsUntil) return
    while (this.atWork.size < (this.isTroubled ? 1 : this.places)) {
      const work: Promise<void> = this.work()
        .catch((error: unknown) => this.tellOnce(error))
        .finally(() => this.atWork.delete(work))
      this.atWork.add(work)
    }
  }

  /** One place, until nothing is due. @throws an error of Redis */
  private async work(): Promise<void> {
    const place = this.runtime.clock.token()
    while (!this.isClosing) {
      const end = await runNext(this.runtime, place, this.showProgress)
      if (end === 'trouble') {
        this.isTroubled = true
        this.restsUntil = this.runtime.clock.monotonic() + REST_MS
      } else if (end === 'done' && this.isTroubled) {
        this.isTroubled = false
        this.setToWork()
      }
      if (end !== 'done') break
    }
    await this.runtime.queue.leave(place)
  }

  /** An outage is one line, however many ticks it lasts. */
  private tellOnce(error: unknown): void {
    if (this.isTelling)
      this.runtime.logger.error(`❌ The worker could not go on, and tries again: ${describeError(error)}`)
    this.isTelling = false
  }
}

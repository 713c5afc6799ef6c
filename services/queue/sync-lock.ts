import type { Redis } from 'ioredis'
import { type Clock, startTimer } from '../clock'
import { CoalescedRefresh } from '../coalesced-refresh'
import { LockBusyError, LockLostError } from '../errors'
import type { WriteGuard } from '../model/write-guard'
import { KEYS } from '../redis/keys'
import { LEASE_MS } from './akten-queue'
import { ACQUIRE, RELEASE, RENEW } from './scripts'

const TTL_SECONDS = 1800
const BEAT_MS = 10_000
/** Without a successful renewal for this long the lock counts as lost, before anybody else may take it. */
const GIVE_UP_MS = LEASE_MS - 5000

/**
 * The lock of one run: the global one, or one per Akte. Its value begins with the Aktennummer and ends with the
 * run's token, so that renewal and release hit only one's own lock. A heartbeat proves that the holder is alive; a
 * holder that can no longer prove it stops.
 */
export class SyncLock implements WriteGuard {
  private readonly aborter = new AbortController()
  private readonly value: string
  private readonly heartbeatKey: string
  private cancelBeat: () => void = () => {}
  private cancelGiveUp: () => void = () => {}
  private isReleased = false
  /** Writes that ask at the same time share an answer that is younger than all of their questions. */
  private readonly asking = new CoalescedRefresh(() => this.ask())

  private constructor(
    private readonly redis: Pick<Redis, 'eval'>,
    private readonly clock: Pick<Clock, 'now' | 'monotonic' | 'later'>,
    private readonly key: string,
    private readonly aktennummer: string,
    private readonly owner: string,
  ) {
    this.value = `${aktennummer} run:${owner}`
    this.heartbeatKey = KEYS.heartbeat(key)
  }

  /** Takes the lock for a claimed Akte. @throws LockBusyError naming the Aktennummer that holds it. */
  static async acquire(
    redis: Pick<Redis, 'eval'>,
    clock: Pick<Clock, 'now' | 'monotonic' | 'later'>,
    scope: 'global' | 'akte',
    aktennummer: string,
    owner: string,
  ): Promise<SyncLock> {
    const key = scope === 'global' ? KEYS.globalLock : KEYS.akteLock(aktennummer)
    const lock = new SyncLock(redis, clock, key, aktennummer, owner)
    const passed = startTimer(clock)
    const holder = await redis.eval(ACQUIRE, 2, key, lock.heartbeatKey, lock.value, TTL_SECONDS, LEASE_MS)
    if (holder !== '') {
      const name = String(holder).split(' ')[0] ?? ''
      throw new LockBusyError(`The lock is held by Akte ${name}`, name)
    }
    lock.scheduleGiveUp(passed())
    lock.scheduleBeat()
    return lock
  }

  /** Aborts with LockLostError as soon as the lock is known to be lost. */
  get signal(): AbortSignal {
    return this.aborter.signal
  }

  /** The guard before every write. @throws LockLostError when the lock or the lease is no longer this run's. */
  async assertHeld(): Promise<void> {
    if (!this.signal.aborted) await this.asking.refresh()
    if (this.signal.aborted) throw this.signal.reason
  }

  /** Gives the lock back, if it is still this run's. @throws an error of Redis */
  async release(): Promise<void> {
    this.isReleased = true
    this.cancelBeat()
    this.cancelGiveUp()
    await this.redis.eval(RELEASE, 2, this.key, this.heartbeatKey, this.value)
  }

  private async ask(): Promise<void> {
    if (!this.signal.aborted && !(await this.renew())) this.lose('was lost')
  }

  private async renew(): Promise<boolean> {
    const { key, heartbeatKey, value, aktennummer, owner } = this
    const keys = [key, heartbeatKey, KEYS.leases]
    const args = [value, TTL_SECONDS, LEASE_MS, aktennummer, owner]
    const passed = startTimer(this.clock)
    const isHeld = (await this.redis.eval(RENEW, keys.length, ...keys, ...args)) === 1
    // A process that stood still gets the answer long after it was true.
    if (!isHeld || passed() >= GIVE_UP_MS) return false
    this.scheduleGiveUp(passed())
    return true
  }

  private lose(how: string): void {
    this.cancelBeat()
    this.cancelGiveUp()
    this.aborter.abort(new LockLostError(`The lock for Akte ${this.aktennummer} ${how}`))
  }

  /** Counts from when Redis was asked, because it may have answered late. */
  private scheduleGiveUp(passedMs: number): void {
    this.cancelGiveUp()
    if (this.signal.aborted || this.isReleased) return
    this.cancelGiveUp = this.clock.later(GIVE_UP_MS - passedMs, () =>
      this.lose(`could not be renewed for ${GIVE_UP_MS / 1000} s`),
    )
  }

  /** Re-armed only after the beat, so that a slow Redis never piles up renewals. */
  private scheduleBeat(): void {
    if (this.signal.aborted || this.isReleased) return
    this.cancelBeat = this.clock.later(BEAT_MS, () => {
      this.assertHeld().then(
        () => this.scheduleBeat(),
        () => this.scheduleBeat(), // Redis may be back at the next beat; a lost lock beats no more
      )
    })
  }
}

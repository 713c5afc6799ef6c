import type { Redis } from 'ioredis'
import type { Clock } from '../clock'
import { LockBusyError, LockLostError } from '../errors'
import { LEASE_MS } from './akten-queue'
import { KEYS } from './redis-factory'
import { ACQUIRE, RELEASE, RENEW } from './scripts'

const TTL_SECONDS = 1800
const BEAT_MS = 10_000

/**
 * The lock of one run: the global one, or one per Akte. Its value begins with the Aktennummer and ends with the
 * run's token, so that renewal and release hit only one's own lock. A heartbeat proves that the holder is alive.
 */
export class SyncLock {
  private cancelBeat: () => void = () => {}
  private lost = false
  private readonly value: string
  private readonly heartbeatKey: string

  private constructor(
    private readonly redis: Pick<Redis, 'eval'>,
    private readonly clock: Pick<Clock, 'later'>,
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
    clock: Pick<Clock, 'later'>,
    scope: 'global' | 'akte',
    aktennummer: string,
    owner: string,
  ): Promise<SyncLock> {
    const key = scope === 'global' ? KEYS.globalLock : KEYS.akteLock(aktennummer)
    const lock = new SyncLock(redis, clock, key, aktennummer, owner)
    const holder = await redis.eval(ACQUIRE, 2, key, lock.heartbeatKey, lock.value, TTL_SECONDS, LEASE_MS)
    if (holder !== '') throw new LockBusyError(String(holder).split(' ')[0] ?? '')
    lock.scheduleBeat()
    return lock
  }

  /** The fence before every write. @throws LockLostError when the lock or the lease is no longer this run's. */
  async assertHeld(): Promise<void> {
    if (!this.lost) {
      const { key, heartbeatKey, value, aktennummer, owner } = this
      const keys = [key, heartbeatKey, KEYS.leases]
      const held = await this.redis.eval(
        RENEW,
        keys.length,
        ...keys,
        value,
        TTL_SECONDS,
        LEASE_MS,
        aktennummer,
        owner,
      )
      this.lost = held !== 1
    }
    if (this.lost) throw new LockLostError(`The lock for Akte ${this.aktennummer} was lost`)
  }

  /** Gives the lock back, if it is still this run's. */
  async release(): Promise<void> {
    this.cancelBeat()
    await this.redis.eval(RELEASE, 2, this.key, this.heartbeatKey, this.value)
  }

  /** Re-armed only after the beat, so that a slow Redis never piles up renewals. */
  private scheduleBeat(): void {
    this.cancelBeat = this.clock.later(BEAT_MS, () => {
      this.assertHeld().then(
        () => this.scheduleBeat(),
        (error: unknown) => {
          if (!(error instanceof LockLostError)) this.scheduleBeat()
        },
      )
    })
  }
}

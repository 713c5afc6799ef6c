import type { Redis } from 'ioredis'
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
  private timer: NodeJS.Timeout | undefined
  private lost = false
  private readonly value: string
  private readonly heartbeatKey: string

  private constructor(
    private readonly redis: Redis,
    private readonly key: string,
    private readonly aktennummer: string,
    private readonly owner: string,
  ) {
    this.value = `${aktennummer} run:${owner}`
    this.heartbeatKey = KEYS.heartbeat(key)
  }

  /** Takes the lock for a claimed Akte. @throws LockBusyError naming the Aktennummer that holds it. */
  static async acquire(
    redis: Redis,
    scope: 'global' | 'akte',
    aktennummer: string,
    owner: string,
  ): Promise<SyncLock> {
    const key = scope === 'global' ? KEYS.globalLock : KEYS.akteLock(aktennummer)
    const lock = new SyncLock(redis, key, aktennummer, owner)
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
    clearTimeout(this.timer)
    await this.redis.eval(RELEASE, 2, this.key, this.heartbeatKey, this.value)
  }

  /** Re-armed only after the beat, so that a slow Redis never piles up renewals. */
  private scheduleBeat(): void {
    this.timer = setTimeout(() => {
      this.assertHeld().then(
        () => this.scheduleBeat(),
        (error: unknown) => {
          if (!(error instanceof LockLostError)) this.scheduleBeat()
        },
      )
    }, BEAT_MS)
    this.timer.unref()
  }
}

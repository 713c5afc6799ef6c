import { RedisCronAdapter } from '@motiadev/adapter-redis-cron'

/** A crash during a cron tick stops polling for this long at most, and until the next tick. */
const CRON_LOCK_MS = 15_000

/** Motia asks for 300 s on every tick, whatever the adapter's own `lockTTL` says (measured). */
export class ShortLockCronAdapter extends RedisCronAdapter {
  /** Told whenever the schedule begins a tick, whoever gets the lock for it. */
  onTick: () => void = () => {}

  /** Takes the lock of a tick for `CRON_LOCK_MS`, whatever Motia asks for. */
  override acquireLock(jobName: string) {
    this.onTick()
    return super.acquireLock(jobName, CRON_LOCK_MS)
  }
}

import type { Runtime } from '../app/runtime'
import type { Systems } from '../app/systems'
import { LockBusyError, LockLostError } from '../errors'
import { SyncLock } from '../queue/sync-lock'

/** The global lock may be held for another Akte: worth a little patience, well below the life of a lease. */
const PATIENCE_MS = 20_000
const ASK_EVERY_MS = 500

/**
 * Runs a person's own change to an Akte with exclusive right to it: no sync of it runs meanwhile, and one follows. Its
 * systems write only while the lock holds; `runId` names the change in the audit log.
 * @throws LockBusyError when the Akte is being synced, or another one holds the global lock for long
 */
export async function withAkteLock<T>(
  runtime: Runtime,
  aktennummer: string,
  work: (systems: Systems, runId: string) => Promise<T>,
): Promise<T> {
  const { queue, clock } = runtime
  const runId = clock.token()
  if (!(await queue.holdForManualChange(aktennummer, runId))) {
    throw new LockBusyError(`Akte ${aktennummer} is being synced; try again in a moment`, aktennummer)
  }
  let isOurs = true
  try {
    const lock = await acquire(runtime, aktennummer, runId)
    try {
      return await work(runtime.connect(lock), runId)
    } finally {
      await lock.release()
    }
  } catch (error) {
    isOurs = !(error instanceof LockLostError)
    throw error
  } finally {
    const reason = 'changed by hand, to be synced'
    if (isOurs) await queue.settle(aktennummer, runId, { outcome: 'retry', delayMs: 0, reason })
  }
}

async function acquire(
  { redis, clock, config }: Runtime,
  aktennummer: string,
  runId: string,
): Promise<SyncLock> {
  const until = clock.now().getTime() + PATIENCE_MS
  for (;;) {
    try {
      return await SyncLock.acquire(redis, clock, config.sync.lockScope, aktennummer, runId)
    } catch (error) {
      if (!(error instanceof LockBusyError)) throw error
      if (clock.now().getTime() > until) {
        throw new LockBusyError(
          `Akte ${error.holder} is being synced under the global lock; try again later`,
          error.holder,
        )
      }
    }
    await new Promise<void>((resolve) => void clock.later(ASK_EVERY_MS, resolve))
  }
}

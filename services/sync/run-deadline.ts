import type { Clock } from '../clock'
import { RunOverdueError } from '../errors'
import { LinkedAbort } from '../linked-abort'
import type { WriteGuard } from '../model/write-guard'

/**
 * A run's lock that ends when the run has taken all its time, or its process is to end: what is under way is cut off,
 * nothing more is written, and the next Akte gets its turn. The lock itself stays held until the run has settled its Akte.
 */
export class RunDeadline implements WriteGuard {
  private readonly abort: LinkedAbort
  private readonly callOff: () => void

  constructor(
    readonly lock: WriteGuard,
    clock: Pick<Clock, 'later'>,
    ms: number,
    handBack?: AbortSignal,
  ) {
    this.abort = new LinkedAbort([lock.signal, ...(handBack ? [handBack] : [])])
    this.callOff = clock.later(ms, () =>
      this.abort.abort(new RunOverdueError(`The sync took longer than ${Math.round(ms / 60_000)} minutes`)),
    )
  }

  get signal(): AbortSignal {
    return this.abort.signal
  }

  /** @throws LockLostError, RunOverdueError, HandedBackError */
  async assertHeld(): Promise<void> {
    await this.lock.assertHeld()
    if (this.signal.aborted) throw this.signal.reason
  }

  /** The run is over. */
  end(): void {
    this.callOff()
    this.abort.release()
  }
}

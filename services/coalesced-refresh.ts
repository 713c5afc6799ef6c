/**
 * Shares the work of looking again: the result of a call is always younger than the call, and callers that come while
 * a look is under way share the next one, so that a thousand changed files do not mean a thousand listings at once.
 */
export class CoalescedRefresh {
  private waiting: Promise<void> | undefined
  private running: Promise<void> | undefined

  constructor(private readonly look: () => Promise<void>) {}

  /** Looks again; resolves when a look that began after this call has ended. @throws what the look throws */
  refresh(): Promise<void> {
    this.waiting ??= (this.running ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => {
        this.waiting = undefined
        this.running = this.look().finally(() => {
          this.running = undefined
        })
        return this.running
      })
    return this.waiting
  }
}

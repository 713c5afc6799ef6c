import { setMaxListeners } from 'node:events'

/**
 * An abort that follows others, until it is released. `AbortSignal.any` follows for good: what it made for each of
 * thousands of requests stays in memory until Node gets round to collecting it.
 */
export class LinkedAbort {
  private readonly aborter = new AbortController()

  constructor(private readonly followed: AbortSignal[]) {
    for (const one of followed) {
      setMaxListeners(0, one) // as many requests as are in flight; Node takes more than ten for a leak
      if (one.aborted) this.abort(one.reason)
      one.addEventListener('abort', this.follow)
    }
  }

  get signal(): AbortSignal {
    return this.aborter.signal
  }

  abort(reason?: unknown): void {
    this.aborter.abort(reason)
  }

  /** From here on it follows nobody. */
  release(): void {
    for (const one of this.followed) one.removeEventListener('abort', this.follow)
  }

  private readonly follow = ({ target }: Event) => this.abort((target as AbortSignal).reason)
}

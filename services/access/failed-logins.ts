import type { Clock } from '../clock'

const FAILED_LOGINS = 10
const WINDOW_MS = 60_000
/** Addresses that are remembered; beyond that the oldest is forgotten. */
const MOST_SENDERS = 10_000

/**
 * Ten failed logins close an address out for a minute. One call takes a place, compares and gives it back after a right
 * token, without anything in between: a thousand guesses on their way at once are no more than ten.
 */
export class FailedLogins {
  private readonly senders = new Map<string, { failed: number; until: number }>()

  constructor(private readonly clock: Pick<Clock, 'now'>) {}

  /** Compares, unless the sender has no place left: then the seconds until it has, whatever the token. */
  try(sender: string, isRight: () => boolean): 'right' | 'wrong' | { retryAfterSeconds: number } {
    const now = this.clock.now().getTime()
    const entry = this.entryOf(sender, now)
    if (entry.failed >= FAILED_LOGINS) return { retryAfterSeconds: Math.ceil((entry.until - now) / 1000) }
    entry.failed += 1
    if (!isRight()) return 'wrong'
    entry.failed -= 1
    return 'right'
  }

  private entryOf(sender: string, now: number) {
    const known = this.senders.get(sender)
    if (known && known.until > now) return known
    this.senders.delete(sender)
    const [oldest] = this.senders.keys()
    if (this.senders.size >= MOST_SENDERS && oldest !== undefined) this.senders.delete(oldest)
    const entry = { failed: 0, until: now + WINDOW_MS }
    this.senders.set(sender, entry)
    return entry
  }
}

import { randomUUID } from 'node:crypto'

/** Time and chance, passed in where a test must control them. */
export interface Clock {
  now(): Date
  /** Milliseconds that only go forward, whatever happens to the clock; they mean nothing outside this process. */
  monotonic(): number
  /** A number from 0 (included) to 1 (excluded). */
  random(): number
  /** A name that nobody else has. */
  token(): string
  /** Calls back once after `ms`, without keeping the process alive; returns how to call it off. */
  later(ms: number, work: () => void): () => void
  /** Resolves after `ms`; the process stays alive until then. */
  wait(ms: number): Promise<void>
}

/** The clock and the chance of this machine. */
export const systemClock: Clock = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  random: () => Math.random(),
  token: () => randomUUID(),
  later: (ms, work) => {
    const timer = setTimeout(work, ms).unref()
    return () => clearTimeout(timer)
  },
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
}

/**
 * Starts to measure; the result tells how many milliseconds have passed since. A clock that is set back makes it no
 * shorter, and a machine that was suspended (its monotonic time stands still meanwhile) counts as well.
 */
export function startTimer(clock: Pick<Clock, 'now' | 'monotonic'>): () => number {
  const [wall, steady] = [clock.now().getTime(), clock.monotonic()]
  return () => Math.max(clock.now().getTime() - wall, clock.monotonic() - steady)
}

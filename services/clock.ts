import { randomUUID } from 'node:crypto'

/** Time and chance, passed in where a test must control them. */
export interface Clock {
  now(): Date
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
  random: () => Math.random(),
  token: () => randomUUID(),
  later: (ms, work) => {
    const timer = setTimeout(work, ms).unref()
    return () => clearTimeout(timer)
  },
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
}

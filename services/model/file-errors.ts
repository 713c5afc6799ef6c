import type { Reason } from './reasons'

/** Thrown when a file is in use or still being written: leave it for a later run, count no attempt. */
export class DeferError extends Error {
  override readonly name = 'DeferError'
  /** What people read beside the reason. */
  readonly detail: string | undefined
  /** Milliseconds from now until its cause can be over; undefined where nobody can tell. */
  readonly dueInMs: number | undefined

  constructor(
    readonly reason: Reason,
    options: { cause?: unknown; detail?: string | undefined; dueInMs?: number | undefined } = {},
  ) {
    super(reason, { cause: options.cause })
    this.detail = options.detail
    this.dueInMs = options.dueInMs
  }
}

/** Thrown when a person has to solve it (name taken, file too large): flag the document, sync the rest. */
export class FlagError extends Error {
  override readonly name = 'FlagError'
  /** What people read beside the reason, in figures and names that need no translation. */
  readonly detail: string | undefined

  constructor(
    readonly reason: Reason,
    options: { cause?: unknown; detail?: string } = {},
  ) {
    super(reason, { cause: options.cause })
    this.detail = options.detail
  }
}

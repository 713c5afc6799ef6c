/**
 * Errors named by what the caller should do; those that concern one file alone are in `model/file-errors.ts`.
 *
 * Every one keeps its `cause`. Messages are for people: they name the system and the reason, never a secret.
 */

/** A system's name as people know it; it begins the message of every error about that system. */
export type SystemName = 'Windows watcher' | 'Advoware' | 'EspoCRM'

/** Who failed: one of the three systems, or the product's own archive. */
export type FailedSystem = SystemName | 'archive'

interface SystemErrorOptions {
  cause?: unknown
  system?: FailedSystem | undefined
}

/** What errors about one of the systems have in common. */
abstract class SystemError extends Error {
  /** Undefined where no system is at fault. */
  readonly system: FailedSystem | undefined

  constructor(message: string, { cause, system }: SystemErrorOptions = {}) {
    super(message, { cause })
    this.system = system
  }
}

/** Thrown when the same work may succeed later: a system is down, a transfer was cut off, a lock was busy. */
export class RetryLaterError extends SystemError {
  override readonly name: string = 'RetryLaterError'
  /** Earliest useful retry in milliseconds from now, where the other side named one (`Retry-After`). */
  readonly delayMs: number | undefined

  constructor(message: string, options: SystemErrorOptions & { delayMs?: number | undefined } = {}) {
    super(message, options)
    this.delayMs = options.delayMs
  }
}

/** Thrown when a system says that its administrator has closed it for a while: nothing is wrong, it goes on afterwards. */
export class MaintenanceError extends RetryLaterError {
  override readonly name = 'MaintenanceError'
}

/** Thrown when a write may have happened or not: look at its target again before it is repeated. */
export class LookAgainError extends RetryLaterError {
  override readonly name = 'LookAgainError'
}

/** Thrown when a transfer ended early or brought another length than announced: look again, then repeat it. */
export class CutOffError extends RetryLaterError {
  override readonly name = 'CutOffError'
  /** The size that was announced in place of the one that was named before, where that is why. */
  readonly announced: number | undefined

  constructor(message: string, options: SystemErrorOptions & { announced?: number } = {}) {
    super(message, options)
    this.announced = options.announced
  }
}

/** Thrown when a content arrives with another hash each time: whoever keeps it keeps it no longer whole. */
export class DamagedError extends RetryLaterError {
  override readonly name = 'DamagedError'
}

/** Thrown when another run holds the lock; the Akte goes back to pending and no attempt is counted. */
export class LockBusyError extends RetryLaterError {
  override readonly name = 'LockBusyError'

  constructor(
    message: string,
    /** The Aktennummer that holds the lock. */
    readonly holder: string,
  ) {
    super(message)
  }
}

/** Thrown when this run no longer owns its lock: stop at once, write nothing more, touch no set. */
export class LockLostError extends Error {
  override readonly name: string = 'LockLostError'
}

/** Thrown when a run has taken all its time: stop at once as without the lock; the Akte is tried again. */
export class RunOverdueError extends LockLostError {
  override readonly name = 'RunOverdueError'
}

/** Thrown when the process of a run is to end: stop at once as without the lock; the Akte is pending again already. */
export class HandedBackError extends LockLostError {
  override readonly name = 'HandedBackError'
}

/** Thrown when credentials or rights are refused: a person must change a setting; never repeated in a loop. */
export class FixAccessError extends SystemError {
  override readonly name: string = 'FixAccessError'
}

/** Thrown when a system sends us to another address: a person must correct the setting; what was asked goes nowhere else. */
export class FixAddressError extends FixAccessError {
  override readonly name = 'FixAddressError'

  constructor(
    message: string,
    /** Where it sends us, without query; null where it does not say. */
    readonly target: string | null,
    options: SystemErrorOptions = {},
  ) {
    super(message, options)
  }
}

/**
 * Thrown when something is missing from an answer and nothing proves that it is really not there: change nothing, say
 * why, look again later. No attempt is counted.
 */
export class UnprovenError extends SystemError {
  override readonly name = 'UnprovenError'
}

/** Thrown when a system has no right to one file: that file fails and says so, the others go on. */
export class FileAccessError extends SystemError {
  override readonly name = 'FileAccessError'
}

/** Thrown when an answer does not fit the contract: names system, path and the first wrong field. */
export class ContractError extends SystemError {
  override readonly name = 'ContractError'
}

/** Thrown when the target moved since the decision: look again and decide again. */
export class DecideAgainError extends Error {
  override readonly name = 'DecideAgainError'
}

/** Thrown when something that was asked for does not exist (any more). */
export class NotFoundError extends SystemError {
  override readonly name = 'NotFoundError'
}

/** Thrown when a value from outside cannot be used at all: repeating cannot help. */
export class InvalidInputError extends Error {
  override readonly name = 'InvalidInputError'
}

/** Thrown when something stands against a change that only a person can settle (a hold, a sync that is still wanted): settle it first. */
export class SettleFirstError extends Error {
  override readonly name = 'SettleFirstError'
}

/** Thrown when settings are missing or malformed: the administrator repairs `.env`, all problems at once. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'

  constructor(readonly problems: string[]) {
    super(
      `The configuration has ${problems.length} problem(s):\n${problems.map((p) => `  - ${p}`).join('\n')}`,
    )
  }
}

/** True for errors that no other file of the run would escape. */
export const concernsRun = (error: unknown): boolean =>
  [LockLostError, FixAccessError, UnprovenError].some((kind) => error instanceof kind)

/** The system at fault for something thrown: its own, or that of the first of its causes that names one. */
export function failedSystemOf(error: unknown): FailedSystem | undefined {
  for (let current = error; current instanceof Error; current = current.cause)
    if (current instanceof SystemError && current.system !== undefined) return current.system
  return undefined
}

/** The message of anything thrown, followed by those of its causes that add something. */
export function describeError(error: unknown): string {
  const parts: string[] = []
  for (let current: unknown = error; current !== undefined && current !== null && parts.length < 4; ) {
    const { message, code, cause } = current as { message?: string; code?: string; cause?: unknown }
    const text = message || code || String(current)
    if (!parts.some((part) => part.includes(text))) parts.push(text)
    current = cause
  }
  return parts.join(': ')
}

/** What stands between a run and every change it makes outside. */
export interface WriteGuard {
  /** @throws LockLostError when the run must not change anything any more */
  assertHeld(): Promise<void>
  /** Aborts with that error as soon as it is known: what is under way is cut off. */
  readonly signal: AbortSignal
}

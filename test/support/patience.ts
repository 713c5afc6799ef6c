/** For what is waited for: a machine whose processors are all busy takes longer than the second that Vitest gives. */
export const PATIENCE = { timeout: 20_000 }

/**
 * Why a run was started. `direct`: a plain `SADD`, by the watcher or by `redis-cli`; `sweep`: nobody announced anything,
 * the Akte was only not synced for long.
 */
export const ORIGINS = ['person', 'webhook', 'direct', 'sweep'] as const
export type Origin = (typeof ORIGINS)[number]

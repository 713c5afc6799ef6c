import type { Config } from '../config'
import { reach } from '../http/reach'

/** The systems as health and alerts name them; Advoware is two. */
export type ReachableSystem = 'windows-watcher' | 'advoware' | 'advoware-security' | 'espocrm'

/** Asks every system at once whether it is there; each promise is rejected as `reach` says. */
export function reachSystems(
  { watcher, advoware, espo }: Pick<Config, 'watcher' | 'advoware' | 'espo'>,
  found: Promise<{ api: string | null; security: string | null }>,
): Record<ReachableSystem, Promise<void>> {
  return {
    'windows-watcher': reach(watcher.url),
    advoware: found.then(({ api }) => reach(api ?? advoware.configuratorUrl)),
    'advoware-security': found.then(({ security }) => reach(security ?? advoware.configuratorUrl)),
    espocrm: reach(espo.url),
  }
}

import { KEYS } from '../redis/keys'

/**
 * What a purge does with a key: takes an entry of the Akte off a `list` or out of the `notes` about its runs, deletes the
 * Akte's `own` key, looks into it `apart` (below), or leaves it, because it holds `nothing` of any Akte.
 */
type Treatment = 'list' | 'notes' | 'own' | 'apart' | 'nothing'

/** Every key of the product: one that is new does not compile before it is said here what a purge does with it. */
const TREATMENT = {
  pending: 'list',
  processing: 'list',
  failed: 'list',
  stopped: 'list',
  force: 'list',
  priority: 'list',
  swept: 'list',
  delayedUntil: 'list',
  waitingSince: 'list',
  pausedAkten: 'list',
  leases: 'list',
  origins: 'list',
  begunRuns: 'notes',
  attempts: 'notes',
  causes: 'notes',
  recentStops: 'notes',
  lastRuns: 'notes',
  lastResults: 'notes',
  lastSynced: 'notes',
  openRuns: 'notes',
  lockWaits: 'notes',
  progress: 'notes',
  reports: 'own',
  restores: 'own',
  /** Purge holds the first while it works, and releases both. */
  akteLock: 'apart',
  heartbeat: 'apart',
  /** By the hold itself (`Holds`): a held Akte is not purged. */
  heldAkten: 'apart',
  /** By the ids of EspoCRM's records (`DokumentRecords`). */
  dokumentAkten: 'apart',
  akteDokumente: 'apart',
  aktePfade: 'apart',
  dokumentBases: 'apart',
  /** Texts that may name the Akte (`RedisRecords`). */
  globalLock: 'apart',
  paused: 'apart',
  alerts: 'apart',
  token: 'nothing',
  advowareAddresses: 'nothing',
  advowarePrefix: 'nothing',
  sweepHold: 'apart',
  drift: 'nothing',
  firstImport: 'nothing',
  freshness: 'nothing',
  /** Digests of values, for a day: nobody can tell whose they were. */
  refusedValues: 'nothing',
  historyRead: 'nothing',
  takePosition: 'nothing',
  metrics: 'nothing',
  polling: 'nothing',
  instances: 'nothing',
  marker: 'nothing',
  emptied: 'nothing',
  scratch: 'nothing',
  endedSessions: 'nothing',
  sweepTurn: 'nothing',
  goingOn: 'nothing',
  webhookDeliveries: 'nothing',
} as const satisfies Record<keyof typeof KEYS, Treatment>

/** Keys that a purge treats alike. */
function namesOf(treatment: Treatment): string[] {
  return Object.entries(KEYS).flatMap(([name, key]) =>
    TREATMENT[name as keyof typeof KEYS] === treatment && typeof key === 'string' ? [key] : [],
  )
}

/** Lists and queues with an entry per Akte. */
export const LIST_KEYS = namesOf('list')
/** Notes about runs with an entry per Akte. */
export const NOTE_KEYS = namesOf('notes')
/** Texts of people or of the product that may name an Akte. */
export const TEXT_KEYS = [KEYS.paused, KEYS.sweepHold, KEYS.alerts]

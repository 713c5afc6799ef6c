/** Every Redis key of the product, in one place. Names without a comment are fixed: operators use them by hand. */
export const KEYS = {
  pending: 'advoware:pending_aktennummern',
  processing: 'advoware:processing_aktennummern',
  failed: 'advoware:failed_aktennummern',
  stopped: 'advoware:stopped_aktennummern',
  force: 'advoware:force_aktennummern',
  paused: 'advoware:paused',
  token: 'advoware:token',
  /** String: JSON of the discovered addresses of Advoware, signed. */
  advowareAddresses: 'advoware:addresses',
  /** String with TTL: the path prefix that Advoware answered to. */
  advowarePrefix: 'advoware:api_prefix',
  globalLock: 'advoware_document_sync_global',
  akteLock: (aktennummer: string) => `advoware_document_sync:${aktennummer}`,
  /** Zset: Aktennummer → earliest next run, epoch milliseconds. */
  delayedUntil: 'advoware:due_aktennummern',
  /** Set: a person just asked for these; they come before all others. */
  priority: 'advoware:asked_aktennummern',
  /** Zset: what the sweep found, a few thousand at most: Aktennummer → its last sync, epoch milliseconds; 0: never. */
  swept: 'advoware:swept_aktennummern',
  /** String with TTL: a system did not answer a run of the sweep; until one succeeds it takes one Akte at a time. */
  sweepHold: 'advoware:sweep_hold',
  /** String with TTL: the sweep of this minute has begun; several workers and servers make one. */
  sweepTurn: 'advoware:sweep_turn',
  /** Hash: Aktennummer → who asked for the run that is to come or under way; not there: the watcher, or redis-cli. */
  origins: 'advoware:origins',
  /** Hash: `{side}:told`, `{side}:found`, `{side}:since`: what the sweep found changed since the side announced anything. */
  drift: 'advoware:drift',
  /** Hash with TTL: the first import, and how far it is. */
  firstImport: 'advoware:first_import',
  /** String with TTL: JSON of how many Akten are in agreement, as EspoCRM says. */
  freshness: 'advoware:freshness',
  /** Hash: Aktennummer → why a person keeps it in pending for now. */
  pausedAkten: 'advoware:paused_aktennummern',
  /** Hash: Aktennummer → JSON of the hold that keeps its data; a copy of the files in the archive's folder. */
  heldAkten: 'advoware:held_aktennummern',
  /** Zset: Aktennummer → since when it waits for a successful sync, epoch milliseconds. */
  waitingSince: 'advoware:waiting_since',
  /** Hash: Aktennummer → `owner|until`, who answers for a member of processing and how long. */
  leases: 'advoware:leases',
  /** Hash: id of an EspoCRM document → id of its Akte's record, which EspoCRM does not report for deleted or moved documents. */
  dokumentAkten: 'advoware:dokument_akten',
  /** Hash: id of an EspoCRM document → JSON of its base, where the mapping keeps bases here. */
  dokumentBases: 'advoware:dokument_bases',
  /** Hash with TTL: attribute and digest of a value that EspoCRM refused → when, epoch milliseconds. */
  refusedValues: 'advoware:refused',
  /** String: digest of the settings with which the History of some Akte named files that were there. */
  historyRead: 'advoware:history_read',
  /** Hash with TTL: id of a webhook in EspoCRM → when its last delivery was taken, epoch milliseconds. */
  webhookDeliveries: 'advoware:webhook_deliveries',
  /** Set: ids of the EspoCRM documents that an Akte was seen with, by the id of its record. */
  akteDokumente: (akteId: string) => `advoware:akte_dokumente:${akteId}`,
  /** Hash: key of a path → id of the EspoCRM document that had it last, by the id of the Akte's record. */
  aktePfade: (akteId: string) => `advoware:akte_pfade:${akteId}`,
  /** Zset with TTL: which files of an Akte were restored, and when, epoch milliseconds. */
  restores: (aktennummer: string) => `advoware:restores:${aktennummer}`,
  /** Hash: Aktennummer → JSON of attempts, last error and time. */
  attempts: 'advoware:attempts',
  /** Hash: Aktennummer → JSON of why its last try did not succeed, whoever made it, and when. */
  causes: 'advoware:causes',
  /** Hash: Aktennummer → runs that began and were not settled: one at work, or those whose process died. */
  begunRuns: 'advoware:begun_runs',
  /** Zset: who goes on from one Akte to the next → until when that is believed, epoch milliseconds. */
  goingOn: 'advoware:going_on',
  /** Hash: where the next tick goes on in a backlog of many thousands. */
  takePosition: 'advoware:take_position',
  /** Zset: recently stopped Aktennummern → time of the stop. */
  recentStops: 'advoware:recent_stops',
  /** String with TTL: the holder of a lock is alive. */
  heartbeat: (lockKey: string) => `advoware:heartbeat:${lockKey}`,
  /** List with TTL: JSON reports of the last runs of an Akte, newest first. */
  reports: (aktennummer: string) => `advoware:reports:${aktennummer}`,
  /** Zset: Aktennummer → end of its last run, epoch milliseconds. */
  lastRuns: 'advoware:last_runs',
  /** Hash: Aktennummer → JSON of how its last run ended. */
  lastResults: 'advoware:last_results',
  /** Hash: Aktennummer → when both sides last agreed, ISO 8601. */
  lastSynced: 'advoware:last_synced',
  /** Hash: Aktennummer → JSON of its last run, where that left something open: it failed, waits, or flagged a file. */
  openRuns: 'advoware:open_runs',
  /** Hash: Prometheus sample (`name{label="value"}`) → sum over all runs. */
  metrics: 'advoware:metrics',
  /** Hash with TTL: Aktennummer → when it first found the lock taken, epoch milliseconds. */
  lockWaits: 'advoware:lock_waits',
  /** Hash: `last`, when a tick took place last; `since`, since when one followed the other (epoch ms); `ticks`, how many. */
  polling: 'advoware:polling',
  /** Hash: id of a server or worker → `seen at (epoch ms)|JSON of what it is`. */
  instances: 'advoware:instances',
  /** String: this Redis belongs to an office. Absent: it is new, or it was emptied; `lost`: a server knows that it was. */
  marker: 'advoware:marker',
  /** String with TTL: `epoch ms|Akten asked for again`, when Redis was found emptied. */
  emptied: 'advoware:emptied',
  /** String: JSON of what people were told, and of what waits to be told to them. */
  alerts: 'advoware:alerts',
  /** String with TTL: written and read back to see whether Redis works. */
  scratch: 'advoware:scratch',
  /** Zset: session of a browser that was logged out → when it would have ended anyway, epoch milliseconds. */
  endedSessions: 'advoware:ended_sessions',
  /** Hash: Aktennummer → JSON of the progress of its run. Motia's own key for the stream of this name. */
  progress: 'motia:stream:documentSyncProgress:group:running',
} as const

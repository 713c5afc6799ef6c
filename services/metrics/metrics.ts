/** A metric as Prometheus knows it. Labels take values of small closed sets only: never an Aktennummer or a name. */
export interface Metric {
  type: 'counter' | 'histogram' | 'gauge'
  name: string
  help: string
  labels?: readonly string[]
  /** Upper bounds of a histogram's buckets, ascending, without +Inf. */
  buckets?: readonly number[]
}

/** What the runs add up, each in a process of its own; the sums live in Redis. */
export const COUNTED = {
  runs: {
    type: 'counter',
    name: 'document_sync_runs_total',
    help: 'Syncs of an Akte by how they ended: synced, deferred, failed (tried again), given_up, stopped',
    labels: ['result'],
  },
  origins: {
    type: 'counter',
    name: 'document_sync_runs_started_total',
    help: 'Syncs of an Akte by why they were started: person, webhook, direct (watcher or redis-cli), sweep',
    labels: ['origin'],
  },
  drift: {
    type: 'counter',
    name: 'document_sync_drift_total',
    help: 'Changes that nobody announced and the sweep found, by the side where they were made',
    labels: ['side'],
  },
  duration: {
    type: 'histogram',
    name: 'document_sync_run_duration_seconds',
    help: 'How long the sync of an Akte took',
    buckets: [0.5, 1, 2, 5, 10, 30, 60, 300, 900],
  },
  files: {
    type: 'counter',
    name: 'document_sync_files_total',
    help: 'Files by action and outcome (done, skipped, deferred, flagged, failed)',
    labels: ['action', 'outcome'],
  },
  bytes: {
    type: 'counter',
    name: 'document_sync_transferred_bytes_total',
    help: 'Bytes of documents that were moved, by direction',
    labels: ['direction'],
  },
  conflicts: {
    type: 'counter',
    name: 'document_sync_conflicts_total',
    help: 'Files changed on both sides, by the side that won',
    labels: ['winner'],
  },
  deferred: {
    type: 'counter',
    name: 'document_sync_deferred_files_total',
    help: 'Files left for a later run because somebody works on them',
  },
  safetyStops: {
    type: 'counter',
    name: 'document_sync_safety_stops_total',
    help: 'Akten stopped before anything was moved',
  },
  retries: {
    type: 'counter',
    name: 'document_sync_retries_total',
    help: 'Requests sent again (by system) and Akten tried again (system="sync")',
    labels: ['system'],
  },
  lockBusy: {
    type: 'counter',
    name: 'document_sync_lock_busy_total',
    help: 'Runs that found the lock taken and requeued their Akte',
  },
  lockWait: {
    type: 'histogram',
    name: 'document_sync_lock_wait_seconds',
    help: 'From the first try to take the lock to having it',
    buckets: [0.01, 1, 5, 10, 30, 60, 300, 900, 1800],
  },
  remoteCalls: {
    type: 'histogram',
    name: 'document_sync_remote_call_duration_seconds',
    help: 'Requests to the other systems by HTTP status (none: no answer), until the first byte of the answer',
    labels: ['system', 'status'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  },
} as const satisfies Record<string, Metric>

/** What is measured at the moment somebody asks. */
export const MEASURED = {
  akten: {
    type: 'gauge',
    name: 'document_sync_akten',
    help: 'Akten by state: pending, processing, failed, stopped',
    labels: ['state'],
  },
  oldestPending: {
    type: 'gauge',
    name: 'document_sync_oldest_pending_age_seconds',
    help: 'Since when the longest waiting Akte has not been synced, retries and deferrals included',
  },
  oldestOverdue: {
    type: 'gauge',
    name: 'document_sync_oldest_overdue_seconds',
    help: 'For how long the most overdue Akte has been due without being taken',
  },
  swept: {
    type: 'gauge',
    name: 'document_sync_swept_akten',
    help: 'Akten that the sweep found and that wait for idle capacity',
  },
  fresh: {
    type: 'gauge',
    name: 'document_sync_freshness_akten',
    help: 'Akten that are synced by their status: total, agreed (in agreement within the last 24 hours), never (never synced)',
    labels: ['of'],
  },
  oldestSync: {
    type: 'gauge',
    name: 'document_sync_oldest_sync_age_seconds',
    help: 'Since when the Akte that was synced longest ago has not been synced',
  },
  driftOpen: {
    type: 'gauge',
    name: 'document_sync_drift_open',
    help: 'Changes of a side that the sweep found since that side last announced anything',
    labels: ['side'],
  },
  firstImport: {
    type: 'gauge',
    name: 'document_sync_first_import_akten',
    help: 'Akten of the first import by state: done, left',
    labels: ['state'],
  },
  paused: { type: 'gauge', name: 'document_sync_paused', help: '1 while the whole sync is paused' },
  lockHeld: { type: 'gauge', name: 'document_sync_lock_held', help: '1 while the global lock is taken' },
  lockWithoutHolder: {
    type: 'gauge',
    name: 'document_sync_lock_without_holder',
    help: '1 while the global lock is taken and its holder gives no sign of life: a run of ours, or a stranger who set it',
    labels: ['holder'],
  },
  lastTickAge: {
    type: 'gauge',
    name: 'document_sync_last_tick_age_seconds',
    help: 'How long ago somebody polled last, by the clock of Redis',
  },
  instances: {
    type: 'gauge',
    name: 'document_sync_instances',
    help: 'Servers and workers that gave a sign of life within the last minute',
    labels: ['kind'],
  },
  redisEmptied: {
    type: 'gauge',
    name: 'document_sync_redis_emptied',
    help: '1 for a day after Redis was found emptied, and while what was asked for is not yet asked for again',
  },
} as const satisfies Record<string, Metric>

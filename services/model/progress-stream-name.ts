/** Name of the Motia stream of running syncs, and its only group. Alone here, so that a browser loads nothing else. */
export const PROGRESS_STREAM = 'documentSyncProgress'
export const PROGRESS_GROUP = 'running'

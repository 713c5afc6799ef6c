/** Name of the Motia stream of running syncs. Alone here, so that a browser loads nothing else. */
export const PROGRESS_STREAM = 'documentSyncProgress'
/** The only group of that stream. */
export const PROGRESS_GROUP = 'running'

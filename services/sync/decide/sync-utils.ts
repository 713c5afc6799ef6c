import { mergeThreeWay, resolveConflict } from './decision-table'
import { cleanupFileList, matchHistory } from './history-matches'
import { shouldSyncMetadata } from './history-metadata'

/** The pure decisions under the name that the specification uses. */
export const SyncUtils = { cleanupFileList, matchHistory, mergeThreeWay, resolveConflict, shouldSyncMetadata }

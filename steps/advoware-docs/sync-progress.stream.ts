import type { StreamConfig } from 'motia'
import { progressSchema } from '../../services/sync/progress-stream'
import { PROGRESS_STREAM } from '../../services/sync/progress-stream-name'

/** How far each running sync is; an item is there while its Akte is synced. */
export const config: StreamConfig = {
  name: PROGRESS_STREAM,
  schema: progressSchema,
  baseConfig: { storageType: 'default' },
}

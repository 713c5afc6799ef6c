import type { StreamConfig } from 'motia'
import { PROGRESS_STREAM, progressSchema } from '../../services/sync/progress-stream'

/** How far each running sync is; an item is there while its Akte is synced. */
export const config: StreamConfig = {
  name: PROGRESS_STREAM,
  schema: progressSchema,
  baseConfig: { storageType: 'default' },
}

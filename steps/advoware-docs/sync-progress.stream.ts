import type { StreamConfig } from 'motia'
import { progressSchema } from '../../services/model/progress-stream'
import { PROGRESS_STREAM } from '../../services/model/progress-stream-name'

/** How far each running sync is; an item is there while its Akte is synced. */
export const config: StreamConfig = {
  name: PROGRESS_STREAM,
  schema: progressSchema,
  baseConfig: { storageType: 'default' },
}

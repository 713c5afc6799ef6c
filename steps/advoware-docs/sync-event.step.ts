import type { EventConfig, FlowContext } from 'motia'
import { z } from 'zod'
import { lockScope } from '../../services/config'
import { showOn } from '../../services/model/progress-stream'
import { progressStreamOf, SYNC_TOPIC } from '../../services/motia/flow'
import { runStep } from '../../services/motia/step-process'
import { runJob } from '../../services/sync/akte-run'

const inputSchema = z.object({ aktennummer: z.string() })

export const config: EventConfig = {
  type: 'event',
  name: 'Advoware Document Sync - Event Handler',
  description: 'Three-way merge of one Akte',
  subscribes: [SYNC_TOPIC],
  emits: [],
  virtualEmits: ['watcher.files', 'advoware.history', 'espocrm.documents'],
  flows: ['advoware-document-sync'],
  input: inputSchema,
  infrastructure: {
    queue: {
      // One at a time per instance under the global lock; with a lock per Akte as many as SYNC_CONCURRENCY.
      type: lockScope() === 'akte' ? 'standard' : 'fifo',
      maxRetries: 3,
      visibilityTimeout: 930,
    },
  },
}

export const handler = async (input: unknown, context: FlowContext): Promise<void> => {
  const { aktennummer } = inputSchema.parse(input)
  const show = showOn(progressStreamOf(context))
  await runStep(context, (runtime) => runJob(runtime, aktennummer, show))
}

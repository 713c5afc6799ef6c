import type { EventConfig, FlowContext } from 'motia'
import { z } from 'zod'
import { withRuntime } from '../../services/runtime'
import { runAkte } from '../../services/sync/akte-run'
import { type ProgressStream, showOn } from '../../services/sync/progress-stream'
import { PROGRESS_STREAM } from '../../services/sync/progress-stream-name'

const inputSchema = z.object({ aktennummer: z.string() })

export const config: EventConfig = {
  type: 'event',
  name: 'Advoware Document Sync - Event Handler',
  description: 'Three-way merge of one Akte: fetch, decide per file, execute, record',
  subscribes: ['advoware.document.sync'],
  emits: [],
  virtualEmits: ['watcher.files', 'advoware.history', 'espocrm.documents'],
  flows: ['advoware-document-sync'],
  input: inputSchema,
  infrastructure: {
    queue: {
      // One at a time per instance under the global lock; with a lock per Akte as many as SYNC_CONCURRENCY.
      type: process.env.SYNC_LOCK_SCOPE === 'akte' ? 'standard' : 'fifo',
      maxRetries: 3,
      visibilityTimeout: 930,
    },
  },
}

export const handler = async (input: unknown, context: FlowContext): Promise<void> => {
  const { aktennummer } = inputSchema.parse(input)
  // Motia writes the type of its streams only when it has been started once.
  const streams = context.streams as unknown as Record<string, ProgressStream>
  const stream = streams[PROGRESS_STREAM] as ProgressStream
  await withRuntime(context, (runtime) => runAkte(runtime, aktennummer, showOn(stream)))
}

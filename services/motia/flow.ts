import type { ApiRequest, FlowContext } from 'motia'
import type { ProgressStream } from '../model/progress-stream'
import { PROGRESS_STREAM } from '../model/progress-stream-name'
import type { Wake } from '../sync/akten-poller'

/**
 * Everything that services know about Motia's steps: the topic, the context and the request. With another generation of Motia
 * this file and the step files change (docs/decisions/0008-one-place-for-motia.md).
 */

/** The event that wakes a worker for one Akte. */
export const SYNC_TOPIC = 'advoware.document.sync'

/** The context that Motia passes to a step. */
export type StepContext = FlowContext<{ topic: typeof SYNC_TOPIC; data: { aktennummer: string } }>

/** The part of a request that a route reads. */
export type StepRequest = Pick<ApiRequest, 'pathParams' | 'body' | 'headers'>

/** Wakes a worker; the payload is nothing but the Aktennummer. */
export const wakerOf =
  ({ emit }: StepContext): Wake =>
  async (aktennummer) => {
    await emit({ topic: SYNC_TOPIC, data: { aktennummer } })
  }

/** The stream that shows the progress of runs. Motia writes the type of its streams only once it has been started. */
export function progressStreamOf(context: FlowContext): ProgressStream {
  const streams = context.streams as unknown as Record<string, ProgressStream>
  return streams[PROGRESS_STREAM] as ProgressStream
}

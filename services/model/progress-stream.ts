import { z } from 'zod'
import type { ShowProgress } from './progress'
import { PROGRESS_GROUP } from './progress-stream-name'

/** An item of the stream; its id is the Aktennummer. The same as `Progress`. */
export const progressSchema = z.object({
  aktennummer: z.string(),
  phase: z.enum(['fetching', 'syncing', 'finishing']),
  filesDone: z.number(),
  filesTotal: z.number(),
  bytes: z.number(),
  startedAt: z.string(),
  updatedAt: z.string(),
  remainingMs: z.number().nullable(),
})

/** What is used of a Motia stream. */
export interface ProgressStream {
  set(group: string, id: string, item: z.infer<typeof progressSchema>): Promise<unknown>
  delete(group: string, id: string): Promise<unknown>
}

/** Shows progress on the stream, from where the Workbench and `npm run sync` take it. */
export const showOn =
  (stream: ProgressStream): ShowProgress =>
  (aktennummer, progress) =>
    progress === null
      ? stream.delete(PROGRESS_GROUP, aktennummer)
      : stream.set(PROGRESS_GROUP, aktennummer, progress)

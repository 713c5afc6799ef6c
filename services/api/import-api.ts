import type { z } from 'zod'
import type { importProgressSchema } from '../model/import-progress'
import { FirstImport, readFirstImport } from '../queue/first-import'
import { type SweepRuntime, startFirstImport } from '../sync/sweep'
import { type ApiAnswer, problem } from './answer'
import { type ByHand, OFFICE } from './by-hand'
import { pauseSchema } from './schemas'

/**
 * POST /akten/import: starts the first import at once, at any hour, or resumes it; `{"paused":true}` pauses it. Akten
 * under way go on. 404 where there is none to pause.
 * @throws RetryLaterError, FixAccessError when EspoCRM does not say which Akten were never synced
 */
export async function importAnswer(runtime: SweepRuntime, hand: ByHand, body: unknown): Promise<ApiAnswer> {
  const { paused, reason } = pauseSchema.parse({ paused: false, ...(body ?? {}) })
  const { redis, clock } = runtime
  if (paused) await new FirstImport(redis, clock).pause(reason)
  await hand.record(paused ? 'PAUSE' : 'ASK_IMPORT', [OFFICE], paused ? reason : undefined)
  if (!paused) await startFirstImport(runtime)
  const progress: z.infer<typeof importProgressSchema> | null = await readFirstImport(
    redis,
    clock.now().getTime(),
  )
  return progress === null
    ? problem(404, 'There is no first import to pause')
    : { status: paused ? 200 : 202, body: progress }
}

import type { z } from 'zod'
import { restoreVersion } from '../sync/restore'
import type { ApiAnswer } from './answer'
import { hashSchema, type restoredSchema, restoreSchema } from './schemas'
import type { StepRoute } from './step-routes'

/** POST /archive/{hash}/restore: writes a version as an ordinary new one, and wakes the sync that copies it to the other side. */
export async function restoreAnswer(
  { runtime, wake, hand }: Pick<StepRoute, 'runtime' | 'wake' | 'hand'>,
  hash: unknown,
  body: unknown,
): Promise<ApiAnswer> {
  const { aktennummer, path, to } = restoreSchema.parse(body)
  const request = { aktennummer, hash: hashSchema.parse(hash), to, ...(path === undefined ? {} : { path }) }
  await hand.record('ASK_RESTORE', [aktennummer], `${path ?? request.hash} → ${to}`)
  const restored: z.infer<typeof restoredSchema> = await restoreVersion(runtime, request)
  if (restored.isSynced) await wake(aktennummer)
  return { status: 200, body: restored }
}

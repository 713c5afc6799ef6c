import type { z } from 'zod'
import { InvalidInputError } from '../errors'
import type { PurgePreview, PurgeReceipt } from '../model/purge'
import { placeHold, releaseHold } from '../purge/hold'
import { type PurgeRuntime, previewPurge, purgeAkte } from '../purge/purge'
import { purgeText } from '../text/purge'
import type { ApiAnswer } from './answer'
import { aktennummerSchema, type heldSchema, holdRequestSchema, purgeRequestSchema } from './schemas'

/** Who asks: the audit log names it. */
type Asker = string

/** GET /akten/{aktennummer}/purge: what a purge would remove now, and what stands against it. */
export async function previewAnswer(runtime: PurgeRuntime, aktennummer: unknown): Promise<ApiAnswer> {
  const body: PurgePreview = await previewPurge(runtime, aktennummerSchema.parse(aktennummer))
  return { status: 200, body }
}

/** POST /akten/{aktennummer}/purge: removes all that is kept of the Akte; the answer is the receipt. */
export async function purgeAnswer(
  runtime: PurgeRuntime,
  aktennummer: unknown,
  body: unknown,
  by: Asker,
): Promise<ApiAnswer> {
  const name = aktennummerSchema.parse(aktennummer)
  const { reason, confirm, force } = purgeRequestSchema.parse(body ?? {})
  if (confirm !== name) throw new InvalidInputError(purgeText(runtime.config.sync.language).notConfirmed)
  const receipt: PurgeReceipt = await purgeAkte(runtime, { aktennummer: name, by, reason, isForced: force })
  return { status: 200, body: receipt }
}

/** POST /akten/{aktennummer}/hold: keeps everything of the Akte, or ends that. */
export async function holdAnswer(
  runtime: PurgeRuntime,
  aktennummer: unknown,
  body: unknown,
  by: Asker,
): Promise<ApiAnswer> {
  const name = aktennummerSchema.parse(aktennummer)
  const { held, reason } = holdRequestSchema.parse(body ?? {})
  const request = { aktennummer: name, by, reason }
  const hold = held ? await placeHold(runtime, request) : null
  if (!held) await releaseHold(runtime, request)
  const answer: z.infer<typeof heldSchema> = { aktennummer: name, hold }
  return { status: 200, body: answer }
}

import { z } from 'zod'
import type { EventDokument } from '../espo/espo-lookups'

/** Where EspoCRM delivers. */
export const WEBHOOK_PATH = '/webhooks/espocrm'

/** EspoCRM's own batches have 50; an installation may set another size, up to a page of its lists. */
const MAX_EVENTS = 200

const eventsSchema = z
  .array(z.object({ id: z.string().regex(/^[\w-]{1,36}$/, 'is not a record id') }))
  .min(1)
  .max(MAX_EVENTS)

/**
 * The ids of the records that a delivery is about, each once. Whatever else the events carry is ignored: what is true
 * now is read from EspoCRM. Null when the body is no delivery.
 */
export function eventIds(rawBody: string): string[] | null {
  try {
    return [...new Set(eventsSchema.parse(JSON.parse(rawBody)).map(({ id }) => id))]
  } catch {
    return null
  }
}

/**
 * The records of the Akten that need a sync because of these events.
 *
 * It goes by what is true now, not by what the events say: the sync's own writes leave a document whose file is the
 * one synced last, so they never ask for another sync, whatever the order, number and age of their events. A document
 * that EspoCRM knows no more is looked up where its Akte was remembered; an id that is no document at all may be an
 * Akte's own. Where a document can belong to several Akten, those of the changed ones are asked for apart.
 */
export function akteIdsConcerned(
  ids: string[],
  dokumente: Iterable<EventDokument>,
  remembered: ReadonlyMap<string, string>,
): string[] {
  const present = new Map([...dokumente].map((dokument) => [dokument.id, dokument]))
  const concerned = ids.flatMap((id) => {
    const dokument = present.get(id)
    const former = remembered.get(id) ?? dokument?.syncAkteId ?? undefined
    if (dokument === undefined) return [former ?? id]
    const { akteId, isChanged } = dokument
    if (akteId === undefined) return []
    const isMoved = former !== undefined && former !== akteId
    if (isMoved) return [former, akteId]
    return isChanged ? [akteId] : []
  })
  return [...new Set(concerned)].filter((id) => id !== null)
}

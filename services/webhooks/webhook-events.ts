import { z } from 'zod'

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

/** The present state of a document that an event is about. */
export interface EventDokument {
  id: string
  /** The record of its Akte; null when it belongs to none. */
  akteId: string | null
  /** Its file is not the one that was synced last. */
  isChanged: boolean
}

/**
 * The records of the Akten that need a sync because of these events.
 *
 * Decided by the present state, not by what the events say: the sync's own writes leave a document whose file is the one
 * synced last, so they never trigger another sync, whatever the order, number and age of their events. A document that
 * EspoCRM no longer has belongs to the Akte that was remembered for it; an id of no document may be an Akte's own.
 */
export function akteIdsConcerned(
  ids: string[],
  dokumente: Iterable<EventDokument>,
  remembered: ReadonlyMap<string, string>,
): string[] {
  const present = new Map([...dokumente].map((dokument) => [dokument.id, dokument]))
  const concerned = ids.flatMap((id) => {
    const former = remembered.get(id)
    const dokument = present.get(id)
    if (dokument === undefined) return [former ?? id]
    const isMoved = former !== undefined && former !== dokument.akteId
    if (isMoved) return [former, dokument.akteId]
    return dokument.isChanged ? [dokument.akteId] : []
  })
  return [...new Set(concerned)].filter((id) => id !== null)
}

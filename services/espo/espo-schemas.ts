import { z } from 'zod'
import type { Dokument } from '../model/model'
import type { AkteLine } from '../text/akte'

/** The record that stands for an Akte, in the product's words. */
export interface EspoAkte {
  id: string
  name: string | null
  aktennummer: string
  /** Its status says that it is synced. */
  isSynced: boolean
  /** The status as EspoCRM has it, for people to read; nothing branches on it. */
  status: string | null
  /** The statuses that are synced here; for people, too. */
  syncedStatuses: readonly string[]
  syncStatus: string | null
  syncMessage: string | null
  /** `YYYY-MM-DD HH:MM:SS`, UTC. */
  lastSync: string | null
  /** A person asked for a sync on the Akte's page, and none has answered yet. */
  syncAngefordert: boolean
}

/** An Akte that is due, as the sweep reads it: whoever made the record need not have thought of the sync. */
export interface StaleAkte {
  id: string
  /** As EspoCRM has it, well-formed or not; null where it has none. */
  aktennummer: string | null
  /** Epoch milliseconds; 0: never. */
  lastSync: number
}

/** When Akten that are asked for were synced last: never, before or since a time. */
export type LastSync = 'isNull' | { before: Date } | { since: Date }

/** An Akte whose status ended its sync. Times as EspoCRM has them: `YYYY-MM-DD HH:MM:SS`, UTC. */
export interface ClosedAkte {
  id: string
  /** As EspoCRM has it, well-formed or not; null where it has none. */
  aktennummer: string | null
  lastSync: string | null
  createdAt: string | null
}

/** How many Akten are synced at all, and how lately they were; by their status, whatever lists they are on. */
export interface AkteCounts {
  /** Never synced. */
  never: number
  /** Synced at least once. */
  synced: number
  /** Synced since the time that was asked for, and in agreement then. */
  fresh: number
  /** The longest ago that one was synced, epoch milliseconds; null where none ever was. */
  oldest: number | null
}

/** What an Akte's page sums up. */
interface AkteSummary {
  /** Documents of the Akte, and how many of them wait or need a person. */
  dokumenteGesamt: number
  dokumenteWartend: number
  dokumenteKlaerung: number
  /** It goes on only when a person did something. */
  brauchtPerson: boolean
}

/** What the product may write on an Akte. */
export type AkteChange = Partial<
  Pick<EspoAkte, 'syncStatus' | 'lastSync' | 'syncAngefordert'> & AkteSummary
> & {
  /** Where EspoCRM shows links, the files of these lines are links to their documents. */
  syncMessage?: readonly AkteLine[]
  /** Advoware archived it: it gets the status that ends its sync. */
  close?: boolean
}

/** What the product may write on a document, in the product's names. */
export type DokumentChange = Partial<Omit<Dokument, ReadOnly>> & {
  /** What people read of its former versions, Markdown; written with what is written anyway, and never read. */
  syncFassungen?: string | null
}
type ReadOnly =
  | 'id'
  | 'akteId'
  | 'path'
  | 'hasSeparatorInName'
  | 'computedHash'
  | 'attachmentName'
  | 'attachmentHash'
  | 'createdAt'
  | 'modifiedAt'
  | 'versionNumber'
  | 'absent'

/** A document that was made or changed a moment ago. */
export type DokumentLocation = Pick<Dokument, 'id' | 'path' | 'attachmentId' | 'modifiedAt'>

/** `GET Attachment/{id}`. */
export const attachmentSchema = z
  .object({
    id: z.string().min(1),
    name: z.string().nullish(),
    size: z.number().nullish(),
    createdAt: z.string().nullish(),
    createdById: z.string().nullish(),
  })
  .transform((record) => ({
    id: record.id,
    size: record.size ?? null,
    createdAt: record.createdAt ?? null,
    createdById: record.createdById ?? null,
  }))

/** The file behind a document: bytes, when it was uploaded (UTC), and by which of EspoCRM's users. */
export type EspoAttachment = z.output<typeof attachmentSchema>

/** `GET User/{id}`: whoever EspoCRM finds by `@userName` in a note; `type` is `api` for one that nobody reads for. */
export const userSchema = z.object({ userName: z.string(), type: z.string().nullish() })

/** A page of a list; `total` is -1 or -2 where the request had `X-No-Total` (more follow, or none). */
export const pageSchema = z.object({ total: z.number(), list: z.array(z.unknown()) })

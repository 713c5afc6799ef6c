import { z } from 'zod'
import { freshnessSchema } from './freshness'

/** What a person is told about. */
const alertKindSchema = z.enum([
  'stopped',
  'paused',
  'failed',
  'pending',
  'polling',
  'emptied',
  'system',
  'drift',
  'folder',
  'audit',
])

/** What a person is told about. */
export type AlertKind = z.infer<typeof alertKindSchema>

/** An Akte by name and why it is in trouble: only with `ALERT_DETAILS`, both may name people. */
const namedSchema = z.object({ aktennummer: z.string(), reason: z.string().nullable() })

/**
 * One thing that is wrong at this moment. Beyond `named` and `detail`, which are there with `ALERT_DETAILS` only, nothing
 * in it comes from a case: no name of a client or a document.
 */
export const troubleSchema = z.object({
  kind: alertKindSchema,
  /** Which system, side, folder (its setting) or cause it is; null where there is only one of the kind, or nothing to say. */
  about: z.string().nullable(),
  /** The server that it is about; null: the office. */
  host: z.string().nullable(),
  /** How many Akten, files or changes; 0 where nothing is counted. */
  count: z.number(),
  /** When the newest of them came to it, epoch ms; 0 where nobody knows. */
  newest: z.number(),
  /** What is measured: how long the oldest has waited (ms), or the room that is left (bytes); null: nothing is. */
  figure: z.number().nullable(),
  named: z.array(namedSchema),
  /** What somebody or something said about it. */
  detail: z.string().nullable(),
})

/** One thing that is wrong at this moment. */
export type Trouble = z.infer<typeof troubleSchema>

/** The office in figures: nothing in it comes from a case. */
const summarySchema = z.object({
  freshness: freshnessSchema.nullable(),
  paused: z.boolean(),
  counts: z.object({ pending: z.number(), processing: z.number(), failed: z.number(), stopped: z.number() }),
  /** Why Akten were given up; null: a cause that may name something of a case. */
  causes: z.array(z.object({ cause: z.string().nullable(), akten: z.number() })),
  /** What only a person can solve, by the reason's English text. */
  flagged: z.array(z.object({ reason: z.string(), files: z.number() })),
  flaggedAkten: z.number(),
  /** Conflicts of the last day by the side that lost. */
  conflicts: z.object({ Windows: z.number(), EspoCRM: z.number() }),
  drift: z.array(z.object({ side: z.enum(['Windows', 'EspoCRM', 'Advoware']), changes: z.number() })),
  /** What the last day brought to the archive; null: it could not be read. */
  archived: z
    .object({ agreed: z.number(), conflict: z.number(), lastCopy: z.number(), bytes: z.number() })
    .nullable(),
})

/** The office in figures. */
export type DailySummary = z.infer<typeof summarySchema>

/** What is to be told: a trouble began, has more Akten by now, is over; or the summary of a day. `at`, `since`: epoch ms. */
export const newsSchema = z.discriminatedUnion('event', [
  z.object({
    event: z.enum(['begin', 'more', 'over']),
    at: z.number(),
    since: z.number(),
    trouble: troubleSchema,
  }),
  z.object({ event: z.literal('summary'), at: z.number(), summary: summarySchema }),
])

/** What is to be told. */
export type News = z.infer<typeof newsSchema>

/** A message to people, in plain text. */
export interface AlertMessage {
  /** One line. */
  subject: string
  text: string
}

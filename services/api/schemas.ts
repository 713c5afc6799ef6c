import { z } from 'zod'
import { isAktennummer } from '../model/aktennummer'
import { archiveRecordSchema } from '../model/archive-record'
import { holdSchema } from '../model/hold'

/** Aktennummern in one request: Motia hands a body to a step on its command line, which is limited to 128 KB. */
const MAX_AKTENNUMMERN = 1000

const RULE = '1 to 32 letters, digits, "/", "-", "." or "_", beginning with a letter or digit'

/** Blake3 of a version in the archive. */
export const hashSchema = z.string().regex(/^[0-9a-f]{64}$/, 'is not a Blake3 hash of 64 hex digits')

/** An Aktennummer in a path or a body. */
export const aktennummerSchema = z.string().refine(isAktennummer, {
  error: (issue) => `${JSON.stringify(issue.input)} is not an Aktennummer (${RULE})`,
})

const force = z.boolean().default(false).describe('The next sync passes the safety stops once')

/** Body of POST /akten/{aktennummer}/sync; may be absent. */
export const syncOneSchema = z.object({ force })

/** Body of POST /akten/sync. What is not an Aktennummer is reported as rejected; the others are queued. */
export const syncManySchema = z.object({
  aktennummern: z.array(z.string()).min(1).max(MAX_AKTENNUMMERN),
  force,
})

/** Body of POST /akten/retry: every failed Akte, or those that failed with one cause. */
export const byCauseSchema = z.object({
  cause: z.string().optional().describe('As GET /akten tells it; absent: all'),
})

/** Body of the two pause routes. */
export const pauseSchema = z.object({
  paused: z.boolean().default(true).describe('false resumes'),
  reason: z.string().trim().max(500).default('paused by an administrator'),
})

/** Body of POST /akten/{aktennummer}/hold. */
export const holdRequestSchema = z.object({
  held: z.boolean().default(true).describe('false releases'),
  reason: z.string().trim().max(500).default('').describe('Needed to hold'),
})

/** Answer of POST /akten/{aktennummer}/hold: the hold, null when there is none any more. */
export const heldSchema = z.object({ aktennummer: z.string(), hold: holdSchema.nullable() })

/** Body of POST /akten/{aktennummer}/purge. */
export const purgeRequestSchema = z.object({
  reason: z.string().trim().min(1, 'is missing').max(500).describe('Stays in the audit log'),
  confirm: z.string().describe('The Aktennummer once more'),
  force: z.boolean().default(false).describe('Also where the Akte is still to be synced'),
})

/** Where an Akte stands, for people. */
export const akteStateSchema = z.enum(['pending', 'processing', 'failed', 'stopped', 'synced', 'idle'])

/** What people look for: one state, whatever is not in agreement, or what only a person can solve. */
export const filterSchema = z.enum([...akteStateSchema.options, 'unsynced', 'open'])

/** Query of GET /akten. */
export const listQuerySchema = z.object({
  state: filterSchema
    .optional()
    .describe('unsynced: every state but synced; open: given up, stopped, or with files for a person'),
  search: z.string().max(32).optional(),
  limit: z.coerce.number().int().min(1).max(5000).default(500),
  offset: z.coerce.number().int().min(0).max(10_000_000).default(0),
})

/** Answer of the routes that queue Akten. */
export const acceptedSchema = z.object({
  accepted: z.array(z.string()),
  rejected: z.array(z.object({ aktennummer: z.string(), reason: z.string() })),
  isNew: z.number().optional().describe('POST /akten/sync: how many nobody has seen before'),
  known: z.number().optional().describe('POST /akten/sync: how many are on a list or were synced before'),
})

/** Answer of the two pause routes: why it is paused, null when it was resumed. */
export const pausedSchema = z.object({ aktennummer: z.string().optional(), paused: z.string().nullable() })

export const removedManySchema = z.object({ removed: z.array(z.string()) })

/** Answer of DELETE /akten/{aktennummer}. */
export const removedSchema = z.object({ aktennummer: z.string(), removed: z.boolean() })

/** A version in the archive and why it is there; `hash` fetches it. */
export const archivedVersionSchema = archiveRecordSchema.extend({ hash: z.string(), size: z.number() })

/** Answer of GET /archive, newest first. */
export const archiveSchema = z.object({ versions: z.array(archivedVersionSchema) })

/** Body of POST /archive/{hash}/restore. */
export const restoreSchema = z.object({
  aktennummer: aktennummerSchema,
  path: z.string().min(1).optional().describe('The path it goes back to; the latest one unless told'),
  to: z.enum(['Windows', 'EspoCRM']),
})

/** Answer of POST /archive/{hash}/restore. */
export const restoredSchema = z.object({
  path: z.string(),
  to: z.enum(['Windows', 'EspoCRM']),
  replaced: z.enum(['archived', 'nothing', 'same']).describe('What lay there before'),
  bytes: z.number(),
  isSynced: z
    .boolean()
    .describe('false: no sync follows, because the Akte is not synced or its History does not name the file'),
})

/** What one run did, as the API tells it. */
export const reportSchema = z.object({
  run: z.string(),
  startedAt: z.string(),
  finishedAt: z.string(),
  durationMs: z.number(),
  result: z.enum(['synced', 'deferred', 'failed', 'stopped']),
  message: z.string().nullable(),
  forced: z.boolean(),
  counts: z.record(z.string(), z.number()),
  bytes: z.number(),
  files: z.array(
    z.object({
      path: z.string(),
      action: z.string(),
      outcome: z.enum(['done', 'skipped', 'deferred', 'flagged', 'failed']),
      reason: z.string().describe('For people, by SYNC_LANGUAGE'),
      detail: z.string().nullable(),
      isConflict: z.boolean(),
      bytes: z.number(),
    }),
  ),
  omitted: z.number().describe('Files that are not among `files`, beside those in agreement'),
})

/** What a sync would do now. */
export const planSchema = z.object({
  aktennummer: z.string(),
  state: z.enum(['ready', 'stopped', 'inactive']),
  message: z.string().nullable().describe('Why it is not ready'),
  ablage: z.boolean().describe('Advoware archived the Akte'),
  files: z.array(
    z.object({
      path: z.string(),
      outcome: z.enum(['act', 'nothing', 'deferred', 'flagged', 'failed']),
      action: z.string(),
      reason: z.string(),
      message: z.string().describe('The reason for people, by SYNC_LANGUAGE'),
      bytes: z.number().describe('Bytes that would move'),
      archive: z.enum(['Windows', 'EspoCRM']).optional().describe('Whose version would go to the archive'),
      conflict: z
        .enum(['Windows', 'EspoCRM'])
        .optional()
        .describe('Both had changed: the side that would win'),
      metadata: z.boolean().describe('The History would give the document other metadata'),
    }),
  ),
})

import { z } from 'zod'
import { isAktennummer } from '../sync/paths'

/** Aktennummern in one request: Motia hands a body to a step on its command line, which is limited to 128 KB. */
export const MAX_AKTENNUMMERN = 1000

const RULE = '1 to 32 letters, digits, "/", "-", "." or "_", beginning with a letter or digit'

export const aktennummerSchema = z.string().refine(isAktennummer, {
  error: (issue) => `${JSON.stringify(issue.input)} is not an Aktennummer (${RULE})`,
})

const force = z.boolean().default(false).describe('The next sync passes the safety stops once')

/** Body of POST /akten/{aktennummer}/sync; may be absent. */
export const syncOneSchema = z.object({ force })

/** Body of POST /akten/sync. What is not an Aktennummer is answered as rejected and does not spoil the rest. */
export const syncManySchema = z.object({
  aktennummern: z.array(z.string()).min(1).max(MAX_AKTENNUMMERN),
  force,
})

/** Body of POST /akten/retry: every failed Akte, or those that failed with one cause. */
export const retryManySchema = z.object({
  cause: z.string().optional().describe('As GET /akten tells it; absent: all'),
})

/** Body of the two pause routes. */
export const pauseSchema = z.object({
  paused: z.boolean().default(true).describe('false resumes'),
  reason: z.string().trim().max(500).default('paused by an administrator'),
})

/** Query of GET /akten. */
export const listQuerySchema = z.object({
  state: z.enum(['pending', 'processing', 'failed', 'stopped', 'synced']).optional(),
  search: z.string().max(32).optional(),
  limit: z.coerce.number().int().min(1).max(5000).default(500),
})

export const acceptedSchema = z.object({
  accepted: z.array(z.string()),
  rejected: z.array(z.object({ aktennummer: z.string(), reason: z.string() })),
})

export const pausedSchema = z.object({ aktennummer: z.string().optional(), paused: z.string().nullable() })

export const removedSchema = z.object({ aktennummer: z.string(), removed: z.boolean() })

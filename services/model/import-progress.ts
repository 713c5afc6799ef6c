import { z } from 'zod'

/** How far the first import is. Times are ISO 8601. */
export const importProgressSchema = z.object({
  startedAt: z.string(),
  finishedAt: z.string().nullable(),
  paused: z.string().nullable().describe('Why nothing is imported; null while it runs'),
  total: z.number().describe('Akten that had never been synced when it began'),
  left: z.number().describe('Akten that have never been synced; after the end: that need a person'),
  done: z.number(),
  perMinute: z.number().nullable().describe('Akten a minute; null before there is an estimate'),
  endsAt: z.string().nullable().describe('Estimated'),
})

/** How far the first import is. */
export type ImportProgress = z.infer<typeof importProgressSchema>

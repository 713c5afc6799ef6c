import { z } from 'zod'

/** How much of the office is in agreement, as EspoCRM's records say. Times are ISO 8601. */
export const freshnessSchema = z.object({
  at: z.string().describe('When EspoCRM was asked'),
  total: z.number().describe('Akten that are synced by their status'),
  agreed: z.number().describe('Synced within the last 24 hours, and in agreement then'),
  never: z.number().describe('Never synced'),
  oldest: z.string().nullable().describe('The longest ago that one was synced; null: none ever was'),
})

/** How much of the office is in agreement. */
export type Freshness = z.infer<typeof freshnessSchema>

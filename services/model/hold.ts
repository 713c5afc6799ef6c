import { z } from 'zod'

/** Why nothing of an Akte is purged or goes by age: a person said so. `since` is ISO 8601. */
export const holdSchema = z.object({
  reason: z.string(),
  by: z.string().describe('Who placed it'),
  since: z.string(),
})

/** Such a hold. */
export type Hold = z.infer<typeof holdSchema>

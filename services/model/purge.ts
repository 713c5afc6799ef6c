import { z } from 'zod'
import { holdSchema } from './hold'

const count = z.number().int()

/** What the product keeps of one Akte beside the three systems. Sizes in bytes. */
const purgeCountsSchema = z.object({
  versions: count.describe('Reasons why versions are in the archive'),
  contents: count.describe('Contents in the archive that no other Akte has'),
  bytes: count.describe('Their size'),
  shared: count.describe('Contents that another Akte has as well: they stay'),
  auditLines: count.describe('Lines of the audit log: their contents go, the chain stays'),
  reports: count.describe('Reports of runs'),
  queueEntries: count.describe('Entries on lists and in the queue'),
  notes: count.describe('Notes about runs: results, causes, attempts, restored files'),
  documents: count.describe('Documents in the index, with their bases where these are kept here'),
  technical: count.describe('Log lines, traces and jobs of Motia, which go by themselves after three days'),
})

/** Such counts. */
export type PurgeCounts = z.infer<typeof purgeCountsSchema>

/** What stands against a purge; `to be synced` is the only one that force passes. */
const purgeObstacleSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('held'), hold: holdSchema }),
  z.object({ kind: z.literal('running') }),
  z.object({ kind: z.literal('to be synced'), status: z.string().nullable().describe('In EspoCRM') }),
])

/** Such an obstacle. */
export type PurgeObstacle = z.infer<typeof purgeObstacleSchema>

/** What a purge would remove now. */
export const purgePreviewSchema = z.object({
  aktennummer: z.string(),
  counts: purgeCountsSchema,
  obstacles: z
    .array(purgeObstacleSchema)
    .describe('What stands against it; force passes "to be synced" alone'),
})

/** Such a preview. */
export type PurgePreview = z.infer<typeof purgePreviewSchema>

/** What a purge removed. To be kept by the firm: it alone says which Akte it was. */
export const purgeReceiptSchema = z.object({
  aktennummer: z.string(),
  purge: z.string().describe('Its id, as in the audit log'),
  time: z.string(),
  by: z.string(),
  reason: z.string().describe('As in the audit log: without the Aktennummer'),
  forced: z.boolean(),
  counts: purgeCountsSchema,
  proof: z.string().describe('Hash of the line of the audit log that says so'),
})

/** Such a receipt. */
export type PurgeReceipt = z.infer<typeof purgeReceiptSchema>

/** True where the product keeps anything that a purge could remove; contents that stay are none of it. */
export const keepsAnything = ({ bytes: _size, shared: _stays, ...counts }: PurgeCounts): boolean =>
  Object.values(counts).some((one) => one > 0)

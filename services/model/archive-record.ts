import { z } from 'zod'

/** Why a version is in the archive. Times as each system says them; `archivedAt` is ISO 8601. */
export const archiveRecordSchema = z.object({
  aktennummer: z.string(),
  path: z.string().describe('Below the Aktenordner, with `/`'),
  side: z.enum(['Windows', 'EspoCRM']).describe('Whose version this was'),
  windowsHash: z.string().nullable().describe('What Windows had at that moment, where it was known'),
  espoHash: z.string().nullable().describe('What EspoCRM had at that moment, where it was known'),
  windowsModified: z.string().nullable(),
  espoContentTime: z.string().nullable(),
  decision: z.string().describe('The action that replaced or removed it'),
  reason: z.string(),
  archivedAt: z.string(),
})

/** Such a record, parsed. */
export type ArchiveRecord = z.infer<typeof archiveRecordSchema>

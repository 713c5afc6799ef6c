import { z } from 'zod'

const DAY_MS = 24 * 3600 * 1000

/**
 * What a version was when it was archived. `conflict`: one side's own version, which lost a conflict. `last copy`: no
 * other side had it. `agreed`: both sides had it, and another one replaced it. What is in a record without a kind
 * (before there were any) nobody knows: it counts as a last copy.
 */
const archiveKindSchema = z.enum(['conflict', 'last copy', 'agreed'])

/** Such a kind. */
export type ArchiveKind = z.infer<typeof archiveKindSchema>

/** Why a version is in the archive. Times as each system says them; `archivedAt` is ISO 8601. */
export const archiveRecordSchema = z.object({
  aktennummer: z.string(),
  path: z.string().describe('Below the Aktenordner, with `/`'),
  document: z
    .string()
    .nullable()
    .default(null)
    .describe(
      'Id of the EspoCRM document at that moment; null where there was none, or nobody wrote it down',
    ),
  side: z.enum(['Windows', 'EspoCRM']).describe('Whose version this was'),
  kind: archiveKindSchema
    .default('last copy')
    .describe(
      'Lost a conflict, the last copy, or what both sides had agreed on: only the latter goes by age',
    ),
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

/**
 * The one rule of what goes by age (`SYNC_ARCHIVE_DAYS`): a content that was archived only because another one replaced the
 * version both sides had agreed on, every time before `before`.
 */
export const isExpired = (records: ArchiveRecord[], before: Date): boolean =>
  records.length > 0 &&
  records.every(({ kind, archivedAt }) => kind === 'agreed' && Date.parse(archivedAt) < before.getTime())

/**
 * Until when a content is kept at least, by the same rule, where what goes by age does so after `days` (0: never); null:
 * until its Akte is purged.
 */
export function keptUntil(records: ArchiveRecord[], days: number): Date | null {
  const last = Math.max(...records.map(({ archivedAt }) => Date.parse(archivedAt)))
  const isLasting = days === 0 || records.some(({ kind }) => kind !== 'agreed') || Number.isNaN(last)
  return isLasting ? null : new Date(last + days * DAY_MS)
}

/** What a version is that is about to be replaced: `loses` where the decision says that no other side has it. */
export function archiveKind(
  { action, loses }: { action: string; loses: boolean },
  hash: string,
  agreedHash: string | null,
): ArchiveKind {
  if (loses) return action === 'DELETE' ? 'last copy' : 'conflict'
  return hash === agreedHash ? 'agreed' : 'last copy'
}

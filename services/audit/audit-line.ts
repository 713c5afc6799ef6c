import { createHash } from 'node:crypto'
import { z } from 'zod'

/** One change to a document, in whichever system. Paths with `/`, times ISO 8601, hashes Blake3 (null: no content). */
const auditEntrySchema = z.object({
  time: z.string(),
  /** The run that did it, as in its report. */
  run: z.string(),
  aktennummer: z.string(),
  /** Empty where the whole Akte is meant. */
  path: z.string(),
  /** Id of the EspoCRM document, where there is one. */
  document: z.string().nullable(),
  /** The side that was changed; null where none was. */
  side: z.enum(['Windows', 'EspoCRM', 'Advoware']).nullable(),
  action: z.string(),
  reason: z.string(),
  hashBefore: z.string().nullable(),
  hashAfter: z.string().nullable(),
})

/** One change to a document, before it has its place in the chain. */
export type AuditEntry = z.infer<typeof auditEntrySchema>

const lineSchema = auditEntrySchema.extend({
  seq: z.number().int().positive(),
  /** `hash` of the line before, 64 zeros on the first one. */
  prev: z.string(),
  /** SHA-256 of this line without `hash`. */
  hash: z.string(),
})

/** An entry in its place in the chain. */
export type AuditLine = z.infer<typeof lineSchema>

/** The place of a line in the chain; the next line refers to it. */
export type ChainPlace = Pick<AuditLine, 'seq' | 'hash'>

/** The place before the first line. */
export const CHAIN_START: ChainPlace = { seq: 0, hash: '0'.repeat(64) }

/** The line that follows `before`, ready to be written. */
export function seal(entry: AuditEntry, before: ChainPlace): AuditLine {
  const content = { ...auditEntrySchema.parse(entry), seq: before.seq + 1, prev: before.hash }
  return { ...content, hash: hashOf(content) }
}

/** A line of the log: intact, changed since it was written, or no line at all (cut off by a crash). */
export function readLine(text: string): AuditLine | 'changed' | 'torn' {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return 'torn'
  }
  const parsed = lineSchema.safeParse(json)
  if (!parsed.success) return 'changed'
  const { hash, ...content } = parsed.data
  return hashOf(content) === hash && JSON.stringify(parsed.data) === text ? parsed.data : 'changed'
}

function hashOf(content: Omit<AuditLine, 'hash'>): string {
  const ordered = Object.keys(lineSchema.shape).filter((key) => key !== 'hash')
  return createHash('sha256').update(JSON.stringify(content, ordered)).digest('hex')
}

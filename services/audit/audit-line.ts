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

/** What the log says of a purge for good: who, when and why, never which Akte. */
const purgeRecordSchema = z.object({
  time: z.string(),
  /** The purge, as in its receipt. */
  run: z.string(),
  action: z.literal('PURGE'),
  by: z.string(),
  reason: z.string(),
  /** How many lines of one file lost their content; the first and the last of them, 0 where there are none. */
  lines: z.number().int().nonnegative(),
  first: z.number().int().nonnegative(),
  last: z.number().int().nonnegative(),
  /** SHA-256 of these lines as they are without it, each with its line feed. */
  left: z.string(),
})

/** Such a record, before it has its place in the chain. */
export type PurgeRecord = z.infer<typeof purgeRecordSchema>

/** A line's place in the chain: its number, and the `hash` of the line before, 64 zeros on the first one. */
const place = { seq: z.number().int().positive(), prev: z.string() }
/**
 * `digest`: SHA-256 of the line's content. `hash`: SHA-256 of place and digest, so that the content can go while the chain
 * holds. `salt` keeps whoever reads the digest of a content that is gone from finding it by trying.
 */
const sealed = { salt: z.string(), ...place, digest: z.string(), hash: z.string() }

const entryLineSchema = auditEntrySchema.extend(sealed)
const purgeLineSchema = purgeRecordSchema.extend(sealed)
/** As lines were written before contents could go: `hash` is the SHA-256 of the line without it. */
const formerLineSchema = auditEntrySchema.extend({ ...place, hash: z.string() })

/** What stands in place of a content that was removed. */
const markSchema = z.object({
  time: z.string(),
  by: z.string(),
  reason: z.string(),
  /** The line of this log that proves it, a record of a purge. */
  record: z.number().int().positive(),
})
const emptyLineSchema = z.object({
  removed: markSchema,
  ...place,
  /** Null: a line as they were written before. */
  digest: z.string().nullable(),
  hash: z.string(),
})

/** Who removed a content, when, why, and which line proves it. */
export type RemovalMark = z.infer<typeof markSchema>

/** The place of a line in the chain; the next line refers to it. */
export interface ChainPlace {
  seq: number
  hash: string
}

type InChain = ChainPlace & { prev: string }
/** An entry in its place in the chain. */
export type AuditLine = AuditEntry & InChain

/** A line of the log that is intact: a change, the record of a purge, or one whose content a purge removed. */
export type IntactLine = { place: InChain } & (
  | { kind: 'entry'; entry: AuditEntry; digest: string | null }
  | { kind: 'purge'; record: PurgeRecord }
  | { kind: 'empty'; mark: RemovalMark }
)

/** The place before the first line. */
export const CHAIN_START: ChainPlace = { seq: 0, hash: '0'.repeat(64) }

/** The text of the line that follows `before`, and its place. `salt` is one that nobody can guess. */
export function seal(
  content: AuditEntry | PurgeRecord,
  before: ChainPlace,
  salt: string,
): { text: string; place: ChainPlace } {
  const known = 'lines' in content ? purgeRecordSchema.parse(content) : auditEntrySchema.parse(content)
  const salted = { ...known, salt }
  const at = { seq: before.seq + 1, prev: before.hash }
  const digest = sha256(salted)
  const hash = chained({ ...at, digest })
  return { text: JSON.stringify({ ...salted, ...at, digest, hash }), place: { seq: at.seq, hash } }
}

/** The text of a line without its content, with a mark in its place. */
export function emptied(
  { place: { seq, prev, hash }, digest }: { place: InChain; digest: string | null },
  removed: RemovalMark,
) {
  return JSON.stringify(emptyLineSchema.parse({ removed, seq, prev, digest, hash }))
}

/**
 * A line of the log: intact, changed since it was written, or no line at all (cut off by a crash). Of a former line
 * without its content only the purge's record can prove the hash.
 */
export function readLine(text: string): IntactLine | 'changed' | 'torn' {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return 'torn'
  }
  const line = lineOf(json)
  return line !== null && line.text === text ? line.line : 'changed'
}

/** The line that this JSON is when its hashes fit, with the text that it must have; null: none. */
function lineOf(json: unknown): { text: string; line: IntactLine } | null {
  const known = z.looseObject({}).safeParse(json).data ?? {}
  if ('removed' in known) {
    const line = emptyLineSchema.safeParse(json).data
    if (line === undefined || (line.digest !== null && chained(line) !== line.hash)) return null
    return { text: JSON.stringify(line), line: { kind: 'empty', mark: line.removed, place: placeOf(line) } }
  }
  if ('left' in known) {
    const line = purgeLineSchema.safeParse(json).data
    if (line === undefined || !fits(line)) return null
    const record = purgeRecordSchema.parse(line)
    return { text: JSON.stringify(line), line: { kind: 'purge', record, place: placeOf(line) } }
  }
  const line = ('digest' in known ? entryLineSchema : formerLineSchema).safeParse(json).data
  if (line === undefined || !fits(line)) return null
  const digest = 'digest' in line ? String(line.digest) : null
  const entry = auditEntrySchema.parse(line)
  return { text: JSON.stringify(line), line: { kind: 'entry', entry, digest, place: placeOf(line) } }
}

const placeOf = ({ seq, prev, hash }: InChain): InChain => ({ seq, prev, hash })

/** The hashes of a line with its content are those of its content and its place. */
function fits(
  line: z.infer<typeof entryLineSchema> | z.infer<typeof purgeLineSchema> | z.infer<typeof formerLineSchema>,
): boolean {
  if (!('digest' in line)) {
    const { hash, ...content } = line
    return sha256(content) === hash
  }
  const { seq: _seq, prev: _prev, digest, hash, ...content } = line
  return sha256(content) === digest && chained(line) === hash
}

const chained = ({ seq, prev, digest }: { seq: number; prev: string; digest: string | null }) =>
  sha256({ seq, prev, digest })

/** Of the values in the order of the schema that parsed them. */
const sha256 = (content: object): string => createHash('sha256').update(JSON.stringify(content)).digest('hex')

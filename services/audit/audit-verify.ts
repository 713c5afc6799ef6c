import { createHash, type Hash } from 'node:crypto'
import { CHAIN_START, type ChainPlace, type PurgeRecord, readLine } from './audit-line'
import { readMark } from './audit-log'
import { auditFiles, auditText, logOf } from './audit-reader'

/**
 * What cannot be as it was written: a line was `changed`, was `replaced` by another one or made `unreadable`; lines were
 * removed, added or `moved`; a content was `emptied` by nobody's purge; the end is `missing`.
 */
type Tampering = 'changed' | 'replaced' | 'unreadable' | 'moved' | 'emptied' | 'missing'

/** Whether one file of a machine's log is intact. */
export interface AuditVerdict {
  file: string
  /** 1; above that where the files before it are not here: the place of its first line in the whole log. */
  begins: number
  /** Intact lines. */
  lines: number
  /** The first thing that cannot be as it was written; `line` counts from 1. `had`: lines it should have, where some miss. */
  broken: { line: number; why: Tampering; had?: number } | null
  /** Line numbers of rests that a crash left; no tampering. */
  torn: number[]
  /** Lines whose content a purge removed. */
  removed: number
  /** How many of them a later file proves, which is not here. */
  unproven: number
  /** Hash of the last line: noted elsewhere, it proves later that the log was not rewritten up to here. */
  end: string
}

/** Lines of one file that name one record of a purge. */
interface Emptied {
  /** Of the first of them, counted from 1. */
  line: number
  lines: number
  left: Hash
}

interface Checked {
  verdict: AuditVerdict
  end: ChainPlace
  /** By the record's place in the log. */
  emptied: Map<number, Emptied>
  records: Map<number, PurgeRecord>
}

/**
 * Checks every log in the folder: each line, the chain between them and from file to file, the marks, and that a purge
 * removed each content that is gone. Reads only. A log whose first files were moved elsewhere, marks and all, is checked
 * from its first file here on.
 */
export async function verifyAudit(directory: string): Promise<AuditVerdict[]> {
  for (;;) {
    const files = await auditFiles(directory)
    const verdicts = await verifyFiles(files)
    // While it was read, a rotation may have given a file another name.
    const isRead = `${await auditFiles(directory)}` === `${files}`
    if (isRead || verdicts.every(({ broken }) => broken === null)) return verdicts
  }
}

async function verifyFiles(files: string[]): Promise<AuditVerdict[]> {
  const logs = new Map<string, Checked[]>()
  for (const file of files) {
    const checked = logs.get(logOf(file)) ?? []
    logs.set(logOf(file), [...checked, await verifyFile(file, checked.at(-1)?.end)])
  }
  return [...logs].flatMap(([log, checked]) => withProof(checked, files.includes(log)))
}

/** Compares the lines without content with the records of the same log; `isWhole`: its newest file is here. */
function withProof(checked: Checked[], isWhole: boolean): AuditVerdict[] {
  const records = new Map(checked.flatMap(({ records: found }) => [...found]))
  const end = checked.at(-1)?.end.seq ?? 0
  return checked.map(({ verdict, emptied }) => {
    let { broken, unproven } = verdict
    for (const [seq, { line, lines, left }] of emptied) {
      if (seq > end && !isWhole) unproven += lines
      else if (records.get(seq)?.left !== left.digest('hex') && (broken === null || line < broken.line))
        broken = { line, why: 'emptied' }
    }
    return { ...verdict, broken, unproven }
  })
}

async function verifyFile(file: string, before: ChainPlace | undefined): Promise<Checked> {
  const mark = await readMark(file, 'end')
  const start = before ?? (await readMark(file, 'begin')) ?? CHAIN_START
  const torn: number[] = []
  const emptied = new Map<number, Emptied>()
  const records = new Map<number, PurgeRecord>()
  let last = start
  let count = 0
  let removed = 0
  const result = (broken: AuditVerdict['broken'] = null): Checked => {
    const lines = last.seq - start.seq
    const begins = before === undefined ? start.seq + 1 : 1
    const verdict = { file, begins, lines, broken, torn, removed, unproven: 0, end: last.hash }
    return { verdict, end: last, emptied, records }
  }
  for await (const text of auditText(file)) {
    count++
    const line = readLine(text)
    if (line === 'torn') {
      torn.push(count)
      continue
    }
    if (line === 'changed') return result({ line: count, why: 'changed' })
    const { seq, prev, hash } = line.place
    if (seq !== last.seq + 1 || prev !== last.hash) {
      const isHidden = torn[torn.length - 1] === count - 1
      return isHidden ? result({ line: count - 1, why: 'unreadable' }) : result({ line: count, why: 'moved' })
    }
    last = line.place
    if (seq === mark?.seq && hash !== mark.hash) return result({ line: count, why: 'replaced' })
    if (line.kind === 'purge') records.set(seq, line.record)
    if (line.kind !== 'empty') continue
    removed++
    const { record } = line.mark
    const known = emptied.get(record) ?? { line: count, lines: 0, left: createHash('sha256') }
    known.lines++
    known.left.update(`${text}\n`)
    emptied.set(record, known)
  }
  if (mark !== null && mark.seq > last.seq)
    return result({ line: count + 1, why: 'missing', had: mark.seq - start.seq })
  return result()
}

import { CHAIN_START, type ChainPlace, readLine } from './audit-line'
import { readMark } from './audit-log'
import { auditFiles, auditText, logOf } from './audit-reader'

/**
 * What cannot be as it was written: a line was `changed`, was `replaced` by another one or made `unreadable`; lines were
 * removed, added or `moved`; the end is `missing`.
 */
type Tampering = 'changed' | 'replaced' | 'unreadable' | 'moved' | 'missing'

/** What one file of a log is worth. */
/** Whether one machine's log is intact. */
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
  /** Hash of the last line: noted elsewhere, it proves later that the log was not rewritten up to here. */
  end: string
}

/**
 * Checks every log in the folder: each line, the chain between them and from file to file, and the marks. Reads only. A
 * log whose first files were moved elsewhere, marks and all, is checked from its first file here on.
 */
export async function verifyAudit(directory: string): Promise<AuditVerdict[]> {
  const verdicts: AuditVerdict[] = []
  const ends = new Map<string, ChainPlace>()
  for (const file of await auditFiles(directory)) {
    const before = ends.get(logOf(file))
    const { verdict, end } = await verifyFile(file, before)
    verdicts.push(verdict)
    ends.set(logOf(file), end)
  }
  return verdicts
}

async function verifyFile(
  file: string,
  before: ChainPlace | undefined,
): Promise<{ verdict: AuditVerdict; end: ChainPlace }> {
  const mark = await readMark(file, 'end')
  const start = before ?? (await readMark(file, 'begin')) ?? CHAIN_START
  const torn: number[] = []
  let last = start
  let count = 0
  const result = (broken: AuditVerdict['broken'] = null) => {
    const lines = last.seq - start.seq
    const begins = before === undefined ? start.seq + 1 : 1
    return { verdict: { file, begins, lines, broken, torn, end: last.hash }, end: last }
  }
  for await (const text of auditText(file)) {
    count++
    const line = readLine(text)
    if (line === 'torn') torn.push(count)
    else if (line === 'changed') return result({ line: count, why: 'changed' })
    else if (line.seq === last.seq + 1 && line.prev === last.hash) {
      last = line
      if (line.seq === mark?.seq && line.hash !== mark.hash) return result({ line: count, why: 'replaced' })
    } else if (torn[torn.length - 1] === count - 1) return result({ line: count - 1, why: 'unreadable' })
    else return result({ line: count, why: 'moved' })
  }
  if (mark !== null && mark.seq > last.seq)
    return result({ line: count + 1, why: 'missing', had: mark.seq - start.seq })
  return result()
}

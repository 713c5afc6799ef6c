import { CHAIN_START, readLine } from './audit-line'
import { readEndMark } from './audit-log'
import { auditFiles, auditText } from './audit-reader'

/** Whether one machine's log is intact. */
export interface AuditVerdict {
  file: string
  /** Intact lines. */
  lines: number
  /** The first line that was tampered with; `line` counts from 1. */
  broken: { line: number; why: string } | null
  /** Numbers of the lines that a crash cut off; no tampering. */
  torn: number[]
  /** Hash of the last line: noted elsewhere, it proves later that the log was not rewritten up to here. */
  end: string
}

/** Checks every log in the folder: each line, the chain between them, and the end mark. Reads only. */
export async function verifyAudit(directory: string): Promise<AuditVerdict[]> {
  return Promise.all((await auditFiles(directory)).map(verifyFile))
}

async function verifyFile(file: string): Promise<AuditVerdict> {
  const mark = await readEndMark(file)
  const torn: number[] = []
  let before = CHAIN_START
  let count = 0
  const verdict = (line?: number, why = ''): AuditVerdict => {
    return {
      file,
      lines: before.seq,
      broken: line === undefined ? null : { line, why },
      torn,
      end: before.hash,
    }
  }
  for await (const text of auditText(file)) {
    count++
    const line = readLine(text)
    if (line === 'torn') torn.push(count)
    else if (line === 'changed') return verdict(count, 'was changed after it was written')
    else if (line.seq === before.seq + 1 && line.prev === before.hash) {
      before = line
      if (line.seq === mark?.seq && line.hash !== mark.hash)
        return verdict(count, 'is not the line that was written here')
    } else if (torn[torn.length - 1] === count - 1) {
      return verdict(count - 1, 'was corrupted')
    } else {
      return verdict(count, 'does not follow the line before it: lines were removed, added or moved')
    }
  }
  if (mark !== null && mark.seq > before.seq)
    return verdict(count + 1, `is missing: the log had ${mark.seq} lines`)
  return verdict()
}

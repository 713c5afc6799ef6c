import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { CHAIN_START, readLine } from './audit-line'
import { readEndMark } from './audit-log'

/** What one machine's log is worth. */
export interface AuditVerdict {
  file: string
  /** Intact lines. */
  lines: number
  /** The first thing that cannot be as it was written; `line` counts from 1. */
  broken: { line: number; why: string } | null
  /** Line numbers of rests that a crash left; no tampering. */
  torn: number[]
  /** Hash of the last line: noted elsewhere, it proves later that the log was not rewritten up to here. */
  end: string
}

/** Checks every log in the folder: each line, the chain between them, and the end mark. Reads only. */
export async function verifyAudit(directory: string): Promise<AuditVerdict[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const logs = new Set(names.filter((name) => name.endsWith('.jsonl')))
  for (const name of names) if (name.endsWith('.end.json')) logs.add(name.replace(/\.end\.json$/, '.jsonl'))
  return Promise.all([...logs].sort().map((name) => verifyFile(join(directory, name))))
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
  for await (const text of linesOf(file)) {
    count++
    const line = readLine(text)
    if (line === 'torn') torn.push(count)
    else if (line === 'changed') return verdict(count, 'was changed after it was written')
    else if (line.seq === before.seq + 1 && line.prev === before.hash) {
      before = line
      if (line.seq === mark?.seq && line.hash !== mark.hash)
        return verdict(count, 'is not the line that was written here')
    } else if (torn[torn.length - 1] === count - 1) {
      return verdict(count - 1, 'was made unreadable')
    } else {
      return verdict(count, 'does not follow the line before it: lines were removed, added or moved')
    }
  }
  if (mark !== null && mark.seq > before.seq)
    return verdict(count + 1, `is missing: the log had ${mark.seq} lines`)
  return verdict()
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const input = createReadStream(file, 'utf8')
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) yield line
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

import type { Clock } from '../clock'
import { moveDurably } from '../content/durable-file'
import { type HeldLock, withFileLock } from '../content/file-lock'
import { SettleFirstError } from '../errors'
import type { ChainPlace } from './audit-line'
import { endOf, logFileOf, readMark, writeMark } from './audit-log'
import { auditFiles, exists, logOf } from './audit-reader'

/** What a rotation did: the log, and the file its lines are in now; null where there was no line to put aside. */
export interface Rotation {
  from: string
  to: string | null
  /** How many lines the log has had by now, over all its files. */
  lines: number
}

/**
 * Puts this machine's log aside: its file is renamed after its last line, `<hostname>.<line, ten digits>.jsonl`, and has
 * marks of its own that say where it begins and ends. The log's end mark stays, so that the next line goes on with the
 * chain in a new file. Cut off at any point, it leaves no line behind and no mark without its file; the next one
 * completes the marks.
 * @throws SettleFirstError where a file of that name is there already
 */
export async function rotateAudit(directory: string, clock: Clock): Promise<Rotation> {
  const from = logFileOf(directory)
  return (await exists(from))
    ? withFileLock(from, clock, (lock) => putAside(directory, from, lock))
    : { from, to: null, lines: (await readMark(from, 'end'))?.seq ?? 0 }
}

async function putAside(directory: string, from: string, lock: HeldLock): Promise<Rotation> {
  const begin = await completeMarks(directory, from)
  if (!(await exists(from))) return { from, to: null, lines: begin?.seq ?? 0 }
  // Whoever was killed after a line left its end mark behind; whoever was killed before it, an empty file.
  const end = await endOf(from)
  if (end.seq <= (begin?.seq ?? 0)) return { from, to: null, lines: end.seq }
  const to = from.replace(/\.jsonl$/, `.${`${end.seq}`.padStart(10, '0')}.jsonl`)
  if (await exists(to)) throw new SettleFirstError(`${to} is there already: move it elsewhere`)
  await lock.assertHeld()
  await writeMark(from, 'end', end)
  if (begin !== null) await writeMark(to, 'begin', begin)
  await moveDurably(from, to)
  await writeMark(to, 'end', end)
  await writeMark(from, 'begin', end)
  return { from, to, lines: end.seq }
}

/** Writes the end mark that a rotation did not come to; resolves to where the log begins, null at its first line. */
async function completeMarks(directory: string, from: string): Promise<ChainPlace | null> {
  const begin = await readMark(from, 'begin')
  const aside = (await auditFiles(directory)).filter((file) => file !== from && logOf(file) === from).at(-1)
  if (aside === undefined || !(await exists(aside))) return begin
  const end = await endOf(aside)
  if ((await readMark(aside, 'end')) === null) await writeMark(aside, 'end', end)
  return begin !== null && begin.seq >= end.seq ? begin : end // a mark may be that of the rotation before
}

import type { Clock } from '../clock'
import { moveDurably } from '../content/durable-file'
import { withFileLock } from '../content/file-lock'
import { logFileOf, readMark, writeMark } from './audit-log'
import { exists } from './audit-reader'

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
 * chain in a new file.
 */
export async function rotateAudit(directory: string, clock: Clock): Promise<Rotation> {
  const from = logFileOf(directory)
  const nothing = { from, to: null, lines: (await readMark(from, 'end'))?.seq ?? 0 }
  if (!(await exists(from))) return nothing
  return withFileLock(from, clock, async (lock) => {
    const [begin, end] = [await readMark(from, 'begin'), await readMark(from, 'end')]
    if (end === null || !(await exists(from))) return nothing
    const to = from.replace(/\.jsonl$/, `.${`${end.seq}`.padStart(10, '0')}.jsonl`)
    // Marks before the file they are about: until the renaming, they are those of a file that is not there yet.
    if (begin !== null) await writeMark(to, 'begin', begin)
    await writeMark(to, 'end', end)
    await lock.assertHeld()
    await moveDurably(from, to)
    await writeMark(from, 'begin', end)
    return { from, to, lines: end.seq }
  })
}

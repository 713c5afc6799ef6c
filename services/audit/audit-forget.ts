import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { finished } from 'node:stream/promises'
import type { Clock } from '../clock'
import { moveDurably } from '../content/durable-file'
import { type HeldLock, withFileLock } from '../content/file-lock'
import { emptied, type PurgeRecord, type RemovalMark, readLine } from './audit-line'
import { appendLines, endOf, logFileOf } from './audit-log'
import { auditFiles, auditText, exists, logOf } from './audit-reader'

/** What a text that a crash cut off becomes where it told of the Akte: still no line at all. */
const REST = '[removed]'
const PARTIAL = /\.jsonl\.[0-9a-f-]{36}$/

/** Which Akte goes, and what the log says of it for good: nothing of that may name the Akte. */
export interface Forgetting extends Pick<PurgeRecord, 'time' | 'run' | 'by' | 'reason'> {
  aktennummer: string
}

/** What a purge did to the logs of all machines that write to the folder. */
export interface Forgotten {
  /** Lines that lost their content. */
  lines: number
  /** Hash of the last record, which proves the purge. */
  proof: string
}

/**
 * Removes the content of every line about an Akte, from all logs of the folder, also files that were put aside. Each
 * file is written anew and replaces the old one at once; before that, a record of what is about to go ends the log, and
 * each line that lost its content names that record (`npm run audit -- verify` compares them). After a crash in between
 * the record proves nothing yet, and the next purge writes another one. A purge without a line leaves a record, too.
 */
export async function forgetInAudit(
  directory: string,
  clock: Clock,
  forgetting: Forgetting,
): Promise<Forgotten> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const own = logFileOf(directory)
  const logs = new Set([...(await auditFiles(directory)).map(logOf), own])
  const all: Forgotten = { lines: 0, proof: '' }
  for (const log of logs) {
    await withFileLock(log, clock, async (lock) => {
      await removePartials(log)
      for (const file of await auditFiles(directory)) {
        if (logOf(file) !== log || !(await exists(file))) continue
        const { lines, proof } = await forgetInFile(file, log, clock, lock, forgetting)
        all.lines += lines
        all.proof = proof || all.proof
      }
      if (log === own && all.proof === '')
        all.proof = (await appendLines(log, clock, lock, [recordOf(forgetting)])).place.hash
    })
  }
  return all
}

/** How many lines of all logs have content about an Akte, rests of lines included. */
export async function countInAudit(directory: string, aktennummer: string): Promise<number> {
  let count = 0
  for (const file of await auditFiles(directory))
    for await (const text of auditText(file)) if (isAbout(text, aktennummer)) count++
  return count
}

const recordOf = ({ time, run, by, reason }: Forgetting): PurgeRecord => ({
  ...{ time, run, action: 'PURGE', by, reason },
  ...{ lines: 0, first: 0, last: 0, left: '' },
})

async function forgetInFile(
  file: string,
  log: string,
  clock: Clock,
  lock: HeldLock,
  forgetting: Forgetting,
): Promise<Forgotten> {
  const { aktennummer, time, by, reason } = forgetting
  const mark = { time, by, reason, record: (await endOf(log)).seq + 1 }
  const left = createHash('sha256')
  const record = recordOf(forgetting)
  let rests = 0
  for await (const text of auditText(file)) {
    if (!isAbout(text, aktennummer)) continue
    const line = readLine(text)
    if (typeof line !== 'object') rests++
    else {
      left.update(`${withoutContent(text, mark)}\n`)
      record.lines++
      record.first ||= line.place.seq
      record.last = line.place.seq
    }
  }
  if (record.lines + rests === 0) return { lines: 0, proof: '' }
  if (record.lines > 0) record.left = left.digest('hex')
  const { hash } = (await appendLines(log, clock, lock, [record])).place
  const partial = `${file}.${clock.token()}`
  await write(partial, file, (text) => (isAbout(text, aktennummer) ? withoutContent(text, mark) : text))
  await lock.assertHeld()
  await moveDurably(partial, file)
  return { lines: record.lines + rests, proof: hash }
}

/** A copy of a log, line by line, that would survive a power cut. */
async function write(target: string, source: string, change: (text: string) => string): Promise<void> {
  const stream = createWriteStream(target, { flags: 'wx', mode: 0o600, flush: true })
  try {
    for await (const text of auditText(source))
      if (!stream.write(`${change(text)}\n`)) await once(stream, 'drain')
    stream.end()
    await finished(stream)
  } catch (error) {
    stream.destroy()
    await rm(target, { force: true })
    throw error
  }
}

function withoutContent(text: string, mark: RemovalMark): string {
  const line = readLine(text)
  return typeof line === 'object' && line.kind === 'entry' ? emptied(line, mark) : REST
}

/** True for a change of the Akte, and for a rest or a changed line that names it: the verdict about that stays as it is. */
function isAbout(text: string, aktennummer: string): boolean {
  if (!text.includes(JSON.stringify(aktennummer))) return false
  const line = readLine(text)
  if (typeof line === 'object') return line.kind === 'entry' && line.entry.aktennummer === aktennummer
  return text.includes(`"aktennummer":${JSON.stringify(aktennummer)}`)
}

/** What a process that was killed left of a copy; nobody else writes one while the log's lock is held. */
async function removePartials(log: string): Promise<void> {
  const folder = dirname(log)
  for (const name of await readdir(folder))
    if (PARTIAL.test(name) && logOf(join(folder, name.slice(0, -37))) === join(folder, basename(log)))
      await rm(join(folder, name), { force: true })
}

import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type AuditLine, readLine } from './audit-line'

/** The logs of a folder, those of one machine in the order they were written; also one of which only the end mark is left. Empty where there is none. */
export async function auditFiles(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const logs = names.flatMap((name) => {
    if (name.endsWith('.jsonl')) return [name]
    return name.endsWith('.end.json') ? [name.replace(/\.end\.json$/, '.jsonl')] : []
  })
  return [...new Set(logs)].sort().map((name) => join(directory, name))
}

/** The log that a file belongs to, also after it was rotated: the path of the file that is written. */
export const logOf = (file: string): string => file.replace(/\.\d{10}(?=\.jsonl$)/, '')

export const exists = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  )

/** The lines of a log, unparsed; none where the file is missing. */
export async function* auditText(file: string): AsyncGenerator<string> {
  const input = createReadStream(file, 'utf8')
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) yield line
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

/** Every change in all logs, machine by machine in the order they were written. */
export async function* readAudit(directory: string): AsyncGenerator<AuditLine> {
  for (const file of await auditFiles(directory)) {
    for await (const text of auditText(file)) {
      const line = readLine(text)
      if (typeof line === 'object' && line.kind === 'entry') yield { ...line.entry, ...line.place }
    }
  }
}

import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Runtime } from '../app/runtime'
import type { AuditLine } from '../audit/audit-line'
import { readAudit } from '../audit/audit-reader'
import { verifyBlake3 } from '../blake3'
import type { Content, Spool } from '../content/spool'
import { describeError, InvalidInputError, NotFoundError, type SystemName } from '../errors'
import type { Gap, Limit } from '../model/gaps'
import type { Dokument } from '../model/model'
import { assertInsideFolder } from '../model/paths'
import { akteAt, type FileAt, type UnknownAt } from './akte-at'
import { WindowsView } from './observe/windows-view'

/** What was written, and what nobody knows. */
export interface WrittenAkte {
  /** Paths of the files written, below the folder. */
  written: string[]
  unknown: UnknownAt[]
  /** What limits the whole picture: a system that did not answer, an audit log that begins later (null: it is empty). */
  limits: Limit[]
}

/**
 * Writes an Akte into a new or empty folder as it was at a moment, as far as audit log, archive and the present state
 * know it. Contents come from the archive, else from the side that still has them; each is verified. Changes nothing in
 * the three systems; one that does not answer only makes the picture poorer.
 * @throws InvalidInputError for a moment to come or a folder that is not empty
 */
export async function writeAkteAt(
  runtime: Pick<Runtime, 'systems' | 'config' | 'clock'>,
  { aktennummer, at, folder }: { aktennummer: string; at: Date; folder: string },
): Promise<WrittenAkte> {
  const { systems, config, clock } = runtime
  if (at > clock.now()) throw new InvalidInputError(`${at.toISOString()} is still to come`)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  if ((await readdir(folder)).length > 0) throw new InvalidInputError(`${folder} is not empty`)

  const limits: Limit[] = []
  const known = async <T>(system: SystemName, asking: Promise<T>): Promise<T | null> =>
    asking.catch((error: unknown) => {
      limits.push({ kind: 'no answer', system, error: describeError(error) })
      return null
    })
  const lines: AuditLine[] = []
  let beginning: string | undefined
  for await (const line of readAudit(config.sync.auditDir)) {
    if (beginning === undefined || line.time < beginning) beginning = line.time
    if (line.aktennummer === aktennummer) lines.push(line)
  }
  lines.sort((a, b) => a.time.localeCompare(b.time))
  if (beginning === undefined || Date.parse(beginning) > at.getTime())
    limits.push({ kind: 'log begins', time: beginning ?? null })
  const present = (await known('EspoCRM', documentsOf(systems, aktennummer))) ?? []
  const windows = await known('Windows watcher', WindowsView.open(systems.watcher, aktennummer))
  const archived = await systems.archive.list({ aktennummer })
  const { files, unknown } = akteAt({ lines, present, archived }, at)

  const spool = await systems.openSpool()
  const written: string[] = []
  try {
    for (const file of files) {
      const gap = await writeFile(file, folder, () =>
        findContent(runtime, { aktennummer, file, windows, present, spool }),
      )
      if (gap === null) written.push(file.path)
      else unknown.push({ path: file.path, gap })
    }
  } finally {
    await spool.close()
  }
  return { written: written.sort(), unknown: unknown.sort((a, b) => a.path.localeCompare(b.path)), limits }
}

async function documentsOf({ espo }: Runtime['systems'], aktennummer: string): Promise<Dokument[]> {
  const akte = await espo.findAkte(aktennummer)
  return akte === null ? [] : espo.listDokumente(akte.id)
}

/** Null when the file is written, else what is missing. */
async function writeFile(
  { path, hash }: FileAt,
  folder: string,
  find: () => Promise<Content | null>,
): Promise<Gap | null> {
  try {
    assertInsideFolder(path)
    const content = await find()
    if (content === null) return { kind: 'nowhere', hash }
    const target = join(folder, ...path.split('/'))
    await mkdir(dirname(target), { recursive: true, mode: 0o700 })
    await pipeline(content.open(), createWriteStream(target, { flags: 'wx', mode: 0o600 }))
    if (!(await verifyBlake3(createReadStream(target), hash)))
      throw new Error('what was written is not what was read')
    return null
  } catch (error) {
    return { kind: 'not written', error: describeError(error) }
  }
}

/** The content from the archive, from Windows or from EspoCRM, the first that has it; null where nobody does. */
async function findContent(
  { systems }: Pick<Runtime, 'systems'>,
  {
    aktennummer,
    file: { hash },
    windows,
    present,
    spool,
  }: { aktennummer: string; file: FileAt; windows: WindowsView | null; present: Dokument[]; spool: Spool },
): Promise<Content | null> {
  const archived = await systems.archive.fetch(hash).catch((error: unknown) => {
    if (error instanceof NotFoundError) return null
    throw error
  })
  if (archived !== null) return archived
  const listed = windows?.files.find((file) => file.blake3Hash === hash)
  const document = present.find(
    ({ syncHash, attachmentId, syncAttachmentId }) =>
      syncHash === hash && attachmentId !== null && attachmentId === syncAttachmentId,
  )
  const { attachments } = systems.espo
  const download = async (id: string) => attachments.download(id, spool, (await attachments.get(id)).size)
  const sources = [
    ...(listed ? [() => systems.watcher.downloadFile(aktennummer, listed, spool)] : []),
    ...(document?.attachmentId ? [() => download(document.attachmentId as string)] : []),
  ]
  for (const read of sources) {
    const content = await read().catch(() => null) // the next source may have it
    if (content?.hash === hash) return content
  }
  return null
}

import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { verifyBlake3 } from '../blake3'
import { RetryLaterError } from '../errors'
import type { SpooledFile } from './spool'

const recordSchema = z.object({
  aktennummer: z.string(),
  path: z.string(),
  side: z.enum(['Windows', 'EspoCRM']),
  windowsHash: z.string().nullable(),
  espoHash: z.string().nullable(),
  windowsModified: z.string().nullable(),
  espoContentTime: z.string().nullable(),
  reason: z.string(),
  archivedAt: z.string(),
})

/** Why a version is in the archive. */
export type ArchiveRecord = z.infer<typeof recordSchema>

/** Keeps versions that would otherwise be lost: `<dir>/ab/abcd…` by Blake3, beside `<hash>.json`, a list of records. */
export class Archive {
  constructor(private readonly directory: string) {}

  /** Stores a content and its record; resolves only when it can be read back unchanged. */
  async store(content: SpooledFile, record: ArchiveRecord): Promise<void> {
    const target = this.pathOf(content.hash)
    await mkdir(join(this.directory, content.hash.slice(0, 2)), { recursive: true, mode: 0o700 })
    if (!(await holds(target, content.hash))) {
      const partial = `${target}.${randomUUID()}`
      await pipeline(content.open(), createWriteStream(partial, { mode: 0o600 }))
      if (!(await verifyBlake3(createReadStream(partial), content.hash))) {
        throw new RetryLaterError(`The archive could not store a version of ${record.path}`)
      }
      await rename(partial, target)
    }
    const records = [...(await this.records(content.hash)), record]
    const partial = `${target}.json.${randomUUID()}`
    await writeFile(partial, `${JSON.stringify(records, null, 2)}\n`, { mode: 0o600 })
    await rename(partial, `${target}.json`)
  }

  /** Where a version lies, or would lie. */
  pathOf(hash: string): string {
    return join(this.directory, hash.slice(0, 2), hash)
  }

  /** Why a version was archived, oldest first; empty when it was not. */
  async records(hash: string): Promise<ArchiveRecord[]> {
    try {
      return z.array(recordSchema).parse(JSON.parse(await readFile(`${this.pathOf(hash)}.json`, 'utf8')))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw error
    }
  }
}

async function holds(path: string, hash: string): Promise<boolean> {
  const exists = await stat(path).then(
    () => true,
    () => false,
  )
  return exists && verifyBlake3(createReadStream(path), hash)
}

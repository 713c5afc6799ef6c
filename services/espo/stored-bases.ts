import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Redis } from 'ioredis'
import pLimit from 'p-limit'
import { z } from 'zod'
import { writeDurably } from '../content/durable-file'
import { parseJson } from '../json'
import type { WriteGuard } from '../model/write-guard'
import { KEYS } from '../redis/keys'
import type { StoredBase } from './espo-translation'

const FILES_AT_ONCE = 16

const text = z.string().nullable().default(null)
const baseSchema = z.object({
  dateipfad: text,
  syncHash: text,
  syncUsn: z.number().nullable().default(null),
  syncAttachmentId: text,
  syncAkteId: text,
  syncPfad: text,
})

/**
 * The bases of documents whose EspoCRM has no attributes for them: in Redis, which every server reads, beside a copy on
 * disk (`SYNC_BASE_DIR`), from which Redis gets back what it lost. The disk is written first, so Redis never knows more.
 */
export class StoredBases {
  constructor(
    private readonly redis: Pick<Redis, 'hset' | 'hdel' | 'hmget'>,
    private readonly folder: string,
    private readonly guard?: WriteGuard,
  ) {}

  /** Document id → its base, of those that have one. */
  async load(ids: string[]): Promise<Map<string, StoredBase>> {
    if (ids.length === 0) return new Map()
    const kept = await this.redis.hmget(KEYS.dokumentBases, ...ids)
    const limit = pLimit(FILES_AT_ONCE)
    const lost: string[] = []
    const read = async (id: string, at: number) => {
      const inRedis = baseSchema.safeParse(parseJson(kept[at])).data
      if (inRedis) return [id, inRedis] as const
      const onDisk = await this.onDisk(id)
      if (onDisk) lost.push(id, JSON.stringify(onDisk))
      return [id, onDisk] as const
    }
    const found = await Promise.all(ids.map((id, at) => limit(read, id, at)))
    if (lost.length > 0 && this.guard) await this.redis.hset(KEYS.dokumentBases, ...lost)
    return new Map(found.flatMap(([id, base]) => (base ? [[id, base]] : [])))
  }

  /** Changes a document's base. */
  async save(id: string, change: Partial<StoredBase>): Promise<void> {
    await this.guard?.assertHeld()
    const base = baseSchema.parse({ ...(await this.load([id])).get(id), ...change })
    const file = this.fileOf(id)
    await mkdir(dirname(file), { recursive: true })
    await writeDurably(file, JSON.stringify(base))
    await this.redis.hset(KEYS.dokumentBases, id, JSON.stringify(base))
  }

  /** The document is gone. */
  async forget(id: string): Promise<void> {
    await this.guard?.assertHeld()
    const file = this.fileOf(id)
    await rm(file, { force: true })
    // What a crash left of one that was never complete.
    const beside = await readdir(dirname(file)).catch(() => [])
    for (const name of beside)
      if (name.startsWith(`${basename(file)}.`)) await rm(join(dirname(file), name), { force: true })
    await this.redis.hdel(KEYS.dokumentBases, id)
  }

  private async onDisk(id: string): Promise<StoredBase | null> {
    const kept = await readFile(this.fileOf(id), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null
      throw error
    })
    return baseSchema.safeParse(parseJson(kept)).data ?? null
  }

  /** Ids come from EspoCRM: whatever they hold, the file lies in the folder. */
  private fileOf(id: string): string {
    const name = encodeURIComponent(id).replaceAll('.', '%2E')
    return join(this.folder, name.slice(-2), `${name}.json`)
  }
}

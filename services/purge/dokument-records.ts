import type { Redis } from 'ioredis'
import { readAudit } from '../audit/audit-reader'
import type { Config } from '../config'
import { EspoLookups } from '../espo/espo-lookups'
import type { EspoAkte } from '../espo/espo-schemas'
import { StoredBases } from '../espo/stored-bases'
import type { ServiceContext } from '../model/service-context'
import { DokumentIndex } from '../redis/dokument-index'
import { KEYS } from '../redis/keys'

const LOOKUPS_MS = 30_000
const SCAN_COUNT = 1000

/**
 * What is remembered about the documents of an Akte by the ids of EspoCRM's records: the index, and bases where the
 * mapping keeps them here.
 */
export class DokumentRecords {
  private constructor(
    private readonly redis: Redis,
    private readonly bases: StoredBases,
    private readonly akteIds: string[],
    private readonly ids: string[],
  ) {}

  /**
   * Finds them. `akte` is the Akte in EspoCRM; where there is none any more, its records are those that the documents in
   * its audit log belong to, unless EspoCRM still has such a record: then it is another Akte's.
   * @throws FixAccessError, RetryLaterError
   */
  static async find(
    { redis, config, context }: { redis: Redis; config: Config; context: ServiceContext },
    aktennummer: string,
    akte: EspoAkte | null,
  ): Promise<DokumentRecords> {
    const stored = new StoredBases(redis, config.sync.baseDir)
    const audited = await auditedDocuments(config.sync.auditDir, aktennummer)
    const owners = await new DokumentIndex(redis).akteIdsOf(audited)
    const bases = await stored.load(audited)
    const baseOf = (id: string) => bases.get(id)?.syncAkteId ?? null
    let akteIds = akte === null ? [] : [akte.id]
    if (akte === null) {
      const candidates = new Set([...owners.values(), ...audited.flatMap((id) => baseOf(id) ?? [])])
      const lookups = new EspoLookups(context, config.espo, stored, AbortSignal.timeout(LOOKUPS_MS))
      const others = new Set((await lookups.akten([...candidates])).map(({ id }) => id))
      akteIds = [...candidates].filter((id) => !others.has(id))
    }
    const isOwn = (id: string | null | undefined) => id != null && akteIds.includes(id)
    const ids = new Set(audited.filter((id) => isOwn(owners.get(id) ?? baseOf(id))))
    for (const [id, akteId] of await indexOf(redis)) if (isOwn(akteId)) ids.add(id)
    return new DokumentRecords(redis, stored, akteIds, [...ids])
  }

  /** How many documents are remembered. */
  get count(): number {
    return this.ids.length
  }

  /** Removes them from the index, and their bases. Again after a crash, it goes on: the index goes last. */
  async forget(): Promise<void> {
    for (const id of this.ids) await this.bases.forget(id)
    for (let at = 0; at < this.ids.length; at += SCAN_COUNT)
      await this.redis.hdel(KEYS.dokumentAkten, ...this.ids.slice(at, at + SCAN_COUNT))
    for (const akteId of this.akteIds)
      await this.redis.del(KEYS.akteDokumente(akteId), KEYS.aktePfade(akteId))
  }
}

async function auditedDocuments(auditDir: string, aktennummer: string): Promise<string[]> {
  const documents = new Set<string>()
  for await (const line of readAudit(auditDir))
    if (line.aktennummer === aktennummer && line.document !== null) documents.add(line.document)
  return [...documents]
}

/** The whole index: id of a document → id of its Akte's record. */
async function indexOf(redis: Redis): Promise<Map<string, string>> {
  const index = new Map<string, string>()
  let cursor = '0'
  do {
    const [next, flat] = await redis.hscan(KEYS.dokumentAkten, cursor, 'COUNT', SCAN_COUNT)
    cursor = next
    for (let at = 0; at < flat.length; at += 2) index.set(flat[at] ?? '', flat[at + 1] ?? '')
  } while (cursor !== '0')
  return index
}

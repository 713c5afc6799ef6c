import pLimit from 'p-limit'
import { z } from 'zod'
import type { Config } from '../config'
import { FixAccessError, NotFoundError } from '../errors'
import { ONCE, parseAnswer } from '../http/http-client'
import type { ServiceContext } from '../model/service-context'
import { EspoClient } from './espo-client'
import { assertReadsAll } from './espo-rights'
import { type EspoAkte, pageSchema } from './espo-schemas'
import { EspoTranslation, where } from './espo-translation'
import type { StoredBases } from './stored-bases'

const SYSTEM = 'EspoCRM'
const ATTACHMENTS_AT_ONCE = 10
/** Web servers take addresses of 8 KB. */
const IDS_AT_ONCE = 100

const creatorSchema = z.object({ createdById: z.string().nullish() })
const userSchema = z.object({ user: z.object({ id: z.string() }) })

/** What the office looks like now for a document that an event is about. */
export interface EventDokument {
  id: string
  /** The record of its Akte; null when it belongs to none, undefined where it can belong to several (m:n). */
  akteId: string | null | undefined
  /** The record of the Akte in which it was synced last; null where that is not known. */
  syncAkteId: string | null
  /** Its file is another one than the sync left there. */
  isChanged: boolean
}

/**
 * Looks up records by their ids, each request once: for somebody who waits. `signal` ends it.
 * @throws RetryLaterError also when EspoCRM does not answer in time, FixAccessError
 */
export class EspoLookups {
  private readonly client: EspoClient
  private readonly names: EspoTranslation

  constructor(
    context: ServiceContext,
    private readonly config: Config['espo'],
    private readonly bases: Pick<StoredBases, 'load'>,
    private readonly signal: AbortSignal,
  ) {
    this.client = new EspoClient(context, config)
    this.names = new EspoTranslation(config.mapping)
  }

  /** Those of these documents that there are. */
  async dokumente(ids: string[]): Promise<EventDokument[]> {
    const { names } = this
    const rows = await this.list(names.dokumente, names.eventSchema, byIds(ids), names.eventSelect)
    const bases = names.isBaseStored ? await this.bases.load(rows.map(({ id }) => id)) : null
    const marked = rows.map((row) => ({
      ...row,
      syncAttachmentId: bases ? (bases.get(row.id)?.syncAttachmentId ?? null) : row.syncAttachmentId,
      syncAkteId: bases ? (bases.get(row.id)?.syncAkteId ?? null) : row.syncAkteId,
    }))
    const unmarked = marked.filter(({ syncAttachmentId }) => syncAttachmentId === undefined)
    const own = unmarked.length === 0 ? new Set() : await this.ownUploads(unmarked)
    return marked.map(({ id, akteId, attachmentId, syncAttachmentId, syncAkteId }) => ({
      id,
      akteId,
      syncAkteId,
      isChanged: syncAttachmentId === undefined ? !own.has(attachmentId) : attachmentId !== syncAttachmentId,
    }))
  }

  /** Those of these Akten that there are. */
  akten(ids: string[]): Promise<EspoAkte[]> {
    const { names } = this
    return this.list(names.akten, names.akteSchema, byIds(ids), names.akteSelect)
  }

  /** The Akten of these documents, where a document can have several; none where each names its own. */
  async aktenOf(dokumentIds: string[]): Promise<EspoAkte[]> {
    const { names } = this
    if (dokumentIds.length === 0 || names.whereOwning(dokumentIds) === null) return []
    const conditions = portions(dokumentIds).map((some) => names.whereOwning(some) ?? {})
    return this.list(names.akten, names.akteSchema, conditions, names.akteSelect)
  }

  /** What these look-ups do not find is really not there. @throws UnprovenError */
  async assertReadsAll(): Promise<void> {
    await assertReadsAll(this.client, this.config, { signal: this.signal, ...ONCE })
  }

  /** Which files the API user uploaded itself: for installations that do not know which one was synced last. */
  private async ownUploads(rows: { attachmentId: string | null }[]): Promise<Set<string>> {
    const { user } = await this.get('App/user', userSchema, {})
    const limit = pLimit(ATTACHMENTS_AT_ONCE)
    const attachmentIds = rows.flatMap(({ attachmentId }) => (attachmentId ? [attachmentId] : []))
    const isOwn = async (id: string) => {
      try {
        const path = `Attachment/${encodeURIComponent(id)}`
        return (await this.get(path, creatorSchema, {})).createdById === user.id
      } catch (error) {
        if (error instanceof NotFoundError || error instanceof FixAccessError) return false
        throw error
      }
    }
    const own = await Promise.all(attachmentIds.map((id) => limit(isOwn, id)))
    return new Set(attachmentIds.filter((_id, at) => own[at]))
  }

  private async list<T extends z.ZodType>(
    entity: string,
    schema: T,
    conditions: Record<string, string>[],
    select: string,
  ): Promise<z.output<T>[]> {
    const found: z.output<T>[] = []
    for (const condition of conditions) {
      const { list } = await this.get(entity, pageSchema, { ...condition, select, maxSize: IDS_AT_ONCE })
      found.push(...parseAnswer(SYSTEM, entity, z.array(schema), list))
    }
    return found
  }

  private async get<T extends z.ZodType>(
    path: string,
    schema: T,
    params: Record<string, string | number>,
  ): Promise<z.output<T>> {
    const answer = await this.client.request('GET', path, { params, signal: this.signal, ...ONCE })
    return parseAnswer(SYSTEM, path, schema, answer.data)
  }
}

const byIds = (ids: string[]) => portions(ids).map((some) => where(0, 'in', 'id', some))

function portions(ids: string[]): string[][] {
  const count = Math.ceil(ids.length / IDS_AT_ONCE)
  return Array.from({ length: count }, (_one, at) => ids.slice(at * IDS_AT_ONCE, (at + 1) * IDS_AT_ONCE))
}

import type { Redis } from 'ioredis'
import pLimit from 'p-limit'
import { z } from 'zod'
import type { Config } from '../config'
import { FixAccessError, NotFoundError } from '../errors'
import { EspoClient } from '../espo/espo-client'
import { akteSchema, isSyncedStatus, pageSchema } from '../espo/espo-schemas'
import { ONCE, parseAnswer } from '../http/http-client'
import { isAktennummer } from '../model/aktennummer'
import type { ServiceContext } from '../model/service-context'
import { DokumentIndex } from '../redis/dokument-index'
import { KEYS } from '../redis/keys'
import { akteIdsConcerned, type EventDokument } from './webhook-events'

const SYSTEM = 'EspoCRM'
/** EspoCRM waits 10 s for the answer; part of that is spent on starting the step. */
const LOOKUPS_MS = 5000
const ATTACHMENTS_AT_ONCE = 10
/** Web servers accept URLs of up to 8 KB. */
const IDS_AT_ONCE = 100

const dokumentSchema = z.object({
  id: z.string(),
  cAktenId: z.string().nullish(),
  dokumentId: z.string().nullish(),
  syncAttachmentId: z.string().nullish(),
})
const creatorSchema = z.object({ createdById: z.string().nullish() })
const userSchema = z.object({ user: z.object({ id: z.string() }) })

/** Turns events of EspoCRM into Akten that wait for a sync. */
export class WebhookIntake {
  private readonly client: EspoClient
  private readonly index: DokumentIndex

  constructor(
    context: ServiceContext,
    private readonly config: Config['espo'],
    private readonly redis: Redis,
  ) {
    this.client = new EspoClient(context, config)
    this.index = new DokumentIndex(redis)
  }

  /**
   * Puts the Akten that these records concern into pending; resolves to their Aktennummern. Two requests to EspoCRM
   * for up to a hundred events; either everything is pending or it throws, and EspoCRM sends the events again.
   * @throws RetryLaterError also when EspoCRM does not answer in time, FixAccessError, an error of Redis
   */
  async take(ids: string[]): Promise<string[]> {
    const signal = AbortSignal.timeout(LOOKUPS_MS)
    const remembered = await this.index.akteIdsOf(ids) // first: without Redis nothing can be queued
    const dokumente = await this.dokumente(ids, signal)
    const akteIds = akteIdsConcerned(ids, dokumente, remembered)
    const akten = akteIds.length === 0 ? [] : await this.akten(akteIds, signal)
    const aktennummern = akten
      .filter(({ aktivierungsstatus }) => isSyncedStatus(aktivierungsstatus))
      .map(({ aktennummer }) => aktennummer)
      .filter(isAktennummer)
    if (aktennummern.length > 0) await this.redis.sadd(KEYS.pending, ...aktennummern)
    const present = new Set(dokumente.map(({ id }) => id))
    await this.index.forget([...remembered.keys()].filter((id) => !present.has(id)))
    return aktennummern
  }

  private async dokumente(ids: string[], signal: AbortSignal): Promise<EventDokument[]> {
    const select = 'id,cAktenId,dokumentId,syncAttachmentId'
    const rows = await this.list(this.config.entityDokument, dokumentSchema, ids, select, signal)
    const unmarked = rows.filter(({ syncAttachmentId }) => syncAttachmentId === undefined)
    const own = unmarked.length === 0 ? new Set() : await this.ownUploads(unmarked, signal)
    return rows.map(({ id, cAktenId = null, dokumentId = null, syncAttachmentId }) => ({
      id,
      akteId: cAktenId,
      isChanged: syncAttachmentId === undefined ? !own.has(dokumentId) : dokumentId !== syncAttachmentId,
    }))
  }

  /** Which files the API user uploaded itself: for installations that do not know which one was synced last. */
  private async ownUploads(
    rows: z.output<typeof dokumentSchema>[],
    signal: AbortSignal,
  ): Promise<Set<string>> {
    const { user } = await this.get('App/user', userSchema, {}, signal)
    const limit = pLimit(ATTACHMENTS_AT_ONCE)
    const attachmentIds = rows.flatMap(({ dokumentId }) => (dokumentId ? [dokumentId] : []))
    const isOwn = async (id: string) => {
      try {
        const path = `Attachment/${encodeURIComponent(id)}`
        return (await this.get(path, creatorSchema, {}, signal)).createdById === user.id
      } catch (error) {
        if (error instanceof NotFoundError || error instanceof FixAccessError) return false
        throw error
      }
    }
    const own = await Promise.all(attachmentIds.map((id) => limit(isOwn, id)))
    return new Set(attachmentIds.filter((_id, at) => own[at]))
  }

  private akten(ids: string[], signal: AbortSignal) {
    return this.list(this.config.entityAkte, akteSchema, ids, 'id,aktennummer,aktivierungsstatus', signal)
  }

  private async list<T extends z.ZodType>(
    entity: string,
    schema: T,
    ids: string[],
    select: string,
    signal: AbortSignal,
  ): Promise<z.output<T>[]> {
    if (ids.length > IDS_AT_ONCE) {
      const rest = await this.list(entity, schema, ids.slice(IDS_AT_ONCE), select, signal)
      return [...(await this.list(entity, schema, ids.slice(0, IDS_AT_ONCE), select, signal)), ...rest]
    }
    const where = Object.fromEntries(ids.map((id, at) => [`where[0][value][${at}]`, id]))
    const params = {
      'where[0][type]': 'in',
      'where[0][attribute]': 'id',
      ...where,
      select,
      maxSize: ids.length,
    }
    const { list } = await this.get(entity, pageSchema, params, signal)
    return parseAnswer(SYSTEM, entity, z.array(schema), list)
  }

  private async get<T extends z.ZodType>(
    path: string,
    schema: T,
    params: Record<string, string | number>,
    signal: AbortSignal,
  ): Promise<z.output<T>> {
    const answer = await this.client.request('GET', path, { params, signal, ...ONCE })
    return parseAnswer(SYSTEM, path, schema, answer.data)
  }
}

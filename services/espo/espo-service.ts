import { z } from 'zod'
import type { Config } from '../config'
import { DecideAgainError, LookAgainError, NotFoundError, RetryLaterError } from '../errors'
import { ONCE, parseAnswer, statusOf } from '../http/http-client'
import type { Dokument } from '../model/model'
import type { ServiceContext } from '../model/service-context'
import type { DokumentIndex } from '../redis/dokument-index'
import { EspoAttachments } from './espo-attachments'
import { EspoClient } from './espo-client'
import {
  akteSchema,
  DOKUMENT_SELECT,
  type DokumentChange,
  type DokumentLocation,
  dokumentSchema,
  type EspoAkte,
  LOCATION_SELECT,
  locationSchema,
  pageSchema,
  toEspoDokument,
} from './espo-schemas'

const SYSTEM = 'EspoCRM'
/** EspoCRM refuses larger pages with 403. */
const PAGE_SIZE = 200
/** `total` of a page with `X-No-Total` when another page follows. */
const MORE = -1

const AKTE_SELECT = 'id,name,aktennummer,aktivierungsstatus,syncStatus,syncMessage,lastSync'
const createdSchema = z.object({ id: z.string().min(1) })

/** Akten and documents in EspoCRM (docs/contracts.md, EspoCRM). */
export class EspoService {
  /** The files behind the documents. */
  readonly attachments: EspoAttachments
  private readonly client: EspoClient

  constructor(
    context: ServiceContext,
    private readonly config: Config['espo'],
    /** Absent for callers that must write nothing, not even to Redis. */
    private readonly index?: Pick<DokumentIndex, 'remember' | 'forget'>,
  ) {
    this.client = new EspoClient(context, config)
    this.attachments = new EspoAttachments(context, this.client, config.entityDokument)
  }

  /**
   * The Akte with exactly this Aktennummer (EspoCRM's own equality ignores case and accents), or null.
   * @throws ContractError, FixAccessError, RetryLaterError
   */
  async findAkte(aktennummer: string): Promise<EspoAkte | null> {
    const path = this.config.entityAkte
    const params = { ...whereEquals('aktennummer', aktennummer), select: AKTE_SELECT, maxSize: PAGE_SIZE }
    const page = parseAnswer(
      SYSTEM,
      path,
      pageSchema,
      (await this.client.request('GET', path, { params })).data,
    )
    const found = parseAnswer(SYSTEM, path, z.array(akteSchema), page.list)
    return found.find((akte) => akte.aktennummer === aktennummer) ?? null
  }

  /** Writes the given attributes, nothing else. @throws FixAccessError, NotFoundError, RetryLaterError */
  async updateAkte(id: string, change: Partial<Omit<EspoAkte, 'id'>>): Promise<void> {
    await this.client.request('PUT', `${this.config.entityAkte}/${encodeURIComponent(id)}`, { data: change })
  }

  /**
   * All documents of an Akte, oldest first. People work meanwhile: each page continues after the last id instead of
   * counting rows, so that no document can be missed between two pages.
   * @throws ContractError, FixAccessError, RetryLaterError
   */
  async listDokumente(akteId: string): Promise<Dokument[]> {
    const path = this.config.entityDokument
    const dokumente: Dokument[] = []
    for (let last: string | undefined, hasMore = true; hasMore; last = dokumente.at(-1)?.id) {
      const where = {
        ...whereEquals('cAktenId', akteId),
        ...(last === undefined ? {} : whereSecond('greaterThan', 'id', last)),
      }
      const params = { ...where, select: DOKUMENT_SELECT, orderBy: 'id', order: 'asc', maxSize: PAGE_SIZE }
      const request = { params, headers: { 'X-No-Total': 'true' } }
      const answer = await this.client.request('GET', path, request)
      const page = parseAnswer(SYSTEM, path, pageSchema, answer.data)
      dokumente.push(...parseAnswer(SYSTEM, path, z.array(dokumentSchema), page.list))
      hasMore = page.total === MORE && page.list.length > 0
    }
    await this.index?.remember(
      akteId,
      dokumente.map(({ id }) => id),
    )
    return dokumente.sort((a, b) => compare(a.createdAt ?? '', b.createdAt ?? '') || compare(a.id, b.id))
  }

  /**
   * Which documents of an Akte were made or changed at or after `since` (EspoCRM's `modifiedAt`; null: ever), and what
   * paths they have. Unlike `listDokumente` it may miss a document that changes during the read: good enough for a
   * second look.
   */
  async listChangedSince(akteId: string, since: string | null): Promise<DokumentLocation[]> {
    const path = this.config.entityDokument
    const where = {
      ...whereEquals('cAktenId', akteId),
      ...(since === null ? {} : whereSecond('greaterThanOrEquals', 'modifiedAt', since)),
    }
    const order = { orderBy: 'modifiedAt', order: 'desc', maxSize: PAGE_SIZE }
    const changed: DokumentLocation[] = []
    for (;;) {
      const params = { ...where, select: LOCATION_SELECT, ...order, offset: changed.length }
      const request = { params, headers: { 'X-No-Total': 'true' } }
      const answer = await this.client.request('GET', path, request)
      const page = parseAnswer(SYSTEM, path, pageSchema, answer.data)
      changed.push(...parseAnswer(SYSTEM, path, z.array(locationSchema), page.list))
      if (page.total !== MORE || page.list.length === 0) return changed
    }
  }

  /** A document as it is now. @throws DecideAgainError when it was deleted */
  async getDokument(id: string): Promise<Dokument> {
    const path = `${this.config.entityDokument}/${encodeURIComponent(id)}`
    try {
      return parseAnswer(SYSTEM, path, dokumentSchema, (await this.client.request('GET', path)).data)
    } catch (error) {
      if (error instanceof NotFoundError)
        throw new DecideAgainError('the EspoCRM document is gone', { cause: error })
      throw error
    }
  }

  /** Creates a document in an Akte, its base included; resolves to its id. A refused record leaves no upload behind. */
  async createDokument(akteId: string, change: DokumentChange): Promise<string> {
    const path = this.config.entityDokument
    const answer = await this.client
      .request('POST', path, {
        data: { ...toEspoDokument(change), cAktenId: akteId },
        headers: { 'X-Skip-Duplicate-Check': 'true' },
        ...ONCE,
      })
      .catch(async (error: unknown) => {
        if ((statusOf(error) ?? 500) < 500 && change.attachmentId)
          await this.attachments.delete(change.attachmentId)
        throw error
      })
    const { id } = parseAnswer(SYSTEM, path, createdSchema, answer.data)
    await this.index?.remember(akteId, [id])
    return id
  }

  /**
   * Writes the attributes given. With a version number EspoCRM refuses the write when somebody saved meanwhile. It may
   * be repeated after a lost answer: values that EspoCRM has already are no conflict.
   * @throws DecideAgainError after such a refusal
   */
  async updateDokument(id: string, change: DokumentChange, version: number | null = null): Promise<void> {
    try {
      await this.client.request('PUT', `${this.config.entityDokument}/${encodeURIComponent(id)}`, {
        data: toEspoDokument(change),
        ...(version === null ? {} : { headers: { 'X-Version-Number': String(version) } }),
      })
    } catch (error) {
      if (statusOf(error) === 409)
        throw new DecideAgainError('the EspoCRM document changed meanwhile', { cause: error })
      throw error
    }
  }

  /** Looks at a document again. @throws DecideAgainError when its file or its path has changed */
  async expectUnmoved(document: Dokument): Promise<Dokument> {
    const fresh = await this.getDokument(document.id)
    if (fresh.attachmentId !== document.attachmentId || fresh.path !== document.path) {
      throw new DecideAgainError('the EspoCRM document was changed meanwhile')
    }
    return fresh
  }

  /**
   * Puts a new file in place of the document's present one, if it has not moved; EspoCRM erases the old one at once.
   * An upload that was not linked is deleted, but only when it is certain that it was not.
   * @throws DecideAgainError when the document moved
   */
  async replaceFile(document: Dokument, attachmentId: string, change: DokumentChange): Promise<void> {
    const { id } = document
    try {
      const fresh = await this.expectUnmoved(document)
      await this.updateDokument(id, { ...change, attachmentId }, fresh.versionNumber)
    } catch (error) {
      const isRefused = !(error instanceof RetryLaterError) || (statusOf(error) ?? 500) < 500
      if (isRefused) await this.attachments.delete(attachmentId)
      else if ((await this.getDokument(id)).attachmentId === attachmentId) return
      throw error
    }
  }

  /**
   * Removes a document; one that is gone already is fine. Forgotten in the index first, so that its webhook does not queue
   * the Akte.
   * @throws LookAgainError when EspoCRM may have removed it or not
   */
  async deleteDokument(id: string): Promise<void> {
    await this.index?.forget([id])
    const path = `${this.config.entityDokument}/${encodeURIComponent(id)}`
    try {
      await this.client.request('DELETE', path, ONCE)
    } catch (error) {
      if (error instanceof NotFoundError) return
      const isUncertain = error instanceof RetryLaterError && (statusOf(error) ?? 500) >= 500
      if (!isUncertain) throw error
      if (await this.isGone(id)) return
      const { message, cause, delayMs } = error
      throw new LookAgainError(message, { cause, delayMs, system: SYSTEM })
    }
  }

  private async isGone(id: string): Promise<boolean> {
    try {
      await this.getDokument(id)
      return false
    } catch (error) {
      if (error instanceof DecideAgainError) return true
      throw error
    }
  }
}

const compare = (a: string, b: string) => (a < b ? -1 : Number(a > b))

function whereSecond(type: 'greaterThan' | 'greaterThanOrEquals', attribute: string, value: string) {
  return { 'where[1][type]': type, 'where[1][attribute]': attribute, 'where[1][value]': value }
}

function whereEquals(attribute: string, value: string) {
  return { 'where[0][type]': 'equals', 'where[0][attribute]': attribute, 'where[0][value]': value }
}

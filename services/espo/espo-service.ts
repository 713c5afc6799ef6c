import { z } from 'zod'
import type { Config } from '../config'
import {
  ContractError,
  DecideAgainError,
  describeError,
  LockLostError,
  LookAgainError,
  NotFoundError,
  RetryLaterError,
  UnprovenError,
} from '../errors'
import { ONCE, parseAnswer, statusOf } from '../http/http-client'
import { assertNotEndless } from '../http/request-limits'
import { FlagError } from '../model/file-errors'
import type { Dokument } from '../model/model'
import type { ServiceContext } from '../model/service-context'
import type { DokumentIndex } from '../redis/dokument-index'
import { EspoAttachments } from './espo-attachments'
import { EspoClient, refusalOf } from './espo-client'
import { isLocked, meaningOfRefusal, withTexts } from './espo-refusals'
import { assertReadsAll, RefusalOfOne } from './espo-rights'
import {
  type AkteChange,
  type AkteCounts,
  type ClosedAkte,
  type DokumentChange,
  type DokumentLocation,
  type EspoAkte,
  type LastSync,
  pageSchema,
  type StaleAkte,
  userSchema,
} from './espo-schemas'
import { EspoTranslation, where } from './espo-translation'
import { cleanText, plainText } from './espo-values'
import { RefusedValues } from './refused-values'
import type { StoredBases } from './stored-bases'

const SYSTEM = 'EspoCRM'
/** EspoCRM refuses larger pages with 403. */
const PAGE_SIZE = 200
/** `total` of a page with `X-No-Total`: another page follows, or none. */
const MORE = -1
const NO_MORE = -2

/** Another page may follow: EspoCRM says so, or the page is full and what `total` says is something else. */
function goesOn({ total, list }: z.output<typeof pageSchema>, maxSize = PAGE_SIZE): boolean {
  return list.length > 0 && (total === MORE || (total !== NO_MORE && list.length >= maxSize))
}

/** What Advoware's History says of a document: no remark there keeps a content from arriving. */
const METADATA = ['hnr', 'historyArt', 'historyText', 'historyDatum']

/** What a record can do without for a while: a value that EspoCRM refuses here fails alone. */
const EXPENDABLE = [
  ...['aktivierungsstatus', 'blake3hash', 'fileStatus', 'syncStatus', 'syncMessage', 'lastSync'],
  'syncFassungen',
  ...['syncAngefordert', 'dokumenteGesamt', 'dokumenteWartend', 'dokumenteKlaerung', 'brauchtPerson'],
  ...METADATA,
]

/** What EspoCRM takes for a user's name behind an `@` (`Tools/Notification/NoteMentionHookProcessor`). */
const MENTIONED = /^[\w@.-]+$/

const fieldsSchema = z.record(z.string(), z.unknown())
const createdSchema = z.object({ id: z.string().min(1) })

/** What the product remembers about records in EspoCRM; each absent where it is not needed or nothing is written. */
export interface EspoMemory {
  index?: Pick<DokumentIndex, 'remember' | 'forget' | 'dokumentIdsOf' | 'release'> | undefined
  refused?: RefusedValues
  /** Needed where the mapping keeps bases in Redis. */
  bases?: Pick<StoredBases, 'load' | 'save' | 'forget'>
}

/**
 * Akten and documents in EspoCRM, in the product's words whatever the office calls them (docs/espocrm.md, "The office's
 * own names"). An attribute that the mapping names and EspoCRM does not show is a ContractError, before anything is
 * written.
 */
export class EspoService {
  /** The files behind the documents. */
  readonly attachments: EspoAttachments
  private readonly client: EspoClient
  private readonly names: EspoTranslation
  private readonly index: EspoMemory['index']
  private readonly refused: RefusedValues
  /** Settled as soon as it is known that EspoCRM has every attribute of a document. */
  private attributes: Promise<void> | undefined
  private readonly bases: EspoMemory['bases']

  constructor(
    private readonly context: ServiceContext,
    private readonly config: Config['espo'],
    { index, refused = new RefusedValues(), bases }: EspoMemory = {},
  ) {
    const refusal = new RefusalOfOne(() => this.client, config)
    this.client = new EspoClient(context, config, (...refused) => refusal.meaningOf(...refused))
    this.names = new EspoTranslation(config.mapping)
    this.attachments = new EspoAttachments(context, this.client, this.names)
    this.index = index
    this.refused = refused
    this.bases = bases
  }

  /**
   * The Akte with exactly this Aktennummer (EspoCRM's own equality ignores case and accents), or null where it is
   * proven that EspoCRM has none.
   * @throws UnprovenError, ContractError, FixAccessError, RetryLaterError
   */
  async findAkte(aktennummer: string): Promise<EspoAkte | null> {
    const condition = this.names.whereAktennummer(aktennummer)
    if (condition === null) return null
    const found = await this.listAkten({ ...condition, maxSize: PAGE_SIZE })
    const akte = found.find((one) => one.aktennummer === aktennummer)
    if (akte === undefined) await assertReadsAll(this.client, this.config)
    return akte ?? null
  }

  /** Some Akte that is synced, of all the one that was synced last; null where there is none. */
  async findSyncedAkte(): Promise<EspoAkte | null> {
    const [akte = null] = await this.listAkten({ ...this.names.whereSynced, maxSize: 1 })
    return akte
  }

  /** This EspoCRM keeps when an Akte was synced; otherwise it cannot be asked which ones are stale. */
  get knowsLastSync(): boolean {
    return this.names.knowsLastSync
  }

  /** A document's page has room for what its former versions were. */
  get keepsFormerVersions(): boolean {
    return this.config.mapping.dokument.attributes.syncFassungen !== undefined
  }

  /**
   * Akten that are synced by their status and were last at a time of this kind, the stalest first: up to `maxSize` from the
   * `offset`th on. People work meanwhile, so that a page may miss one; the next sweep finds it.
   * @throws ContractError, FixAccessError, RetryLaterError
   */
  async listStaleAkten(
    lastSync: LastSync,
    offset: number,
    maxSize = PAGE_SIZE,
  ): Promise<{ akten: StaleAkte[]; hasMore: boolean }> {
    const { names } = this
    const params = { ...names.whereLastSync(lastSync), select: names.staleSelect, maxSize, offset }
    const page = await this.page(params, names.akten)
    const akten = parseAnswer(SYSTEM, names.akten, z.array(names.staleSchema), page.list)
    return { akten, hasMore: goesOn(page, maxSize) }
  }

  /** How many Akten there are that were never synced; one cheap request. */
  async countNeverSynced(): Promise<number> {
    return (await this.countAkten(this.names.whereLastSync('isNull'))).total
  }

  /** Counts the Akten by age, in three requests that read one row each. @throws like `listStaleAkten` */
  async countAktenByAge(freshSince: Date): Promise<AkteCounts> {
    const { names } = this
    // One after the other: a refused key counts as one failed login, not as three.
    const never = await this.countAkten(names.whereLastSync('isNull'))
    const synced = await this.countAkten(names.whereLastSync('isNotNull'))
    const fresh = await this.countAkten(names.whereAgreedSince(freshSince))
    const oldest = synced.first?.lastSync ?? null
    return { never: never.total, synced: synced.total, fresh: fresh.total, oldest }
  }

  private async countAkten(condition: Record<string, string>) {
    const { names } = this
    const request = { params: { ...condition, select: names.staleSelect, maxSize: 1 } }
    const answer = await this.client.request('GET', names.akten, request)
    const { total, list } = parseAnswer(SYSTEM, names.akten, pageSchema, answer.data)
    const [first] = parseAnswer(SYSTEM, names.akten, z.array(names.staleSchema), list)
    return { total, first }
  }

  private async listAkten(params: Record<string, string | number>): Promise<EspoAkte[]> {
    const path = this.names.akten
    const request = { params: { ...params, select: this.names.akteSelect } }
    const page = parseAnswer(SYSTEM, path, pageSchema, (await this.client.request('GET', path, request)).data)
    return parseAnswer(SYSTEM, path, z.array(this.names.akteSchema), page.list)
  }

  /** True when any Akte was ever synced with success, as far as this EspoCRM can tell. */
  async wasEverSynced(): Promise<boolean> {
    if (!this.names.knowsLastSync) return false
    return (await this.listAkten({ ...this.names.whereLastSync('isNotNull'), maxSize: 1 })).length > 0
  }

  /**
   * The Aktennummern of all Akten that are synced and that people see as `unclean` or `failed`; of all that are synced
   * where this EspoCRM does not show it.
   */
  async listUnfinished(): Promise<string[]> {
    const found: EspoAkte[] = []
    for (let last: string | undefined, hasMore = true; hasMore; last = found.at(-1)?.id) {
      const condition = {
        ...this.names.whereUnfinished,
        ...(last === undefined ? {} : where(1, 'greaterThan', 'id', last)),
      }
      const page = await this.listAkten({ ...condition, orderBy: 'id', order: 'asc', maxSize: PAGE_SIZE })
      found.push(...page)
      hasMore = page.length === PAGE_SIZE
    }
    return found.flatMap(({ isSynced, aktennummer }) => (isSynced ? [aktennummer] : []))
  }

  /** All Akten whose status ended their sync. @throws ContractError, FixAccessError, RetryLaterError */
  async listClosed(): Promise<ClosedAkte[]> {
    const { names } = this
    const found: ClosedAkte[] = []
    for (let last: string | undefined, hasMore = true; hasMore; last = found.at(-1)?.id) {
      const after = last === undefined ? {} : where(1, 'greaterThan', 'id', last)
      const order = { orderBy: 'id', order: 'asc', maxSize: PAGE_SIZE, select: names.closedSelect }
      const page = await this.page({ ...names.whereClosed, ...after, ...order }, names.akten)
      const rows = parseAnswer(SYSTEM, names.akten, z.array(names.closedSchema), page.list)
      assertGoesOn(names.akten, last, rows)
      found.push(...rows)
      hasMore = goesOn(page)
    }
    return found
  }

  /**
   * Writes the attributes given; whoever asked on the Akte's page for what they tell has got the answer.
   * @throws FlagError when the record is locked
   */
  async updateAkte(
    { id, syncAngefordert }: Pick<EspoAkte, 'id' | 'syncAngefordert'>,
    change: AkteChange,
  ): Promise<void> {
    const path = `${this.names.akten}/${encodeURIComponent(id)}`
    const all = this.names.toAkte({ ...change, ...(syncAngefordert ? { syncAngefordert: false } : {}) })
    const send = (data: Record<string, unknown>) => this.client.request('PUT', path, { data })
    await this.write('akte', all, send).catch((error: unknown) => {
      throw isLocked(error) ? new FlagError('locked in EspoCRM', { cause: error }) : error
    })
  }

  /** Asks for a sync of an Akte as a person does on its page, or takes that back. */
  async askFor(akteId: string, syncAngefordert: boolean): Promise<void> {
    const path = `${this.names.akten}/${encodeURIComponent(akteId)}`
    await this.client.request('PUT', path, { data: this.names.toAkte({ syncAngefordert }) })
  }

  /**
   * The change as this EspoCRM keeps it: what it has no attribute or no value for, or refused lately, is left out, and
   * a state comes back as it will be read.
   */
  kept(change: DokumentChange): DokumentChange {
    const { names } = this
    const wire = names.toDokument(change)
    const isRefused = (key: string) =>
      Object.entries(wire).some(
        ([attribute, value]) =>
          names.keyOf('dokument', attribute) === key &&
          this.refused.has(`${names.dokumente}.${attribute}`, value),
      )
    const kept = names.kept(change)
    return Object.fromEntries(Object.entries(kept).filter(([key]) => !isRefused(key)))
  }

  /**
   * Sends attributes to EspoCRM; one that it refuses (400) and that the record can do without is told, remembered for a
   * day and left out.
   */
  private async write<T>(
    side: 'akte' | 'dokument',
    data: Record<string, unknown>,
    send: (data: Record<string, unknown>) => Promise<T>,
  ): Promise<T> {
    const entity = side === 'akte' ? this.names.akten : this.names.dokumente
    const isKept = ([attribute, value]: [string, unknown]) =>
      !this.refused.has(`${entity}.${attribute}`, value)
    const isName = (attribute: string) => this.names.isNameOfFile(side, attribute)
    let rest = withTexts(Object.fromEntries(Object.entries(data).filter(isKept)), cleanText, isName)
    for (;;) {
      try {
        return await send(rest)
      } catch (error) {
        const plain = withTexts(rest, plainText, isName)
        if (statusOf(error) === 500 && plain !== rest) {
          rest = plain // the database may not have all characters
          continue
        }
        const field = refusalOf(error)?.field ?? null
        const key = field === null ? undefined : this.names.keyOf(side, field)
        if (field === null || key === undefined || !EXPENDABLE.includes(key) || !(field in rest)) throw error
        await this.leaveOut(`${entity}.${field}`, rest[field], error)
        delete rest[field]
      }
    }
  }

  private async leaveOut(attribute: string, value: unknown, error: unknown): Promise<void> {
    this.context.logger.error(
      `❌ EspoCRM refuses a value of ${attribute}, which is left out for a day: ${describeError(error)}`,
    )
    await this.refused.remember(attribute, value)
  }

  /**
   * Writes a document by `send`, which resolves to its id. Where EspoCRM does not even say what it refuses, the metadata
   * is left out, and then written alone, one attribute after the other: whatever else was wrong is over by then.
   * `onMetadataRefused` is told where some of it could not be written.
   * @throws FlagError for what EspoCRM refuses for good
   */
  private async writeDokument(
    change: DokumentChange,
    send: (data: Record<string, unknown>) => Promise<string>,
    onMetadataRefused: () => void,
  ): Promise<string> {
    const { names } = this
    const data = names.toDokument(change)
    const isMetadata = ([attribute]: [string, unknown]) =>
      METADATA.includes(names.keyOf('dokument', attribute) ?? '')
    const metadata = Object.entries(data).filter(isMetadata)
    const isRefused = ([attribute, value]: [string, unknown]) =>
      this.refused.has(`${names.dokumente}.${attribute}`, value)
    const finish = (id: string) => {
      if (metadata.some(isRefused)) onMetadataRefused()
      return id
    }
    try {
      return finish(await this.write('dokument', data, send))
    } catch (error) {
      const mayBeRefused = metadata.length > 0 && [400, 500].includes(statusOf(error) ?? 0)
      if (!mayBeRefused) throw meaningOfRefusal(error, change.dateipfad)
    }
    const rest = Object.fromEntries(Object.entries(data).filter((one) => !isMetadata(one)))
    const id = await this.write('dokument', rest, send).catch((error: unknown) => {
      throw meaningOfRefusal(error, change.dateipfad)
    })
    for (const [attribute, value] of metadata) {
      await this.write('dokument', { [attribute]: value }, (one) => this.put(id, one)).catch(
        async (error: unknown) => {
          if (![400, 500].includes(statusOf(error) ?? 0)) throw error
          await this.leaveOut(`${names.dokumente}.${attribute}`, value, error)
        },
      )
    }
    return finish(id)
  }

  private async put(
    id: string,
    data: Record<string, unknown>,
    version: number | null = null,
  ): Promise<string> {
    const headers = version === null ? {} : { headers: { 'X-Version-Number': String(version) } }
    if (Object.keys(data).length > 0) await this.client.request('PUT', this.pathOf(id), { data, ...headers })
    return id
  }

  /**
   * All documents of an Akte, oldest first. People work meanwhile: each page continues after the last id instead of
   * counting rows, so that no document can be missed between two pages.
   * @throws ContractError, FixAccessError, RetryLaterError
   */
  async listDokumente(akteId: string): Promise<Dokument[]> {
    const { names } = this
    await this.refused.load()
    const dokumente: Dokument[] = []
    for (let last: string | undefined, hasMore = true; hasMore; last = dokumente.at(-1)?.id) {
      const condition = {
        ...names.whereInAkte(akteId),
        ...(last === undefined ? {} : where(1, 'greaterThan', 'id', last)),
      }
      const order = { orderBy: 'id', order: 'asc', maxSize: PAGE_SIZE }
      const page = await this.page({ ...condition, ...order, select: names.dokumentSelect })
      const rows = parseAnswer(SYSTEM, names.dokumente, z.array(names.dokumentSchema), page.list)
      assertGoesOn(names.dokumente, last, rows)
      dokumente.push(...rows.map((row) => ({ ...row, akteId }))) // where it can belong to several, the row does not say it
      assertNotEndless(SYSTEM, names.dokumente, dokumente.length)
      if (page.list.length > 0) this.attributes = Promise.resolve()
      hasMore = goesOn(page)
    }
    await this.index?.remember(
      akteId,
      dokumente.map(({ id }) => id),
    )
    const listed = await this.withBases(dokumente)
    return listed.sort((a, b) => compare(a.createdAt ?? '', b.createdAt ?? '') || compare(a.id, b.id))
  }

  private async page(
    params: Record<string, string | number>,
    path = this.names.dokumente,
  ): Promise<z.output<typeof pageSchema>> {
    const answer = await this.client.request('GET', path, { params, headers: { 'X-No-Total': 'true' } })
    return parseAnswer(SYSTEM, path, pageSchema, answer.data)
  }

  /** The same documents with their bases, where these are kept elsewhere. */
  private async withBases<T extends DokumentLocation>(dokumente: T[]): Promise<T[]> {
    if (!this.names.isBaseStored) return dokumente
    const bases = await this.storedBases().load(dokumente.map(({ id }) => id))
    return dokumente.map((dokument) => this.names.withBase(dokument, bases.get(dokument.id) ?? null))
  }

  private storedBases(): NonNullable<EspoMemory['bases']> {
    if (this.bases === undefined) throw new Error('The mapping keeps bases in Redis, and there is none here')
    return this.bases
  }

  /**
   * Which documents of an Akte were made or changed at or after `since` (EspoCRM's `modifiedAt`; null: ever), and what
   * paths they have. Unlike `listDokumente` it may miss a document that changes during the read: good enough for a
   * second look.
   */
  async listChangedSince(akteId: string, since: string | null): Promise<DokumentLocation[]> {
    const { names } = this
    const condition = {
      ...names.whereInAkte(akteId),
      ...(since === null ? {} : where(1, 'greaterThanOrEquals', 'modifiedAt', since)),
    }
    const order = { orderBy: 'modifiedAt', order: 'desc', maxSize: PAGE_SIZE }
    const changed: DokumentLocation[] = []
    const seen = new Set<string>()
    for (;;) {
      const paging = { ...order, offset: changed.length, select: names.locationSelect }
      const page = await this.page({ ...condition, ...paging })
      const rows = parseAnswer(SYSTEM, names.dokumente, z.array(names.locationSchema), page.list)
      const isNew = rows.some(({ id }) => !seen.has(id))
      for (const { id } of rows) seen.add(id)
      changed.push(...rows)
      assertNotEndless(SYSTEM, names.dokumente, changed.length)
      if (!goesOn(page) || !isNew) return this.withBases(changed)
    }
  }

  /**
   * Proves that a list of an Akte's documents, given by their ids, is complete: the role allows to read all, and each
   * document that the Akte was seen with before and that the list lacks is really elsewhere or gone. Resolves to the ids of
   * those that are gone.
   * @throws UnprovenError naming the right or the document; ContractError, FixAccessError, RetryLaterError
   */
  async assertNoneHidden(akteId: string, listed: Iterable<string>): Promise<ReadonlySet<string>> {
    await assertReadsAll(this.client, this.config)
    const known = new Set(listed)
    const lacking = ((await this.index?.dokumentIdsOf(akteId)) ?? []).filter((id) => !known.has(id))
    const found = await Promise.all(lacking.map((id) => this.isGoneOrElsewhere(id, akteId)))
    await this.index?.release(akteId, lacking)
    const gone = lacking.filter((_id, at) => found[at] === 'gone')
    await this.index?.forget(gone)
    return new Set(gone)
  }

  /** @throws UnprovenError when the document is the Akte's, or hidden */
  private async isGoneOrElsewhere(id: string, akteId: string): Promise<'gone' | 'elsewhere'> {
    try {
      const document = await this.getDokument(id, akteId)
      if (document.akteId !== akteId) return 'elsewhere'
    } catch (error) {
      if (error instanceof DecideAgainError) return 'gone'
      if (statusOf(error) !== 403) throw error
      throw new UnprovenError(`EspoCRM hides the document ${id}: the API user may not read it`, {
        cause: error,
        system: SYSTEM,
      })
    }
    throw new UnprovenError(`EspoCRM's list lacks the document ${id}, which is there`, { system: SYSTEM })
  }

  /**
   * A document as it is now. Where it can belong to several Akten, `akteId` says of which one it is asked, and the
   * document has it as its own while it belongs to it. @throws DecideAgainError when it was deleted
   */
  async getDokument(id: string, akteId: string | null = null): Promise<Dokument> {
    const { names } = this
    const path = this.pathOf(id)
    try {
      const { data } = await this.client.request('GET', path)
      const bare = parseAnswer(SYSTEM, path, names.dokumentSchema, data)
      const isAsked = akteId !== null && names.hasSeveralAkten && (await this.isInAkte(id, akteId))
      const [dokument] = await this.withBases([isAsked ? { ...bare, akteId } : bare])
      return dokument as Dokument
    } catch (error) {
      if (error instanceof NotFoundError)
        throw new DecideAgainError('the EspoCRM document is gone', { cause: error })
      throw error
    }
  }

  private async isInAkte(id: string, akteId: string): Promise<boolean> {
    const { names } = this
    const condition = { ...names.whereInAkte(akteId), ...where(1, 'equals', 'id', id) }
    return (await this.page({ ...condition, select: 'id', maxSize: 1 })).list.length > 0
  }

  /**
   * What a record shows, it has; before the first document of an Akte only the metadata can tell. Without this a
   * document would be made whose base EspoCRM drops silently.
   * @throws ContractError naming the attributes that are missing
   */
  private assertAttributes(): Promise<void> {
    this.attributes ??= this.readAttributes()
    return this.attributes
  }

  private async readAttributes(): Promise<void> {
    const { names } = this
    const params = { key: `entityDefs.${names.dokumente}.fields` }
    const { data } = await this.client.request('GET', 'Metadata', { params }).catch((error: unknown) => {
      if (error instanceof NotFoundError) return { data: null }
      throw error
    })
    const fields = fieldsSchema.safeParse(data).data
    const missing = fields ? names.dokumentFields.filter((name) => fields[name] === undefined) : []
    if (missing.length > 0)
      throw new ContractError(
        `EspoCRM: ${names.dokumente} has no ${missing.join(', ')} (any more); npm run espocrm -- check says what it is for`,
        { system: SYSTEM },
      )
  }

  /**
   * Creates a document in an Akte, its base included; resolves to its id. A refused record leaves no upload behind.
   * Metadata that EspoCRM refuses is left out, and `onMetadataRefused` is told.
   * @throws FlagError for what EspoCRM refuses for good, FixAccessError, RetryLaterError
   */
  async createDokument(
    akteId: string,
    change: DokumentChange,
    onMetadataRefused: () => void = () => {},
  ): Promise<string> {
    const { attachmentId } = change
    const send = (data: Record<string, unknown>) => this.post(akteId, data, attachmentId ?? null)
    const id = await this.writeDokument(change, send, onMetadataRefused).catch(async (error: unknown) => {
      const isRefused =
        error instanceof FlagError || error instanceof ContractError || (statusOf(error) ?? 500) < 500
      if (isRefused && attachmentId) await this.attachments.delete(attachmentId)
      throw error
    })
    await this.saveBase(id, change)
    await this.index?.remember(akteId, [id])
    return id
  }

  /** Sent once. After a 500 it is looked up whether the document was created nevertheless. */
  private async post(
    akteId: string,
    data: Record<string, unknown>,
    attachmentId: string | null,
  ): Promise<string> {
    const { names } = this
    const request = {
      data: { ...data, ...names.belongingTo(akteId) },
      headers: { 'X-Skip-Duplicate-Check': 'true' },
      ...ONCE,
    }
    await this.assertAttributes()
    try {
      const answer = await this.client.request('POST', names.dokumente, request)
      return parseAnswer(SYSTEM, names.dokumente, createdSchema, answer.data).id
    } catch (error) {
      const made = statusOf(error) === 500 && attachmentId ? await this.linking(attachmentId) : null
      if (made === null) throw error
      return made
    }
  }

  /** The id of the document that has an attachment. */
  private async linking(attachmentId: string): Promise<string | null> {
    const { names } = this
    const condition = where(0, 'equals', `${names.fileField}Id`, attachmentId)
    const [found] = (await this.page({ ...condition, select: 'id', maxSize: 1 })).list
    return found === undefined ? null : parseAnswer(SYSTEM, names.dokumente, createdSchema, found).id
  }

  /**
   * Writes the attributes given. With a version number EspoCRM refuses the write when somebody saved meanwhile. It may
   * be repeated after a lost answer: values that EspoCRM has already are no conflict.
   * Metadata that EspoCRM refuses is left out, and `onMetadataRefused` is told.
   * @throws DecideAgainError after such a refusal, FlagError for what EspoCRM refuses for good
   */
  async updateDokument(
    id: string,
    change: DokumentChange,
    version: number | null = null,
    onMetadataRefused: () => void = () => {},
  ): Promise<void> {
    try {
      await this.writeDokument(change, (data) => this.put(id, data, version), onMetadataRefused)
    } catch (error) {
      if (statusOf(error) === 409)
        throw new DecideAgainError('the EspoCRM document changed meanwhile', { cause: error })
      throw error
    }
    await this.saveBase(id, change)
  }

  /**
   * Takes away what an Akte's documents say of former versions: there are none any more. What EspoCRM does not take is told
   * in the log.
   * @throws LockLostError
   */
  async clearFormerVersions(akteId: string): Promise<void> {
    const { names } = this
    const { syncFassungen } = this.config.mapping.dokument.attributes
    if (syncFassungen === undefined) return
    const order = { orderBy: 'id', order: 'asc', maxSize: PAGE_SIZE, select: 'id' }
    try {
      for (let last: string | undefined, hasMore = true; hasMore; ) {
        const after = last === undefined ? {} : where(2, 'greaterThan', 'id', last)
        const telling = where(1, 'isNotNull', syncFassungen.name)
        const page = await this.page({ ...names.whereInAkte(akteId), ...telling, ...after, ...order })
        const rows = parseAnswer(SYSTEM, names.dokumente, z.array(createdSchema), page.list)
        assertGoesOn(names.dokumente, last, rows)
        for (const { id } of rows) await this.put(id, names.toDokument({ syncFassungen: null }), null)
        last = rows.at(-1)?.id
        hasMore = goesOn(page)
      }
    } catch (error) {
      if (error instanceof LockLostError) throw error
      this.context.logger.warn(`⚠️ EspoCRM still names former versions that are gone: ${describeError(error)}`)
    }
  }

  /** Last, as everywhere: what the base says is true on both sides by now. */
  private async saveBase(id: string, change: DokumentChange): Promise<void> {
    const base = this.names.toStoredBase(change)
    if (Object.keys(base).length > 0) await this.storedBases().save(id, base)
  }

  private pathOf(id: string): string {
    return `${this.names.dokumente}/${encodeURIComponent(id)}`
  }

  /** Looks at a document again. @throws DecideAgainError when its file or its path has changed */
  async expectUnmoved(document: Dokument): Promise<Dokument> {
    const fresh = await this.getDokument(document.id, document.akteId)
    if (placeOf(fresh) !== placeOf(document)) {
      throw new DecideAgainError('the EspoCRM document was changed meanwhile')
    }
    return fresh
  }

  /**
   * Puts a new file in place of the document's present one, if it has not moved; EspoCRM erases the old one at once.
   * An upload that was not linked is deleted, but only when it is certain that it was not: a write whose answer was lost may
   * have linked it before its repetition was refused.
   * @throws DecideAgainError when the document moved
   */
  async replaceFile(
    document: Dokument,
    attachmentId: string,
    change: DokumentChange,
    onMetadataRefused?: () => void,
  ): Promise<void> {
    const { id } = document
    try {
      const fresh = await this.expectUnmoved(document)
      await this.updateDokument(id, { ...change, attachmentId }, fresh.versionNumber, onMetadataRefused)
    } catch (error) {
      const linked = await this.getDokument(id).then(
        (fresh) => fresh.attachmentId,
        (failure: unknown) => {
          if (failure instanceof DecideAgainError) return null // the document is gone
          throw error
        },
      )
      if (linked === attachmentId) return this.saveBase(id, change)
      const isRefused = !(error instanceof RetryLaterError) || (statusOf(error) ?? 500) < 500
      if (isRefused) await this.attachments.delete(attachmentId)
      throw error
    }
  }

  /**
   * The name by which a note can mention a user; null where EspoCRM does not tell it (the role may not read users), for a
   * program, and for a name that no mention can have.
   */
  async mentionOf(userId: string): Promise<string | null> {
    const path = `User/${encodeURIComponent(userId)}`
    try {
      const { data } = await this.client.request('GET', path)
      const { userName, type } = parseAnswer(SYSTEM, path, userSchema, data)
      return type !== 'api' && MENTIONED.test(userName) ? `@${userName}` : null
    } catch (error) {
      this.context.logger.debug(`EspoCRM does not tell who the user ${userId} is: ${describeError(error)}`)
      return null
    }
  }

  /**
   * Writes a note into a document's stream, so that EspoCRM notifies whoever follows it; sent once. A note that EspoCRM
   * does not take is told in the log: no file waits for it.
   * @throws LockLostError
   */
  async postNote(dokumentId: string, post: string): Promise<void> {
    const data = { type: 'Post', parentType: this.names.dokumente, parentId: dokumentId, post }
    try {
      await this.client.request('POST', 'Note', { data, ...ONCE })
    } catch (error) {
      if (error instanceof LockLostError) throw error
      this.context.logger.warn(
        `📝 EspoCRM takes no note on the document ${dokumentId}: ${describeError(error)}`,
      )
    }
  }

  /**
   * Removes a document; one that is gone already is fine. Forgotten in the index first, so that its webhook does not queue
   * the Akte.
   * @throws LookAgainError when EspoCRM may have removed it or not, FlagError when it is locked
   */
  async deleteDokument(id: string): Promise<void> {
    await this.index?.forget([id])
    if (this.names.isBaseStored) await this.storedBases().forget(id)
    try {
      await this.client.request('DELETE', this.pathOf(id), ONCE)
    } catch (error) {
      if (error instanceof NotFoundError) return
      if (isLocked(error)) throw new FlagError('locked in EspoCRM', { cause: error })
      const isUncertain = error instanceof RetryLaterError && (statusOf(error) ?? 500) >= 500
      if (!isUncertain) throw error
      if (await this.isGone(id)) return
      const { message, cause, delayMs } = error
      throw new LookAgainError(message, { cause, delayMs, system: SYSTEM })
    }
  }

  /** True where EspoCRM has no such document any more. */
  async isGone(id: string): Promise<boolean> {
    try {
      await this.getDokument(id)
      return false
    } catch (error) {
      if (error instanceof DecideAgainError) return true
      throw error
    }
  }
}

/** What a person changes who moves a document or replaces its file. */
const placeOf = ({ akteId, attachmentId, attachmentName, dateipfad, name }: Dokument): string =>
  JSON.stringify([akteId, attachmentId, dateipfad ?? attachmentName ?? name])
/**
 * Each page goes on behind the last id of the one before: its ids grow, as far as code can say so (databases sort what is
 * no letter or digit in their own way).
 * @throws ContractError where a page does not, so that pages never come to an end
 */
function assertGoesOn(path: string, last: string | undefined, rows: { id: string }[]): void {
  let before = last?.toLowerCase()
  for (const { id } of rows) {
    const now = id.toLowerCase()
    const isComparable = PLAIN_ID.test(now) && (before === undefined || PLAIN_ID.test(before))
    if (before !== undefined && (now === before || (isComparable && now < before))) {
      throw new ContractError(`${SYSTEM}: the pages of ${path} do not go on, ${id} comes after ${before}`, {
        system: SYSTEM,
      })
    }
    before = now
  }
}

const PLAIN_ID = /^[0-9a-z]+$/

const compare = (a: string, b: string) => (a < b ? -1 : Number(a > b))

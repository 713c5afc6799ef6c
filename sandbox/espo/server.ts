import { createHmac, randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { JsonFile } from '../files'
import { type Exchange, HttpAnswer, StandIn } from '../stand-in'
import { Attachments, parseObject } from './attachments'
import { handlePage } from './page'
import { type SchemaName, schemaOf } from './predecessor'
import { equalTo, listing, refuse } from './query'
import { type EspoState, emptyState, newId, Records } from './records'
import { type Action, demand, fullRights, isVisible, type Rights } from './rights'
import { type EspoRecord, entitiesOf, invalid, type Schema, SYSTEM_ATTRIBUTES, type Value } from './schema'
import { type EspoVersion, Webhooks } from './webhooks'

/** The API user of the sync, one of the office's own programs, and the id under which people's own changes run. */
const ESPO_API_USER = {
  id: 'api00000000000001',
  userName: 'document-sync',
  apiKey: 'sandbox-espo-key',
  secretKey: 'sandbox-espo-secret',
}
const ESPO_OFFICE_USER = {
  id: 'api00000000000002',
  userName: 'office',
  apiKey: 'sandbox-office-key',
  secretKey: 'sandbox-office-secret',
}
const ESPO_PERSON_ID = 'person00000000001'
const ESPO_PERSON_NAME = 'anna.muster'

const BASE = '/api/v1/'
const MAX_FAILURES = 11
const MINUTE = 60_000
/** What each version calls itself, in the settings. */
const RELEASES: Record<EspoVersion, string> = { '9.2': '9.2.7', '9.3': '9.3.10', '10.0': '10.0.0' }

/** A new document, as tests describe it. */
export interface NewDokument {
  akte: string
  name: string
  dateipfad?: string | undefined
  content?: string | Buffer | undefined
  attachmentName?: string | undefined
  createdAt?: Date | string | undefined
  fields?: Record<string, Value> | undefined
}

/** An API user who asks, and what its role allows. */
interface Asker {
  id: string
  userName: string
  rights: Rights
}

/** Windows and Advoware, as the office's page needs them. */
export interface OfficeAround {
  /** Files in Windows that no entry of the History names. */
  unlisted(akte: string): Promise<string[]>
  /** Enters a file in the History, as a person does in Advoware. */
  enter(akte: string, path: string): void
}

/** EspoCRM: its REST API as measured on 9.2.7 (docs/contracts.md#espocrm), and a plain page for people on `/`. */
export class EspoStandIn extends StandIn {
  readonly apiUser = ESPO_API_USER
  /** A program of the office: it may create and delete Akten and documents. */
  readonly officeUser = ESPO_OFFICE_USER
  readonly webhooks: Webhooks
  /** What the office's page shows of the systems around; absent where they are not there. */
  around: OfficeAround | undefined
  /** What the role of the sync's API user allows. */
  rights: Rights
  /** The administrator updates it: nobody else gets in. */
  isInMaintenance = false
  private failures: number[] = []

  private constructor(
    private readonly state: JsonFile<EspoState>,
    readonly records: Records,
    readonly attachments: Attachments,
  ) {
    super()
    this.rights = fullRights(records.schema.akten, records.schema.dokumente)
    this.webhooks = new Webhooks(records)
    records.onEvent = (event) => this.webhooks.notice(event)
  }

  /**
   * Plays an installation: the extension's, or the predecessor's with the attributes that its mapping adds; without
   * them where `isExtended` is false. What tests say and see is in the extension's names in every case.
   */
  static async create(
    dataDir: string,
    name: SchemaName = 'extension',
    isExtended = true,
  ): Promise<EspoStandIn> {
    const schema = await schemaOf(name, isExtended)
    const folder = join(dataDir, 'espo')
    const [uploads, temporary] = [join(folder, 'upload'), join(folder, 'tmp')]
    await Promise.all([uploads, temporary].map((one) => mkdir(one, { recursive: true })))
    const state = await JsonFile.open(join(folder, 'records.json'), emptyState(schema))
    const records = new Records(state, uploads, newId, schema)
    return new EspoStandIn(state, records, new Attachments(records, temporary))
  }

  override async close(): Promise<void> {
    this.webhooks.stop()
    await super.close()
    await this.state.flush()
  }

  /** An installation of the predecessor: without syncMessage, syncAttachmentId and history*. */
  get lacksLaterFields(): boolean {
    return this.records.lacksLaterFields
  }

  set lacksLaterFields(lacks: boolean) {
    this.records.lacksLaterFields = lacks
  }

  /** The largest attachment accepted, in bytes. */
  get sizeLimit(): number {
    return this.attachments.sizeLimit
  }

  set sizeLimit(bytes: number) {
    this.attachments.sizeLimit = bytes
  }

  /** Which of EspoCRM's versions is played. */
  get version(): EspoVersion {
    return this.webhooks.version
  }

  set version(version: EspoVersion) {
    this.webhooks.version = version
    this.records.knowsLocks = version === '10.0'
  }

  /** A person locks a document or an Akte, or unlocks it (10.0). */
  lock(side: 'akte' | 'dokument', id: string, isLocked = true): void {
    const { akten, dokumente } = this.schema
    Object.assign(this.records.get(side === 'akte' ? akten : dokumente, id), { isLocked })
  }

  /** Forgets the failed logins that make EspoCRM answer 403 for a minute. */
  resetThrottle(): void {
    this.failures = []
  }

  /** The installation that is played. */
  get schema(): Schema {
    return this.records.schema
  }

  /** An administrator removes a field: EspoCRM forgets its values, too. */
  removeField(side: 'akte' | 'dokument', field: string): void {
    const { akten, dokumente, defs, entities } = this.schema
    const entity = side === 'akte' ? akten : dokumente
    const { [field]: _, ...others } = defs[entity]?.fields ?? {}
    defs[entity] = { ...defs[entity], fields: others }
    Object.assign(entities, { [entity]: entitiesOf(defs)[entity] })
    for (const record of this.records.all(entity))
      for (const attribute of [field, `${field}Id`]) delete record[attribute]
  }

  /** An administrator takes an option away, such as `conflict` of `fileStatus`. */
  removeOption(side: 'akte' | 'dokument', field: string, option: string): void {
    const { akten, dokumente, defs, entities } = this.schema
    const entity = side === 'akte' ? akten : dokumente
    const given = defs[entity]?.fields[field] ?? {}
    const options = (given.options as string[]).filter((one) => one !== option)
    defs[entity] = { ...defs[entity], fields: { ...defs[entity]?.fields, [field]: { ...given, options } } }
    Object.assign(entities, { [entity]: entitiesOf(defs)[entity] })
  }

  /** False where an Aktennummer is a number and this text is none. */
  takes(aktennummer: string): boolean {
    return (
      this.schema.entities[this.schema.akten]?.fields.aktennummer?.type !== 'int' || /^\d+$/.test(aktennummer)
    )
  }

  addAkte(fields: { aktennummer: string; name: string; aktivierungsstatus?: string }): EspoRecord {
    const { akten } = this.schema
    return this.seen('akte', this.records.create(akten, this.schema.toOffice('akte', fields), ESPO_PERSON_ID))
  }

  updateAkte(aktennummer: string, fields: Record<string, Value>): EspoRecord {
    const { id } = this.existing(aktennummer)
    const change = this.schema.toOffice('akte', fields)
    return this.seen('akte', this.records.update(this.schema.akten, id, change, ESPO_PERSON_ID))
  }

  async addDokument(given: NewDokument): Promise<EspoRecord> {
    const cAktenId = this.existing(given.akte).id
    const { name, dateipfad = null } = given
    const fileName = given.attachmentName ?? basename((dateipfad ?? name).replaceAll('\\', '/'))
    const dokumentId =
      given.content === undefined ? null : (await this.person(fileName, given.content, given.createdAt)).id
    const fields = this.schema.toOffice('dokument', {
      name,
      dateipfad,
      dokumentId,
      ...given.fields,
      cAktenId,
    })
    return this.seen('dokument', this.records.create(this.schema.dokumente, fields, ESPO_PERSON_ID))
  }

  /** Replaces the file as a person does: new attachment id, all hash fields keep their old values. */
  async replaceFile(
    dokumentId: string,
    content: string | Buffer | AsyncIterable<Buffer>,
    createdAt?: Date | string,
    fileName?: string,
  ): Promise<EspoRecord> {
    const { dokumente } = this.schema
    const record = this.records.shown(dokumente, this.records.get(dokumente, dokumentId))
    const name = fileName ?? String(record.dokumentName ?? record.name)
    return this.updateDokument(dokumentId, { dokumentId: (await this.person(name, content, createdAt)).id })
  }

  updateDokument(id: string, fields: Record<string, Value>): EspoRecord {
    const change = this.schema.toOffice('dokument', fields)
    return this.seen('dokument', this.records.update(this.schema.dokumente, id, change, ESPO_PERSON_ID))
  }

  removeDokument(id: string): void {
    this.records.remove(this.schema.dokumente, id, ESPO_PERSON_ID)
  }

  /** The documents of an Akte, oldest first. */
  dokumente(aktennummer: string): EspoRecord[] {
    const akte = this.akte(aktennummer)
    const { dokumente, link } = this.schema
    return this.records
      .all(dokumente)
      .filter((record) => akte && String(record[link]).split(',').includes(akte.id))
      .map((record) => this.seen('dokument', record))
  }

  dokument(id: string): EspoRecord | null {
    const record = this.records.find(this.schema.dokumente, id)
    return record ? this.seen('dokument', record) : null
  }

  akte(aktennummer: string): EspoRecord | null {
    const { akten, entities } = this.schema
    const isSame = (record: EspoRecord) => String(record.aktennummer) === aktennummer
    const record = entities[akten]?.unique
      ? this.records.byUnique(akten, aktennummer)
      : this.records.all(akten).find(isSame)
    return record && isSame(record) ? this.seen('akte', record) : null
  }

  akten(): EspoRecord[] {
    return this.records.all(this.schema.akten).map((record) => this.seen('akte', record))
  }

  /** A record in the extension's names. */
  private seen(side: 'akte' | 'dokument', record: EspoRecord): EspoRecord {
    const entity = side === 'akte' ? this.schema.akten : this.schema.dokumente
    const { [this.schema.link]: link = null } = record
    const shown = {
      ...this.records.shown(entity, record),
      ...(side === 'dokument' ? { [this.schema.link]: link } : {}),
    }
    return this.schema.toExtension(side, shown)
  }

  /** The attached bytes; null if nothing is attached. */
  async content(dokument: EspoRecord | string): Promise<Buffer | null> {
    const record = this.dokument(typeof dokument === 'string' ? dokument : dokument.id)
    return record?.dokumentId ? this.attachments.content(String(record.dokumentId)) : null
  }

  protected async handle(exchange: Exchange): Promise<void> {
    if (!exchange.path.startsWith(BASE)) {
      if (await handlePage(this, exchange)) return
      throw new HttpAnswer(404, '<h1>404 Not Found</h1>', { 'Content-Type': 'text/html' })
    }
    const asker = this.authenticate(exchange)
    if (this.isInMaintenance) {
      const headers = { 'X-Status-Reason': 'Application is in maintenance mode.' }
      throw new HttpAnswer(503, { message: 'Maintenance mode is on.' }, headers)
    }
    const segments = exchange.segments().slice(2)
    if (this.application(exchange, segments.join('/'), asker)) return
    if (segments[0] === 'Attachment' && (await this.attachment(exchange, segments, asker))) return
    await this.entity(exchange, segments, asker)
  }

  /** What EspoCRM reports about itself: the user and its rights, the settings, the metadata. */
  private application(exchange: Exchange, path: string, { id, userName, rights }: Asker): boolean {
    if (exchange.method !== 'GET' || !['App/user', 'Settings', 'Metadata'].includes(path)) return false
    if (path === 'Metadata') {
      const [scope, entity = '', ...keys] = (exchange.query.get('key') ?? '').split('.')
      const all = Object.keys(this.schema.defs).map((name) => [name, this.entityDefs(name, rights)])
      const defs =
        scope === 'entityDefs'
          ? entity
            ? this.entityDefs(entity, rights)
            : Object.fromEntries(all)
          : undefined
      const found = keys.reduce<unknown>((part, key) => (part as Record<string, unknown>)?.[key], defs)
      exchange.send(200, found === undefined ? '' : JSON.stringify(found))
    } else if (path === 'Settings') {
      exchange.send(200, this.settings())
    } else {
      const user = { id, userName, type: 'api' }
      exchange.send(200, { user, acl: { table: rights }, settings: this.settings() })
    }
    return true
  }

  private settings() {
    return { attachmentUploadMaxSize: this.sizeLimit / 1024 / 1024, version: RELEASES[this.version] }
  }

  /** An entity's metadata; without the later fields for an installation of the predecessor. */
  private entityDefs(entity: string, rights: Rights): unknown {
    const defs = this.schema.defs[entity]
    if (!defs || !rights[entity]) return undefined
    const fields = Object.entries(defs.fields).filter(
      ([name]) => !(this.lacksLaterFields && this.schema.entities[entity]?.fields[name]?.later),
    )
    const { stream: _, ...entityDefs } = defs
    return { ...entityDefs, fields: Object.fromEntries(fields) }
  }

  private person(name: string, content: string | Buffer | AsyncIterable<Buffer>, at?: Date | string) {
    const createdAt = at === undefined ? undefined : new Date(at)
    return this.attachments.store({ name, type: typeOf(name), createdAt, userId: ESPO_PERSON_ID }, content)
  }

  private existing(aktennummer: string): EspoRecord {
    const akte = this.akte(aktennummer)
    if (!akte) throw new Error(`EspoCRM has no Akte ${aktennummer}: addAkte first`)
    return akte
  }

  private authenticate(exchange: Exchange): Asker {
    const now = Date.now()
    this.failures = this.failures.filter((at) => now - at < MINUTE)
    if (this.failures.length >= MAX_FAILURES) throw new HttpAnswer(403)
    const askers = [
      { ...this.apiUser, rights: this.rights },
      { ...this.officeUser, rights: fullRights(this.schema.akten, this.schema.dokumente) },
    ]
    const path = `${exchange.method} /${exchange.path.slice(BASE.length)}`
    const signed = exchange.header('x-hmac-authorization')
    const isValid = ({ apiKey, secretKey }: (typeof askers)[number]) => {
      if (!signed) return exchange.header('x-api-key') === apiKey
      const digest = createHmac('sha256', secretKey).update(path).digest('hex')
      return signed === Buffer.from(`${apiKey}:${digest}`).toString('base64')
    }
    const asker = askers.find(isValid)
    if (asker) return asker
    this.failures.push(now)
    throw new HttpAnswer(401)
  }

  private async attachment(exchange: Exchange, segments: string[], asker: Asker): Promise<boolean> {
    const [, first, second] = segments
    if (exchange.method === 'POST') {
      const right = asker.rights[this.schema.dokumente]
      const mayAttach = typeof right === 'object' && (right.create !== 'no' || right.edit !== 'no')
      if (!mayAttach) throw refuse(403, `No access to ${this.schema.dokumente}.`)
    }
    if (exchange.method === 'POST' && segments.length === 1) {
      exchange.send(200, await this.attachments.create(exchange, asker.id))
    } else if (exchange.method === 'POST' && first === 'chunk' && second) {
      await this.attachments.append(exchange, second)
    } else if (exchange.method === 'GET' && first === 'file' && second) {
      await this.attachments.download(exchange, second)
    } else return false
    return true
  }

  private async entity(exchange: Exchange, segments: string[], asker: Asker): Promise<void> {
    const [entity = '', id, link, ...more] = segments
    const { records } = this
    const { method } = exchange
    const actions: Record<string, Action> = { POST: 'create', PUT: 'edit', PATCH: 'edit', DELETE: 'delete' }
    if (entity === 'Note' && method === 'POST' && !id)
      return exchange.send(200, this.createNote(parseObject(await exchange.text()), asker))
    if (!id && method !== 'GET' && method !== 'POST') throw notAllowed()
    demand(asker.rights, entity, actions[method] ?? 'read', () => records.table(entity))
    if (entity === 'User' && method === 'GET' && id === ESPO_PERSON_ID)
      return exchange.send(200, { id, userName: ESPO_PERSON_NAME })
    const { akten, dokumente, defs } = this.schema
    if (more.length > 0 || (link && (entity !== akten || defs[akten]?.links?.[link]?.entity !== dokumente)))
      throw refuse(404, 'Not found.')
    if (link && id && method === 'GET') {
      const linked = new Set(records.linkedIds(akten, records.get(akten, id), link))
      return this.list(exchange, dokumente, asker, (record) => linked.has(record.id))
    }
    if (!link && !id && method === 'GET') return this.list(exchange, entity, asker, () => true)
    if (!link && id && method === 'GET') {
      const record = records.get(entity, id)
      if (!isVisible(asker.rights, entity, record, asker.id)) throw refuse(403, 'No read access.')
      return exchange.send(200, records.shown(entity, record))
    }
    if (!link && id && method === 'DELETE') {
      records.remove(entity, id, asker.id)
      return exchange.send(200, 'true', { 'Content-Type': 'application/json' })
    }
    if (!link && !id && method === 'POST' && entity !== 'Attachment') {
      const body = parseObject(await exchange.text())
      if (entity === 'Webhook') this.checkWebhook(body)
      const record = records.create(entity, body, asker.id)
      if (entity === 'Webhook')
        Object.assign(record, { secretKey: randomBytes(16).toString('hex'), userId: asker.id })
      return exchange.send(entity === 'Webhook' ? 201 : 200, records.shown(entity, record))
    }
    if (!link && id && (method === 'PUT' || method === 'PATCH') && entity !== 'Attachment') {
      const version = exchange.header('x-version-number')
      const body = parseObject(await exchange.text())
      const record = records.update(entity, id, body, asker.id, version ? Number(version) : undefined)
      return exchange.send(200, records.shown(entity, record))
    }
    throw notAllowed()
  }

  /** Whoever may see the parent's stream may write into it, posts alone. */
  private createNote(body: Record<string, unknown>, asker: Asker): EspoRecord {
    const { records } = this
    const parent = String(body.parentType)
    demand(asker.rights, parent, 'stream', () => records.get(parent, String(body.parentId)))
    if (body.type !== 'Post') throw refuse(403, "Only 'Post' type allowed.")
    return records.create('Note', body, asker.id)
  }

  /** The notes in a document's stream, oldest first. */
  notes(dokumentId: string): string[] {
    const notes = this.records.all('Note').filter(({ parentId }) => parentId === dokumentId)
    return notes.map(({ post }) => String(post))
  }

  private checkWebhook({ event, url }: Record<string, unknown>): void {
    const [entity = '', kind, field = ''] = String(event).split('.')
    const lacks = this.lacksLaterFields && this.schema.entities[entity]?.fields[field]?.later
    if (kind === 'fieldUpdate' && lacks) throw refuse(403, 'Field does not exist.')
    checkEvent(this.schema, String(event))
    if (this.webhooks.refusesAddress(String(url))) throw invalid('Webhook', 'url', 'notInternal')
  }

  private list(
    exchange: Exchange,
    entity: string,
    asker: Asker,
    belongs: (record: EspoRecord) => boolean,
  ): void {
    const isShown = (record: EspoRecord) =>
      belongs(record) && isVisible(asker.rights, entity, record, asker.id)
    const { dokumente, link } = this.schema
    const akteId = entity === dokumente ? equalTo(exchange.query, link) : null
    const found = (akteId === null ? this.records.all(entity) : this.records.ofAkte(akteId)).filter(isShown)
    const fields = Object.entries(this.schema.entities[entity]?.fields ?? {})
    const known = fields.filter(([, field]) => !(field.later && this.lacksLaterFields)).map(([name]) => name)
    const own = fields.length > 0 ? [] : Object.keys(found[0] ?? {})
    const attributes = new Set([...SYSTEM_ATTRIBUTES, ...known, ...own])
    const noTotal = exchange.header('x-no-total') === 'true'
    const { records } = this
    const show = (record: EspoRecord, selected?: ReadonlySet<string>) =>
      selected ? records.selected(entity, record, selected) : records.shown(entity, record)
    const linkedIds = (record: EspoRecord, link: string) =>
      this.schema.defs[entity]?.links?.[link] ? records.linkedIds(entity, record, link) : undefined
    exchange.send(200, listing(found, attributes, exchange.query, noTotal, show, linkedIds))
  }
}

/** EspoCRM has no such route, whoever asks. */
const notAllowed = () =>
  new HttpAnswer(405, '<h1>405 Method Not Allowed</h1>', { 'Content-Type': 'text/html' })

/** Refuses events of entities and fields that there are none of. */
function checkEvent({ defs }: Schema, event: string): void {
  const [entity = '', kind = '', field] = event.split('.')
  if (!defs[entity]) throw refuse(403, 'Entity type is not available for Webhooks.')
  if (!['create', 'update', 'delete', 'fieldUpdate'].includes(kind)) throw refuse(403, 'Not supported event.')
  if (kind === 'fieldUpdate' && !defs[entity].fields[field ?? '']) throw refuse(403, 'Field does not exist.')
}

/** MIME type by name; enough for what law offices attach. */
export function typeOf(name: string): string {
  const types: Record<string, string> = {
    pdf: 'application/pdf',
    txt: 'text/plain',
    docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  }
  return types[name.slice(name.lastIndexOf('.') + 1).toLowerCase()] ?? 'application/octet-stream'
}

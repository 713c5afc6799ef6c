import { createHmac, randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { JsonFile } from '../files'
import { type Exchange, HttpAnswer, StandIn } from '../stand-in'
import { Attachments, parseObject } from './attachments'
import { handlePage } from './page'
import { listing, refuse } from './query'
import { type EspoState, emptyState, Records } from './records'
import { type Action, demand, fullRights } from './rights'
import { ENTITIES, ENTITY_DEFS, type EspoRecord, SYSTEM_ATTRIBUTES, type Value } from './schema'
import { Webhooks } from './webhooks'

/** The API user of the sync, and the id under which people's own changes run. */
const ESPO_API_USER = {
  id: 'api00000000000001',
  apiKey: 'sandbox-espo-key',
  secretKey: 'sandbox-espo-secret',
}
const ESPO_PERSON_ID = 'person00000000001'

const BASE = '/api/v1/'
const MAX_FAILURES = 11
const MINUTE = 60_000

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

/** EspoCRM: its REST API as measured on 9.2.7 (docs/contracts.md#espocrm), and a plain page for people on `/`. */
export class EspoStandIn extends StandIn {
  readonly apiUser = ESPO_API_USER
  readonly webhooks: Webhooks
  /** What the API user's role allows. */
  rights = fullRights()
  private failures: number[] = []

  private constructor(
    private readonly state: JsonFile<EspoState>,
    readonly records: Records,
    readonly attachments: Attachments,
  ) {
    super()
    this.webhooks = new Webhooks(records)
    records.onEvent = (event) => this.webhooks.notice(event)
  }

  static async create(dataDir: string): Promise<EspoStandIn> {
    const folder = join(dataDir, 'espo')
    const [uploads, temporary] = [join(folder, 'upload'), join(folder, 'tmp')]
    await Promise.all([uploads, temporary].map((one) => mkdir(one, { recursive: true })))
    const state = await JsonFile.open(join(folder, 'records.json'), emptyState())
    const records = new Records(state, uploads)
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

  /** Forgets the failed logins that make EspoCRM answer 403 for a minute. */
  resetThrottle(): void {
    this.failures = []
  }

  addAkte(fields: { aktennummer: string; name: string; aktivierungsstatus?: string }): EspoRecord {
    return this.records.shown('CAkten', this.records.create('CAkten', fields, ESPO_PERSON_ID))
  }

  updateAkte(aktennummer: string, fields: Record<string, Value>): EspoRecord {
    const { id } = this.existing(aktennummer)
    return this.records.shown('CAkten', this.records.update('CAkten', id, fields, ESPO_PERSON_ID))
  }

  async addDokument(given: NewDokument): Promise<EspoRecord> {
    const cAktenId = this.existing(given.akte).id
    const { name, dateipfad = null } = given
    const fileName = given.attachmentName ?? basename((dateipfad ?? name).replaceAll('\\', '/'))
    const dokumentId =
      given.content === undefined ? null : (await this.person(fileName, given.content, given.createdAt)).id
    const fields = { name, dateipfad, dokumentId, ...given.fields, cAktenId }
    return this.records.shown('CDokumente', this.records.create('CDokumente', fields, ESPO_PERSON_ID))
  }

  /** Replaces the file as a person does: new attachment id, all hash fields keep their old values. */
  async replaceFile(
    dokumentId: string,
    content: string | Buffer | AsyncIterable<Buffer>,
    createdAt?: Date | string,
    fileName?: string,
  ): Promise<EspoRecord> {
    const record = this.records.shown('CDokumente', this.records.get('CDokumente', dokumentId))
    const name = fileName ?? String(record.dokumentName ?? record.name)
    return this.updateDokument(dokumentId, { dokumentId: (await this.person(name, content, createdAt)).id })
  }

  updateDokument(id: string, fields: Record<string, Value>): EspoRecord {
    return this.records.shown('CDokumente', this.records.update('CDokumente', id, fields, ESPO_PERSON_ID))
  }

  removeDokument(id: string): void {
    this.records.remove('CDokumente', id, ESPO_PERSON_ID)
  }

  /** The documents of an Akte, oldest first. */
  dokumente(aktennummer: string): EspoRecord[] {
    const akte = this.akte(aktennummer)
    return this.records
      .all('CDokumente')
      .filter((record) => akte && record.cAktenId === akte.id)
      .map((record) => this.records.shown('CDokumente', record))
  }

  dokument(id: string): EspoRecord | null {
    const record = this.records.find('CDokumente', id)
    return record ? this.records.shown('CDokumente', record) : null
  }

  akte(aktennummer: string): EspoRecord | null {
    const record = this.records.byUnique('CAkten', aktennummer)
    return record?.aktennummer === aktennummer ? this.records.shown('CAkten', record) : null
  }

  akten(): EspoRecord[] {
    return this.records.all('CAkten').map((record) => this.records.shown('CAkten', record))
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
    this.authenticate(exchange)
    const segments = exchange.segments().slice(2)
    if (this.application(exchange, segments.join('/'))) return
    if (segments[0] === 'Attachment' && (await this.attachment(exchange, segments))) return
    await this.entity(exchange, segments)
  }

  /** What EspoCRM reports about itself: the user and its rights, the settings, the metadata. */
  private application(exchange: Exchange, path: string): boolean {
    if (exchange.method !== 'GET' || !['App/user', 'Settings', 'Metadata'].includes(path)) return false
    if (path === 'Metadata') {
      const [scope, entity = '', ...keys] = (exchange.query.get('key') ?? '').split('.')
      const defs = scope === 'entityDefs' ? this.entityDefs(entity) : undefined
      const found = keys.reduce<unknown>((part, key) => (part as Record<string, unknown>)?.[key], defs)
      exchange.send(200, found === undefined ? '' : JSON.stringify(found))
    } else if (path === 'Settings') {
      exchange.send(200, { attachmentUploadMaxSize: this.sizeLimit / 1024 / 1024 })
    } else {
      const user = { id: this.apiUser.id, userName: 'document-sync', type: 'api' }
      exchange.send(200, { user, acl: { table: this.rights } })
    }
    return true
  }

  /** An entity's metadata; without the later fields for an installation of the predecessor. */
  private entityDefs(entity: string): unknown {
    const defs = ENTITY_DEFS[entity]
    if (!defs || !this.rights[entity]) return undefined
    const fields = Object.entries(defs.fields).filter(
      ([name]) => !(this.lacksLaterFields && ENTITIES[entity]?.fields[name]?.later),
    )
    return { ...defs, fields: Object.fromEntries(fields) }
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

  private authenticate(exchange: Exchange): void {
    const now = Date.now()
    this.failures = this.failures.filter((at) => now - at < MINUTE)
    if (this.failures.length >= MAX_FAILURES) throw new HttpAnswer(403)
    const { apiKey, secretKey } = this.apiUser
    const signed = exchange.header('x-hmac-authorization')
    const path = `${exchange.method} /${exchange.path.slice(BASE.length)}`
    const digest = createHmac('sha256', secretKey).update(path).digest('hex')
    const valid = signed
      ? signed === Buffer.from(`${apiKey}:${digest}`).toString('base64')
      : exchange.header('x-api-key') === apiKey
    if (valid) return
    this.failures.push(now)
    throw new HttpAnswer(401)
  }

  private async attachment(exchange: Exchange, segments: string[]): Promise<boolean> {
    const [, first, second] = segments
    if (exchange.method === 'POST') {
      const right = this.rights.CDokumente
      const mayAttach = typeof right === 'object' && (right.create !== 'no' || right.edit !== 'no')
      if (!mayAttach) throw refuse(403, 'No access to CDokumente.')
    }
    if (exchange.method === 'POST' && segments.length === 1) {
      exchange.send(200, await this.attachments.create(exchange, this.apiUser.id))
    } else if (exchange.method === 'POST' && first === 'chunk' && second) {
      await this.attachments.append(exchange, second)
    } else if (exchange.method === 'GET' && first === 'file' && second) {
      await this.attachments.download(exchange, second)
    } else return false
    return true
  }

  private async entity(exchange: Exchange, segments: string[]): Promise<void> {
    const [entity = '', id, link, ...more] = segments
    const { records } = this
    const { method } = exchange
    const actions: Record<string, Action> = { POST: 'create', PUT: 'edit', PATCH: 'edit', DELETE: 'delete' }
    demand(this.rights, entity, actions[method] ?? 'read', () => records.table(entity))
    if (more.length > 0 || (link && (entity !== 'CAkten' || link !== 'dokumente')))
      throw refuse(404, 'Not found.')
    if (link && id && method === 'GET') {
      records.get('CAkten', id)
      return this.list(exchange, 'CDokumente', (record) => record.cAktenId === id)
    }
    if (!link && !id && method === 'GET') return this.list(exchange, entity, () => true)
    if (!link && id && method === 'GET') {
      return exchange.send(200, records.shown(entity, records.get(entity, id)))
    }
    if (!link && id && method === 'DELETE') {
      records.remove(entity, id, this.apiUser.id)
      return exchange.send(200, 'true', { 'Content-Type': 'application/json' })
    }
    if (!link && !id && method === 'POST' && entity !== 'Attachment') {
      const body = parseObject(await exchange.text())
      if (entity === 'Webhook') checkEvent(String(body.event))
      const record = records.create(entity, body, this.apiUser.id)
      if (entity === 'Webhook')
        Object.assign(record, { secretKey: randomBytes(16).toString('hex'), userId: this.apiUser.id })
      return exchange.send(entity === 'Webhook' ? 201 : 200, records.shown(entity, record))
    }
    if (!link && id && (method === 'PUT' || method === 'PATCH') && entity !== 'Attachment') {
      const version = exchange.header('x-version-number')
      const body = parseObject(await exchange.text())
      const record = records.update(entity, id, body, this.apiUser.id, version ? Number(version) : undefined)
      return exchange.send(200, records.shown(entity, record))
    }
    throw new HttpAnswer(405, '<h1>405 Method Not Allowed</h1>', { 'Content-Type': 'text/html' })
  }

  private list(exchange: Exchange, entity: string, belongs: (record: EspoRecord) => boolean): void {
    const found = this.records.all(entity).filter(belongs)
    const fields = Object.entries(ENTITIES[entity]?.fields ?? {})
    const known = fields.filter(([, field]) => !(field.later && this.lacksLaterFields)).map(([name]) => name)
    const own = fields.length > 0 ? [] : Object.keys(found[0] ?? {})
    const attributes = new Set([...SYSTEM_ATTRIBUTES, ...known, ...own])
    const noTotal = exchange.header('x-no-total') === 'true'
    const { records } = this
    const show = (record: EspoRecord, selected?: ReadonlySet<string>) =>
      selected ? records.selected(entity, record, selected) : records.shown(entity, record)
    exchange.send(200, listing(found, attributes, exchange.query, noTotal, show))
  }
}

/** Refuses events of unknown entities and fields. */
function checkEvent(event: string): void {
  const [entity = '', kind = '', field] = event.split('.')
  if (!ENTITY_DEFS[entity]) throw refuse(403, 'Entity type is not available for Webhooks.')
  if (!['create', 'update', 'delete', 'fieldUpdate'].includes(kind)) throw refuse(403, 'Not supported event.')
  if (kind === 'fieldUpdate' && !ENTITY_DEFS[entity].fields[field ?? ''])
    throw refuse(403, 'Field does not exist.')
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

import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listing } from '../../sandbox/espo/query'
import { emptyState, Records } from '../../sandbox/espo/records'
import { ENTITIES, type EspoRecord, espoTime, SYSTEM_ATTRIBUTES } from '../../sandbox/espo/schema'
import { inMemory } from '../../sandbox/files'
import { parseEspoTime, pathKept } from '../../services/espo/espo-values'
import { fileExtension, toSlashes } from '../../services/model/paths'
import { type Answer, answered, json, nothing, type Request } from './http'

const PERSON = 'person'
const PRODUCT = 'product'
/** Longer than a run that saw the document's absence with its own eyes could last. */
const LONG_AGO_MS = 120_000
const NO_FOLDER = join(tmpdir(), 'document-sync-no-such-folder')

/** A document whose file the product is about to replace or remove. */
export type Erasing = (document: EspoRecord, lost: string, from: string, isRemoved: boolean) => void

/** EspoCRM, by the rules of the stand-in's own records, with contents in memory. */
export class Crm {
  erasing: Erasing = () => {}
  changed: (akteId: string, path: string) => void = () => {}
  /** Told when a person replaces or removes a content. */
  givenUp: (content: string) => void = () => {}
  /** Told of a content that a person brings into an Akte. */
  brought: (akteId: string, content: string) => void = () => {}
  /** Told when the product makes a document beside one of the same path that its role hides. */
  madeAgain: (document: EspoRecord) => void = () => {}
  /** Told when the product has read the file of a document. */
  fileRead: (document: EspoRecord) => void = () => {}
  /** The role of the product reads its own documents only. */
  isNarrow = false
  readonly records: Records
  private readonly contents = new Map<string, string>()
  /** When an attachment was made, and when a run read a document last, alone: epoch milliseconds. */
  private readonly attachedAt = new Map<string, number>()
  private readonly readAt = new Map<string, number>()
  /** When a person gave a document to another Akte. */
  private readonly givenAt = new Map<string, number>()
  /** Documents that a person edited. */
  private readonly touched = new Set<string>()
  private made = 0

  constructor() {
    this.records = new Records(inMemory(emptyState()), NO_FOLDER, () => this.newId())
  }

  addAkte(aktennummer: string): void {
    this.records.create(
      'CAkten',
      { aktennummer, name: `Akte ${aktennummer}`, aktivierungsstatus: 'Aktiv' },
      PERSON,
    )
  }

  akteId(aktennummer: string): string {
    const id = this.records.byUnique('CAkten', aktennummer)?.id
    if (!id) throw new Error(`no Akte ${aktennummer}`)
    return id
  }

  akte(aktennummer: string): EspoRecord {
    return this.records.get('CAkten', this.akteId(aktennummer))
  }

  documents(aktennummer: string): EspoRecord[] {
    const akteId = this.akteId(aktennummer)
    return this.records.all('CDokumente').filter(({ cAktenId }) => cAktenId === akteId)
  }

  content(document: EspoRecord): string | null {
    const id = document.dokumentId as string | null
    return id && this.records.find('Attachment', id) ? (this.contents.get(id) ?? null) : null
  }

  /** True when the document's file is younger than what the run saw of it. */
  isUnseen({ id, dokumentId }: EspoRecord, from: string): boolean {
    return (this.attachedAt.get(String(dokumentId)) ?? 0) >= (this.readAt.get(`${from} ${id}`) ?? 0)
  }

  /** True when the document of a content is in another Akte, and the run saw that, or never looked at the document itself. */
  isKnownElsewhere(aktennummer: string, content: string, from: string): boolean {
    const akteId = this.akteId(aktennummer)
    const owners = this.records.all('CDokumente').filter((document) => this.content(document) === content)
    const isSeenMove = ({ id, cAktenId }: EspoRecord) => {
      const [givenAt, readAt] = [this.givenAt.get(id), this.readAt.get(`${from} ${id}`)]
      if (cAktenId === akteId || givenAt === undefined) return false
      return readAt === undefined || readAt > givenAt
    }
    return owners.length > 0 && owners.every(isSeenMove)
  }

  attach(name: string, content: string, by = PERSON): string {
    const id = this.newId()
    this.contents.set(id, content)
    this.attachedAt.set(id, Date.now())
    const size = Buffer.byteLength(content)
    const times = { createdAt: espoTime(new Date()), createdById: by }
    this.records.put('Attachment', { id, name, type: 'text/plain', size, ...times })
    return id
  }

  /** A person adds a document. */
  addDocument(aktennummer: string, path: string, content: string | null, base: Record<string, unknown> = {}) {
    const name = path.slice(path.lastIndexOf('/') + 1)
    const dokumentId = content === null ? null : this.attach(name, content)
    const fields = {
      name: name.replace(/[<>=]/g, ' '),
      dateipfad: path.replaceAll('/', '\\'),
      dokumentId,
      ...base,
    }
    const synced = 'syncHash' in base ? { syncAttachmentId: dokumentId } : {}
    const cAktenId = this.akteId(aktennummer)
    if (content !== null) this.brought(cAktenId, content)
    const record = this.records.create('CDokumente', { ...fields, ...synced, cAktenId }, PERSON)
    this.changed(cAktenId, path)
    return record
  }

  /** A person gives a document to another Akte. */
  give(document: EspoRecord, aktennummer: string): void {
    const cAktenId = this.akteId(aktennummer)
    const content = this.content(document)
    if (content !== null) this.brought(cAktenId, content)
    this.givenAt.set(document.id, Date.now())
    this.update(document, { cAktenId })
  }

  /** A person copies a document, with all that the product wrote on it. */
  copy(document: EspoRecord, content: string): EspoRecord {
    const base = ['blake3hash', 'syncHash', 'sync_usn', 'syncAttachmentId', 'syncAkteId', 'syncPfad']
    const fields = Object.fromEntries(base.map((name) => [name, document[name] ?? null]))
    const dokumentId = this.attach(String(document.name), content)
    this.brought(String(document.cAktenId), content)
    const { name, dateipfad, cAktenId } = document
    const copied = { ...fields, name, dateipfad, cAktenId, dokumentId }
    return this.records.create('CDokumente', copied, PERSON)
  }

  /** A person replaces or clears the file of a document. */
  replace(document: EspoRecord, content: string | null, fileName = String(document.name)): void {
    this.giveUp(document)
    if (content !== null) this.brought(String(document.cAktenId), content)
    const dokumentId = content === null ? null : this.attach(fileName, content)
    if (fileName !== document.name) this.touched.add(document.id) // it may get another path for that
    this.records.update('CDokumente', document.id, { dokumentId }, PERSON)
    this.changed(String(document.cAktenId), this.path(document))
  }

  update(document: EspoRecord, fields: Record<string, unknown>): void {
    this.records.update('CDokumente', document.id, fields, PERSON)
    this.touched.add(document.id)
    this.changed(String(document.cAktenId), this.path(document))
  }

  /** True for a document that the product made, under a path that nobody changed since. */
  isMadeByProduct({ id, createdById }: EspoRecord): boolean {
    return createdById === PRODUCT && !this.touched.has(id)
  }

  remove(document: EspoRecord): void {
    this.giveUp(document)
    this.records.remove('CDokumente', document.id)
  }

  /** Later ones sort behind earlier ones, the same in every run of a seed. */
  private newId(): string {
    return (++this.made).toString(16).padStart(17, '0')
  }

  private giveUp(document: EspoRecord): void {
    const present = this.content(document)
    if (present !== null) this.givenUp(present)
  }

  /** Where its file lay when it was synced last; else its path. */
  home(document: EspoRecord): string {
    const kept = pathKept(document.syncPfad as string | null)
    return kept === null ? this.path(document) : toSlashes(kept)
  }

  path(document: EspoRecord): string {
    const attachment = document.dokumentId
      ? this.records.find('Attachment', String(document.dokumentId))
      : undefined
    return toSlashes(String(document.dateipfad ?? attachment?.name ?? document.name))
  }

  handle(request: Request): Answer {
    return answered(() => this.answer(request))
  }

  private answer({ method, segments, query, headers, body, from }: Request): Answer {
    const { records } = this
    const [entity = '', id, more] = segments
    if (entity === 'App') return json(200, this.user())
    if (entity === 'Attachment') return this.attachment(method, id, more, body)
    if (method === 'GET' && !id) {
      const attributes = new Set([...SYSTEM_ATTRIBUTES, ...Object.keys(ENTITIES[entity]?.fields ?? {})])
      const show = (record: EspoRecord) => records.shown(entity, record)
      const visible = records.all(entity).filter((record) => this.isVisible(entity, record))
      return json(200, listing(visible, attributes, query, false, show))
    }
    if (method === 'GET' && id) {
      if (!this.isVisible(entity, records.get(entity, id))) return nothing(403)
      this.readAt.set(`${from} ${id}`, Date.now())
      return json(200, records.shown(entity, records.get(entity, id)))
    }
    if (method === 'DELETE' && id) {
      const record = records.get(entity, id)
      const lost = this.content(record)
      if (lost !== null) this.erasing(record, lost, from, true)
      records.remove(entity, id)
      return json(200, true)
    }
    const given = JSON.parse(body.toString()) as Record<string, unknown>
    if (method === 'POST') return json(200, records.shown(entity, this.created(entity, given)))
    return json(200, this.updated(entity, id ?? '', given, headers['x-version-number'], from))
  }

  private user() {
    const all = { create: 'yes', read: 'all', edit: 'all', delete: 'all', stream: 'all' }
    const table = { CAkten: all, CDokumente: { ...all, read: this.isNarrow ? 'own' : 'all' } }
    return { user: { id: PRODUCT, type: 'api' }, acl: { table } }
  }

  private isVisible(entity: string, { createdById }: EspoRecord): boolean {
    return !this.isNarrow || entity !== 'CDokumente' || createdById === PRODUCT
  }

  /** False once a person put a file of another kind in: then the file at its path is nobody's, and gets a document of its own. */
  private hasFileOfPath(document: EspoRecord): boolean {
    const file = this.records.find('Attachment', String(document.dokumentId))
    return fileExtension(String(file?.name)) === fileExtension(this.path(document))
  }

  private created(entity: string, given: Record<string, unknown>): EspoRecord {
    const record = this.records.create(entity, given, PRODUCT)
    const isHiddenTwin = (other: EspoRecord) =>
      !this.isVisible(entity, other) &&
      other.cAktenId === record.cAktenId &&
      this.path(other) === this.path(record) &&
      this.hasFileOfPath(other) &&
      parseEspoTime(String(other.createdAt)) < Date.now() - LONG_AGO_MS
    if (this.records.all('CDokumente').some(isHiddenTwin)) this.madeAgain(record)
    if (entity === 'CDokumente') this.changed(String(record.cAktenId), this.path(record))
    return record
  }

  private updated(
    entity: string,
    id: string,
    given: Record<string, unknown>,
    version: string | undefined,
    from: string,
  ): EspoRecord {
    const { records } = this
    const record = records.get(entity, id)
    const formerId = record.dokumentId
    const lost = entity === 'CDokumente' ? this.content(record) : null
    const updated = records.update(entity, id, given, PRODUCT, version ? Number(version) : undefined)
    if (lost !== null && updated.dokumentId !== formerId) this.erasing(updated, lost, from, false)
    if (entity === 'CDokumente') this.changed(String(record.cAktenId), this.path(record))
    return records.shown(entity, updated)
  }

  private attachment(method: string, id: string | undefined, more: string | undefined, body: Buffer): Answer {
    const { records } = this
    if (method === 'POST' && !id) {
      const given = JSON.parse(body.toString()) as { name: string; file: string }
      const content = Buffer.from(given.file.slice(given.file.indexOf(',') + 1), 'base64').toString()
      return json(200, records.get('Attachment', this.attach(given.name, content, PRODUCT)))
    }
    if (id === 'file' && more) {
      const content = records.find('Attachment', more) ? this.contents.get(more) : undefined
      if (content === undefined) return nothing(404)
      const document = records.all('CDokumente').find(({ dokumentId }) => dokumentId === more)
      const isUncheckable = document !== undefined && document.syncAttachmentId !== more
      if (document) this.fileRead(document)
      return { status: 200, headers: {}, body: Buffer.from(content), isUncheckable }
    }
    if (method === 'DELETE' && id) {
      records.remove('Attachment', id)
      return json(200, true)
    }
    return json(200, records.get('Attachment', id ?? ''))
  }
}

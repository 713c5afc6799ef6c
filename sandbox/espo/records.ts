import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { KeptState } from '../files'
import { HttpAnswer } from '../stand-in'
import { fold, refuse } from './query'
import {
  checkedFields,
  type EspoRecord,
  EXTENSION,
  espoTime,
  invalid,
  type Schema,
  type Value,
} from './schema'
import type { RecordEvent } from './webhooks'

type Table = Record<string, EspoRecord>

/** Everything EspoCRM keeps in its database. */
export interface EspoState {
  tables: Record<string, Table>
}

export const emptyState = ({ akten, dokumente }: Schema = EXTENSION): EspoState => ({
  tables: { [akten]: {}, [dokumente]: {}, Attachment: {}, Webhook: {}, Note: {} },
})

/** The field is named as people read it, not as the API calls it. */
const lockedRecord = (label: string, data: Record<string, string>) =>
  new HttpAnswer(409, { messageTranslation: { label, scope: null, data } }, { 'X-Status-Reason': label })

let made = 0

/** 17 hex digits as EspoCRM's; later ones sort after earlier ones. */
export function newId(): string {
  made = (made + 1) % 256
  const order = made.toString(16).padStart(2, '0')
  return Date.now().toString(16).padStart(11, '0') + order + randomBytes(2).toString('hex')
}

/** The records with EspoCRM's rules; every change is synchronous, hence atomic. */
export class Records {
  lacksLaterFields = false
  /** False: a database of MySQL's utf8mb3, which has no emoji. */
  takesFourByteCharacters = true
  /** 10.0: a record whose `isLocked` is set keeps its values and cannot be removed. */
  knowsLocks = false
  /** Fields whose values this installation validates in a way of its own. */
  readonly refusedFields = new Set<string>()
  /** Called for every change, as EspoCRM's webhooks are. */
  onEvent: (event: RecordEvent) => void = () => {}
  private readonly index = new Map<string, Map<string, string>>()
  /** Ids of documents by the Akte that each has or had, as an index of the database. */
  private byAkte: Map<string, Set<string>> | undefined

  constructor(
    private readonly state: KeptState<EspoState>,
    private readonly uploads: string,
    private readonly makeId: () => string = newId,
    readonly schema: Schema = EXTENSION,
  ) {}

  private get entities(): Schema['entities'] {
    return this.schema.entities
  }

  /** The ids that a record is linked with over an m:n or 1:n link. */
  linkedIds(entity: string, record: EspoRecord, link: string): string[] {
    const { akten, dokumente, link: attribute } = this.schema
    const idsOf = (dokument: EspoRecord) =>
      String(dokument[attribute] ?? '')
        .split(',')
        .filter(Boolean)
    if (entity === dokumente) return attribute.startsWith(link) ? idsOf(record) : []
    if (entity !== akten) return []
    return this.all(dokumente).flatMap((dokument) =>
      idsOf(dokument).includes(record.id) ? [dokument.id] : [],
    )
  }

  table(entity: string): Table {
    const table = this.state.data.tables[entity]
    if (!table) throw refuse(404, `Entity type '${entity}' does not exist.`)
    return table
  }

  /** The record as stored; a soft-deleted one does not exist for anyone. */
  find(entity: string, id: string): EspoRecord | undefined {
    const table = this.table(entity)
    const record = Object.hasOwn(table, id) ? table[id] : undefined
    return record?.deleted ? undefined : record
  }

  get(entity: string, id: string): EspoRecord {
    const record = this.find(entity, id)
    if (!record) throw refuse(404, `Record ${id} not found.`)
    return record
  }

  all(entity: string): EspoRecord[] {
    return Object.values(this.table(entity)).filter((record) => !record.deleted)
  }

  /** The documents of an Akte, found without looking at all others. */
  ofAkte(akteId: string): EspoRecord[] {
    const { dokumente, link } = this.schema
    if (this.byAkte === undefined) {
      this.byAkte = new Map()
      for (const record of this.all(dokumente)) this.noteAkte(dokumente, record)
    }
    const records = [...(this.byAkte.get(akteId) ?? [])].map((id) => this.find(dokumente, id))
    return records.filter((record): record is EspoRecord => record?.[link] === akteId)
  }

  private noteAkte(entity: string, record: EspoRecord): void {
    const akteId = record[this.schema.link]
    if (this.byAkte === undefined || entity !== this.schema.dokumente || !akteId) return
    const ids = this.byAkte.get(String(akteId)) ?? new Set()
    this.byAkte.set(String(akteId), ids.add(record.id))
  }

  /** Some attributes of the record as the API returns it. */
  selected(entity: string, record: EspoRecord, attributes: ReadonlySet<string>): Record<string, Value> {
    const fields = this.entities[entity]?.fields ?? {}
    const selected: Record<string, Value> = {}
    for (const attribute of attributes) {
      const id = attribute.replace(/Name$/, 'Id')
      const { type, entity: target } = fields[id] ?? {}
      const isLinkName = id !== attribute && type === 'link' && target !== undefined
      const value = isLinkName ? this.linkedName(target, record[id]) : record[attribute]
      if (value !== undefined && !(this.lacksLaterFields && fields[attribute]?.later))
        selected[attribute] = value
    }
    return selected
  }

  /** The record as the API returns it, with the names of linked records. */
  shown(entity: string, record: EspoRecord): EspoRecord {
    const { deleted: _, ...shown } = record
    for (const [attribute, field] of Object.entries(this.entities[entity]?.fields ?? {})) {
      if ((this.lacksLaterFields && field.later) || field.type === 'links') delete shown[attribute]
      if (field.type === 'link' && field.entity) {
        shown[attribute.replace(/Id$/, 'Name')] = this.linkedName(field.entity, record[attribute])
      }
    }
    return shown as EspoRecord
  }

  private linkedName(entity: string, id: Value | undefined): Value {
    return (id ? this.find(entity, String(id))?.name : undefined) ?? null
  }

  /** The attributes of a body that this installation takes. */
  private accepted(entity: string, body: Record<string, unknown>): Record<string, Value> {
    const given = checkedFields(entity, body, this.lacksLaterFields, this.entities)
    for (const [attribute, value] of Object.entries(given)) {
      if (value !== null && this.refusedFields.has(attribute)) throw invalid(entity, attribute, 'valid')
      this.checkCharacters(String(value))
    }
    return given
  }

  /** "Incorrect string value" of the database becomes a 500 with an empty body. */
  checkCharacters(text: string): void {
    if (!this.takesFourByteCharacters && /[\u{10000}-\u{10ffff}]/u.test(text)) throw new HttpAnswer(500)
  }

  create(entity: string, body: Record<string, unknown>, userId: string): EspoRecord {
    const definition = this.entities[entity]
    const given = this.accepted(entity, body)
    const now = espoTime(new Date())
    const record: EspoRecord = { id: this.makeId() }
    for (const [attribute, field] of Object.entries(definition?.fields ?? {})) {
      record[attribute] = given[attribute] ?? field.default ?? null
      if (field.required && record[attribute] === null) throw invalid(entity, attribute, 'required')
    }
    this.checkLinks(entity, given)
    this.checkUnique(entity, record)
    this.fillTitle(entity, record)
    Object.assign(record, { createdAt: now, modifiedAt: now, createdById: userId, modifiedById: null })
    if (definition?.versioned) record.versionNumber = 1
    this.table(entity)[record.id] = record
    this.noteAkte(entity, record)
    this.claim(entity, record)
    if (entity === this.schema.dokumente) this.schema.afterSave?.(this, record, Object.keys(given))
    this.state.touch()
    this.onEvent({ event: `${entity}.create`, userId, data: this.shown(entity, record) })
    return record
  }

  /** A partial change; an identical value changes nothing but the version, and `modifiedAt` of an entity with a stream. */
  update(
    entity: string,
    id: string,
    body: Record<string, unknown>,
    userId: string,
    version?: number,
  ): EspoRecord {
    const record = this.get(entity, id)
    const given = this.accepted(entity, body)
    const changed = Object.entries(given).filter(([attribute, value]) => record[attribute] !== value)
    if (changed.length === 0) {
      if (typeof record.versionNumber === 'number') record.versionNumber += 1
      if (this.entities[entity]?.streamed)
        Object.assign(record, { modifiedAt: espoTime(new Date()), modifiedById: userId })
      return record
    }
    if (this.entities[entity]?.versioned && version !== undefined && version !== record.versionNumber) {
      const values = Object.fromEntries(changed.map(([attribute]) => [attribute, record[attribute] ?? null]))
      const current = { values, versionNumber: record.versionNumber }
      throw new HttpAnswer(409, current, { 'X-Status-Reason': 'modified' })
    }
    const held = changed.find(([attribute]) => !this.entities[entity]?.fields[attribute]?.notLockable)
    if (this.isLocked(record) && held) throw lockedRecord('cannotModifyLockedRecord', { field: held[0] })
    this.checkLinks(entity, Object.fromEntries(changed))
    this.checkUnique(entity, { ...record, ...given })
    const formerFile = record.dokumentId
    Object.assign(record, given, { modifiedAt: espoTime(new Date()), modifiedById: userId })
    this.fillTitle(entity, record)
    if (typeof record.versionNumber === 'number') record.versionNumber += 1
    if (typeof formerFile === 'string' && formerFile !== record.dokumentId) this.erase(formerFile)
    this.noteAkte(entity, record)
    this.claim(entity, record)
    if (entity === this.schema.dokumente)
      this.schema.afterSave?.(
        this,
        record,
        changed.map(([attribute]) => attribute),
      )
    this.state.touch()
    this.tellOfUpdate(entity, record, Object.fromEntries(changed), userId)
    return record
  }

  remove(entity: string, id: string, userId = ''): void {
    const record = this.get(entity, id)
    if (this.isLocked(record)) throw lockedRecord('cannotRemoveLockedRecord', {})
    if (entity === 'Attachment') this.erase(id)
    else record.deleted = true
    this.state.touch()
    this.onEvent({ event: `${entity}.delete`, userId, data: { id } })
  }

  private fillTitle(entity: string, record: EspoRecord): void {
    if (!this.schema.hasFormulas || entity !== this.schema.dokumente || record.name || !record.dokumentId)
      return
    const file = this.find('Attachment', String(record.dokumentId))
    record.name = String(file?.name ?? '').replace(/[<>=]/g, ' ')
  }

  private isLocked({ isLocked }: EspoRecord): boolean {
    return this.knowsLocks && isLocked === true
  }

  private tellOfUpdate(
    entity: string,
    record: EspoRecord,
    changed: Record<string, Value>,
    userId: string,
  ): void {
    const { id } = record
    const shown = this.shown(entity, record)
    this.onEvent({ event: `${entity}.update`, userId, data: { ...changed, id } })
    for (const [attribute, value] of Object.entries(changed)) {
      const isLink = this.entities[entity]?.fields[attribute]?.type === 'link'
      const field = isLink ? attribute.replace(/Id$/, '') : attribute
      const name = isLink ? { [`${field}Name`]: shown[`${field}Name`] ?? null } : {}
      this.onEvent({
        event: `${entity}.fieldUpdate.${field}`,
        userId,
        data: { id, [attribute]: value, ...name },
      })
    }
  }

  /** Stores a record as it is; for attachments, which have their own rules. */
  put(entity: string, record: EspoRecord): void {
    this.table(entity)[record.id] = record
    this.state.touch()
  }

  /** The record with this value in the entity's unique attribute, compared as loosely as everywhere. */
  byUnique(entity: string, value: Value): EspoRecord | undefined {
    const attribute = this.entities[entity]?.unique
    if (!attribute) return undefined
    let ids = this.index.get(entity)
    if (!ids) {
      ids = new Map(this.all(entity).map((record) => [fold(record[attribute]), record.id]))
      this.index.set(entity, ids)
    }
    const record = this.find(entity, ids.get(fold(value)) ?? '')
    return record && fold(record[attribute]) === fold(value) ? record : undefined
  }

  file(attachmentId: string): string {
    return join(this.uploads, attachmentId)
  }

  /** Deletes the file from disk at once: no former version is kept. */
  private erase(attachmentId: string): void {
    delete this.table('Attachment')[attachmentId]
    rmSync(this.file(attachmentId), { force: true })
  }

  private claim(entity: string, record: EspoRecord): void {
    const attachment = record.dokumentId ? this.find('Attachment', String(record.dokumentId)) : undefined
    if (attachment) Object.assign(attachment, { relatedId: record.id, relatedType: entity })
  }

  private checkLinks(entity: string, given: Record<string, Value>): void {
    for (const [attribute, value] of Object.entries(given)) {
      const target = this.entities[entity]?.fields[attribute]?.entity
      if (!target || value === null || this.find(target, String(value))) continue
      const link = attribute.replace(/Id$/, '')
      throw refuse(403, `Can't relate with non-existing record. entityType: ${entity}, link: ${link}.`)
    }
  }

  private checkUnique(entity: string, record: EspoRecord): void {
    const attribute = this.entities[entity]?.unique
    const value = attribute ? record[attribute] : null
    if (!attribute || value === null || value === undefined) return
    const taken = this.byUnique(entity, value) ?? record
    if (taken.id !== record.id) {
      if (this.schema.hasFormulas)
        throw new HttpAnswer(409, [this.shown(entity, taken)], { 'X-Status-Reason': 'duplicate' })
      throw new HttpAnswer(500) // the database's unique index rejects it, not EspoCRM: no reason, no body
    }
    this.index.get(entity)?.set(fold(value), record.id)
  }
}

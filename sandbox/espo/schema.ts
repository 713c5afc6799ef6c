import aktenDefs from '../../espocrm-extension/files/custom/Espo/Modules/DocumentSync/Resources/metadata/entityDefs/CAkten.json'
import dokumenteDefs from '../../espocrm-extension/files/custom/Espo/Modules/DocumentSync/Resources/metadata/entityDefs/CDokumente.json'
import aktenScope from '../../espocrm-extension/files/custom/Espo/Modules/DocumentSync/Resources/metadata/scopes/CAkten.json'
import dokumenteScope from '../../espocrm-extension/files/custom/Espo/Modules/DocumentSync/Resources/metadata/scopes/CDokumente.json'
import { HttpAnswer } from '../stand-in'
import type { Records } from './records'

export type Value = string | number | boolean | null

/** A record as the REST API returns it. */
export interface EspoRecord {
  id: string
  [attribute: string]: Value
}

type FieldType =
  | 'varchar'
  | 'text'
  | 'enum'
  | 'datetime'
  | 'date'
  | 'int'
  | 'bigint'
  | 'link'
  /** Of an m:n link: ids, separated by commas; taken when a record is made, never shown. */
  | 'links'
  | 'bool'

interface Field {
  type: FieldType
  required?: boolean
  options?: readonly string[]
  default?: Value
  max?: number
  pattern?: RegExp
  /** The entity a link points at. */
  entity?: string
  /** A later addition: installations of the predecessor lack it. */
  later?: boolean
  /** May be written although the record is locked (10.0). */
  notLockable?: boolean
}

export interface Entity {
  fields: Record<string, Field>
  unique?: string
  versioned?: boolean
  /** It has a stream: every PUT touches `modifiedAt`, whether it changes something or not. */
  streamed?: boolean
}

/** Metadata of an entity, as in the extension package and in EspoCRM's `GET Metadata`. */
export interface EntityDefs {
  fields: Record<string, Record<string, unknown>>
  links?: Record<string, { type: string; entity?: string; foreign?: string; relationName?: string }>
  indexes?: Record<string, { type?: string; unique?: boolean; columns: string[] }>
  optimisticConcurrencyControl?: boolean
  deleteId?: boolean
  /** Of the scope's metadata, which EspoCRM keeps apart. */
  stream?: boolean
}

const LATER = [
  ...[
    'syncAngefordert',
    'dokumenteGesamt',
    'dokumenteWartend',
    'dokumenteKlaerung',
    'brauchtPerson',
    'syncMessage',
    'syncAttachmentId',
    'syncAkteId',
    'syncPfad',
  ],
  ...['historyArt', 'historyText', 'historyDatum', 'syncFassungen'],
]
/** Fields that the stand-in has no use for: there are no users and teams to link. */
const WITHOUT = ['createdBy', 'modifiedBy', 'createdAt', 'modifiedAt', 'assignedUser', 'teams']
const MAX_VARCHAR = 255

/** The schema that EspoCRM derives from an entity's metadata. */
function entityOf(defs: EntityDefs): Entity {
  const fields: Record<string, Field> = {}
  for (const [name, given] of Object.entries(defs.fields)) {
    if (WITHOUT.includes(name)) continue
    const { type, attribute, entity } = typeOf(name, given, defs)
    const { options, maxLength, pattern } = given as {
      options?: string[]
      maxLength?: number
      pattern?: string
    }
    fields[attribute] = {
      type,
      required: given.required === true,
      default: (given.default ?? null) as Value,
      later: LATER.includes(name),
      notLockable: given.notLockable === true,
      ...(entity ? { entity } : {}),
      ...(options ? { options } : {}),
      ...(type === 'varchar' ? { max: maxLength ?? MAX_VARCHAR } : {}),
      ...(pattern
        ? { pattern: pattern === '$noBadCharacters' ? /^[^<>=]+$/ : new RegExp(`^${pattern}$`, 'u') }
        : {}),
    }
  }
  for (const [name, { type, relationName }] of Object.entries(defs.links ?? {}))
    if (type === 'hasMany' && relationName !== undefined && !WITHOUT.includes(name))
      fields[`${name}Ids`] = { type: 'links' }
  const unique = Object.values(defs.indexes ?? {}).find(({ columns }) => columns.includes('deleteId'))
  const versioned = defs.optimisticConcurrencyControl === true
  const streamed = defs.stream === true
  return { fields, versioned, streamed, ...(unique?.columns[0] ? { unique: unique.columns[0] } : {}) }
}

function typeOf(name: string, { type, dbType }: Record<string, unknown>, { links }: EntityDefs) {
  if (type === 'file') return { type: 'link' as const, attribute: `${name}Id`, entity: 'Attachment' }
  if (type === 'link') return { type: 'link' as const, attribute: `${name}Id`, entity: links?.[name]?.entity }
  return { type: (dbType === 'bigint' ? 'bigint' : type) as FieldType, attribute: name, entity: undefined }
}

const WEBHOOK: Entity = {
  fields: {
    event: { type: 'varchar', required: true, max: 100 },
    url: { type: 'varchar', required: true, max: 512 },
    skipOwn: { type: 'bool', default: false },
    isActive: { type: 'bool', default: true },
  },
}

/** A note in a record's stream. */
const NOTE: Entity = {
  fields: {
    type: { type: 'varchar', required: true },
    post: { type: 'text' },
    parentType: { type: 'varchar' },
    parentId: { type: 'varchar' },
  },
}

/** The entities' metadata: read from the extension package, so that the stand-in cannot diverge from it. */
export const ENTITY_DEFS: Record<string, EntityDefs> = {
  CAkten: { ...aktenDefs, stream: aktenScope.stream },
  CDokumente: { ...dokumenteDefs, stream: dokumenteScope.stream },
}

/** The entities of an installation with these definitions. */
export const entitiesOf = (defs: Record<string, EntityDefs>): Record<string, Entity> => ({
  ...Object.fromEntries(Object.entries(defs).map(([name, one]) => [name, entityOf(one)])),
  Webhook: WEBHOOK,
  Note: NOTE,
})

export const ENTITIES = entitiesOf(ENTITY_DEFS)

/** An installation: its entities and their names, how tests see its records, and what its own hooks do. */
export interface Schema {
  name: string
  akten: string
  dokumente: string
  /** The attribute of a document that holds its Akte. */
  link: string
  defs: Record<string, EntityDefs>
  entities: Record<string, Entity>
  /** Attributes in the extension's names, in which tests speak, as this installation has them; and back. */
  toOffice(side: 'akte' | 'dokument', fields: Record<string, unknown>): Record<string, unknown>
  toExtension(side: 'akte' | 'dokument', record: EspoRecord): EspoRecord
  hooks?: { setsUnclean: boolean; hash: 'blake3' | 'sha256' | 'none' }
  /** What the extension's formulas do: a taken Aktennummer is refused with a notice, a title is the name of the file. */
  hasFormulas?: boolean
  /** Told of each document that was saved, with the attributes that changed. */
  afterSave?(records: Records, record: EspoRecord, changed: string[]): void
}

/** The product's own extension. */
export const EXTENSION: Schema = {
  name: 'extension',
  akten: 'CAkten',
  dokumente: 'CDokumente',
  link: 'cAktenId',
  defs: ENTITY_DEFS,
  entities: ENTITIES,
  hasFormulas: true,
  toOffice: (_side, fields) => fields,
  toExtension: (_side, record) => record,
}

/** Attributes that every record has besides its fields; they are read-only. */
export const SYSTEM_ATTRIBUTES = [
  'id',
  'createdAt',
  'modifiedAt',
  'createdById',
  'modifiedById',
  'versionNumber',
]

export function invalid(entity: string, field: string, type: string): HttpAnswer {
  const body = { messageTranslation: { label: 'validationFailure', scope: null, data: { field, type } } }
  const reason = `Field validation failure; entityType: ${entity}, field: ${field}, type: ${type}.`
  return new HttpAnswer(400, body, { 'X-Status-Reason': reason })
}

/** A date-time as EspoCRM writes it: UTC, whole seconds, no zone. */
export const espoTime = (date: Date): string => date.toISOString().slice(0, 19).replace('T', ' ')

function isRealTime(text: string): boolean {
  const iso = text.length === 10 ? `${text}T00:00:00Z` : `${text.replace(' ', 'T')}Z`
  const date = new Date(iso)
  return !Number.isNaN(date.getTime()) && date.toISOString().slice(0, iso.length - 1) === iso.slice(0, -1)
}

/** EspoCRM trims single-line text (as PHP's trim does) and stores empty text as null. */
function sanitized({ type }: Field, value: Value): Value {
  if (typeof value !== 'string') return value
  const text = type === 'varchar' ? value.replace(/^[ \t\n\r\0\v]+|[ \t\n\r\0\v]+$/g, '') : value
  return text === '' ? null : text
}

/** Why a value is refused, in EspoCRM's term for it; null if it is valid. */
function refusal(field: Field, value: Value): string | null {
  if (value === null)
    return field.required || field.type === 'bool' ? 'required' : field.type === 'enum' ? 'valid' : null
  switch (field.type) {
    case 'enum':
      return typeof value === 'string' && field.options?.includes(value) ? null : 'valid'
    case 'datetime':
      return typeof value === 'string' && /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(value) && isRealTime(value)
        ? null
        : 'valid'
    case 'date':
      return typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) && isRealTime(value)
        ? null
        : 'valid'
    case 'int':
    case 'bigint':
      if (typeof value !== 'number' || !Number.isInteger(value)) return 'valid'
      return field.type === 'int' && (value > 2_147_483_647 || value < -2_147_483_648)
        ? 'rangeInternal'
        : null
    case 'bool':
      return typeof value === 'boolean' ? null : 'valid'
    default:
      if (typeof value !== 'string') return 'valid'
      if (field.required && value.trim() === '') return 'required'
      if (field.max && [...value].length > field.max) return 'maxLength'
      return field.pattern && !field.pattern.test(value) ? 'pattern' : null
  }
}

/** Keeps and validates the known attributes of a body; silently ignores the rest, as EspoCRM does. */
export function checkedFields(
  name: string,
  body: Record<string, unknown>,
  lacksLater: boolean,
  entities: Record<string, Entity> = ENTITIES,
): Record<string, Value> {
  const accepted: Record<string, Value> = {}
  for (const [attribute, field] of Object.entries(entities[name]?.fields ?? {})) {
    const value = body[attribute]
    if (value === undefined || (lacksLater && field.later)) continue
    if (field.type === 'links') {
      if (Array.isArray(value)) accepted[attribute] = value.join(',')
      continue
    }
    if (value !== null && typeof value === 'object') throw invalid(name, attribute, 'valid')
    const kept = sanitized(field, value as Value)
    const reason = refusal(field, kept)
    if (reason) throw invalid(name, attribute, reason)
    accepted[attribute] = kept
  }
  return accepted
}

import { HttpAnswer } from '../stand-in'

export type Value = string | number | boolean | null

/** A record as the REST API shows it. */
export interface EspoRecord {
  id: string
  [attribute: string]: Value
}

type FieldType = 'varchar' | 'text' | 'enum' | 'datetime' | 'date' | 'int' | 'bigint' | 'link' | 'bool'

interface Field {
  type: FieldType
  required?: boolean
  options?: readonly string[]
  default?: Value
  max?: number
  pattern?: RegExp
  /** The entity a link points at. */
  entity?: string
  /** Came later: installations of the predecessor lack it. */
  later?: boolean
}

export interface Entity {
  fields: Record<string, Field>
  unique?: string
  versioned?: boolean
}

const SYNC_STATUS: Field = { type: 'enum', options: ['unclean', 'synced', 'failed'], default: 'unclean' }
const NAME: Field = { type: 'varchar', required: true, max: 255, pattern: /^[^<>=]*$/ }
const FILE_STATUS = ['new', 'changed', 'synced', 'deferred', 'conflict', 'deleted', 'failed']

export const ENTITIES: Record<string, Entity> = {
  CAkten: {
    unique: 'aktennummer',
    fields: {
      name: NAME,
      aktennummer: { type: 'varchar', max: 32 },
      aktivierungsstatus: {
        type: 'enum',
        options: ['Neu', 'Aktiv', 'Import', 'Deaktiviert', 'Abgelegt'],
        default: 'Neu',
      },
      syncStatus: SYNC_STATUS,
      lastSync: { type: 'datetime' },
      syncMessage: { type: 'text', later: true },
    },
  },
  CDokumente: {
    versioned: true,
    fields: {
      name: NAME,
      dokumentId: { type: 'link', entity: 'Attachment' },
      dateipfad: { type: 'varchar', max: 255 },
      blake3hash: { type: 'varchar', max: 64 },
      syncHash: { type: 'varchar', max: 64 },
      sync_usn: { type: 'bigint' },
      syncAttachmentId: { type: 'varchar', max: 24, later: true },
      fileStatus: { type: 'enum', options: FILE_STATUS, default: 'new' },
      syncStatus: SYNC_STATUS,
      syncMessage: { type: 'text', later: true },
      lastSync: { type: 'datetime' },
      hnr: { type: 'int' },
      historyArt: { type: 'varchar', max: 255, later: true },
      historyText: { type: 'text', later: true },
      historyDatum: { type: 'date', later: true },
      cAktenId: { type: 'link', entity: 'CAkten' },
    },
  },
  Webhook: {
    fields: {
      event: { type: 'varchar', required: true, max: 100 },
      url: { type: 'varchar', required: true, max: 512 },
      skipOwn: { type: 'bool', default: false },
      isActive: { type: 'bool', default: true },
    },
  },
}

/** Attributes every record has beside its fields; they are read-only. */
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

/** Why a value is refused, in EspoCRM's word for it; null where it is fine. */
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
      if (field.max && value.length > field.max) return 'maxLength'
      return field.pattern && !field.pattern.test(value) ? 'pattern' : null
  }
}

/** Keeps the known attributes of a body and checks them; the rest is ignored without a word, as EspoCRM does. */
export function checkedFields(
  name: string,
  body: Record<string, unknown>,
  lacksLater: boolean,
): Record<string, Value> {
  const accepted: Record<string, Value> = {}
  for (const [attribute, field] of Object.entries(ENTITIES[name]?.fields ?? {})) {
    const value = body[attribute]
    if (value === undefined || (lacksLater && field.later)) continue
    if (value !== null && typeof value === 'object') throw invalid(name, attribute, 'valid')
    const reason = refusal(field, value as Value)
    if (reason) throw invalid(name, attribute, reason)
    // EspoCRM keeps an empty text as null.
    accepted[attribute] = value === '' ? null : (value as Value)
  }
  return accepted
}

import { HttpAnswer } from '../stand-in'
import type { EspoRecord, Value } from './schema'

interface Condition {
  type: string
  attribute: string
  value: string | string[]
}

const folded = new Map<string, string>()

/** A text as MariaDB's default collation compares it: no case, no accents, no trailing blanks. */
export function fold(value: Value | undefined): string {
  const text = typeof value === 'boolean' ? (value ? '1' : '0') : String(value ?? '')
  let result = folded.get(text)
  if (result === undefined) {
    result = text
      .normalize('NFD')
      .replace(/\p{M}/gu, '')
      .toLowerCase()
      .replaceAll('ß', 'ss')
      .replace(/ +$/, '')
    if (folded.size > 100_000) folded.clear()
    folded.set(text, result)
  }
  return result
}

function conditions(query: URLSearchParams): Condition[] {
  const found = new Map<string, Condition>()
  for (const [key, value] of query) {
    const [, index, part, nested, list] = /^where\[(\d+)\]\[(\w+)\]((?:\[\d*\])?)(.*)$/.exec(key) ?? []
    if (index === undefined || part === undefined) continue
    if (list) throw refuse(400, 'Bad where.')
    const condition = found.get(index) ?? { type: '', attribute: '', value: '' }
    if (part === 'type') condition.type = value
    else if (part === 'attribute' || part === 'field') condition.attribute = value
    else if (part === 'value') {
      if (!nested) condition.value = value
      else condition.value = Array.isArray(condition.value) ? [...condition.value, value] : [value]
    }
    found.set(index, condition)
  }
  return [...found.values()]
}

/** The value that an attribute has to have for this query; null where it may have several. */
export function equalTo(query: URLSearchParams, attribute: string): string | null {
  const found = conditions(query).find((one) => one.type === 'equals' && one.attribute === attribute)
  return typeof found?.value === 'string' ? found.value : null
}

const compare = <T extends string | number>(left: T, right: T): number =>
  left < right ? -1 : Number(left > right)

function orderOf(value: Value, other: string): number {
  return typeof value === 'number' ? value - Number(other) : compare(fold(value), fold(other))
}

function holds(value: Value, condition: Condition): boolean {
  const wanted = condition.value
  const first = Array.isArray(wanted) ? (wanted[0] ?? '') : wanted
  const all = Array.isArray(wanted) ? wanted : [wanted]
  switch (condition.type) {
    case 'equals':
      return value !== null && fold(value) === fold(first)
    case 'notEquals':
      return value !== null && fold(value) !== fold(first)
    case 'in':
      return value !== null && all.some((one) => fold(value) === fold(one))
    case 'notIn':
      return value !== null && all.every((one) => fold(value) !== fold(one))
    case 'isNull':
      return value === null
    case 'isNotNull':
      return value !== null
    case 'isTrue':
      return value === true
    case 'isFalse':
      return value === false
    case 'greaterThan':
    case 'after':
      return value !== null && orderOf(value, first) > 0
    case 'greaterThanOrEquals':
      return value !== null && orderOf(value, first) >= 0
    case 'lessThan':
    case 'before':
      return value !== null && orderOf(value, first) < 0
    case 'lessThanOrEquals':
      return value !== null && orderOf(value, first) <= 0
    case 'startsWith':
      return value !== null && fold(value).startsWith(fold(first))
    case 'contains':
      return value !== null && fold(value).includes(fold(first))
    default:
      throw refuse(400, `Unknown where type '${condition.type}'.`)
  }
}

function isMet(record: EspoRecord, one: Condition, linkedIds: Parameters<typeof listing>[5]): boolean {
  if (one.type !== 'linkedWith') return holds(record[one.attribute] ?? null, one)
  const ids = linkedIds?.(record, one.attribute)
  if (ids === undefined) throw refuse(400, `Bad where. Link '${one.attribute}' does not exist.`)
  return [one.value].flat().some((id) => ids.includes(id))
}

export function refuse(status: number, reason: string): HttpAnswer {
  return new HttpAnswer(status, '', { 'X-Status-Reason': reason })
}

function integer(query: URLSearchParams, name: string, fallback: number): number {
  const text = query.get(name)
  if (text === null || text === '') return fallback
  if (!/^\d+$/.test(text)) throw refuse(400, `Bad ${name}.`)
  return Number(text)
}

export interface Listing {
  total: number
  list: Record<string, Value>[]
}

/** Answers a list request the way EspoCRM does, its limits included. */
export function listing(
  records: EspoRecord[],
  attributes: ReadonlySet<string>,
  query: URLSearchParams,
  noTotal: boolean,
  show: (record: EspoRecord, attributes?: ReadonlySet<string>) => Record<string, Value>,
  linkedIds?: (record: EspoRecord, link: string) => string[] | undefined,
): Listing {
  const maxSize = integer(query, 'maxSize', 20)
  if (maxSize > 200) throw refuse(403, 'Max size should not exceed 200. Use offset and limit.')
  const offset = integer(query, 'offset', 0)
  const wanted = conditions(query)
  for (const { type, attribute } of wanted) {
    if (type !== 'linkedWith' && !attributes.has(attribute))
      throw refuse(400, `Bad where. Attribute '${attribute}' does not exist.`)
  }
  const orderBy = query.get('orderBy') || 'createdAt'
  if (!attributes.has(orderBy)) throw refuse(400, `Bad orderBy '${orderBy}'.`)
  const direction =
    (query.get('order') || (query.get('orderBy') ? 'asc' : 'desc')).toLowerCase() === 'desc' ? -1 : 1
  const found = records
    .filter((record) => wanted.every((one) => isMet(record, one, linkedIds)))
    .map((record) => {
      const value = record[orderBy] ?? null
      return { record, key: typeof value === 'number' ? value : fold(value) }
    })
    .sort((a, b) => direction * (compare(a.key, b.key) || compare(a.record.id, b.record.id)))
  const select = query.get('select')?.split(',').filter(Boolean)
  const shown = select?.length ? new Set(['id', ...select]) : undefined
  const list = found.slice(offset, offset + maxSize).map(({ record }) => show(record, shown))
  return { total: noTotal ? (found.length > offset + maxSize ? -1 : -2) : found.length, list }
}

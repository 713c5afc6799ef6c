import { z } from 'zod'
import { createHttp, send } from '../http/http-client'
import type { ServiceContext } from '../model/service-context'

/** Where connectors serve it (docs/contracts.md, Advoware): the usual places of ASP.NET, the newer one first. */
const PATHS = ['/swagger/v1/swagger.json', '/swagger/docs/v1']
const LONGEST_MS = 10_000
const LARGEST_BYTES = 20 * 1024 * 1024
const MOST_NAMES = 100
const HISTORY = /\/Akten\/\{[^/}]+\}\/History$/i

const object = z.record(z.string(), z.unknown())

/** What a connector documents about the History of an Akte. */
export interface DocumentedHistory {
  /** The path as documented, with its prefix. */
  path: string
  /** Names of an entry's fields, 100 at most. */
  fields: string[]
}

/**
 * Reads the connector's Swagger (OpenAPI 2 or 3), without a login: it is public there. Null where there is none, or
 * none that says it; at most 20 MB and about ten seconds for each of two places.
 */
export async function readConnectorSwagger(
  { clock }: ServiceContext,
  apiUrl: string,
): Promise<DocumentedHistory | null> {
  const http = createHttp(apiUrl, { clock })
  for (const url of PATHS) {
    const signal = AbortSignal.timeout(LONGEST_MS)
    const limits = { timeout: LONGEST_MS, maxContentLength: LARGEST_BYTES, 'axios-retry': { retries: 0 } }
    const answer = await send('Advoware', http, { url, signal, ...limits }).catch(() => null)
    const found = documentedHistory(answer?.data)
    if (found !== null) return found
  }
  return null
}

/** What a Swagger document says about the History; null where it says nothing. Never throws. */
export function documentedHistory(document: unknown): DocumentedHistory | null {
  const path = Object.keys(at(document, 'paths') ?? {}).find((one) => HISTORY.test(one))
  if (path === undefined) return null
  const ok = at(document, 'paths', path, 'get', 'responses', '200')
  const media = Object.values(at(ok, 'content') ?? {})[0]
  const schema = at(ok, 'schema') ?? at(media, 'schema')
  const fields = fieldsOf(document, schema, new Set())
  return { path, fields: fields.filter(isFieldName).slice(0, MOST_NAMES) }
}

/** The properties of a schema, of what it refers to, of a list's items, and of all that it is made of. */
function fieldsOf(document: unknown, schema: unknown, followed: Set<string>): string[] {
  const deeper = (other: unknown) => fieldsOf(document, other, followed)
  const reference = z.string().safeParse(member(schema, '$ref')).data
  if (reference !== undefined) {
    if (followed.has(reference)) return []
    followed.add(reference)
    return deeper(at(document, ...reference.replace(/^#\//, '').split('/')))
  }
  const items = at(schema, 'items')
  if (items !== undefined) return deeper(items)
  const parts = z.array(z.unknown()).safeParse(member(schema, 'allOf')).data ?? []
  return [...Object.keys(at(schema, 'properties') ?? {}), ...parts.flatMap(deeper)]
}

/** The object at a path of names; undefined where there is none. */
function at(value: unknown, ...names: string[]): Record<string, unknown> | undefined {
  return object.safeParse(names.reduce(member, value)).data
}

const member = (value: unknown, name: string): unknown => {
  const parsed = object.safeParse(value).data
  return parsed !== undefined && Object.hasOwn(parsed, name) ? parsed[name] : undefined
}

/** A name that can be shown in a terminal, whatever Advoware sent. */
export const isFieldName = (name: string): boolean => /^[\p{L}\p{N}_.$-]{1,64}$/u.test(name)

import { readFileSync, statSync } from 'node:fs'
import { type AnyNode, type DocumentNode, parse } from '@humanwhocodes/momoa'
import { z } from 'zod'

/** The file that is read where `ESPOCRM_MAPPING` is blank and the file exists. */
export const MAPPING_FILE = 'espocrm.mapping.json'

const NAME = /^[A-Za-z]\w*$/
const name = z
  .string({ error: 'is not a text' })
  .regex(NAME, 'is not a name as EspoCRM has them (letters, digits and _)')
const value = z.string({ error: 'is not a text' }).min(1, 'is blank')

/** An attribute of the office's EspoCRM; `types` are EspoCRM's field types that the product can read and write there. */
const attribute = <const T extends readonly [string, ...string[]]>(types: T) =>
  z.strictObject({
    name,
    type: z.enum(types, { error: `is none of the types that fit: ${types.join(', ')}` }),
    /** The office does not have it: the extension that is built for this mapping adds it. */
    add: z.boolean().optional(),
  })

/** An enum whose values mean something to the product: its word → the office's. A word that is left out is not written. */
const states = <const T extends readonly [string, ...string[]]>(words: T) =>
  attribute(['enum', 'varchar']).extend({
    values: z
      .partialRecord(z.enum(words, { error: `is none of the product's words: ${words.join(', ')}` }), value)
      .refine((values) => Object.keys(values).length > 0, 'maps no value'),
  })

const SYNC_STATUS = ['unclean', 'synced', 'failed'] as const
const FILE_STATUS = ['new', 'changed', 'synced', 'deferred', 'conflict', 'deleted', 'left', 'failed'] as const
const line = attribute(['varchar', 'text'])

const akteAttributes = z.strictObject({
  name: line.optional(),
  aktennummer: attribute(['varchar', 'int', 'autoincrement', 'number', 'text']),
  aktivierungsstatus: attribute(['enum', 'varchar'])
    .extend({
      /** Akten with one of these values are synced. */
      synced: z
        .array(value, { error: 'is missing: which values mean that an Akte is synced?' })
        .min(1, 'is empty'),
      /** Written when Advoware archived the Akte: it is synced no more. */
      closed: z.string({ error: 'is missing: which value closes an Akte?' }).min(1, 'is blank'),
    })
    .refine(({ synced, closed }) => !synced.includes(closed), {
      path: ['closed'],
      error: 'is also among the values that are synced',
    }),
  syncStatus: states(SYNC_STATUS).optional(),
  syncMessage: line.optional(),
  lastSync: attribute(['datetime']).optional(),
  /** A person ticks it to ask for a sync; the run takes the tick away. */
  syncAngefordert: attribute(['bool']).optional(),
  /** What the last run found: documents, those of them that wait, and that need a person. */
  dokumenteGesamt: attribute(['int']).optional(),
  dokumenteWartend: attribute(['int']).optional(),
  dokumenteKlaerung: attribute(['int']).optional(),
  /** The Akte as a whole, or one of its documents, goes on only when a person did something. */
  brauchtPerson: attribute(['bool']).optional(),
})

const dokumentAttributes = z.strictObject({
  name: line,
  dokument: attribute(['file']),
  dateipfad: line.optional(),
  blake3hash: line
    .extend({
      /** A hook of the office computes it whenever a file is uploaded: read, never written. */
      computed: z.boolean().optional(),
    })
    .optional(),
  syncHash: line.optional(),
  syncUsn: attribute(['int', 'varchar']).optional(),
  syncAttachmentId: line.optional(),
  syncAkteId: line.optional(),
  syncPfad: line.optional(),
  fileStatus: states(FILE_STATUS).optional(),
  syncStatus: states(SYNC_STATUS).optional(),
  syncMessage: line.optional(),
  lastSync: attribute(['datetime']).optional(),
  hnr: attribute(['int', 'varchar']).optional(),
  historyArt: attribute(['varchar', 'text', 'enum']).optional(),
  historyText: line.optional(),
  historyDatum: attribute(['date', 'varchar']).optional(),
  /** What its former versions were and where to get them: EspoCRM shows Markdown there. */
  syncFassungen: attribute(['text']).optional(),
})

/** What says to which Akte a document belongs. */
const link = z.discriminatedUnion(
  'type',
  [
    /** n:1: `link` of the document; its attribute is `{link}Id`. */
    z.strictObject({ type: z.literal('belongsTo'), link: name, foreign: name.optional() }),
    /** m:n: `link` of the document, which leads to its Akten; `foreign` leads back. */
    z.strictObject({ type: z.literal('manyMany'), link: name, foreign: name }),
  ],
  { error: 'is neither belongsTo (n:1) nor manyMany (m:n)' },
)

/** What the product keeps in Redis and on disk where the office's documents have no room for it. */
export const STORED_BASE = [
  'dateipfad',
  'syncHash',
  'syncUsn',
  'syncAttachmentId',
  'syncAkteId',
  'syncPfad',
] as const

const mappingSchema = z
  .strictObject({
    comment: z.string().optional(),
    akte: z.strictObject({ entity: name, attributes: akteAttributes }),
    dokument: z.strictObject({
      entity: name,
      akte: link,
      /** Where the base of a document lives: on the document, or in Redis beside a copy on disk. */
      base: z.enum(['espocrm', 'redis'], { error: 'is neither espocrm nor redis' }).default('espocrm'),
      attributes: dokumentAttributes,
    }),
  })
  .check(({ value: { akte, dokument }, issues }) => {
    const refuse = (path: (string | number)[], message: string) =>
      issues.push({ code: 'custom', path, message, input: undefined })
    if (akte.entity === dokument.entity)
      refuse(['dokument', 'entity'], `is the entity of the Akten as well: ${akte.entity}`)
    for (const [side, { attributes }] of [
      ['akte', akte],
      ['dokument', dokument],
    ] as const) {
      const taken = new Map<string, string>()
      for (const [key, mapped] of Object.entries(attributes)) {
        const other = taken.get(mapped.name)
        if (other !== undefined)
          refuse([side, 'attributes', key, 'name'], `is mapped twice: ${mapped.name} is ${other} already`)
        taken.set(mapped.name, key)
      }
    }
    const { attributes, base } = dokument
    const { deleted, ...others } = attributes.fileStatus?.values ?? {}
    if (deleted !== undefined && Object.values(others).includes(deleted))
      refuse(
        ['dokument', 'attributes', 'fileStatus', 'values', 'deleted'],
        'needs a value of its own: it keeps a document from being restored',
      )
    if (base === 'redis') {
      for (const key of STORED_BASE)
        if (key !== 'dateipfad' && attributes[key])
          refuse(['dokument', 'attributes', key], 'cannot be mapped, because the base is kept in Redis')
      return
    }
    const lacks = (what: string) =>
      refuse(['dokument', 'attributes'], `lacks ${what}; or set dokument.base to redis`)
    if (!attributes.syncHash) lacks('syncHash, without which nothing is known of the last sync')
    if (!attributes.syncAttachmentId && !attributes.syncUsn)
      lacks('syncAttachmentId and syncUsn, one of which tells what changed since the last sync')
    if (!attributes.dateipfad) lacks('dateipfad, the path of the file in Windows')
  })

type Parsed = z.output<typeof mappingSchema>

/** An attribute of the office's EspoCRM under the product's name. */
export interface MappedAttribute {
  name: string
  type: string
  add?: boolean | undefined
  /** Came to the extension later: an installation of the extension may lack it. Never in a file. */
  optional?: boolean | undefined
  /** Of a hash: the office's EspoCRM computes it. */
  computed?: boolean | undefined
  /** Of an enum: the product's word → the office's. */
  values?: Partial<Record<string, string>> | undefined
}

/** How the office's EspoCRM calls what the product reads and writes: docs/espocrm.md, "The office's own names". */
export interface EspoMapping {
  akte: {
    entity: string
    attributes: Partial<Record<AkteKey, MappedAttribute>> &
      Pick<Parsed['akte']['attributes'], 'aktennummer' | 'aktivierungsstatus'>
  }
  dokument: {
    entity: string
    akte: Parsed['dokument']['akte']
    base: Parsed['dokument']['base']
    attributes: Partial<Record<DokumentKey, MappedAttribute>> &
      Pick<Parsed['dokument']['attributes'], 'name' | 'dokument'>
  }
}

/** The product's names of an Akte's and of a document's attributes. */
export type AkteKey = keyof Parsed['akte']['attributes']
export type DokumentKey = keyof Parsed['dokument']['attributes']
export const AKTE_KEYS = Object.keys(akteAttributes.shape) as AkteKey[]
export const DOKUMENT_KEYS = Object.keys(dokumentAttributes.shape) as DokumentKey[]

/** EspoCRM's field types that an attribute may have, the extension's own first. */
export function typesOf(side: 'akte' | 'dokument', key: string): readonly string[] {
  const shape: Record<string, z.ZodType> = side === 'akte' ? akteAttributes.shape : dokumentAttributes.shape
  let schema = shape[key]
  if (schema instanceof z.ZodOptional) schema = schema.unwrap() as z.ZodType
  const { type } = (schema as z.ZodObject<{ type: z.ZodEnum }>).shape
  return type.options.map(String)
}

/** The words of the product's own states, in the order that the extension lists them. */
export const WORDS: Record<string, readonly string[]> = { syncStatus: SYNC_STATUS, fileStatus: FILE_STATUS }

const own = <T extends string>(name: string, type: T) => ({ name, type })
const later = <T extends string>(name: string, type: T) => ({ name, type, optional: true })
const sameWords = <T extends readonly string[]>(words: T) =>
  Object.fromEntries(words.map((word) => [word, word])) as Record<T[number], string>
const syncStatus = { ...own('syncStatus', 'enum' as const), values: sameWords(SYNC_STATUS) }

/** The names of the product's own extension: what counts without a mapping. */
export const EXTENSION_MAPPING = {
  akte: {
    entity: 'CAkten',
    attributes: {
      name: own('name', 'varchar'),
      aktennummer: own('aktennummer', 'varchar'),
      aktivierungsstatus: {
        ...own('aktivierungsstatus', 'enum'),
        synced: ['Neu', 'Aktiv', 'Import'],
        closed: 'Deaktiviert',
      },
      syncStatus,
      syncMessage: later('syncMessage', 'text'),
      lastSync: own('lastSync', 'datetime'),
      syncAngefordert: later('syncAngefordert', 'bool'),
      dokumenteGesamt: later('dokumenteGesamt', 'int'),
      dokumenteWartend: later('dokumenteWartend', 'int'),
      dokumenteKlaerung: later('dokumenteKlaerung', 'int'),
      brauchtPerson: later('brauchtPerson', 'bool'),
    },
  },
  dokument: {
    entity: 'CDokumente',
    akte: { type: 'belongsTo', link: 'cAkten', foreign: 'dokumente' },
    base: 'espocrm',
    attributes: {
      name: own('name', 'varchar'),
      dokument: own('dokument', 'file'),
      dateipfad: own('dateipfad', 'varchar'),
      blake3hash: own('blake3hash', 'varchar'),
      syncHash: own('syncHash', 'varchar'),
      syncUsn: own('sync_usn', 'int'),
      syncAttachmentId: later('syncAttachmentId', 'varchar'),
      syncAkteId: later('syncAkteId', 'varchar'),
      syncPfad: later('syncPfad', 'varchar'),
      fileStatus: { ...own('fileStatus', 'enum'), values: sameWords(FILE_STATUS) },
      syncStatus,
      syncMessage: later('syncMessage', 'text'),
      lastSync: own('lastSync', 'datetime'),
      hnr: later('hnr', 'int'),
      historyArt: later('historyArt', 'varchar'),
      historyText: later('historyText', 'text'),
      historyDatum: later('historyDatum', 'date'),
      syncFassungen: later('syncFassungen', 'text'),
    },
  },
} satisfies EspoMapping as EspoMapping

/** A mapping, or what keeps a file from being one: a line for each problem, with the file's line. */
export type MappingResult = { mapping: EspoMapping } | { problems: string[] }

let lastRead: { path: string; modified: number; size: number; result: MappingResult } | undefined

/**
 * Reads a mapping file; an unchanged one is parsed once in a process. Without a path: `espocrm.mapping.json` of the
 * working directory where there is one, else the extension's own names.
 */
export function readMapping(path: string | undefined): MappingResult {
  const file = path ?? MAPPING_FILE
  const found = statSync(file, { throwIfNoEntry: false })
  if (found === undefined) {
    if (path === undefined) return { mapping: EXTENSION_MAPPING }
    return { problems: [`${file}: there is no such file`] }
  }
  const { mtimeMs: modified, size } = found
  if (lastRead?.path === file && lastRead.modified === modified && lastRead.size === size)
    return lastRead.result
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    return { problems: [`${file} cannot be read: ${(error as Error).message}`] }
  }
  const result = parseMapping(text, file)
  lastRead = { path: file, modified, size, result }
  return result
}

/** Parses the text of a mapping file; `file` stands before the line of each problem. */
export function parseMapping(text: string, file: string): MappingResult {
  let document: DocumentNode
  try {
    document = parse(text, { mode: 'json' })
  } catch (error) {
    const { line, message } = error as Error & { line?: number }
    return { problems: [`${file}:${line ?? 1} is not JSON: ${message}`] }
  }
  const problems = twins(document.body).map(({ line, name }) => ({
    line,
    text: `"${name}" stands there twice`,
  }))
  const parsed = mappingSchema.safeParse(JSON.parse(text))
  for (const issue of parsed.error?.issues ?? []) {
    const keys = issue.code === 'unrecognized_keys' ? issue.keys : [undefined]
    for (const key of keys) {
      const path = key === undefined ? issue.path : [...issue.path, key]
      const what = key === undefined ? messageOf(issue) : `is no word of a mapping${hintFor(issue.path)}`
      problems.push({ line: lineOf(document.body, path), text: `${path.join('.') || 'the file'} ${what}` })
    }
  }
  if (problems.length > 0 || !parsed.success) {
    problems.sort((a, b) => a.line - b.line)
    return { problems: problems.map((problem) => `${file}:${problem.line} ${problem.text}`) }
  }
  return { mapping: parsed.data }
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? issue.message
  if (issue.code === 'invalid_type' && issue.expected === 'object' && issue.input === undefined)
    return 'is missing'
  return issue.message
}

/** What could have been meant at this place. */
function hintFor(path: PropertyKey[]): string {
  const [side, , key] = path.map(String)
  const attributes = { akte: AKTE_KEYS, dokument: DOKUMENT_KEYS }[side ?? '']
  const known = path.length === 2 && path[1] === 'attributes' ? attributes : undefined
  const words = path.at(-1) === 'values' ? WORDS[key ?? ''] : undefined
  const all = known ?? words
  return all ? `; known are ${all.join(', ')}` : ''
}

/** Names that stand twice in one object: JSON takes the last one without a word. */
function twins(node: AnyNode): { line: number; name: string }[] {
  if (node.type === 'Array') return node.elements.flatMap(({ value }) => twins(value))
  if (node.type !== 'Object') return []
  const seen = new Set<string>()
  return node.members.flatMap(({ name: key, value }) => {
    const text = key.type === 'String' ? key.value : key.name
    const isTwin = seen.has(text)
    seen.add(text)
    return [...(isTwin ? [{ line: key.loc.start.line, name: text }] : []), ...twins(value)]
  })
}

/** The line where a value stands; what is missing belongs to the object that lacks it. */
function lineOf(body: AnyNode, path: readonly PropertyKey[]): number {
  let node = body
  let { line } = body.loc.start
  for (const step of path) {
    if (node.type === 'Array') {
      const element = node.elements[Number(step)]
      if (element === undefined) return line
      node = element.value
    } else if (node.type === 'Object') {
      const member = node.members.find(
        ({ name: key }) => (key.type === 'String' ? key.value : key.name) === step,
      )
      if (member === undefined) return line
      node = member.value
      line = member.loc.start.line
      continue
    } else return line
    line = node.loc.start.line
  }
  return line
}

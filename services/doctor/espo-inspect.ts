import { z } from 'zod'
import { ContractError } from '../errors'
import type { EspoClient } from '../espo/espo-client'
import { LOSSES } from '../espo/espo-requirements'
import {
  AKTE_KEYS,
  DOKUMENT_KEYS,
  EXTENSION_MAPPING,
  type MappedAttribute,
  typesOf,
  WORDS,
} from '../espo-mapping'
import { parseAnswer } from '../http/http-client'
import type { Language } from '../model/reasons'
import { doctorText } from '../text/doctor'
import { type InspectText, inspectText } from '../text/inspect'

const SYSTEM = 'EspoCRM'

const fieldSchema = z.object({
  type: z.string(),
  dbType: z.string().nullish(),
  options: z.array(z.string()).nullish(),
})
const defsSchema = z.object({
  fields: z.record(z.string(), fieldSchema.catch({ type: 'unknown' })),
  links: z
    .record(
      z.string(),
      z.object({
        type: z.string().nullish(),
        entity: z.string().nullish(),
        foreign: z.string().nullish(),
        relationName: z.string().nullish(),
      }),
    )
    .catch({}),
})
type Field = z.output<typeof fieldSchema>
type Defs = z.output<typeof defsSchema>
type Side = 'akte' | 'dokument'

/** How sure the proposal is of one line of it. */
export interface InspectLine {
  level: 'found' | 'guessed' | 'missing'
  /** The product's name, such as `dokument.syncHash`. */
  about: string
  text: string
}

/** An attribute as the proposal writes it. */
type Proposed = MappedAttribute & { synced?: string[]; closed?: string }

/** A mapping file in the making; a person reads it before it counts. */
export interface ProposedMapping {
  akte: { entity: string; attributes: Record<string, Proposed> }
  dokument: {
    entity: string
    akte: { type: 'belongsTo' | 'manyMany'; link: string; foreign?: string }
    base: 'espocrm'
    attributes: Record<string, Proposed>
  }
}

/** A mapping that would fit an installation, and how each part of it was found. */
export interface Proposal {
  mapping: ProposedMapping
  lines: InspectLine[]
  /** Every name is the extension's own: no mapping file is needed. */
  isExtension: boolean
}

/** What an attribute may also be called, where its type fits. */
const LIKELY: Record<Side, Record<string, RegExp>> = {
  akte: {
    name: /^(titel|bezeichnung|title)$/i,
    aktennummer: /^(akten?_?(nummer|nr)|nummer|number|case_?number)$/i,
    aktivierungsstatus: /(aktivierung|activation)|^(akten_?)?status$/i,
    syncStatus: /^(advoware_?)?sync_?(status|state)$/i,
    syncMessage: /^sync_?(message|note|error|hinweis|fehler)$/i,
    lastSync: /^(last|letzte[rs]?)_?(sync|synced|abgleich)(_?(at|am|timestamp))?$/i,
    syncAngefordert: /^(sync|abgleich)_?(angefordert|requested)$/i,
    dokumenteGesamt: /^(anzahl_?dokumente|dokumente_?gesamt)$/i,
    dokumenteWartend: /^dokumente_?wartend$/i,
    dokumenteKlaerung: /^dokumente_?klaerung$/i,
    brauchtPerson: /^braucht_?person$/i,
  },
  dokument: {
    name: /^(titel|bezeichnung|title)$/i,
    dokument: /^(file|datei|document|anhang|attachment)$/i,
    dateipfad: /^((datei|windows|file)_?(pfad|path)|pfad|path)$/i,
    blake3hash: /^blake_?3(_?hash)?$/i,
    syncHash: /^(last_?)?sync(ed)?_?hash$/i,
    syncUsn: /^(sync_?|last_?)?usn$/i,
    syncAttachmentId: /^sync(ed)?_?attachment(_?id)?$/i,
    syncAkteId: /^sync(ed)?_?akte(_?id)?$/i,
    syncPfad: /^sync(ed)?_?(pfad|path)$/i,
    fileStatus: /^(windows_?)?file_?status$/i,
    syncStatus: /^sync_?(status|state)$/i,
    syncMessage: /^sync_?(message|note|error|hinweis|fehler)$/i,
    lastSync: /^(last|letzte[rs]?)_?(sync|synced|abgleich)(_?(at|am|timestamp))?$/i,
    hnr: /^(hnr|history_?(nr|nummer|number))$/i,
    historyArt: /^history_?(art|type|kind)$/i,
    historyText: /^history_?(text|bemerkung|remark)$/i,
    historyDatum: /^history_?(datum|date)$/i,
    syncFassungen: /^sync_?(fassungen|versions)$/i,
  },
}
/** Values that probably mean one of the product's words. */
const LIKELY_WORDS: Record<string, RegExp> = {
  unclean: /^(unclean|dirty|offen|pending|pending_sync|new|neu)$/i,
  synced: /^(synced|synchronisiert|abgeglichen|ok|clean)$/i,
  failed: /^(failed|error|fehlgeschlagen|fehler)$/i,
}
const LIKELY_SYNCED = /^(neu|new|aktiv|active|import(iert|ed)?)$/i
const LIKELY_CLOSED = /^(deaktiviert|deactivated|inactive|inaktiv|abgelegt|archived|closed|geschlossen)$/i
/** Without these words a status of files is somebody else's. */
const OWN_FILE_STATUS = ['synced', 'deferred', 'conflict', 'deleted']

/**
 * Reads an installation's metadata and proposes a mapping for it. Reads only.
 * @throws ContractError when there is nothing that could be Akten with documents; the errors of EspoCRM
 */
export async function inspectEspo(
  client: Pick<EspoClient, 'request'>,
  language: Language,
): Promise<Proposal> {
  const { data } = await client.request('GET', 'Metadata', { params: { key: 'entityDefs' } })
  const all = parseAnswer(SYSTEM, 'Metadata', z.record(z.string(), z.unknown()), data)
  const entities = new Map<string, Defs>()
  for (const [name, one] of Object.entries(all)) {
    const defs = defsSchema.safeParse(one).data
    if (defs) entities.set(name, defs)
  }
  return propose(entities, language)
}

/** The proposal for these entities. Pure. */
function propose(entities: ReadonlyMap<string, Defs>, language: Language): Proposal {
  const text = inspectText(language)
  const [found, ...others] = candidates(entities, text)
  if (found === undefined) throw new ContractError(text.nothing, { system: SYSTEM })
  const { akten, dokumente, link, evidence } = found
  const lines: InspectLine[] = []
  const rivals = others
    .filter((other) => other.score === found.score)
    .map((other) => text.pair(other.akten, other.dokumente))
  const isOwn = akten === EXTENSION_MAPPING.akte.entity && dokumente === EXTENSION_MAPPING.dokument.entity
  const level = isOwn ? 'found' : 'guessed'
  lines.push({
    level,
    about: 'entities',
    text: text.entities(akten, dokumente, evidence, rivals),
  })
  const isMany = link.type === 'manyMany'
  lines.push({
    level: isMany || rivals.length > 0 ? 'guessed' : 'found',
    about: 'dokument.akte',
    text: isMany ? text.many(`${dokumente}.${link.link}`) : text.one(`${dokumente}.${link.link}`),
  })
  const told: Telling = { lines, text, loss: doctorText(language).espo.loss }
  const attributes = {
    akte: attributesOf('akte', akten, entities.get(akten) as Defs, told),
    dokument: attributesOf('dokument', dokumente, entities.get(dokumente) as Defs, told),
  }
  const mapping: ProposedMapping = {
    akte: { entity: akten, attributes: attributes.akte },
    dokument: { entity: dokumente, akte: link, base: 'espocrm', attributes: attributes.dokument },
  }
  return { mapping, lines, isExtension: isOwn && lines.every((line) => line.level === 'found') }
}

/** Where the lines go, and their words. */
interface Telling {
  lines: InspectLine[]
  text: InspectText
  loss: (loss: string) => string
}

interface Candidate {
  akten: string
  dokumente: string
  link: ProposedMapping['dokument']['akte']
  evidence: string[]
  score: number
}

/** Pairs of entities that may be Akten and documents, the likeliest first. */
function candidates(entities: ReadonlyMap<string, Defs>, text: InspectText): Candidate[] {
  const found: Candidate[] = []
  for (const [dokumente, defs] of entities) {
    if (!Object.values(defs.fields).some(({ type }) => type === 'file')) continue
    for (const [name, { type, entity, foreign, relationName }] of Object.entries(defs.links)) {
      const akte = entities.get(entity ?? '')
      if (!entity || !akte || entity === dokumente) continue
      const isMany = type === 'hasMany' && Boolean(relationName)
      if (type !== 'belongsTo' && !isMany) continue
      if (isMany && !foreign) continue
      const number = Object.keys(akte.fields).find((field) => LIKELY.akte.aktennummer?.test(field))
      const status = Object.keys(akte.fields).find((field) => LIKELY.akte.aktivierungsstatus?.test(field))
      if (number === undefined || status === undefined) continue
      const evidence = [
        text.has(entity, number, status),
        text.isLinked(dokumente),
        ...(/akte/i.test(entity) ? [text.isCalledSo(entity)] : []),
        ...(/do[kc]ument/i.test(dokumente) ? [text.isCalledSo(dokumente)] : []),
      ]
      const hash = Object.keys(defs.fields).some((field) => LIKELY.dokument.syncHash?.test(field))
      const score = evidence.length + (hash ? 1 : 0) + (status === 'aktivierungsstatus' ? 1 : 0)
      const link = isMany
        ? { type: 'manyMany' as const, link: name, foreign: foreign ?? '' }
        : { type: 'belongsTo' as const, link: name, ...(foreign ? { foreign } : {}) }
      found.push({ akten: entity, dokumente, link, evidence, score })
    }
  }
  return found.sort((a, b) => b.score - a.score)
}

/** The attributes of one entity; tells of each how it was found. */
function attributesOf(side: Side, entity: string, defs: Defs, told: Telling): Record<string, Proposed> {
  const { lines, text, loss } = told
  const own: Partial<Record<string, Proposed>> = EXTENSION_MAPPING[side].attributes
  const keys: readonly string[] = side === 'akte' ? AKTE_KEYS : DOKUMENT_KEYS
  const taken = new Set<string>()
  const proposed: Record<string, Proposed> = {}
  for (const key of keys) {
    const wanted = own[key] as Proposed
    const types = typesOf(side, key)
    const named = [wanted.name, ...Object.keys(defs.fields).filter((name) => LIKELY[side][key]?.test(name))]
    const fits = named.find((name) => {
      const field = defs.fields[name]
      return field !== undefined && types.includes(field.type) && !taken.has(name) && isUsable(key, field)
    })
    const name = fits ?? (key === 'dokument' ? firstFile(defs) : undefined)
    const about = `${side}.${key}`
    if (name === undefined) {
      const added = addedAs(key, wanted, defs)
      proposed[key] = added
      taken.add(added.name)
      const why = defs.fields[wanted.name] ? text.isOther(wanted.name) : ''
      const lost = `${loss(LOSSES[side][key] ?? '')}${why}`
      lines.push({ level: 'missing', about, text: text.missing(entity, lost, added.name) })
      continue
    }
    taken.add(name)
    const field = defs.fields[name] as Field
    proposed[key] = { name, type: field.type, ...meaningOf(side, key, field, told) }
    const isExact = name === wanted.name
    const evidence = isExact ? '' : text.guessed(wanted.name)
    lines.push({
      level: isExact ? 'found' : 'guessed',
      about,
      text: `${entity}.${name} (${field.type})${evidence}`,
    })
    if (key === 'syncUsn' && field.type === 'int' && field.dbType !== 'bigint')
      lines.push({
        level: 'missing',
        about,
        text: text.narrow(`${entity}.${name}`),
      })
  }
  return proposed
}

/** A field can be right by name and type, and yet mean something else. */
function isUsable(key: string, { type, options }: Field): boolean {
  if (key !== 'fileStatus' || type !== 'enum') return true
  return OWN_FILE_STATUS.every((word) => options?.includes(word))
}

const firstFile = (defs: Defs) => Object.keys(defs.fields).find((name) => defs.fields[name]?.type === 'file')

/** A name that is free, for an attribute that the extension adds. */
function addedAs(key: string, wanted: Proposed, defs: Defs): Proposed {
  const { optional: _, ...attribute } = wanted
  const prefixed = `windows${wanted.name.charAt(0).toUpperCase()}${wanted.name.slice(1)}`
  const name = [wanted.name, prefixed].find((one) => defs.fields[one] === undefined) ?? `documentSync${key}`
  return { ...attribute, name, add: true }
}

/** What the values of an enum mean. */
function meaningOf(side: Side, key: string, { options }: Field, { lines, text }: Telling): Partial<Proposed> {
  const all = options ?? []
  const about = `${side}.${key}`
  if (key === 'aktivierungsstatus') {
    const synced = all.filter((option) => LIKELY_SYNCED.test(option))
    const closed = all.find((option) => LIKELY_CLOSED.test(option)) ?? ''
    const rest = all.filter((option) => option !== closed && !synced.includes(option))
    const isOwn = all.join() === 'Neu,Aktiv,Import,Deaktiviert,Abgelegt'
    lines.push({
      level: synced.length === 0 || closed === '' ? 'missing' : isOwn ? 'found' : 'guessed',
      about,
      text: text.status(synced, closed, rest),
    })
    return { synced, closed }
  }
  const words = WORDS[key]
  if (words === undefined) return {}
  const values = Object.fromEntries(
    words.flatMap((word): [string, string][] => {
      const value = all.includes(word) ? word : all.find((option) => LIKELY_WORDS[word]?.test(option))
      return value === undefined ? [] : [[word, value]]
    }),
  )
  if (key === 'syncStatus' && values.unclean !== undefined) values.failed ??= values.unclean
  const unwritten = words.filter((word) => values[word] === undefined)
  const translated = Object.entries(values).filter(([word, value]) => word !== value)
  if (unwritten.length > 0 || translated.length > 0)
    lines.push({
      level: 'guessed',
      about,
      text: [
        ...translated.map(([word, value]) => text.written(word, value)),
        ...(unwritten.length > 0 ? [text.unwritten(unwritten)] : []),
      ].join('; '),
    })
  return { values }
}

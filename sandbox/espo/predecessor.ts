import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createBLAKE3 } from 'hash-wasm'
import type { Records } from './records'
import {
  ENTITY_DEFS,
  type EntityDefs,
  type EspoRecord,
  EXTENSION,
  entitiesOf,
  espoTime,
  type Schema,
  type Value,
} from './schema'

/** The installations that the stand-in can play. */
export type SchemaName = 'extension' | 'predecessor' | 'predecessor-mn'

/** A mapping file of the product, as far as the stand-in plays by it. */
interface MappingFile {
  akte: Side
  dokument: Side & { akte: { type: 'belongsTo' | 'manyMany'; link: string; foreign: string } }
}
interface Side {
  entity: string
  attributes: Record<string, { name: string; type: string; add?: boolean; values?: Record<string, string> }>
}

/** Where the mapping file of an installation lies. */
export const mappingFile = (name: SchemaName): string =>
  join(import.meta.dirname, '../../mappings', `${name}.json`)

const readMapping = (name: SchemaName) => JSON.parse(readFileSync(mappingFile(name), 'utf8')) as MappingFile

/** The predecessor's entities, as its public pages show them (docs/migration.md); nothing of the product's own. */
function predecessorDefs(name: SchemaName): Record<string, EntityDefs> {
  const isMany = name === 'predecessor-mn'
  const akte: EntityDefs['links'] = isMany
    ? {
        cAdvowareAktens: {
          type: 'hasMany',
          entity: 'CAdvowareAkten',
          foreign: 'dokumentes',
          relationName: 'cAdvowareAktenCDokumente',
        },
      }
    : { cAdvowareAkten: { type: 'belongsTo', entity: 'CAdvowareAkten', foreign: 'dokumentes' } }
  const relation = isMany ? { relationName: 'cAdvowareAktenCDokumente' } : {}
  return {
    CAdvowareAkten: {
      fields: {
        name: { type: 'varchar', required: true, maxLength: 255, pattern: '$noBadCharacters' },
        aktennummer: { type: 'int', required: true },
        aktenzeichen: { type: 'varchar' },
        aktenpfad: { type: 'varchar' },
        aktivierungsstatus: {
          type: 'enum',
          options: ['new', 'active', 'paused', 'deactivated'],
          default: 'new',
        },
        syncStatus: { type: 'enum', options: ['unclean', 'synced', 'pending_sync'], default: 'unclean' },
        lastSync: { type: 'datetime' },
      },
      links: {
        dokumentes: {
          type: 'hasMany',
          entity: 'CDokumente',
          foreign: isMany ? 'cAdvowareAktens' : 'cAdvowareAkten',
          ...relation,
        },
      },
    },
    CDokumente: {
      fields: {
        name: { type: 'varchar', required: true, maxLength: 255, pattern: '$noBadCharacters' },
        dokument: { type: 'file' },
        hnr: { type: 'int' },
        syncStatus: {
          type: 'enum',
          options: ['new', 'unclean', 'synced', 'failed', 'unsupported'],
          default: 'new',
        },
        syncedHash: { type: 'varchar', maxLength: 64 },
        blake3hash: { type: 'varchar', maxLength: 64 },
        fileStatus: { type: 'enum', options: ['new', 'changed', 'synced'], default: 'new' },
        ...(isMany ? {} : { cAdvowareAkten: { type: 'link' } }),
      },
      links: akte,
      optimisticConcurrencyControl: true,
    },
  }
}

/** The same after the extension was installed that `build:espocrm-extension -- --mapping` makes for it. */
function withAdded(defs: Record<string, EntityDefs>, mapping: MappingFile): Record<string, EntityDefs> {
  const extension = readMapping('extension')
  const added = (side: 'akte' | 'dokument') =>
    Object.entries(mapping[side].attributes)
      .filter(([, { add }]) => add)
      .map(([key, { name }]) => {
        const own = extension[side].attributes[key]?.name ?? ''
        return [name, ENTITY_DEFS[extension[side].entity]?.fields[own] ?? {}]
      })
  return Object.fromEntries(
    (['akte', 'dokument'] as const).map((side) => {
      const { entity } = mapping[side]
      const given = defs[entity] as EntityDefs
      return [entity, { ...given, fields: { ...Object.fromEntries(added(side)), ...given.fields } }]
    }),
  )
}

/** What people's words for a status are in the predecessor's. */
const STATUS: Record<string, string> = {
  Neu: 'new',
  Aktiv: 'active',
  Import: 'active',
  Deaktiviert: 'deactivated',
  Abgelegt: 'paused',
}

/** The office's own hooks, each of which a test can switch. */
interface Hooks {
  /** Sets a document's `syncStatus` to unclean after every change, and touches its Akte. */
  setsUnclean: boolean
  /** Computes a hash when a file is uploaded: rightly, or with another algorithm. */
  hash: 'blake3' | 'sha256' | 'none'
}

/** An installation as it is: what it has, how tests see it, and what it does by itself. */
export async function schemaOf(name: SchemaName, isExtended = true): Promise<Schema> {
  if (name === 'extension')
    return { ...EXTENSION, defs: { ...ENTITY_DEFS }, entities: entitiesOf(ENTITY_DEFS) }
  const mapping = readMapping(name)
  const plain = predecessorDefs(name)
  const defs = isExtended ? withAdded(plain, mapping) : plain
  const hooks: Hooks = { setsUnclean: true, hash: 'blake3' }
  const hasher = await createBLAKE3()
  const hashOf = (path: string) => {
    const content = readFileSync(path)
    if (hooks.hash === 'sha256') return createHash('sha256').update(content).digest('hex')
    return hasher.init().update(content).digest('hex')
  }
  const { entity: akten } = mapping.akte
  const { entity: dokumente, akte: link } = mapping.dokument
  return {
    ...namesOf(mapping),
    name,
    akten,
    dokumente,
    defs,
    entities: entitiesOf(defs),
    link: link.type === 'belongsTo' ? `${link.link}Id` : `${link.link}Ids`,
    hooks,
    afterSave(records: Records, record: EspoRecord, changed: string[]) {
      if (hooks.hash !== 'none' && changed.includes('dokumentId') && record.dokumentId)
        record.blake3hash = hashOf(records.file(String(record.dokumentId)))
      if (!hooks.setsUnclean) return
      record.syncStatus = 'unclean'
      record.versionNumber = Number(record.versionNumber) + 1
      for (const id of records.linkedIds(dokumente, record, link.link))
        Object.assign(records.get(akten, id), { syncStatus: 'unclean', modifiedAt: espoTime(new Date()) })
    },
  }
}

/** Translates between the office's names and the extension's, in which tests speak. */
function namesOf(mapping: MappingFile): Pick<Schema, 'toOffice' | 'toExtension'> {
  const extension = readMapping('extension')
  const { type, link } = mapping.dokument.akte
  const pairs = (side: 'akte' | 'dokument') =>
    Object.entries(extension[side].attributes).flatMap(([key, { name }]) => {
      const office = mapping[side].attributes[key]
      if (office === undefined) return []
      const values = key === 'aktivierungsstatus' ? STATUS : office.values
      return [
        { own: name, office: office.name, values, isNumber: key === 'aktennummer' && office.type === 'int' },
      ]
    })
  return {
    toOffice(side, fields) {
      const given: Record<string, unknown> = { ...fields }
      for (const { own, office, values, isNumber } of pairs(side)) {
        const value = fields[own]
        if (value === undefined) continue
        delete given[own]
        given[office] = isNumber ? Number(value) : (values?.[String(value)] ?? value)
      }
      if (fields.cAktenId === undefined) return given
      delete given.cAktenId
      return {
        ...given,
        ...(type === 'belongsTo'
          ? { [`${link}Id`]: fields.cAktenId }
          : { [`${link}Ids`]: [fields.cAktenId] }),
      }
    },
    toExtension(side, record) {
      const seen: Record<string, Value> = { ...record }
      for (const { office } of pairs(side)) delete seen[office]
      for (const { own, office, values, isNumber } of pairs(side)) {
        const value = record[office]
        if (value === undefined) continue
        const word = Object.entries(values ?? {}).find(([, one]) => one === value)?.[0]
        seen[own] = word ?? (isNumber ? String(value) : value)
      }
      const linked = record[type === 'belongsTo' ? `${link}Id` : `${link}Ids`]
      return { ...seen, id: record.id, ...(side === 'dokument' ? { cAktenId: linked ?? null } : {}) }
    },
  }
}

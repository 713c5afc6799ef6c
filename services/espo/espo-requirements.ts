import type { Config } from '../config'
import { AKTE_KEYS, DOKUMENT_KEYS, type MappedAttribute, STORED_BASE } from '../espo-mapping'
import type { Language } from '../model/reasons'

/** What the product depends on in EspoCRM's metadata of a field. */
export interface RequiredField {
  type: string
  /** Values that the product reads or writes; an installation may have more. */
  options?: readonly string[]
  dbType?: 'bigint'
  /** Without it the sync works, but says or remembers less. */
  later?: boolean
  /** What the sync loses without it. */
  loss: string
}

/** What the role of the API user must allow; a level below `all` would hide documents from the sync. */
interface RequiredRight {
  action: 'create' | 'read' | 'edit' | 'delete' | 'stream'
  level: 'yes' | 'all'
  /** Without it the sync works, but tells less. */
  later?: boolean
  /** What the product needs it for. */
  why: Record<Language, string>
}

/** An entity with everything that the product needs of it. */
export interface RequiredEntity {
  side: 'akte' | 'dokument'
  entity: string
  fields: Record<string, RequiredField>
  /** The m:n link to the Akten, where it is one. */
  link?: string
  /** Whose values are unique; of an Akte. */
  unique?: string
  /** The first columns of the index that makes the sweep's query cheap; of an Akte. */
  index?: readonly string[]
  rights: RequiredRight[]
  /** What this mapping has no attribute for, under the product's name, and what the sync loses by it. */
  unmapped: { key: string; loss: string }[]
}

/** What the sync loses without an attribute. */
export const LOSSES: Record<'akte' | 'dokument', Record<string, string>> = {
  akte: {
    name: 'nothing: it is for people',
    aktennummer: 'no Akte can be found',
    aktivierungsstatus: 'nothing says which Akten are synced, and none can be closed',
    syncStatus: 'people do not see in EspoCRM whether the Akte is in sync',
    syncMessage: 'people find the reasons in the Workbench alone',
    lastSync: 'nothing is swept, and people do not see in EspoCRM when the Akte was synced last',
    syncAngefordert: 'people cannot ask for a sync in EspoCRM, and no delivery of webhooks can be proven',
    dokumenteGesamt: "an Akte's page does not say how many documents it has",
    dokumenteWartend: "an Akte's page does not say how many documents wait",
    dokumenteKlaerung: "an Akte's page does not say how many documents need a person",
    brauchtPerson: 'Akten that need a person cannot be filtered in EspoCRM',
  },
  dokument: {
    name: 'documents have no title',
    dokument: 'there is no file to sync',
    dateipfad: 'nothing says where the file lies in Windows',
    blake3hash: 'nothing: it tells other programs the hash of the file',
    syncHash: 'nothing is known of the last sync',
    syncUsn:
      'a file without a listed hash is read at every run, and renamed files are recognised by their hash alone',
    syncAttachmentId: 'a file replaced in EspoCRM is recognised only by reading it',
    syncAkteId: 'a document that is given to another Akte takes its base along',
    syncPfad: 'a document that gets another path takes its base along',
    fileStatus: 'people do not see what became of a file, and SYNC_WINDOWS_DELETIONS cannot be mark',
    syncStatus: 'people do not see whether a document is in sync',
    syncMessage: 'people find the reasons in the Workbench alone',
    lastSync: 'people do not see when a document was synced last',
    hnr: "the number of the document's History entry is not shown",
    historyArt: "the kind of the document's History entry is not shown",
    historyText: "the remark of the document's History entry is not shown",
    historyDatum: "the date of the document's History entry is not shown",
    syncFassungen: "a document's page does not say what its former versions were and where to get them",
    akte: 'no document belongs to an Akte',
  },
}

/** Everything that EspoCRM must have and allow, under the office's own names (docs/espocrm.md). */
export function espoRequirements(
  { mapping }: Pick<Config['espo'], 'mapping'>,
  windowsDeletions: Config['sync']['windowsDeletions'] = 'restore',
): RequiredEntity[] {
  const { akte, dokument } = mapping
  const dokumentRights: RequiredRight[] = [
    {
      action: 'create',
      level: 'yes',
      why: { de: 'Dateien aus Windows werden zu Dokumenten', en: 'files from Windows become documents' },
    },
    {
      action: 'read',
      level: 'all',
      why: {
        de: 'was er nicht sieht, legte er noch einmal an',
        en: 'documents it cannot see would be created again',
      },
    },
    {
      action: 'edit',
      level: 'all',
      why: { de: 'Dateien und ihr Zustand werden geschrieben', en: 'files and their state are written' },
    },
  ]
  dokumentRights.push({
    action: 'stream',
    level: 'all',
    later: true,
    why: {
      de: 'wessen Fassung einen Konflikt verliert, erfährt es aus einer Notiz am Dokument; dessen Entität braucht dafür einen Stream',
      en: 'whose version loses a conflict learns it from a note on the document, whose entity needs a stream for that',
    },
  })
  if (windowsDeletions === 'delete')
    dokumentRights.push({
      action: 'delete',
      level: 'all',
      why: { de: 'SYNC_WINDOWS_DELETIONS ist delete', en: 'SYNC_WINDOWS_DELETIONS is delete' },
    })
  const { aktivierungsstatus } = akte.attributes
  const status = [...new Set([...aktivierungsstatus.synced, aktivierungsstatus.closed])]
  const stored: readonly string[] = dokument.base === 'redis' ? STORED_BASE : []
  return [
    {
      side: 'akte',
      entity: akte.entity,
      fields: {
        ...fieldsOf('akte', akte.attributes),
        [aktivierungsstatus.name]: {
          type: aktivierungsstatus.type,
          ...(aktivierungsstatus.type === 'enum' ? { options: status } : {}),
          loss: LOSSES.akte.aktivierungsstatus ?? '',
        },
      },
      unique: akte.attributes.aktennummer.name,
      ...(akte.attributes.lastSync
        ? { index: [aktivierungsstatus.name, akte.attributes.lastSync.name] }
        : {}),
      rights: [
        {
          action: 'read',
          level: 'all',
          why: {
            de: 'der Status sagt, ob eine Akte abgeglichen wird',
            en: 'the status says whether an Akte is synced',
          },
        },
        {
          action: 'edit',
          level: 'all',
          why: {
            de: 'das Ergebnis jedes Abgleichs wird eingetragen',
            en: 'the outcome of each sync is written',
          },
        },
      ],
      unmapped: unmappedOf('akte', AKTE_KEYS, akte.attributes),
    },
    {
      side: 'dokument',
      entity: dokument.entity,
      fields: {
        ...fieldsOf('dokument', dokument.attributes),
        ...(dokument.akte.type === 'belongsTo'
          ? { [dokument.akte.link]: { type: 'link', loss: LOSSES.dokument.akte ?? '' } }
          : {}),
      },
      ...(dokument.akte.type === 'manyMany' ? { link: dokument.akte.link } : {}),
      rights: dokumentRights,
      unmapped: unmappedOf('dokument', DOKUMENT_KEYS, dokument.attributes).filter(
        ({ key }) => !stored.includes(key),
      ),
    },
  ]
}

type Attributes = Partial<Record<string, MappedAttribute>>

function fieldsOf(side: 'akte' | 'dokument', attributes: Attributes): Record<string, RequiredField> {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([key, mapped]): [string, RequiredField][] => {
      if (mapped === undefined) return []
      const { name, type, values } = mapped
      const options =
        type === 'enum' && values ? { options: [...new Set(Object.values(values))] as string[] } : {}
      const dbType = key === 'syncUsn' && type === 'int' ? { dbType: 'bigint' as const } : {}
      const later = mapped.optional ? { later: true } : {}
      return [[name, { type, ...options, ...dbType, ...later, loss: LOSSES[side][key] ?? '' }]]
    }),
  )
}

function unmappedOf(side: 'akte' | 'dokument', keys: readonly string[], attributes: Attributes) {
  return keys.flatMap((key) => (attributes[key] ? [] : [{ key, loss: LOSSES[side][key] ?? '' }]))
}

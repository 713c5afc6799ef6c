import type { Config } from '../config'

/** What the product depends on in EspoCRM's metadata of a field. */
export interface RequiredField {
  type: 'varchar' | 'text' | 'enum' | 'datetime' | 'date' | 'int' | 'file' | 'link'
  /** Values that the product reads or writes; an installation may have more. */
  options?: readonly string[]
  dbType?: 'bigint'
  /** Added later: without it the sync works, but reports or remembers less. */
  later?: boolean
}

/** What the role of the API user must allow; a level below `all` would hide documents from the sync. */
interface RequiredRight {
  action: 'create' | 'read' | 'edit' | 'delete'
  level: 'yes' | 'all'
  /** What the product needs it for. */
  why: string
}

/** An entity with everything that the product needs of it. */
export interface RequiredEntity {
  entity: string
  fields: Record<string, RequiredField>
  rights: RequiredRight[]
}

const SYNC_STATUS = { type: 'enum', options: ['unclean', 'synced', 'failed'] } as const

const AKTE_FIELDS: Record<string, RequiredField> = {
  name: { type: 'varchar' },
  aktennummer: { type: 'varchar' },
  aktivierungsstatus: { type: 'enum', options: ['Neu', 'Aktiv', 'Import', 'Deaktiviert', 'Abgelegt'] },
  syncStatus: SYNC_STATUS,
  lastSync: { type: 'datetime' },
  syncMessage: { type: 'text', later: true },
}

const DOKUMENT_FIELDS: Record<string, RequiredField> = {
  name: { type: 'varchar' },
  dokument: { type: 'file' },
  dateipfad: { type: 'varchar' },
  blake3hash: { type: 'varchar' },
  syncHash: { type: 'varchar' },
  sync_usn: { type: 'int', dbType: 'bigint' },
  syncAttachmentId: { type: 'varchar', later: true },
  fileStatus: {
    type: 'enum',
    options: ['new', 'changed', 'synced', 'deferred', 'conflict', 'deleted', 'failed'],
  },
  syncStatus: SYNC_STATUS,
  syncMessage: { type: 'text', later: true },
  lastSync: { type: 'datetime' },
  hnr: { type: 'int', later: true },
  historyArt: { type: 'varchar', later: true },
  historyText: { type: 'text', later: true },
  historyDatum: { type: 'date', later: true },
  cAkten: { type: 'link' },
}

/** Everything that EspoCRM must have and allow (docs/contracts.md, EspoCRM), under the names of these settings. */
export function espoRequirements(
  { entityAkte, entityDokument }: Pick<Config['espo'], 'entityAkte' | 'entityDokument'>,
  windowsDeletions: Config['sync']['windowsDeletions'] = 'restore',
): RequiredEntity[] {
  const dokumentRights: RequiredRight[] = [
    { action: 'create', level: 'yes', why: 'files from Windows become documents' },
    { action: 'read', level: 'all', why: 'documents it cannot see would be created again' },
    { action: 'edit', level: 'all', why: 'files and their state are written' },
  ]
  if (windowsDeletions === 'delete')
    dokumentRights.push({ action: 'delete', level: 'all', why: 'SYNC_WINDOWS_DELETIONS is delete' })
  return [
    {
      entity: entityAkte,
      fields: AKTE_FIELDS,
      rights: [
        { action: 'read', level: 'all', why: 'the status says whether an Akte is synced' },
        { action: 'edit', level: 'all', why: 'the outcome of each sync is written' },
      ],
    },
    { entity: entityDokument, fields: DOKUMENT_FIELDS, rights: dokumentRights },
  ]
}

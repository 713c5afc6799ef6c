import { z } from 'zod'
import type { Dokument } from '../model/model'
import { toSlashes } from '../model/paths'

const text = z.string().nullish()
const int = z.number().int().nullish()

/** `CAkten`, the record that stands for an Akte (docs/contracts.md, EspoCRM). */
export const akteSchema = z
  .object({
    id: z.string().min(1),
    name: text,
    aktennummer: z.string(),
    aktivierungsstatus: text,
    syncStatus: text,
    syncMessage: text,
    lastSync: text,
  })
  .transform((record) => ({
    id: record.id,
    name: record.name ?? null,
    aktennummer: record.aktennummer,
    aktivierungsstatus: record.aktivierungsstatus ?? null,
    syncStatus: record.syncStatus ?? null,
    syncMessage: record.syncMessage ?? null,
    lastSync: record.lastSync ?? null,
  }))

/** An Akte's record in EspoCRM; `lastSync` as EspoCRM writes times (see `espoTime`). */
export type EspoAkte = z.output<typeof akteSchema>

/** `aktivierungsstatus` values whose Akten are synced. */
const SYNCED_STATUSES = ['Neu', 'Aktiv', 'Import']

/** True when an Akte with this `aktivierungsstatus` is synced. */
export const isSyncedStatus = (status: string | null): boolean =>
  status !== null && SYNCED_STATUSES.includes(status)

/** The attributes that a listing asks for; what an older installation lacks is simply absent. */
export const DOKUMENT_SELECT = [
  'id',
  'name',
  'dateipfad',
  'dokumentId',
  'dokumentName',
  'blake3hash',
  'syncHash',
  'sync_usn',
  'syncAttachmentId',
  'fileStatus',
  'syncStatus',
  'syncMessage',
  'lastSync',
  'createdAt',
  'modifiedAt',
  'versionNumber',
  'hnr',
  'historyArt',
  'historyText',
  'historyDatum',
].join(',')

/** What installations from before these attributes were added lack. */
const LATER_ADDITIONS = [
  'syncMessage',
  'syncAttachmentId',
  'hnr',
  'historyArt',
  'historyText',
  'historyDatum',
] as const

/** Which document this is, and where it and its file stand by now. */
const PLACE = {
  id: z.string().min(1),
  name: text,
  dateipfad: text,
  dokumentId: text,
  dokumentName: text,
  modifiedAt: text,
}

/** `CDokumente` (docs/contracts.md, EspoCRM); the only place that knows EspoCRM's attribute names for reading. */
export const dokumentSchema = z
  .object({
    ...PLACE,
    blake3hash: text,
    syncHash: text,
    sync_usn: int,
    syncAttachmentId: text,
    fileStatus: text,
    syncStatus: text,
    syncMessage: text,
    lastSync: text,
    createdAt: text,
    versionNumber: int,
    hnr: int,
    historyArt: text,
    historyText: text,
    historyDatum: text,
  })
  .transform(
    (record): Dokument => ({
      id: record.id,
      path: pathOf(record),
      name: record.name ?? '',
      dateipfad: record.dateipfad || null,
      attachmentId: record.dokumentId || null,
      attachmentName: record.dokumentName || null,
      blake3hash: record.blake3hash?.toLowerCase() || null,
      syncHash: record.syncHash?.toLowerCase() || null,
      syncUsn: record.sync_usn ?? null,
      syncAttachmentId: record.syncAttachmentId || null,
      fileStatus: record.fileStatus ?? null,
      syncStatus: record.syncStatus ?? null,
      syncMessage: record.syncMessage || null,
      lastSync: record.lastSync ?? null,
      createdAt: record.createdAt ?? null,
      modifiedAt: record.modifiedAt ?? null,
      versionNumber: record.versionNumber ?? null,
      hnr: record.hnr ?? null,
      historyArt: record.historyArt || null,
      historyText: record.historyText || null,
      historyDatum: record.historyDatum || null,
      absent: new Set(LATER_ADDITIONS.filter((attribute) => record[attribute] === undefined)),
    }),
  )

/** What a second look at an Akte asks for: which document has which path by now. */
export const LOCATION_SELECT = Object.keys(PLACE).join(',')

/** The attributes of `LOCATION_SELECT`, in the product's names. */
export const locationSchema = z.object(PLACE).transform((record) => ({
  id: record.id,
  path: pathOf(record),
  attachmentId: record.dokumentId || null,
  modifiedAt: record.modifiedAt ?? null,
}))

/** A document that was made or changed a moment ago. */
export type DokumentLocation = z.output<typeof locationSchema>

/** Older documents have no `dateipfad`. */
function pathOf(record: { dateipfad?: string | null; dokumentName?: string | null; name?: string | null }) {
  return toSlashes(record.dateipfad || record.dokumentName || record.name || '')
}

/** What the product may write on a document, in the product's names. */
export type DokumentChange = Partial<
  Pick<
    Dokument,
    | 'name'
    | 'dateipfad'
    | 'attachmentId'
    | 'blake3hash'
    | 'syncHash'
    | 'syncUsn'
    | 'syncAttachmentId'
    | 'fileStatus'
    | 'syncStatus'
    | 'syncMessage'
    | 'lastSync'
    | 'hnr'
    | 'historyArt'
    | 'historyText'
    | 'historyDatum'
  >
>

/** Product names to EspoCRM's attribute names, for writing. */
export function toEspoDokument(change: DokumentChange): Record<string, unknown> {
  const { attachmentId, syncUsn, ...rest } = change
  return {
    ...rest,
    ...(attachmentId === undefined ? {} : { dokumentId: attachmentId }),
    ...(syncUsn === undefined ? {} : { sync_usn: syncUsn }),
  }
}

/** `GET Attachment/{id}`. */
export const attachmentSchema = z
  .object({ id: z.string().min(1), name: text, size: z.number().nullish(), createdAt: text })
  .transform((record) => ({ id: record.id, size: record.size ?? null, createdAt: record.createdAt ?? null }))

/** A page of a list; `total` is -1 or -2 where the request had `X-No-Total` (more follow, or none). */
export const pageSchema = z.object({ total: z.number(), list: z.array(z.unknown()) })

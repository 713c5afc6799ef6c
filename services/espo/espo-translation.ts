import { z } from 'zod'
import {
  AKTE_KEYS,
  type AkteKey,
  DOKUMENT_KEYS,
  type DokumentKey,
  type EspoMapping,
  type MappedAttribute,
  STORED_BASE,
  WORDS,
} from '../espo-mapping'
import type { Dokument } from '../model/model'
import { toSlashes } from '../model/paths'
import { markdownLines, plainLines } from '../text/akte'
import type {
  AkteChange,
  ClosedAkte,
  DokumentChange,
  DokumentLocation,
  EspoAkte,
  LastSync,
  StaleAkte,
} from './espo-schemas'
import { espoTime, keptLine, keptPath, parseEspoTime, pathKept } from './espo-values'

/** The base of a document that lives in Redis, in the product's names. */
export type StoredBase = Pick<Dokument, (typeof STORED_BASE)[number]>

/** What the product only tells on an Akte, and never reads. */
const TOLD: readonly AkteKey[] = ['dokumenteGesamt', 'dokumenteWartend', 'dokumenteKlaerung', 'brauchtPerson']
/** What the product reads of an Akte. */
const AKTE_READ = AKTE_KEYS.filter((key) => !TOLD.includes(key))

/** What the product reads of a document: all but what it only tells there. */
const DOKUMENT_READ = DOKUMENT_KEYS.filter((key) => key !== 'syncFassungen')

/** Texts that may be longer than the office's attribute for them. */
const LONG_TEXTS: readonly string[] = ['syncMessage', 'historyText', 'historyArt']
const NUMBERS: readonly string[] = ['syncUsn', 'hnr']
const HASHES: readonly string[] = ['blake3hash', 'syncHash']
const GONE =
  'EspoCRM does not have this attribute (any more), or hides it; npm run espocrm -- check says what it is for'

/** An attribute that is missing is no empty one: EspoCRM shows that as null. */
const error = ({ input }: { input?: unknown }) => (input === undefined ? GONE : undefined)
const text = z.string({ error }).nullable()
const whole = z.number({ error }).int().nullable()
const optionalText = text.optional()

type Wire = Record<string, unknown>

/**
 * The one place that knows how this office's EspoCRM calls things: it reads records into the product's words and writes
 * the product's words as this EspoCRM has them (docs/espocrm.md, "The office's own names").
 */
export class EspoTranslation {
  constructor(private readonly mapping: EspoMapping) {}

  /** Entity of the Akten. */
  get akten(): string {
    return this.mapping.akte.entity
  }

  /** Entity of the documents. */
  get dokumente(): string {
    return this.mapping.dokument.entity
  }

  /** Name of the documents' file field. */
  get fileField(): string {
    return this.mapping.dokument.attributes.dokument.name
  }

  /** The base of a document lives in Redis. */
  get isBaseStored(): boolean {
    return this.mapping.dokument.base === 'redis'
  }

  /** What a listing of Akten asks for. */
  get akteSelect(): string {
    const { attributes } = this.mapping.akte
    return ['id', ...AKTE_READ.flatMap((key) => attributes[key]?.name ?? [])].join(',')
  }

  /** What a listing of documents asks for. */
  get dokumentSelect(): string {
    const names = DOKUMENT_READ.flatMap((key) => this.attributesOf(key))
    return ['id', ...this.linkOf(), ...names, 'createdAt', 'modifiedAt', 'versionNumber'].join(',')
  }

  /** What a second look at an Akte asks for: which document has which path by now. */
  get locationSelect(): string {
    const names = (['name', 'dateipfad', 'dokument'] as const).flatMap((key) => this.attributesOf(key))
    return ['id', ...names, 'modifiedAt'].join(',')
  }

  /** The fields that EspoCRM must have on a document; what came later may be missing. */
  get dokumentFields(): string[] {
    const { attributes, akte } = this.mapping.dokument
    const mapped = Object.values(attributes).filter(({ optional }: MappedAttribute) => !optional)
    return [...mapped.map(({ name }) => name), ...(akte.type === 'belongsTo' ? [akte.link] : [])]
  }

  /** What tells whether a document needs a sync. */
  get eventSelect(): string {
    const marks = [...this.attributesOf('syncAttachmentId'), ...this.attributesOf('syncAkteId')]
    return ['id', ...this.linkOf(), `${this.fileField}Id`, ...marks].join(',')
  }

  /**
   * EspoCRM's events that the product wants to hear of. A new path is none of them: the sync writes it too, and nothing
   * on the document tells its own writes from a person's.
   */
  get events(): string[] {
    const { akten, dokumente, fileField, requestEvent } = this
    const { akte } = this.mapping.dokument
    return [
      `${dokumente}.create`,
      `${dokumente}.fieldUpdate.${fileField}`,
      // EspoCRM tells nothing of an m:n link.
      ...(akte.type === 'belongsTo' ? [`${dokumente}.fieldUpdate.${akte.link}`] : []),
      `${dokumente}.delete`,
      `${akten}.create`,
      `${akten}.fieldUpdate.${this.mapping.akte.attributes.aktivierungsstatus.name}`,
      ...(requestEvent === null ? [] : [requestEvent]),
    ]
  }

  /** The event of a person who asks for a sync on an Akte's page; null where this EspoCRM has no room for that. */
  get requestEvent(): string | null {
    const { syncAngefordert } = this.mapping.akte.attributes
    return syncAngefordert ? `${this.akten}.fieldUpdate.${syncAngefordert.name}` : null
  }

  /** The condition for one Aktennummer, as loosely as EspoCRM compares; null where none can be equal. */
  whereAktennummer(aktennummer: string): Record<string, string> | null {
    const { name, type } = this.mapping.akte.attributes.aktennummer
    const isNumber = type === 'int' || type === 'autoincrement'
    return isNumber && !/^\d+$/.test(aktennummer) ? null : where(0, 'equals', name, aktennummer)
  }

  /** The condition for Akten that are synced, the one synced last first. */
  get whereSynced(): Record<string, string> {
    const { aktivierungsstatus, lastSync } = this.mapping.akte.attributes
    return {
      ...where(0, 'in', aktivierungsstatus.name, aktivierungsstatus.synced),
      orderBy: lastSync?.name ?? 'modifiedAt',
      order: 'desc',
    }
  }

  /** This EspoCRM keeps when an Akte was synced. */
  get knowsLastSync(): boolean {
    return this.mapping.akte.attributes.lastSync !== undefined
  }

  /** What a listing of Akten by age asks for. */
  get staleSelect(): string {
    const { aktennummer } = this.mapping.akte.attributes
    return ['id', aktennummer.name, this.lastSyncName].join(',')
  }

  /**
   * The condition for Akten that are synced by their status, the stalest first: those that never were (`isNull`), that
   * ever were (`isNotNull`), or whose last sync was before or since a time.
   */
  whereLastSync(condition: LastSync | 'isNotNull'): Record<string, string> {
    const { aktivierungsstatus } = this.mapping.akte.attributes
    const status = where(0, 'in', aktivierungsstatus.name, aktivierungsstatus.synced)
    const name = this.lastSyncName
    if (condition === 'isNull')
      return { ...status, ...where(1, condition, name), orderBy: 'id', order: 'asc' }
    const time =
      condition === 'isNotNull'
        ? where(1, condition, name)
        : 'before' in condition
          ? where(1, 'lessThan', name, espoTime(condition.before))
          : where(1, 'greaterThanOrEquals', name, espoTime(condition.since))
    return { ...status, ...time, orderBy: name, order: 'asc' }
  }

  /** The same for Akten synced since a time that were in agreement then, where this EspoCRM says so. */
  whereAgreedSince(since: Date): Record<string, string> {
    const { syncStatus } = this.mapping.akte.attributes
    const agreed = syncStatus?.values?.synced
    const inAgreement = syncStatus && agreed !== undefined ? where(2, 'equals', syncStatus.name, agreed) : {}
    return { ...this.whereLastSync({ since }), ...inAgreement }
  }

  /** Only asked for where `knowsLastSync`. */
  private get lastSyncName(): string {
    const { lastSync } = this.mapping.akte.attributes
    if (lastSync === undefined) throw new Error('The mapping has no lastSync')
    return lastSync.name
  }

  /** An Akte as `staleSelect` asks for it; whatever its Aktennummer looks like. */
  readonly staleSchema = z.lazy(() => {
    const number = this.mapping.akte.attributes.aktennummer.name
    return z
      .object({
        id: z.string().min(1),
        [number]: z.union([z.string(), z.number()]).nullish(),
        [this.lastSyncName]: optionalText,
      })
      .transform((record: Wire): StaleAkte => {
        const lastSync = parseEspoTime((record[this.lastSyncName] as string | null | undefined) ?? null)
        const aktennummer = record[number]
        return {
          id: String(record.id),
          aktennummer: aktennummer === null || aktennummer === undefined ? null : String(aktennummer),
          lastSync: Number.isNaN(lastSync) ? 0 : lastSync,
        }
      })
  })

  /** The condition for Akten with the status that ended their sync. */
  get whereClosed(): Record<string, string> {
    const { name, closed } = this.mapping.akte.attributes.aktivierungsstatus
    return where(0, 'equals', name, closed)
  }

  /** What a listing of closed Akten asks for. */
  get closedSelect(): string {
    const { aktennummer, lastSync } = this.mapping.akte.attributes
    return ['id', aktennummer.name, ...(lastSync ? [lastSync.name] : []), 'createdAt'].join(',')
  }

  /** An Akte as `closedSelect` asks for it; whatever its Aktennummer looks like. */
  readonly closedSchema = z.lazy(() => {
    const { aktennummer, lastSync } = this.mapping.akte.attributes
    return z
      .object({
        id: z.string().min(1),
        [aktennummer.name]: z.union([z.string(), z.number()]).nullish(),
        ...(lastSync ? { [lastSync.name]: optionalText } : {}),
        createdAt: optionalText,
      })
      .transform((record: Wire): ClosedAkte => {
        const number = record[aktennummer.name]
        const read = (name: string | undefined) =>
          (name && (record[name] as string | null | undefined)) || null
        return {
          id: String(record.id),
          aktennummer: number === null || number === undefined ? null : String(number),
          lastSync: read(lastSync?.name),
          createdAt: read('createdAt'),
        }
      })
  })

  /** The condition for Akten whose last sync is not complete; for all that are synced where EspoCRM has no such states. */
  get whereUnfinished(): Record<string, string> {
    const { syncStatus, aktivierungsstatus } = this.mapping.akte.attributes
    const states = ['unclean', 'failed'].flatMap((word) => syncStatus?.values?.[word] ?? [])
    return syncStatus === undefined || states.length === 0
      ? where(0, 'in', aktivierungsstatus.name, aktivierungsstatus.synced)
      : where(0, 'in', syncStatus.name, states)
  }

  /** A document can belong to several Akten, and does not say to which. */
  get hasSeveralAkten(): boolean {
    return this.mapping.dokument.akte.type === 'manyMany'
  }

  /** The condition for the documents of an Akte, given by the id of its record. */
  whereInAkte(akteId: string): Record<string, string> {
    const { akte } = this.mapping.dokument
    return akte.type === 'belongsTo'
      ? where(0, 'equals', `${akte.link}Id`, akteId)
      : where(0, 'linkedWith', akte.link, [akteId])
  }

  /** The condition for the Akten of these documents; null where each document names its own. */
  whereOwning(dokumentIds: string[]): Record<string, string> | null {
    const { akte } = this.mapping.dokument
    return akte.type === 'belongsTo' ? null : where(0, 'linkedWith', akte.foreign, dokumentIds)
  }

  /** What makes a new document one of this Akte. */
  belongingTo(akteId: string): Wire {
    const { akte } = this.mapping.dokument
    return akte.type === 'belongsTo' ? { [`${akte.link}Id`]: akteId } : { [`${akte.link}Ids`]: [akteId] }
  }

  /** An Akte as EspoCRM shows it. */
  readonly akteSchema = z.lazy(() => {
    const { attributes } = this.mapping.akte
    const { aktennummer, aktivierungsstatus, syncAngefordert } = attributes
    const shape = Object.fromEntries(
      AKTE_READ.flatMap((key): [string, z.ZodType][] => {
        const mapped: MappedAttribute | undefined = attributes[key]
        if (mapped === undefined || key === 'syncAngefordert') return []
        return [[mapped.name, mapped.optional ? optionalText : text]]
      }),
    )
    const number = z.union([z.string(), z.number()], {
      error: ({ input }) => (input === undefined ? GONE : 'is neither text nor number'),
    })
    return z
      .object({
        ...shape,
        id: z.string().min(1),
        [aktennummer.name]: number,
        [aktivierungsstatus.name]: text,
        // Without it nobody can ask there, and all else goes on.
        ...(syncAngefordert ? { [syncAngefordert.name]: z.boolean().nullish() } : {}),
      })
      .transform((record: Wire): EspoAkte => {
        const read = (key: AkteKey) =>
          (attributes[key] && (record[attributes[key].name] as string | null)) ?? null
        const status = read('aktivierungsstatus')
        return {
          id: String(record.id),
          name: read('name'),
          aktennummer: String(record[aktennummer.name]),
          isSynced: status !== null && aktivierungsstatus.synced.includes(status),
          status,
          syncedStatuses: aktivierungsstatus.synced,
          syncStatus: wordOf('syncStatus', attributes.syncStatus, read('syncStatus')),
          syncMessage: read('syncMessage'),
          lastSync: read('lastSync'),
          syncAngefordert: syncAngefordert !== undefined && record[syncAngefordert.name] === true,
        }
      })
  })

  /** A document as EspoCRM shows it; where the base is kept elsewhere it has none yet: `withBase`. */
  readonly dokumentSchema = z.lazy(() =>
    z
      .object({
        ...this.shapeOf(DOKUMENT_READ),
        ...Object.fromEntries(this.linkOf().map((attribute) => [attribute, optionalText])),
        id: z.string().min(1),
        createdAt: optionalText,
        modifiedAt: optionalText,
        versionNumber: z.number().int().nullish(),
      })
      .transform((record: Wire): Dokument => {
        const { attributes } = this.mapping.dokument
        const read = (key: DokumentKey) => {
          const value = attributes[key] && (record[attributes[key].name] as string | null | undefined)
          return (HASHES.includes(key) ? value?.toLowerCase() : value) || null
        }
        const number = (key: DokumentKey) => {
          const value = attributes[key] && record[attributes[key].name]
          return value === null || value === undefined || !/^\d+$/.test(String(value)) ? null : Number(value)
        }
        const attachmentId = (record[`${this.fileField}Id`] as string | null) || null
        const [syncHash, syncAttachmentId] = [read('syncHash'), read('syncAttachmentId')]
        const hash = read('blake3hash')
        const isComputed = attributes.blake3hash?.computed === true
        // An attachment never changes: what contradicts the one that was synced is another program's.
        const isForeign = hash !== syncHash && attachmentId !== null && attachmentId === syncAttachmentId
        const isAbsent = (key: DokumentKey) => !attributes[key] || record[attributes[key].name] === undefined
        return {
          id: String(record.id),
          akteId: this.akteIdOf(record),
          path: this.pathOf(record),
          hasSeparatorInName: this.hasSeparatorInName(record),
          name: read('name') ?? '',
          dateipfad: read('dateipfad'),
          attachmentId,
          attachmentName: (record[`${this.fileField}Name`] as string | null | undefined) || null,
          blake3hash: isComputed || isForeign ? null : hash,
          computedHash: isComputed && attachmentId !== null ? hash : null,
          syncHash,
          syncUsn: number('syncUsn'),
          syncAttachmentId,
          syncAkteId: read('syncAkteId'),
          syncPfad: pathKept(read('syncPfad')),
          fileStatus: wordOf('fileStatus', attributes.fileStatus, read('fileStatus')),
          syncStatus: wordOf('syncStatus', attributes.syncStatus, read('syncStatus')),
          syncMessage: read('syncMessage'),
          lastSync: read('lastSync'),
          createdAt: (record.createdAt as string | null | undefined) ?? null,
          modifiedAt: (record.modifiedAt as string | null | undefined) ?? null,
          versionNumber: (record.versionNumber as number | null | undefined) ?? null,
          hnr: number('hnr'),
          historyArt: read('historyArt'),
          historyText: read('historyText'),
          historyDatum: read('historyDatum'),
          absent: new Set(DOKUMENT_READ.filter((key) => key !== 'dokument' && isAbsent(key))),
        }
      }),
  )

  /** Where a document and its file stand by now. */
  readonly locationSchema = z.lazy(() =>
    z
      .object({
        ...this.shapeOf(['name', 'dateipfad', 'dokument']),
        id: z.string().min(1),
        modifiedAt: optionalText,
      })
      .transform(
        (record: Wire): DokumentLocation => ({
          id: String(record.id),
          path: this.pathOf(record),
          attachmentId: (record[`${this.fileField}Id`] as string | null) || null,
          modifiedAt: (record.modifiedAt as string | null | undefined) ?? null,
        }),
      ),
  )

  /** What an event's document is now; `syncAttachmentId` is undefined where this EspoCRM does not keep it. */
  readonly eventSchema = z.lazy(() => {
    const { akte, attributes } = this.mapping.dokument
    const marker = attributes.syncAttachmentId?.name
    const former = attributes.syncAkteId?.name
    return z
      .object({
        id: z.string(),
        ...(akte.type === 'belongsTo' ? { [`${akte.link}Id`]: optionalText } : {}),
        [`${this.fileField}Id`]: optionalText,
        ...(marker ? { [marker]: optionalText } : {}),
        ...(former ? { [former]: optionalText } : {}),
      })
      .transform((record: Wire) => ({
        id: String(record.id),
        akteId: this.hasSeveralAkten ? undefined : this.akteIdOf(record),
        syncAkteId: (former && (record[former] as string | null | undefined)) || null,
        attachmentId: (record[`${this.fileField}Id`] as string | null | undefined) || null,
        syncAttachmentId: marker ? (record[marker] as string | null | undefined) : undefined,
      }))
  })

  /** A change as EspoCRM's attributes; what this EspoCRM has no room for is left out. */
  toAkte({ close, syncMessage, ...change }: AkteChange): Wire {
    const { attributes } = this.mapping.akte
    const { aktivierungsstatus } = attributes
    const message =
      syncMessage &&
      (attributes.syncMessage?.type === 'text'
        ? markdownLines(syncMessage, this.dokumente)
        : plainLines(syncMessage))
    const written = Object.entries({ ...change, syncMessage: message }).flatMap(([key, value]) =>
      wireOf(key, attributes[key as AkteKey], value),
    )
    return {
      ...Object.fromEntries(written),
      ...(close ? { [aktivierungsstatus.name]: aktivierungsstatus.closed } : {}),
    }
  }

  /** The same for a document. */
  toDokument({ attachmentId, ...change }: DokumentChange): Wire {
    const { attributes } = this.mapping.dokument
    const written = Object.entries(change).flatMap(([key, value]) =>
      wireOf(key, attributes[key as DokumentKey], value),
    )
    return {
      ...Object.fromEntries(written),
      ...(attachmentId === undefined ? {} : { [`${this.fileField}Id`]: attachmentId }),
    }
  }

  /** The part of a change that goes into the stored base. */
  toStoredBase(change: DokumentChange): Partial<StoredBase> {
    if (!this.isBaseStored) return {}
    const keys = STORED_BASE.filter((key) => this.isStored(key) && change[key] !== undefined)
    return Object.fromEntries(keys.map((key) => [key, change[key]]))
  }

  /** A document with the base that is stored for it; null: none is. */
  withBase<T extends DokumentLocation>(dokument: T, base: Partial<StoredBase> | null): T {
    if (!this.isBaseStored) return dokument
    const stored = Object.fromEntries(
      STORED_BASE.filter((key) => this.isStored(key)).map((key) => [key, base?.[key] ?? null]),
    )
    const path = base?.dateipfad ? { path: toSlashes(base.dateipfad), hasSeparatorInName: false } : {}
    if (!('absent' in dokument)) return { ...dokument, ...path }
    const full = dokument as unknown as Dokument
    const isForeign = full.attachmentId !== null && full.attachmentId === base?.syncAttachmentId
    const blake3hash = isForeign && full.blake3hash !== base.syncHash ? null : full.blake3hash
    const absent = new Set([...full.absent].filter((key) => !(key in stored)))
    return { ...dokument, ...stored, ...path, blake3hash, absent }
  }

  /**
   * The change as a reader would find it afterwards: without what this EspoCRM has no room for, and with each state
   * as it comes back from the value that stands for it here.
   */
  kept(change: DokumentChange): DokumentChange {
    const { attributes } = this.mapping.dokument
    const entries = Object.entries(change).flatMap(([key, value]): [string, unknown][] => {
      if (key === 'attachmentId' || this.isStored(key)) return [[key, value]]
      const mapped = attributes[key as DokumentKey]
      if (mapped === undefined) return []
      const [written] = wireOf(key, mapped, value)
      if (written === undefined) return []
      if (mapped.values) return [[key, wordOf(key, mapped, String(written[1]))]]
      return [[key, LONG_TEXTS.includes(key) ? written[1] : value]]
    })
    return Object.fromEntries(entries)
  }

  /** True for an attribute whose text is the path of a file, or the name that stands for it where there is none. */
  isNameOfFile(side: 'akte' | 'dokument', attribute: string): boolean {
    const key = this.keyOf(side, attribute)
    return side === 'dokument' && (key === 'dateipfad' || (key === 'name' && !this.hasPath))
  }

  /** The path of a document has a place of its own: neither its title nor the name of its file stands for it. */
  get hasPath(): boolean {
    return this.mapping.dokument.attributes.dateipfad !== undefined || this.isStored('dateipfad')
  }

  /** The product's name of a field of these entities, as EspoCRM's refusals name it; undefined where it has none. */
  keyOf(side: 'akte' | 'dokument', field: string): string | undefined {
    const attributes: Partial<Record<string, MappedAttribute>> = this.mapping[side].attributes
    return Object.keys(attributes).find((key) => attributes[key]?.name === field)
  }

  private isStored(key: string): boolean {
    const { attributes } = this.mapping.dokument
    return this.isBaseStored && STORED_BASE.some((one) => one === key) && !attributes[key as DokumentKey]
  }

  private attributesOf(key: DokumentKey): string[] {
    const mapped = this.mapping.dokument.attributes[key]
    if (mapped === undefined) return []
    return key === 'dokument' ? [`${mapped.name}Id`, `${mapped.name}Name`] : [mapped.name]
  }

  private shapeOf(keys: readonly DokumentKey[]): z.ZodRawShape {
    const { attributes } = this.mapping.dokument
    return Object.fromEntries(
      keys.flatMap((key): [string, z.ZodType][] => {
        const mapped = attributes[key]
        if (mapped === undefined) return []
        if (key === 'dokument')
          return [
            [`${mapped.name}Id`, text],
            [`${mapped.name}Name`, optionalText],
          ]
        const schema = NUMBERS.includes(key) && mapped.type === 'int' ? whole : text
        return [[mapped.name, mapped.optional ? schema.optional() : schema]]
      }),
    )
  }

  /** The attribute that names the Akte of a document; none where it can belong to several. */
  private linkOf(): string[] {
    const { akte } = this.mapping.dokument
    return akte.type === 'belongsTo' ? [`${akte.link}Id`] : []
  }

  private akteIdOf(record: Wire): string | null {
    const [link] = this.linkOf()
    return ((link && record[link]) as string | null | undefined) || null
  }

  /** Documents that nobody gave a path have none: then the name of the file is it, and no folder is made of that. */
  private pathOf(record: Wire): string {
    const { dateipfad, name } = this.mapping.dokument.attributes
    const given = dateipfad && record[dateipfad.name]
    if (given) return toSlashes(String(given))
    return String(record[`${this.fileField}Name`] || record[name.name] || '')
  }

  private hasSeparatorInName(record: Wire): boolean {
    const { dateipfad } = this.mapping.dokument.attributes
    return !(dateipfad && record[dateipfad.name]) && /[\\/]/.test(this.pathOf(record))
  }
}

/** The product's word for a state as EspoCRM has it; a value that means none of them stays as it is. */
function wordOf(key: string, mapped: MappedAttribute | undefined, value: string | null): string | null {
  if (value === null || mapped === undefined) return value
  return WORDS[key]?.find((word) => mapped.values?.[word] === value) ?? value
}

/** Name and value as EspoCRM takes them; empty where it has no attribute or no value for it. */
function wireOf(key: string, mapped: MappedAttribute | undefined, value: unknown): [string, unknown][] {
  if (mapped === undefined || mapped.computed || value === undefined) return []
  const { name, type, values } = mapped
  if (values !== undefined && value !== null) {
    const state = values[String(value)]
    return state === undefined ? [] : [[name, state]]
  }
  if (type === 'varchar' && typeof value === 'number') return [[name, String(value)]]
  if (key === 'syncPfad') return [[name, keptPath(value as string)]]
  if (type === 'varchar' && LONG_TEXTS.includes(key)) return [[name, keptLine(value as string | null)]]
  return [[name, value]]
}

/** One condition of a list request; without a value for those that compare with none. */
export function where(
  at: number,
  type: string,
  attribute: string,
  value: string | readonly string[] = [],
): Record<string, string> {
  const values =
    typeof value === 'string'
      ? { [`where[${at}][value]`]: value }
      : Object.fromEntries(value.map((one, index) => [`where[${at}][value][${index}]`, one]))
  return { [`where[${at}][type]`]: type, [`where[${at}][attribute]`]: attribute, ...values }
}

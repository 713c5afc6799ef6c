import { z } from 'zod'
import { type Config, HISTORY_FIELDS } from '../config'
import { parseAnswer } from '../http/http-client'
import { assertNotEndless, lengthOf } from '../http/request-limits'
import type { HistoryEntry } from '../model/model'
import type { ServiceContext } from '../model/service-context'
import { officeDay } from '../office-time'
import type { AdvowareClient } from './advoware-client'
import type { AkteLookup } from './akte-lookup'

type Names = Config['advoware']['historyFields']

const text = z.coerce
  .string()
  .nullish()
  .transform((value) => value || null)
const GERMAN_DATE = /^\s*(\d{1,2})\.(\d{1,2})\.(\d{4})(?:,?\s+(\d{1,2}:\d{2}(?::\d{2})?))?\s*$/
/** `26.11.2026` and `26.11.2026 09:30` as ISO 8601; anything else as it came. */
const date = text.transform((value) => {
  const [, day = '', month = '', year, time] = GERMAN_DATE.exec(value ?? '') ?? []
  if (year === undefined) return value
  return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}${time ? `T${time.padStart(5, '0')}` : ''}`
})
const number = z.coerce
  .number()
  .int()
  .nullish()
  .catch(null)
  .transform((value) => value ?? null)

/** An entry with Advoware's names, parsed leniently because little is known about it (docs/contracts.md, Advoware). */
function entrySchema(names: Names) {
  const { hnr, dat, art, text: remark, datei } = names
  return z
    .object({ [hnr]: number, [dat]: date, [art]: text, [remark]: text, [datei]: text })
    .transform((entry) => translated(entry, names))
}

/** The schema has made a number of one field and texts of the others. */
const translated = (entry: Record<string, unknown>, names: Names) =>
  Object.fromEntries(
    HISTORY_FIELDS.map((ours) => [ours, entry[names[ours]] ?? null]),
  ) as unknown as HistoryEntry

/** Advoware's document timeline, the source of truth for which files are synced (docs/contracts.md, Advoware). */
export class HistoryService {
  constructor(
    private readonly context: ServiceContext,
    private readonly client: AdvowareClient,
    private readonly lookup: Pick<AkteLookup, 'pathOf'>,
    private readonly config: Pick<
      Config['advoware'],
      'fileRoot' | 'historyArt' | 'historyFields' | 'timeZone'
    >,
  ) {}

  /** The Aktenordner as entries write it (`ADVOWARE_FILE_ROOT`); undefined where the office has not told it. */
  fileRoot(aktennummer: string): string | undefined {
    return this.config.fileRoot?.replaceAll('{aktennummer}', aktennummer)
  }

  /**
   * All entries of an Akte, in the order of the answer; none where Advoware answers nothing.
   * @throws ContractError, FixAccessError, NotFoundError, RetryLaterError
   */
  async getAkteHistory(aktennummer: string): Promise<HistoryEntry[]> {
    const { path, data } = await this.read(aktennummer)
    return this.parse(path, data)
  }

  /** The same for somebody who looks into the names: with each entry as Advoware sends it. @throws as `getAkteHistory` */
  async getRawHistory(aktennummer: string): Promise<{ raw: Record<string, unknown>; entry: HistoryEntry }[]> {
    const { path, data } = await this.read(aktennummer)
    const raw = parseAnswer('Advoware', path, z.array(z.record(z.string(), z.unknown())), data)
    return this.parse(path, data).map((entry, index) => ({ raw: raw[index] ?? {}, entry }))
  }

  /**
   * Creates an entry, dated today by the office's calendar (`SYNC_TIME_ZONE`, `YYYY-MM-DD`), for a file (`path` with `/` below the Aktenordner). Sent once;
   * the caller makes sure that no entry names the file yet.
   * @throws FixAccessError, RetryLaterError
   */
  async createHistoryEntry(aktennummer: string, file: { path: string; name: string }): Promise<HistoryEntry> {
    const names = this.config.historyFields
    const windowsPath = file.path.replaceAll('/', '\\')
    const root = this.fileRoot(aktennummer)
    const entry: HistoryEntry = {
      hnr: null,
      dat: officeDay(this.context.clock.now(), this.config.timeZone),
      art: this.config.historyArt,
      text: file.name,
      datei: root === undefined ? windowsPath : `${root.replace(/\\?$/, '\\')}${windowsPath}`,
    }
    const { hnr: _assignedByAdvoware, ...given } = entry
    const data = Object.fromEntries(
      Object.entries(given).map(([ours, value]) => [names[ours as keyof Names], value]),
    )
    const created = await this.client.request('POST', await this.pathOf(aktennummer), { data })
    const answer = entrySchema(names).safeParse(created)
    this.context.logger.info(`📝 History entry for ${file.path}`)
    return { ...entry, hnr: answer.success ? answer.data.hnr : null }
  }

  private async read(aktennummer: string): Promise<{ path: string; data: unknown }> {
    const path = await this.pathOf(aktennummer)
    const data = await this.client.request('GET', path)
    return { path, data: data === '' ? [] : (data ?? []) } // an empty body is a text
  }

  private parse(path: string, data: unknown): HistoryEntry[] {
    assertNotEndless('Advoware', path, lengthOf(data))
    return parseAnswer('Advoware', path, z.array(entrySchema(this.config.historyFields)), data)
  }

  private async pathOf(aktennummer: string): Promise<string> {
    return `${await this.lookup.pathOf(aktennummer)}/History`
  }
}

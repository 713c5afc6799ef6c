import { z } from 'zod'
import type { Config } from '../config'
import { parseAnswer } from '../http/http-client'
import type { HistoryEntry } from '../model/model'
import type { ServiceContext } from '../model/service-context'
import type { AdvowareClient } from './advoware-client'

const text = z.coerce.string().nullish()

/** An entry, parsed leniently because little is known about it (docs/contracts.md, Advoware). */
const entrySchema = z
  .object({ hnr: z.coerce.number().int().nullish().catch(null), dat: text, art: text, text, datei: text })
  .transform(
    (entry): HistoryEntry => ({
      hnr: entry.hnr ?? null,
      dat: entry.dat || null,
      art: entry.art || null,
      text: entry.text || null,
      datei: entry.datei || null,
    }),
  )

/** Advoware's document timeline, the source of truth for which files are synced (docs/contracts.md, Advoware). */
export class HistoryService {
  constructor(
    private readonly context: ServiceContext,
    private readonly client: AdvowareClient,
    private readonly config: Pick<Config['advoware'], 'fileRoot' | 'historyArt'>,
  ) {}

  /**
   * All entries of an Akte, in the order of the answer; none where Advoware answers nothing.
   * @throws ContractError, FixAccessError, NotFoundError, RetryLaterError
   */
  async getAkteHistory(aktennummer: string): Promise<HistoryEntry[]> {
    const path = historyPath(aktennummer)
    const data = await this.client.request('GET', path)
    return parseAnswer('Advoware', path, z.array(entrySchema), data ?? [])
  }

  /**
   * Creates an entry, dated today (UTC, `YYYY-MM-DD`), for a file (`path` with `/` below the Aktenordner). Sent once;
   * the caller makes sure that no entry names the file yet.
   * @throws FixAccessError, RetryLaterError
   */
  async createHistoryEntry(aktennummer: string, file: { path: string; name: string }): Promise<HistoryEntry> {
    const windowsPath = file.path.replaceAll('/', '\\')
    const root = this.config.fileRoot?.replaceAll('{aktennummer}', aktennummer)
    const entry: HistoryEntry = {
      hnr: null,
      dat: this.context.clock.now().toISOString().slice(0, 10),
      art: this.config.historyArt,
      text: file.name,
      datei: root === undefined ? windowsPath : `${root.replace(/\\?$/, '\\')}${windowsPath}`,
    }
    const { hnr: _assignedByAdvoware, ...body } = entry
    const created = await this.client.request('POST', historyPath(aktennummer), body)
    const answer = entrySchema.safeParse(created)
    this.context.logger.info(`📝 History entry for ${file.path}`)
    return { ...entry, hnr: answer.success ? answer.data.hnr : null }
  }
}

const historyPath = (aktennummer: string) => `/Akten/${encodeURIComponent(aktennummer)}/History`

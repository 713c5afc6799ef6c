import { join } from 'node:path'
import { AdvowareRecords, type AdvowareState, type HistoryEntry } from './advoware-records'
import { JsonFile } from './files'
import { type Exchange, StandIn } from './stand-in'

/** Advoware: the token service and the data API at one address (docs/contracts.md#advoware). */
export class AdvowareStandIn extends StandIn {
  readonly records: AdvowareRecords

  private constructor(private readonly state: JsonFile<AdvowareState>) {
    super()
    this.records = new AdvowareRecords(state)
  }

  static async create(dataDir: string): Promise<AdvowareStandIn> {
    return new AdvowareStandIn(await JsonFile.open(join(dataDir, 'advoware.json'), { akten: {} }))
  }

  override async close(): Promise<void> {
    await super.close()
    await this.state.flush()
  }

  addAkte(aktennummer: string, options: { ablage?: boolean } = {}): void {
    this.records.addAkte(aktennummer, options.ablage)
  }

  setAblage(aktennummer: string, ablage: boolean): void {
    this.records.setAblage(aktennummer, ablage)
  }

  addHistory(aktennummer: string, entry: Partial<Omit<HistoryEntry, 'hnr'>>): HistoryEntry {
    return this.records.addHistory(aktennummer, entry)
  }

  /** Removes an entry from the History, as a person would. */
  removeHistory(aktennummer: string, hnr: number): void {
    this.records.removeHistory(aktennummer, (entry) => entry.hnr === hnr)
  }

  /** A copy: what is made of it changes nothing here. */
  history(aktennummer: string): HistoryEntry[] {
    return structuredClone([...this.records.history(aktennummer)])
  }

  /** Revokes every token issued so far. */
  expireTokens(): void {
    this.records.expireTokens()
  }

  protected async handle(exchange: Exchange): Promise<void> {
    const body = exchange.method === 'POST' ? await exchange.text() : ''
    const authorization = exchange.header('authorization')
    const request = { method: exchange.method, segments: exchange.segments(), authorization, body }
    exchange.send(200, this.records.answer(request))
  }
}

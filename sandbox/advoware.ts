import { join } from 'node:path'
import {
  ADVOWARE_CREDENTIALS,
  AdvowareRecords,
  type AdvowareState,
  type HistoryEntry,
} from './advoware-records'
import { JsonFile } from './files'
import { type Exchange, HttpAnswer, StandIn } from './stand-in'

const CONFIGURATOR = '/AdvonetConfigurator/api/Url'

/** Advoware: token service, data API and the vendor's configurator at one address (docs/contracts.md#advoware). */
export class AdvowareStandIn extends StandIn {
  readonly records: AdvowareRecords
  /** What the configurator answers; undefined: that everything is here, behind the relay. */
  configured: object | undefined
  /** What the connector shows as its Swagger; undefined: the firm's own names. */
  swagger: object | string | undefined

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

  get configuratorUrl(): string {
    return `${this.url}${CONFIGURATOR}`
  }

  protected async handle(exchange: Exchange): Promise<void> {
    if (exchange.path === CONFIGURATOR) return this.tellAddresses(exchange)
    if (exchange.path === '/swagger/v1/swagger.json')
      return exchange.send(200, this.swagger ?? this.records.swagger())
    const body = exchange.method === 'POST' ? await exchange.text() : ''
    const authorization = exchange.header('authorization')
    const { method, query } = exchange
    const request = { method, segments: exchange.segments(), query, authorization, body }
    exchange.send(200, this.records.answer(request))
  }

  private tellAddresses(exchange: Exchange): void {
    if (exchange.query.get('Kanzlei') !== ADVOWARE_CREDENTIALS.kanzlei)
      throw new HttpAnswer(404, 'Die Kanzlei ist nicht bekannt')
    const here = { relayUrl: `${this.url}/`, connectorUrl: null, securityGateway: `${this.url}/` }
    exchange.send(200, this.configured ?? here)
  }
}

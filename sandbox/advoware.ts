import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import { JsonFile } from './files'
import { type Exchange, HttpAnswer, StandIn } from './stand-in'

/** What the firm's Advoware accepts. The key and the AppID are those of the golden vector. */
export const ADVOWARE_CREDENTIALS = {
  apiKey: Buffer.from('test-secret-key').toString('base64'),
  appId: 'app-123',
  kanzlei: 'Kanzlei Weiß & Partner',
  database: 'advoware',
  user: 'dokumentsync',
  password: 'Geheim-12345',
  role: 2,
  product: 64,
} as const

export interface HistoryEntry {
  hnr: number
  dat: string
  art: string
  text: string
  datei?: string | undefined
}

interface AdvowareAkte {
  aktennummer: string
  ablage: boolean
  history: HistoryEntry[]
}

const tokenSchema = z.object({
  AppID: z.string(),
  Kanzlei: z.string(),
  Database: z.string(),
  User: z.string(),
  Role: z.coerce.number(),
  Product: z.coerce.number(),
  Password: z.string(),
  Nonce: z.string().min(1),
  HMAC512Signature: z.string(),
  RequestTimeStamp: z.string().refine((text) => !Number.isNaN(Date.parse(text))),
})
const entrySchema = z.object({
  dat: z.string().optional(),
  art: z.string().optional(),
  text: z.string().optional(),
  datei: z.string().optional(),
})

/** The signature that a client must send with its token request. */
function advowareSignature(
  apiKey: string,
  request: { Product: number | string; AppID: string; Nonce: string; RequestTimeStamp: string },
): string {
  const message = [request.Product, request.AppID, request.Nonce, request.RequestTimeStamp].join(':')
  return createHmac('sha512', Buffer.from(apiKey, 'base64')).update(message).digest('base64')
}

const PREFIX = '/api/v1/advonet/'
const today = (): string => new Date().toISOString().slice(0, 10)

/** Advoware: the token service and the data API at one address (docs/contracts.md#advoware). */
export class AdvowareStandIn extends StandIn {
  tokenLifetimeSeconds = 3600
  /** Which of the two fields says when a token expires. */
  tokenAnswer: 'expiration_utc' | 'expires_in' = 'expiration_utc'
  /** Answers an Akte as an array holding it. */
  akteAsArray = false

  private readonly tokens = new Map<string, number>()
  private readonly nonces = new Set<string>()

  private constructor(private readonly state: JsonFile<{ akten: Record<string, AdvowareAkte> }>) {
    super()
  }

  static async create(dataDir: string): Promise<AdvowareStandIn> {
    return new AdvowareStandIn(await JsonFile.open(join(dataDir, 'advoware.json'), { akten: {} }))
  }

  override async close(): Promise<void> {
    await super.close()
    await this.state.flush()
  }

  addAkte(aktennummer: string, options: { ablage?: boolean } = {}): void {
    this.state.data.akten[aktennummer] = { aktennummer, ablage: options.ablage ?? false, history: [] }
    this.state.touch()
  }

  setAblage(aktennummer: string, ablage: boolean): void {
    this.known(aktennummer).ablage = ablage
    this.state.touch()
  }

  addHistory(
    aktennummer: string,
    entry: { datei?: string; text?: string; art?: string; dat?: string },
  ): HistoryEntry {
    const { history } = this.known(aktennummer)
    const created: HistoryEntry = {
      hnr: history.reduce((highest, { hnr }) => Math.max(highest, hnr), 0) + 1,
      dat: entry.dat ?? today(),
      art: entry.art ?? 'Schreiben',
      text: entry.text ?? '',
      ...(entry.datei !== undefined && { datei: entry.datei }),
    }
    history.push(created)
    this.state.touch()
    return created
  }

  /** Removes an entry from the History, as a person would. */
  removeHistory(aktennummer: string, hnr: number): void {
    const akte = this.known(aktennummer)
    akte.history = akte.history.filter((entry) => entry.hnr !== hnr)
    this.state.touch()
  }

  history(aktennummer: string): HistoryEntry[] {
    return structuredClone(this.known(aktennummer).history)
  }

  /** Revokes every token issued so far. */
  expireTokens(): void {
    this.tokens.clear()
  }

  protected async handle(exchange: Exchange): Promise<void> {
    if (exchange.path === '/api/v1/Token') {
      if (exchange.method !== 'POST') throw new HttpAnswer(405, 'Methode nicht erlaubt')
      return this.giveToken(exchange)
    }
    if (!exchange.path.startsWith(PREFIX)) throw new HttpAnswer(404, 'Die Adresse ist nicht vorhanden')
    this.checkToken(exchange)
    const [entity, aktennummer, part, ...more] = exchange.segments().slice(3)
    if (entity !== 'Akten' || !aktennummer || more.length > 0) {
      throw new HttpAnswer(404, 'Die Adresse ist nicht vorhanden')
    }
    const akte = this.state.data.akten[aktennummer]
    if (!akte) throw new HttpAnswer(404, `Die Akte ${aktennummer} wurde nicht gefunden`)
    if (exchange.method === 'GET' && part === undefined) {
      const body = { id: aktennummer, aktennummer, ablage: akte.ablage ? 1 : 0 }
      return exchange.send(200, this.akteAsArray ? [body] : body)
    }
    if (part !== 'History') throw new HttpAnswer(404, 'Die Adresse ist nicht vorhanden')
    if (exchange.method === 'GET') return exchange.send(200, akte.history)
    if (exchange.method !== 'POST') throw new HttpAnswer(405, 'Methode nicht erlaubt')
    const entry = entrySchema.safeParse(parseJson(await exchange.text()))
    if (!entry.success) throw new HttpAnswer(400, 'Der Eintrag ist ungültig')
    const given = Object.fromEntries(Object.entries(entry.data).filter(([, value]) => value !== undefined))
    exchange.send(200, this.addHistory(aktennummer, given))
  }

  private known(aktennummer: string): AdvowareAkte {
    const akte = this.state.data.akten[aktennummer]
    if (!akte) throw new Error(`Advoware has no Akte ${aktennummer}: addAkte first`)
    return akte
  }

  private checkToken(exchange: Exchange): void {
    const token = /^Bearer (.+)$/.exec(exchange.header('authorization') ?? '')?.[1] ?? ''
    if ((this.tokens.get(token) ?? 0) <= Date.now()) {
      throw new HttpAnswer(401, `Der Benutzer ${ADVOWARE_CREDENTIALS.user} ist nicht angemeldet`)
    }
  }

  private async giveToken(exchange: Exchange): Promise<void> {
    const parsed = tokenSchema.safeParse(parseJson(await exchange.text()))
    if (!parsed.success) {
      throw new HttpAnswer(
        400,
        `Die Anmeldung ist unvollständig: ${parsed.error.issues[0]?.path.join('.') ?? ''}`,
      )
    }
    const request = parsed.data
    const wanted = ADVOWARE_CREDENTIALS
    if (request.Kanzlei !== wanted.kanzlei || request.Database !== wanted.database) {
      throw new HttpAnswer(400, `Die Kanzlei ${request.Kanzlei} (${request.Database}) ist nicht angemeldet`)
    }
    if (
      request.AppID !== wanted.appId ||
      request.Product !== wanted.product ||
      request.Role !== wanted.role
    ) {
      throw new HttpAnswer(401, 'Die Anwendung ist nicht angemeldet')
    }
    const expected = Buffer.from(advowareSignature(wanted.apiKey, request))
    const signature = Buffer.from(request.HMAC512Signature)
    if (expected.length !== signature.length || !timingSafeEqual(expected, signature)) {
      throw new HttpAnswer(401, 'Die Signatur der Anmeldung ist ungültig')
    }
    if (request.User !== wanted.user || request.Password !== wanted.password) {
      throw new HttpAnswer(401, 'Falscher Name oder falsches Kennwort')
    }
    if (this.nonces.has(request.Nonce)) throw new HttpAnswer(401, 'Die Anmeldung wurde bereits verwendet')
    this.nonces.add(request.Nonce)
    const token = randomUUID()
    const expires = Date.now() + this.tokenLifetimeSeconds * 1000
    this.tokens.set(token, expires)
    const end =
      this.tokenAnswer === 'expires_in'
        ? { expires_in: this.tokenLifetimeSeconds }
        : { expiration_utc: new Date(expires).toISOString().replace('Z', '4567Z') }
    exchange.send(200, { access_token: token, token_type: 'Bearer', ...end })
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new HttpAnswer(400, 'Die Anfrage ist kein gültiges JSON')
  }
}

import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { KeptState } from './files'
import { HttpAnswer } from './stand-in'

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

/** The product's settings for these credentials, and for the drive letter that the firm's History writes. */
export const ADVOWARE_SETTINGS = {
  ADVOWARE_APP_ID: ADVOWARE_CREDENTIALS.appId,
  ADVOWARE_API_KEY: ADVOWARE_CREDENTIALS.apiKey,
  ADVOWARE_KANZLEI: ADVOWARE_CREDENTIALS.kanzlei,
  ADVOWARE_DATABASE: ADVOWARE_CREDENTIALS.database,
  ADVOWARE_USER: ADVOWARE_CREDENTIALS.user,
  ADVOWARE_PASSWORD: ADVOWARE_CREDENTIALS.password,
  ADVOWARE_ROLE: String(ADVOWARE_CREDENTIALS.role),
  ADVOWARE_PRODUCT: String(ADVOWARE_CREDENTIALS.product),
  ADVOWARE_FILE_ROOT: 'V:\\Akten\\{aktennummer}\\',
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

/** Everything Advoware keeps in its database. */
export interface AdvowareState {
  akten: Record<string, AdvowareAkte>
}

/** A request as it came in. Segments are percent-decoded, each on its own. */
export interface AdvowareRequest {
  method: string
  segments: string[]
  query?: URLSearchParams
  authorization: string | undefined
  body: string
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

const today = (): string => new Date().toISOString().slice(0, 10)

/**
 * Advoware's Akten, Histories and logins with its rules (docs/contracts.md#advoware), without HTTP: the stand-in and the
 * simulation answer by them. Every request is answered at once, hence atomically.
 */
export class AdvowareRecords {
  tokenLifetimeSeconds = 3600
  /** Which of the two fields says when a token expires. */
  tokenAnswer: 'expiration_utc' | 'expires_in' = 'expiration_utc'
  /** Answers an Akte as an array holding it. */
  akteAsArray = false
  /** Where the data API begins. */
  prefix = '/api/v1/advonet'
  /** Akten have ids of their own, by which they are addressed. */
  hasOwnIds = false
  /** How this firm's Advoware calls the fields of entries and Akten, where it has another name than the product. */
  names: Record<string, string> = {}
  /** Told of every entry that was made by a request. */
  entered: (entry: HistoryEntry) => void = () => {}

  /** When each token expires, in epoch milliseconds. */
  private readonly tokens = new Map<string, number>()
  private readonly nonces = new Set<string>()

  constructor(
    private readonly state: KeptState<AdvowareState>,
    private readonly makeToken: () => string = randomUUID,
  ) {}

  addAkte(aktennummer: string, ablage = false): void {
    this.state.data.akten[aktennummer] = { aktennummer, ablage, history: [] }
    this.state.touch()
  }

  setAblage(aktennummer: string, ablage: boolean): void {
    this.known(aktennummer).ablage = ablage
    this.state.touch()
  }

  /** Makes an entry with the next free number of the Akte, of today unless told. */
  addHistory(aktennummer: string, entry: Partial<Omit<HistoryEntry, 'hnr'>>): HistoryEntry {
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

  /** Removes entries from the History, as a person would. */
  removeHistory(aktennummer: string, isRemoved: (entry: HistoryEntry) => boolean): void {
    const akte = this.known(aktennummer)
    akte.history = akte.history.filter((entry) => !isRemoved(entry))
    this.state.touch()
  }

  /** The entries as kept, in the order in which they were made. */
  history(aktennummer: string): readonly HistoryEntry[] {
    return this.known(aktennummer).history
  }

  /** Revokes every token issued so far. */
  expireTokens(): void {
    this.tokens.clear()
  }

  /** The JSON of a 200. @throws HttpAnswer with Advoware's German text for everything else */
  answer({ method, segments, query, authorization, body }: AdvowareRequest): object {
    if (segments.join('/') === 'api/v1/Token') {
      if (method !== 'POST') throw new HttpAnswer(405, 'Methode nicht erlaubt')
      return this.token(body)
    }
    const start = this.prefix.split('/').slice(1)
    if (start.join('/') !== segments.slice(0, start.length).join('/')) throw unknownAddress()
    const [entity, name, part, ...more] = segments.slice(start.length)
    if (entity !== 'Akten' || more.length > 0) throw unknownAddress()
    this.checkToken(authorization)
    if (!name && method === 'GET') return this.list(query)
    const akte = this.addressed(name ?? '')
    if (!akte) throw new HttpAnswer(404, `Die Akte ${name} wurde nicht gefunden`)
    if (method === 'GET' && part === undefined) {
      return this.akteAsArray ? [this.shownAkte(akte)] : this.shownAkte(akte)
    }
    if (part !== 'History') throw unknownAddress()
    if (method === 'GET') return akte.history.map((entry) => this.renamed(entry))
    if (method !== 'POST') throw new HttpAnswer(405, 'Methode nicht erlaubt')
    const given = entrySchema.safeParse(this.ours(parseJson(body)))
    if (!given.success) throw new HttpAnswer(400, 'Der Eintrag ist ungültig')
    const entry = this.addHistory(akte.aktennummer, given.data)
    this.entered(entry)
    return this.renamed(entry)
  }

  /** What the connector's Swagger says about the History (docs/contracts.md#advoware). */
  swagger(): object {
    const fields = ['hnr', 'dat', 'art', 'text', 'datei', 'rowId'].map((name) => this.names[name] ?? name)
    const properties = Object.fromEntries(fields.map((name) => [name, { type: 'string' }]))
    const items = { $ref: '#/components/schemas/HistoryEntry' }
    const content = { 'application/json': { schema: { type: 'array', items } } }
    return {
      openapi: '3.0.1',
      paths: { [`${this.prefix}/Akten/{aktenId}/History`]: { get: { responses: { 200: { content } } } } },
      components: { schemas: { HistoryEntry: { type: 'object', properties } } },
    }
  }

  /** An Akte's own id, where Akten have one. */
  idOf(aktennummer: string): string {
    return this.hasOwnIds
      ? `${1000 + Object.keys(this.state.data.akten).sort().indexOf(aktennummer)}`
      : aktennummer
  }

  private addressed(name: string): AdvowareAkte | undefined {
    return Object.values(this.state.data.akten).find(({ aktennummer }) => this.idOf(aktennummer) === name)
  }

  /** A parameter that names no field filters nothing. */
  private list(query = new URLSearchParams()): object[] {
    const wanted = query.get(this.names.aktennummer ?? 'aktennummer')
    const akten = Object.values(this.state.data.akten)
    return akten
      .filter(({ aktennummer }) => wanted === null || aktennummer === wanted)
      .map((akte) => this.shownAkte(akte))
  }

  private shownAkte({ aktennummer, ablage }: AdvowareAkte): object {
    return this.renamed({ id: this.idOf(aktennummer), aktennummer, ablage: ablage ? 1 : 0 })
  }

  private renamed(record: object): object {
    return Object.fromEntries(
      Object.entries(record).map(([name, value]) => [this.names[name] ?? name, value]),
    )
  }

  private ours(body: unknown): unknown {
    if (typeof body !== 'object' || body === null) return body
    const ours = new Map(Object.entries(this.names).map(([name, theirs]) => [theirs, name]))
    return Object.fromEntries(Object.entries(body).map(([name, value]) => [ours.get(name) ?? name, value]))
  }

  private known(aktennummer: string): AdvowareAkte {
    const akte = this.state.data.akten[aktennummer]
    if (!akte) throw new Error(`Advoware has no Akte ${aktennummer}: addAkte first`)
    return akte
  }

  private checkToken(authorization: string | undefined): void {
    const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? ''
    if ((this.tokens.get(token) ?? 0) <= Date.now()) {
      throw new HttpAnswer(401, `Der Benutzer ${ADVOWARE_CREDENTIALS.user} ist nicht angemeldet`)
    }
  }

  private token(body: string): object {
    const parsed = tokenSchema.safeParse(parseJson(body))
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
    const token = this.makeToken()
    const expires = Date.now() + this.tokenLifetimeSeconds * 1000
    this.tokens.set(token, expires)
    const end =
      this.tokenAnswer === 'expires_in'
        ? { expires_in: this.tokenLifetimeSeconds }
        : { expiration_utc: new Date(expires).toISOString().replace('Z', '4567Z') }
    return { access_token: token, token_type: 'Bearer', ...end }
  }
}

const unknownAddress = () => new HttpAnswer(404, 'Die Adresse ist nicht vorhanden')

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new HttpAnswer(400, 'Die Anfrage ist kein gültiges JSON')
  }
}

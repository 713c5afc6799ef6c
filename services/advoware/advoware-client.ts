import { createHmac, randomUUID } from 'node:crypto'
import type { AxiosInstance, AxiosRequestConfig } from 'axios'
import type { Redis } from 'ioredis'
import { z } from 'zod'
import type { Config } from '../config'
import { ContractError, FixAccessError, NotFoundError, RetryLaterError } from '../errors'
import { createHttp, ONCE, parseAnswer, send, statusOf } from '../http/http-client'
import type { ServiceContext } from '../model/service-context'
import { KEYS } from '../redis/keys'
import { type Addresses, AdvowareAddresses } from './advoware-addresses'

const SYSTEM = 'Advoware'
const TOKEN_PATH = '/api/v1/Token'
/** A token is dropped this long before it expires, so that none expires during a request. */
const TOKEN_MARGIN_SECONDS = 60
/** Path prefixes of the data API that are known (docs/contracts.md, Advoware). */
const PREFIXES = ['/api/v1/advonet', '/api/v1']

/** Where the data API may begin: what is set, else the known prefixes. */
export const prefixesOf = ({ apiPrefix }: Pick<Config['advoware'], 'apiPrefix'>): string[] =>
  apiPrefix === undefined ? PREFIXES : [apiPrefix]

const PREFIX_SECONDS = 24 * 3600
/** What a relay or proxy answers while the connector behind it does not. */
const NO_CONNECTOR = [undefined, 502, 503, 504]
/** Real ones last for some minutes. */
const LONGEST_LIFETIME_SECONDS = 30 * 24 * 3600

const tokenSchema = z.object({
  // It goes into a header: no line end, no control character.
  access_token: z.string().regex(/^[\x21-\x7e]{1,8192}$/, 'is not a token'),
  expiration_utc: z.string().nullish(),
  expires_in: z.coerce.number().nullish(),
})

/** `base64(HMAC-SHA512(base64decode(API key), "{Product}:{AppID}:{Nonce}:{RequestTimeStamp}"))` (docs/contracts.md, Advoware). */
export function signTokenRequest(
  apiKey: string,
  message: { product: number; appId: string; nonce: string; timestamp: string },
): string {
  const text = `${message.product}:${message.appId}:${message.nonce}:${message.timestamp}`
  return createHmac('sha512', Buffer.from(apiKey, 'base64')).update(text).digest('base64')
}

/**
 * The one client of the Advoware API. The access token is cached in Redis, because every step run is its own
 * process; on 401 a new one is fetched once. Addresses and path prefix that are not set are found out and cached too.
 */
export class AdvowareClient {
  readonly addresses: AdvowareAddresses
  private readonly https = new Map<string, AxiosInstance>()
  private login: Promise<string> | undefined
  /** The path prefix that answered last; null until one did. */
  private answered: string | null = null

  constructor(
    private readonly context: ServiceContext,
    private readonly redis: Pick<Redis, 'get' | 'set' | 'del'>,
    private readonly config: Config['advoware'],
  ) {
    this.addresses = new AdvowareAddresses(context, redis, config)
  }

  /**
   * GET or POST below the path prefix. Where Advoware does not answer and has moved meanwhile, a GET is sent to its new
   * address; a POST is not: it may have arrived.
   * @throws FixAccessError with Advoware's own words, NotFoundError, RetryLaterError, ContractError
   */
  async request(
    method: 'GET' | 'POST',
    path: string,
    options: { data?: unknown; params?: Record<string, string> } = {},
  ): Promise<unknown> {
    const request: AxiosRequestConfig = { method, ...options, ...(method === 'POST' ? ONCE : {}) }
    const addresses = await this.addresses.current()
    try {
      return await this.requestAt(addresses, path, request)
    } catch (error) {
      if (!(error instanceof RetryLaterError) || !NO_CONNECTOR.includes(statusOf(error))) throw error
      const moved = await this.addresses.moved(addresses)
      if (moved === null || method === 'POST') throw error
      return await this.requestAt(moved, path, request)
    }
  }

  /** Logs in again, ignoring the cached token. @throws FixAccessError with Advoware's own words, RetryLaterError */
  async authenticate(): Promise<void> {
    await this.newToken((await this.addresses.current()).security)
  }

  /** The path prefix in use; null while it is not known. */
  get prefix(): string | null {
    return this.config.apiPrefix ?? this.answered
  }

  /** Under the set prefix, else under the known ones, the one that answered last first, until one is no 404. */
  private async requestAt(at: Addresses, path: string, request: AxiosRequestConfig): Promise<unknown> {
    if (this.config.apiPrefix !== undefined)
      return await this.sendAuthorized(at, { ...request, url: `${this.config.apiPrefix}${path}` })
    let unknown: unknown
    for (const prefix of await this.prefixes()) {
      try {
        const data = await this.sendAuthorized(at, { ...request, url: `${prefix}${path}` })
        if (isPage(data))
          throw new NotFoundError(`Advoware answers ${prefix}${path} with a page`, { system: SYSTEM })
        await this.remember(prefix)
        return data
      } catch (error) {
        if (!(error instanceof NotFoundError)) throw error
        unknown ??= error
      }
    }
    throw unknown
  }

  private async prefixes(): Promise<string[]> {
    this.answered ??= await this.redis.get(KEYS.advowarePrefix)
    return [...PREFIXES].sort((a, b) => Number(b === this.answered) - Number(a === this.answered))
  }

  private async remember(prefix: string): Promise<void> {
    if (prefix === this.answered) return
    this.answered = prefix
    await this.redis.set(KEYS.advowarePrefix, prefix, 'EX', PREFIX_SECONDS)
  }

  private async sendAuthorized(at: Addresses, request: AxiosRequestConfig): Promise<unknown> {
    const cached = await this.redis.get(KEYS.token)
    try {
      return await this.sendWith(cached ?? (await this.newToken(at.security)), at.api, request)
    } catch (error) {
      if (cached === null || statusOf(error) !== 401) throw error
      await this.redis.del(KEYS.token)
      return await this.sendWith(await this.newToken(at.security), at.api, request)
    }
  }

  private async sendWith(token: string, api: string, request: AxiosRequestConfig): Promise<unknown> {
    const headers = { Authorization: `Bearer ${token}` }
    return (await send(SYSTEM, this.http(api), { ...request, headers })).data
  }

  private http(address: string): AxiosInstance {
    const known = this.https.get(address) ?? createHttp(address, this.context)
    this.https.set(address, known)
    return known
  }

  /** Requests that need a token at the same time share one login: a refused password is sent once. */
  private newToken(security: string): Promise<string> {
    this.login ??= this.fetchToken(security).finally(() => {
      this.login = undefined
    })
    return this.login
  }

  /** Every request is signed with its own nonce, repeated ones too. */
  private async fetchToken(security: string): Promise<string> {
    const answer = await send(SYSTEM, this.http(security), {
      method: 'POST',
      url: TOKEN_PATH,
      data: this.tokenRequest(),
      'axios-retry': {
        onRetry: (_count, _error, config) => {
          config.data = JSON.stringify(this.tokenRequest())
        },
      },
    }).catch((error: unknown) => {
      const status = statusOf(error)
      if (status === undefined || status < 400 || status >= 500 || status === 429) throw error
      const { message, cause } = error as Error
      throw new FixAccessError(message, { cause, system: SYSTEM })
    })
    const token = parseAnswer(SYSTEM, TOKEN_PATH, tokenSchema, answer.data)
    const lifetime = lifetimeSeconds(token, this.context.clock.now())
    if (lifetime > LONGEST_LIFETIME_SECONDS) {
      throw new ContractError(
        `${SYSTEM}: the answer to ${TOKEN_PATH} does not fit, the token lasts for ${lifetime} s`,
        {
          system: SYSTEM,
        },
      )
    }
    const seconds = Math.floor(lifetime - TOKEN_MARGIN_SECONDS)
    if (seconds > 0) await this.redis.set(KEYS.token, token.access_token, 'EX', seconds)
    this.context.logger.debug(`🔑 New Advoware token, kept for ${Math.max(seconds, 0)} s`)
    return token.access_token
  }

  private tokenRequest() {
    const { appId, apiKey, kanzlei, database, user, role, product, password } = this.config
    const nonce = randomUUID()
    const timestamp = this.context.clock.now().toISOString()
    return {
      AppID: appId,
      Kanzlei: kanzlei,
      Database: database,
      User: user,
      Role: role,
      Product: product,
      Password: password,
      Nonce: nonce,
      HMAC512Signature: signTokenRequest(apiKey, { product, appId, nonce, timestamp }),
      RequestTimeStamp: timestamp,
    }
  }
}

/** A web server's page for everything that it does not know, in place of JSON. */
const isPage = (data: unknown): boolean => typeof data === 'string' && data.trimStart().startsWith('<')

function lifetimeSeconds(token: z.infer<typeof tokenSchema>, now: Date): number {
  if (token.expires_in) return token.expires_in
  const time = token.expiration_utc ?? ''
  const hasZone = /(?:Z|[+-]\d{2}:?\d{2})$/i.test(time)
  return (Date.parse(hasZone ? time : `${time}Z`) - now.getTime()) / 1000 || 0
}

import { createHmac, randomUUID } from 'node:crypto'
import type { AxiosInstance, AxiosRequestConfig } from 'axios'
import type { Redis } from 'ioredis'
import { z } from 'zod'
import type { Config } from '../config'
import { FixAccessError } from '../errors'
import { createHttp, ONCE, parseAnswer, send, statusOf } from '../http/http-client'
import type { ServiceContext } from '../model/service-context'
import { KEYS } from '../redis/keys'

const SYSTEM = 'Advoware'
const TOKEN_PATH = '/api/v1/Token'
/** A token is dropped this long before it expires, so that none expires during a request. */
const TOKEN_MARGIN_SECONDS = 60

const tokenSchema = z.object({
  access_token: z.string().min(1),
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
 * process; on 401 a new one is fetched once.
 */
export class AdvowareClient {
  private readonly security: AxiosInstance
  private readonly api: AxiosInstance
  private login: Promise<string> | undefined

  constructor(
    private readonly context: ServiceContext,
    private readonly redis: Pick<Redis, 'get' | 'set' | 'del'>,
    private readonly config: Config['advoware'],
  ) {
    this.security = createHttp(config.securityUrl, context)
    this.api = createHttp(config.apiBaseUrl, context)
  }

  /** GET or POST below the path prefix. @throws FixAccessError with Advoware's own words, RetryLaterError */
  async request(method: 'GET' | 'POST', path: string, data?: unknown): Promise<unknown> {
    const url = `${this.config.apiPrefix}${path}`
    const request: AxiosRequestConfig = { method, url, data, ...(method === 'POST' ? ONCE : {}) }
    const cached = await this.redis.get(KEYS.token)
    try {
      return await this.sendWith(cached ?? (await this.newToken()), request)
    } catch (error) {
      if (cached === null || statusOf(error) !== 401) throw error
      await this.redis.del(KEYS.token)
      return await this.sendWith(await this.newToken(), request)
    }
  }

  /** Logs in again, ignoring the cached token. @throws FixAccessError with Advoware's own words, RetryLaterError */
  async authenticate(): Promise<void> {
    await this.newToken()
  }

  private async sendWith(token: string, request: AxiosRequestConfig): Promise<unknown> {
    const headers = { Authorization: `Bearer ${token}` }
    return (await send(SYSTEM, this.api, { ...request, headers })).data
  }

  /** Requests that need a token at the same time share one login: a refused password is sent once. */
  private newToken(): Promise<string> {
    this.login ??= this.fetchToken().finally(() => {
      this.login = undefined
    })
    return this.login
  }

  /** Every request is signed with its own nonce, repeated ones too. */
  private async fetchToken(): Promise<string> {
    const answer = await send(SYSTEM, this.security, {
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
    const seconds = Math.floor(lifetimeSeconds(token, this.context.clock.now()) - TOKEN_MARGIN_SECONDS)
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

function lifetimeSeconds(token: z.infer<typeof tokenSchema>, now: Date): number {
  if (token.expires_in) return token.expires_in
  const time = token.expiration_utc ?? ''
  const hasZone = /(?:Z|[+-]\d{2}:?\d{2})$/i.test(time)
  return (Date.parse(hasZone ? time : `${time}Z`) - now.getTime()) / 1000 || 0
}

import { createHmac } from 'node:crypto'
import type { AxiosInstance, AxiosRequestConfig } from 'axios'
import type { Config } from '../config'
import { FixAccessError, RetryLaterError } from '../errors'
import { createHttp, send, statusOf } from '../http'
import type { ServiceContext } from '../logger'

const SYSTEM = 'EspoCRM'

/** The credentials of one request: a plain key, or an HMAC over `METHOD /path` without query (section 3.3). */
export function espoAuthorization(
  config: Pick<Config['espo'], 'apiKey' | 'secretKey'>,
  method: string,
  path: string,
): Record<string, string> {
  if (config.secretKey === undefined) return { 'X-Api-Key': config.apiKey }
  const signature = createHmac('sha256', config.secretKey).update(`${method} /${path}`).digest('hex')
  return { 'X-Hmac-Authorization': Buffer.from(`${config.apiKey}:${signature}`).toString('base64') }
}

/** The one client of EspoCRM's REST API; a 401 or 403 is never repeated, because EspoCRM throttles logins. */
export class EspoClient {
  private readonly http: AxiosInstance

  constructor(
    context: ServiceContext,
    private readonly config: Pick<Config['espo'], 'url' | 'apiKey' | 'secretKey'>,
  ) {
    this.http = createHttp(config.url, context)
  }

  /** Sends a request to a path below `/api/v1`, such as `CAkten/65f…`. */
  request<T = unknown>(method: string, path: string, request: AxiosRequestConfig = {}) {
    const headers = { ...espoAuthorization(this.config, method, path), ...request.headers }
    return send<T>(SYSTEM, this.http, { ...request, method, url: `/${path}`, headers }).catch(
      (error: unknown) => {
        throw error instanceof FixAccessError ? explained(error, path) : error
      },
    )
  }
}

/** How long EspoCRM refuses everything from an address after too many failed logins. */
const THROTTLE_MS = 60_000

/** What a person has to do about a refusal; EspoCRM says `No edit access.` without the entity. */
function explained(error: FixAccessError, path: string): Error {
  const { message, cause } = error
  if (statusOf(error) === 401)
    return new FixAccessError(`${message} (is ESPOCRM_API_KEY right, and ESPOCRM_SECRET_KEY for HMAC?)`, {
      cause,
    })
  // Not for want of a right: it passes by itself, and every request until then would be refused as well.
  if (/failed login/i.test(message)) return new RetryLaterError(message, { cause, delayMs: THROTTLE_MS })
  const action = /No '?(\w+)'? access\b/.exec(message)?.[1]
  if (action === undefined) return error
  return new FixAccessError(`${message} (the API user's role lacks ${action} on ${path.split('/')[0]})`, {
    cause,
  })
}

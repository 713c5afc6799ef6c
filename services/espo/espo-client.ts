import { createHmac } from 'node:crypto'
import type { AxiosInstance, AxiosRequestConfig } from 'axios'
import { z } from 'zod'
import type { Config } from '../config'
import { FixAccessError, FixAddressError } from '../errors'
import { createHttp, refusalBodyOf, send, statusOf } from '../http/http-client'
import type { ServiceContext } from '../model/service-context'

const SYSTEM = 'EspoCRM'

/** The credentials of one request: a plain key, or an HMAC over `METHOD /path` without query (docs/contracts.md, EspoCRM). */
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
    /** What a refusal of this request really means. */
    private readonly meaningOf: (
      error: FixAccessError,
      method: string,
      path: string,
    ) => Promise<Error> = async (error) => error,
  ) {
    this.http = createHttp(config.url, context)
  }

  /** Sends a request to a path below `/api/v1`, such as `CAkten/65f…`. */
  request<T = unknown>(method: string, path: string, request: AxiosRequestConfig = {}) {
    const headers = { ...espoAuthorization(this.config, method, path), ...request.headers }
    return send<T>(SYSTEM, this.http, { ...request, method, url: `/${path}`, headers }).catch(
      async (error: unknown) => {
        const isRefused = error instanceof FixAccessError && !(error instanceof FixAddressError)
        if (!isRefused) throw error
        const meaning = await this.meaningOf(error, method, path)
        throw meaning === error ? explained(error, path) : meaning
      },
    )
  }
}

/** The same refusal with what a person can do about it. */
function explained(error: FixAccessError, path: string): FixAccessError {
  const hint = hintOf(statusOf(error), error.message, path)
  return hint === null
    ? error
    : new FixAccessError(`${error.message} (${hint})`, { cause: error.cause, system: SYSTEM })
}

/** EspoCRM says `No edit access.` without the entity, and says nothing at all to an address that it shut out. */
function hintOf(status: number | undefined, message: string, path: string): string | null {
  if (status === 401) return 'is ESPOCRM_API_KEY right, and ESPOCRM_SECRET_KEY for HMAC?'
  const action = /No '?(\w+)'? access\b/.exec(message)?.[1]
  if (action !== undefined) return `the API user's role lacks ${action} on ${path.split('/')[0]}`
  const hasReason = message.includes(': ')
  return hasReason
    ? null
    : 'too many failed logins shut an address out for a minute; or the role lacks a right'
}

const refusalSchema = z.object({
  messageTranslation: z.object({ data: z.object({ field: z.string(), type: z.string().nullish() }) }),
})

/** The field whose value EspoCRM refused (400), and its word for why; null where it was something else. */
export function refusalOf(error: unknown): { field: string; type?: string | null | undefined } | null {
  return refusalSchema.safeParse(refusalBodyOf(error)).data?.messageTranslation.data ?? null
}

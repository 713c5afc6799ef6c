import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { addAbortSignal, Readable } from 'node:stream'
import axios, {
  type AxiosInstance,
  type AxiosRequestConfig,
  type AxiosResponse,
  getAdapter,
  isAxiosError,
} from 'axios'
import axiosRetry, { isNetworkOrIdempotentRequestError } from 'axios-retry'
import pLimit from 'p-limit'
import type { z } from 'zod'
import type { Clock } from '../clock'
import { hasProxy } from '../config'
import {
  ContractError,
  describeError,
  FixAccessError,
  FixAddressError,
  LockLostError,
  MaintenanceError,
  NotFoundError,
  RetryLaterError,
  type SystemName,
} from '../errors'
import { COUNTED } from '../metrics/metrics'
import { runMetrics } from '../metrics/recorder'
import type { ServiceContext } from '../model/service-context'
import { systemReason } from '../text/network'
import { inTime, isBeyondLimits, MAX_ANSWER_BYTES, retryAfterMs, tooLargeText } from './request-limits'

const REQUESTS_IN_ALL = 3
const FIRST_DELAY_MS = 500
/** A `Retry-After` up to this long is waited for within the run. */
export const LONGEST_WAIT_MS = 60_000
const IDLE_TIMEOUT_MS = 30_000
const REASON_TIMEOUT_MS = 2_000
/** Characters of a reason that people are told. */
const REASON_LENGTH = 300

/**
 * The connections of this process: one run after the other uses them again. One that is idle for longer is closed on
 * this side, so that no request goes out on one that a server is just closing (Node's do after five seconds); requests
 * have a time-out of their own.
 */
const CONNECTIONS = { keepAlive: true, timeout: 4_000 }
const httpAgent = new HttpAgent(CONNECTIONS)
const httpsAgent = new HttpsAgent(CONNECTIONS)

/**
 * An HTTP client for one system: keep-alive, 30 s without a byte is a time-out, and so is an answer that takes longer
 * than its size allows or is larger than `maxAnswerBytes` (a stream: see the spool). Three requests in all with
 * exponential backoff and jitter for what may be repeated, `Retry-After` honoured up to 60 s. Redirects are refused:
 * they would send credentials elsewhere and buffer uploads in memory.
 *
 * In a run that holds a lock, every request but GET asks the guard just before it is sent, each repetition of it too,
 * and requests in flight are aborted when the lock is lost. At most `requestsAtOnce` are in flight; the others wait, and
 * ask the guard after that.
 */
export function createHttp(
  baseURL: string,
  { clock, guard, transport, requestsAtOnce, maxAnswerBytes }: Omit<ServiceContext, 'logger'>,
): AxiosInstance {
  const send = getAdapter(transport ?? 'http')
  const limit = pLimit(requestsAtOnce ?? Number.POSITIVE_INFINITY)
  const http = axios.create({
    baseURL,
    timeout: IDLE_TIMEOUT_MS,
    maxRedirects: 0,
    maxBodyLength: Number.POSITIVE_INFINITY,
    maxContentLength: maxAnswerBytes ?? MAX_ANSWER_BYTES,
    httpAgent,
    httpsAgent,
    ...(hasProxy() ? {} : { proxy: false as const }), // else axios looks for one with each request
    adapter: (request) =>
      untilRead(limit, async () => {
        if (request.method?.toUpperCase() !== 'GET') await guard?.assertHeld()
        return inTime(request, send)
      }),
    ...(guard ? { signal: guard.signal } : {}),
  })
  axiosRetry(http, {
    retries: REQUESTS_IN_ALL - 1,
    shouldResetTimeout: true,
    retryDelay: (count, error) => Math.max(retryAfterMs(error), retryDelayMs(count, clock.random)),
    retryCondition: (error) => {
      if (isBeyondLimits(error) || retryAfterMs(error) > LONGEST_WAIT_MS) return false
      const status = error.response?.status
      if (status === 429 || status === 503) return true
      return isNetworkOrIdempotentRequestError(error) || error.code === 'ECONNABORTED'
    },
  })
  return http
}

/** Runs a request that keeps its place within the limit until its answer has been read, or thrown away. */
function untilRead(
  limit: ReturnType<typeof pLimit>,
  request: () => Promise<AxiosResponse>,
): Promise<AxiosResponse> {
  return new Promise((resolve, reject) => {
    limit(async () => {
      const answer = await request()
      resolve(answer)
      if (answer.data instanceof Readable && !answer.data.closed)
        await new Promise((done) => answer.data.once('close', done))
    }).catch(reject)
  })
}

/** Milliseconds before the `count`th repetition: 500, 1000, 2000 …, with jitter. */
export function retryDelayMs(count: number, random: Clock['random']): number {
  return FIRST_DELAY_MS * 2 ** (count - 1) * (0.8 + 0.4 * random())
}

/** For requests that must not be sent twice, such as a POST that creates something. */
export const ONCE: AxiosRequestConfig = { 'axios-retry': { retries: 0 } }

/**
 * Sends a request and translates its failure into one of the product's errors. The cause keeps message and code but
 * not the request, which holds credentials.
 */
export async function send<T>(
  system: SystemName,
  http: AxiosInstance,
  request: AxiosRequestConfig,
): Promise<Answer<T>> {
  const started = performance.now()
  try {
    const answer = await http.request<T>(request)
    count(system, started, answer.status, answer.config)
    return answer
  } catch (error) {
    if (isAxiosError(error)) {
      count(system, started, error.response?.status, error.config)
      const { response } = error
      if (response?.data instanceof Readable) response.data = await beginningOf(response.data)
    }
    throw translate(system, request, error, http.defaults.signal)
  }
}

/** What a system says instead of the bytes that were asked for; as much as a reason has. */
async function beginningOf(stream: Readable): Promise<string> {
  let text = ''
  try {
    addAbortSignal(AbortSignal.timeout(REASON_TIMEOUT_MS), stream)
    for await (const chunk of stream) {
      text += String(chunk)
      if (text.length > REASON_LENGTH) break
    }
  } catch {
    // cut off: what has arrived has to do
  }
  return text
}

function count(
  system: SystemName,
  started: number,
  status: number | undefined,
  sent: AxiosRequestConfig | undefined,
): void {
  const labels = { system, status: `${status ?? 'none'}` }
  runMetrics.observe(COUNTED.remoteCalls, labels, (performance.now() - started) / 1000)
  runMetrics.add(COUNTED.retries, { system }, sent?.['axios-retry']?.retryCount ?? 0)
}

type Answer<T> = { status: number; data: T; headers: Record<string, unknown> }

/** The HTTP status behind a translated error, where there was an answer. */
export function statusOf(error: unknown): number | undefined {
  const cause = error instanceof Error ? (error.cause as { status?: unknown } | undefined) : undefined
  return typeof cause?.status === 'number' ? cause.status : undefined
}

const OUTAGES = [429, 502, 503, 504]

/** True where a system gave no answer at all, or one in its stead said that it is not there: no matter what was asked. */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof RetryLaterError) || error.system === undefined) return false
  const status = statusOf(error)
  return status === undefined ? error.cause instanceof Error : OUTAGES.includes(status)
}

/** The body of an answer 400 behind a translated error: what the other side did not take. */
export function refusalBodyOf(error: unknown): unknown {
  return error instanceof Error ? (error.cause as { body?: unknown } | undefined)?.body : undefined
}

/** The system's own words in an answer behind a translated error, one line; empty where it said none. */
export function reasonIn(error: unknown): string {
  const cause = error instanceof Error ? (error.cause as { reason?: unknown } | undefined) : undefined
  return typeof cause?.reason === 'string' ? cause.reason : ''
}

/** How the server behind a translated error calls itself (`Server` header), such as `nginx/1.24.0`. */
export function serverOf(error: unknown): string | undefined {
  const cause = error instanceof Error ? (error.cause as { server?: unknown } | undefined) : undefined
  return typeof cause?.server === 'string' ? cause.server.slice(0, 60) : undefined
}

function translate(
  system: SystemName,
  request: AxiosRequestConfig,
  error: unknown,
  signal: { aborted?: boolean; reason?: unknown } | undefined,
): Error {
  if (error instanceof LockLostError) return error
  if (signal?.aborted && signal.reason instanceof LockLostError) return signal.reason
  if (!isAxiosError(error))
    return new RetryLaterError(`${system}: ${describeError(error)}`, { cause: error, system })
  const what = `${request.method ?? 'GET'} ${decodeURI(request.url ?? '')}`
  const response = error.response
  const reason = response ? reasonOf(response.data, response.headers['x-status-reason']) : ''
  const cause = Object.assign(new Error(error.message || error.code || 'no answer'), {
    code: error.code,
    status: response?.status,
    body: response?.status === 400 ? response.data : undefined,
    reason,
    server: response?.headers.server,
  })
  const tooLarge = tooLargeText(error)
  if (tooLarge !== null) return new ContractError(`${system} ${tooLarge} to ${what}`, { cause, system })
  if (!response)
    return new RetryLaterError(`${system} not reachable (${what}): ${explained(cause)}`, {
      cause,
      system,
    })
  const { status, headers } = response
  if (status >= 300 && status < 400) {
    const target = redirectTarget(headers.location, axios.getUri({ ...error.config, params: undefined }))
    const where = target === null ? 'without saying where to' : `to ${target}`
    return new FixAddressError(`${system} redirects (${status}) ${what} ${where}`, target, { cause, system })
  }
  const message = `${system} answered ${status} to ${what}${reason ? `: ${reason}` : ''}`
  if (response.status === 401 || response.status === 403)
    return new FixAccessError(message, { cause, system })
  if (response.status === 404) return new NotFoundError(message, { cause, system })
  const delayMs = retryAfterMs(error)
  const later = { cause, delayMs: delayMs > 0 ? delayMs : undefined, system }
  return status === 503 && MAINTENANCE.test(reason)
    ? new MaintenanceError(message, later)
    : new RetryLaterError(message, later)
}

/** EspoCRM: `Application is in maintenance mode.` (docs/contracts.md, Errors) */
const MAINTENANCE = /maintenance/i

/** Where a redirection leads, as an absolute address without query; null where it names none. */
function redirectTarget(location: unknown, from: string): string | null {
  if (typeof location !== 'string' || !URL.canParse(location, from)) return null
  const { origin, pathname } = new URL(location, from)
  return `${origin}${pathname}`.slice(0, REASON_LENGTH)
}

/** What the code means, and behind it the library's own text. */
function explained(cause: Error & { code?: string | undefined }): string {
  const [reason, raw] = [systemReason(cause.code, 'en'), describeError(cause)]
  return reason === null ? raw : `${reason} (${raw})`
}

/** The reason in words: a header, a plain text or a JSON `message`; never HTML, never more than one line. */
function reasonOf(data: unknown, header: unknown): string {
  if (typeof header === 'string' && header !== '') return header.slice(0, REASON_LENGTH)
  if (typeof data === 'object' && data !== null && 'destroy' in data) {
    ;(data as { destroy(): void }).destroy()
    return ''
  }
  const message = typeof data === 'object' && data !== null && 'message' in data ? data.message : data
  if (typeof message !== 'string' || message.trimStart().startsWith('<')) return ''
  return message.slice(0, 2000).replace(/\s+/g, ' ').trim().slice(0, REASON_LENGTH)
}

/** Parses an answer at the boundary. @throws ContractError naming system, path and the first wrong field. */
export function parseAnswer<T extends z.ZodType>(
  system: SystemName,
  path: string,
  schema: T,
  data: unknown,
): z.output<T> {
  const parsed = schema.safeParse(data)
  if (parsed.success) return parsed.data
  throw misfit(system, path, parsed.error)
}

/** Why an answer does not fit, by its first wrong field; `below`: where in it what was parsed lies. */
export function misfit(
  system: SystemName,
  path: string,
  error: z.ZodError,
  below: string[] = [],
): ContractError {
  const issue = error.issues[0]
  const field = [...below, ...(issue?.path ?? [])].join('.') || 'the answer'
  return new ContractError(
    `${system}: the answer to ${path} does not fit, ${field}: ${issue?.message ?? 'invalid'}`,
    { system },
  )
}

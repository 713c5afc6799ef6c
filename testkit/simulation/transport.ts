import { Readable } from 'node:stream'
import {
  type AxiosAdapter,
  AxiosError,
  AxiosHeaders,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
} from 'axios'
import { readAll } from './content'
import type { Answer, Request } from './http'
import type { Weather } from './weather'
import type { Caller, Wire } from './wire'

/** The three systems by the host in their address. */
export type Hosts = Record<string, (request: Request) => Answer>

/** Follows what a run sees and does. */
export interface Observer {
  /** The guard let a request pass that began to ask at this time. */
  guarded(from: string, askedAt: number): void
  /** A listing of the share, made at this time, has arrived. */
  listed(from: string, madeAt: number): void
  /** A request that changes something is handed to the wire. */
  sent(label: string, from: string): void
  /** It takes effect. */
  takesEffect(method: string, path: string, from: string): void
}

/** The network between one run of the product and the systems, in place of HTTP. */
export function transport(
  caller: Caller,
  from: string,
  wire: Wire,
  weather: Weather,
  hosts: Hosts,
  observer: Observer,
): AxiosAdapter {
  return async (config) => {
    const url = new URL(`${config.baseURL ?? ''}${config.url ?? ''}`)
    const method = (config.method ?? 'get').toUpperCase()
    const handle = hosts[url.hostname]
    if (!handle) throw new Error(`no host ${url.hostname}`)
    const body = await bodyOf(config.data)
    const request: Request = {
      method,
      segments: url.pathname.split('/').filter(Boolean).map(decodeURIComponent),
      query: new URLSearchParams(config.params as Record<string, string> | undefined),
      headers: lowerCased(config),
      body,
      from,
    }
    const label = `${method} ${url.hostname}${decodeURIComponent(url.pathname)}`
    const signal = config.signal as AbortSignal | undefined
    const fault = weather.http(method)
    if (method !== 'GET') observer.sent(label, from)
    let happenedAt = 0
    const effect = (): Answer => {
      happenedAt = Date.now()
      if (fault?.kind === 'status') {
        const headers: Answer['headers'] = {}
        if (fault.retryAfter !== undefined) headers['retry-after'] = String(fault.retryAfter)
        return { status: fault.status, headers, body: '' }
      }
      if (method !== 'GET') observer.takesEffect(method, label, from)
      return handle(
        fault?.kind === 'damaged' && method === 'PUT' ? { ...request, body: damaged(body, 0) } : request,
      )
    }
    const fail = (code: string) => new AxiosError(code, code, config)
    const noAnswer = (code: string, happens: boolean) =>
      wire.carry(
        caller,
        `${label} (${fault?.kind})`,
        () => {
          if (happens) effect()
          throw fail(code)
        },
        signal,
      )
    if (fault?.kind === 'refused') return noAnswer('ECONNREFUSED', false)
    if (fault?.kind === 'unanswered' || fault?.kind === 'answer lost') {
      const happens = fault.kind === 'answer lost'
      return noAnswer(happens ? 'ECONNRESET' : 'ECONNABORTED', happens)
    }
    const answer = await wire.carry(caller, label, effect, signal)
    if (request.segments[0] === 'akte-details') observer.listed(from, happenedAt)
    return settle(config, answer, wire.calls, fault?.kind)
  }
}

async function bodyOf(data: unknown): Promise<Buffer> {
  if (data === undefined || data === null) return Buffer.alloc(0)
  if (typeof data === 'string' || Buffer.isBuffer(data)) return Buffer.from(data as string)
  return readAll(data as AsyncIterable<unknown>)
}

function lowerCased(config: InternalAxiosRequestConfig): Record<string, string> {
  const entries = Object.entries(config.headers.toJSON()).map(([name, value]) => [
    name.toLowerCase(),
    String(value),
  ])
  return Object.fromEntries(entries) as Record<string, string>
}

/** At some place: where it begins, JSON cannot be read and a file has another hash. */
function damaged(content: Buffer, place: number): Buffer {
  const copy = Buffer.from(content)
  const at = place % Math.max(1, copy.length)
  if (copy.length > 0) copy[at] = (copy[at] ?? 0) ^ 1
  return copy
}

function settle(
  config: InternalAxiosRequestConfig,
  answer: Answer,
  /** Each time another place: damage never repeats itself. */
  place: number,
  fault?: string,
): AxiosResponse {
  const { status, headers } = answer
  const isStream = config.responseType === 'stream'
  const content = Buffer.from(answer.body)
  const response: AxiosResponse = {
    data: isStream
      ? streamOf(fault === 'damaged' && !answer.isUncheckable ? damaged(content, place) : content, fault)
      : content.toString(),
    status,
    statusText: '',
    headers: new AxiosHeaders(isStream ? { ...headers, 'content-length': String(content.length) } : headers),
    config,
    request: {},
  }
  if (!config.validateStatus || config.validateStatus(status)) return response
  const code = status < 500 ? AxiosError.ERR_BAD_REQUEST : AxiosError.ERR_BAD_RESPONSE
  throw new AxiosError(`Request failed with status code ${status}`, code, config, {}, response)
}

function streamOf(content: Buffer, fault?: string): Readable {
  if (fault !== 'cut off') return Readable.from([content])
  return Readable.from(
    (function* () {
      yield content.subarray(0, content.length / 2)
      throw new Error('aborted')
    })(),
  )
}

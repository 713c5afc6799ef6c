import { Readable } from 'node:stream'
import { AxiosError, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios'
import { retryAfter } from 'axios-retry'
import { ContractError, type SystemName } from '../errors'
import { LinkedAbort } from '../linked-abort'

const MEGABYTE = 1024 * 1024
/** An answer in JSON that is larger is not read on; `SYNC_MAX_ANSWER_MB` sets another limit. */
export const MAX_ANSWER_BYTES = 64 * MEGABYTE
/** Files, documents or History entries of one Akte. */
export const MAX_ENTRIES = 100_000
/** From the request to the end of its answer, beside the time that its bytes may take. */
const ANSWER_MS = 120_000
/** The slowest transfer that is waited for: 1 MBit/s. */
const BYTES_PER_MS = 128
/** A system that asks for more patience is asked again after this long. */
const LONGEST_RETRY_AFTER_MS = 3_600_000

const TOO_LATE = 'ERR_TOO_LATE'
const TOO_LARGE = /^maxContentLength size/

/** How long so many bytes may be on their way, in milliseconds. */
export const transferMs = (bytes: number): number => ANSWER_MS + bytes / BYTES_PER_MS

/** The longest that a request may take: until the end of its answer, of a stream until its first byte. */
function totalMs({ headers, timeout }: InternalAxiosRequestConfig): number {
  const bytes = Number(headers.get('Content-Length') ?? 0)
  return Math.max(transferMs(bytes), (timeout ?? 0) + bytes / BYTES_PER_MS)
}

/** Sends a request that is cut off when its time is over, however steadily a few bytes still come. */
export async function inTime(
  request: InternalAxiosRequestConfig,
  send: (request: InternalAxiosRequestConfig) => Promise<AxiosResponse>,
): Promise<AxiosResponse> {
  const given = request.signal as AbortSignal | undefined
  const abort = new LinkedAbort(given ? [given] : [])
  const ms = totalMs(request)
  const timer = setTimeout(() => abort.abort(), ms)
  request.signal = abort.signal
  try {
    const answer = await send(request)
    if (answer.data instanceof Readable) answer.data.once('close', () => abort.release())
    else abort.release()
    return answer
  } catch (error) {
    abort.release()
    if (!abort.signal.aborted || given?.aborted) throw error
    throw new AxiosError(`no complete answer within ${Math.round(ms / 1000)} s`, TOO_LATE, request)
  } finally {
    clearTimeout(timer)
    // A repetition gets a time of its own.
    if (given) request.signal = given
    else delete request.signal
  }
}

/** True where the same request would take as long or bring as much again. */
export const isBeyondLimits = ({ code, message }: AxiosError): boolean =>
  code === TOO_LATE || TOO_LARGE.test(message)

/** What an answer is called that was too large to be read; null for any other error. */
export function tooLargeText({ message, config }: AxiosError): string | null {
  if (!TOO_LARGE.test(message)) return null
  const limit = Math.round((config?.maxContentLength ?? 0) / MEGABYTE)
  return `answers with more than ${limit} MB (SYNC_MAX_ANSWER_MB)`
}

/** Milliseconds that an answer asks to wait for, from 0 to one hour. */
export function retryAfterMs(error: AxiosError): number {
  const ms = retryAfter(error)
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), LONGEST_RETRY_AFTER_MS) : 0
}

/** @throws ContractError when a list is longer than any Akte's can be */
export function assertNotEndless(system: SystemName, path: string, count: number): void {
  if (count <= MAX_ENTRIES) return
  throw new ContractError(
    `${system}: the answer to ${path} has ${count} entries, more than the ${MAX_ENTRIES} that one Akte can have`,
    { system },
  )
}

/** How many entries a list has that was not parsed yet; 0 for anything else. */
export const lengthOf = (list: unknown): number => (Array.isArray(list) ? list.length : 0)

import type { z } from 'zod'
import type { Akten, akteDetailSchema, Query } from '../../services/api/akten-view'
import type { HealthReport } from '../../services/api/health'
import type { acceptedSchema, archivedVersionSchema, reportSchema } from '../../services/api/schemas'
import type { PurgePreview, PurgeReceipt } from '../../services/model/purge'
import type { AktePlan } from '../../services/sync/plan'

export type AkteDetail = z.infer<typeof akteDetailSchema>
export type Version = z.infer<typeof archivedVersionSchema>
export type Report = z.infer<typeof reportSchema>
export type Accepted = z.infer<typeof acceptedSchema>
export type Plan = AktePlan

/** Thrown when the server answers with a problem; the message is for people. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  constructor(
    readonly status: number,
    detail: string,
  ) {
    super(detail)
  }
}

/** Aktennummern per request, the API's limit. */
const MAX_AKTENNUMMERN = 1000

/** Sends a request. @throws ProblemError; TypeError when there is no connection */
async function request<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(path, {
    method,
    headers: {
      Accept: 'application/json',
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const answer: unknown = await response.json().catch(() => null)
  if (response.ok) return answer as T
  const { detail, error } = (answer ?? {}) as { detail?: string; error?: string }
  throw new ProblemError(response.status, detail ?? error ?? `The server answered ${response.status}`)
}

const akte = (aktennummer: string, rest = '') => `/akten/${encodeURIComponent(aktennummer)}${rest}`

/** The API calls of the tab; docs/reference.md lists the routes. */
export const api = {
  list: ({ state, search, limit }: Query) => {
    const query = new URLSearchParams({ limit: `${limit}` })
    if (state) query.set('state', state)
    if (search) query.set('search', search)
    return request<Akten>('GET', `/akten?${query}`)
  },
  get: (aktennummer: string) => request<AkteDetail>('GET', akte(aktennummer)),
  plan: (aktennummer: string) => request<Plan>('GET', akte(aktennummer, '/plan')),
  sync: (aktennummer: string, force = false) =>
    request<Accepted>('POST', akte(aktennummer, '/sync'), { force }),
  retry: (aktennummer: string) => request<Accepted>('POST', akte(aktennummer, '/retry')),
  retryMany: (cause?: string) =>
    request<Accepted>('POST', '/akten/retry', cause === undefined ? {} : { cause }),
  removeMany: (cause: string) => request('POST', '/akten/remove', { cause }),
  pause: (aktennummer: string, paused: boolean, reason?: string) =>
    request('POST', akte(aktennummer, '/pause'), { paused, reason }),
  pauseAll: (paused: boolean, reason?: string) => request('POST', '/akten/pause', { paused, reason }),
  importAll: (paused: boolean, reason?: string) => request('POST', '/akten/import', { paused, reason }),
  health: async (): Promise<HealthReport> => {
    // Without Redis it answers 503, and says what is missing all the same.
    const response = await fetch('/health')
    return (await response.json()) as HealthReport
  },
  remove: (aktennummer: string) => request('DELETE', akte(aktennummer)),
  hold: (aktennummer: string, held: boolean, reason?: string) =>
    request('POST', akte(aktennummer, '/hold'), { held, reason }),
  previewPurge: (aktennummer: string) => request<PurgePreview>('GET', akte(aktennummer, '/purge')),
  purge: (aktennummer: string, reason: string, force: boolean) =>
    request<PurgeReceipt>('POST', akte(aktennummer, '/purge'), { reason, force, confirm: aktennummer }),
  versions: async (aktennummer: string) =>
    (await request<{ versions: Version[] }>('GET', `/archive?aktennummer=${encodeURIComponent(aktennummer)}`))
      .versions,
  restore: ({ hash, aktennummer, path }: Version, to: Version['side']) =>
    request('POST', `/archive/${hash}/restore`, { aktennummer, path, to }),
  downloadUrl: (hash: string, { aktennummer, path }: Pick<Version, 'aktennummer' | 'path'>) =>
    `/archive/${hash}?${new URLSearchParams({ aktennummer, path })}`,
  /** Splits any number of Aktennummern into requests that the server accepts. */
  syncMany: async (aktennummern: string[]): Promise<Accepted> => {
    const all = { accepted: [] as string[], rejected: [] as Accepted['rejected'], isNew: 0, known: 0 }
    for (let at = 0; at < aktennummern.length; at += MAX_AKTENNUMMERN) {
      const batch = aktennummern.slice(at, at + MAX_AKTENNUMMERN)
      const { accepted, rejected, isNew, known } = await request<Accepted>('POST', '/akten/sync', {
        aktennummern: batch,
      })
      all.accepted.push(...accepted)
      all.rejected.push(...rejected)
      all.isNew += isNew ?? 0
      all.known += known ?? 0
    }
    return all
  },
}

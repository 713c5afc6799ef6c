import type { Redis } from 'ioredis'
import { z } from 'zod'
import { parseJson } from '../json'
import type { SyncReport } from '../model/report'
import { KEYS } from './keys'

/** How a run ended, as it is stored and as the API returns it. */
export const lastRunSchema = z.object({
  result: z.enum(['synced', 'deferred', 'failed', 'stopped']),
  finishedAt: z.string(),
  durationMs: z.number(),
  /** What people read about it; null when there is nothing to say. */
  message: z.string().nullable(),
  /** Files that a person must look at. */
  flagged: z.number().catch(0),
})

/** How the last run of an Akte ended. */
export type LastRun = z.infer<typeof lastRunSchema>

/** What is kept of a report. */
export function lastRunOf({ result, finishedAt, durationMs, message, counts }: SyncReport): LastRun {
  return { result, finishedAt, durationMs, message: message?.slice(0, 500) ?? null, flagged: counts.flagged }
}

const SCAN_COUNT = 1000

/** The last run of every Akte (written by the report store), small enough to list thousands on the administrator's page. */
export class LastRuns {
  constructor(
    private readonly redis: Pick<Redis, 'multi' | 'zrevrange' | 'zcard' | 'hmget' | 'hgetall' | 'hscan'>,
  ) {}

  /** Removes an Akte from the list; its next run adds it again. */
  async forget(aktennummer: string): Promise<void> {
    const transaction = this.redis.multi().zrem(KEYS.lastRuns, aktennummer)
    for (const hash of [KEYS.lastResults, KEYS.lastSynced, KEYS.openRuns]) transaction.hdel(hash, aktennummer)
    await transaction.exec()
  }

  /** The Aktennummern that were synced last, newest first. */
  newest(count: number): Promise<string[]> {
    return this.redis.zrevrange(KEYS.lastRuns, 0, count - 1)
  }

  /** How many Akten have been synced at all. */
  count(): Promise<number> {
    return this.redis.zcard(KEYS.lastRuns)
  }

  /** The Akten whose last run left something open: it failed, waits, was stopped, or flagged a file. */
  async open(): Promise<Map<string, LastRun>> {
    return parseRuns(Object.entries(await this.redis.hgetall(KEYS.openRuns)))
  }

  /** When these Akten were last in agreement (ISO 8601), where they ever were. */
  async lastSynced(aktennummern: string[]): Promise<Map<string, string>> {
    if (aktennummern.length === 0) return new Map()
    const times = await this.redis.hmget(KEYS.lastSynced, ...aktennummern)
    return new Map(aktennummern.flatMap((name, index) => (times[index] ? [[name, times[index]]] : [])))
  }

  /** Up to `count` Aktennummern that contain `part`. */
  async find(part: string, count: number): Promise<string[]> {
    const pattern = `*${part.replace(/[*?[\]\\]/g, '\\$&')}*`
    const found = new Set<string>()
    let cursor = '0'
    do {
      const [next, flat] = await this.redis.hscan(
        KEYS.lastResults,
        cursor,
        'MATCH',
        pattern,
        'COUNT',
        SCAN_COUNT,
      )
      for (let at = 0; at < flat.length; at += 2) found.add(flat[at] ?? '')
      cursor = next
    } while (cursor !== '0' && found.size < count)
    return [...found].slice(0, count)
  }

  /** The last runs of these Akten, where there was one. */
  async of(aktennummern: string[]): Promise<Map<string, LastRun>> {
    if (aktennummern.length === 0) return new Map()
    const texts = await this.redis.hmget(KEYS.lastResults, ...aktennummern)
    return parseRuns(aktennummern.map((aktennummer, index) => [aktennummer, texts[index]]))
  }
}

function parseRuns(texts: [aktennummer: string, json: string | null | undefined][]): Map<string, LastRun> {
  const runs = new Map<string, LastRun>()
  for (const [aktennummer, json] of texts) {
    const parsed = lastRunSchema.safeParse(parseJson(json))
    if (parsed.success) runs.set(aktennummer, parsed.data)
  }
  return runs
}

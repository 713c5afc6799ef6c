import type { Redis } from 'ioredis'
import { parseJson } from '../json'
import { type SyncReport, storedReportSchema } from '../model/report'
import { KEYS } from './keys'
import { lastRunOf } from './last-runs'

const KEPT = 20
/** How long the reports of an Akte are kept that nobody holds. */
export const REPORT_SECONDS = 30 * 24 * 3600

/**
 * The last twenty reports of each Akte, kept for thirty days after the newest, those of a held Akte without limit; and how
 * its last run ended, kept without limit.
 */
export class ReportStore {
  constructor(private readonly redis: Pick<Redis, 'multi' | 'lrange' | 'hexists'>) {}

  /** Keeps a report as the newest of its Akte. */
  async save(report: SyncReport): Promise<void> {
    const key = KEYS.reports(report.aktennummer)
    const run = JSON.stringify(lastRunOf(report))
    const isHeld = (await this.redis.hexists(KEYS.heldAkten, report.aktennummer)) === 1
    const written = this.redis
      .multi()
      .lpush(key, JSON.stringify(report))
      .ltrim(key, 0, KEPT - 1)
      .zadd(KEYS.lastRuns, Date.parse(report.finishedAt), report.aktennummer)
      .hset(KEYS.lastResults, report.aktennummer, run)
    if (isHeld) written.persist(key)
    else written.expire(key, REPORT_SECONDS)
    const { result, counts } = report
    if (result === 'synced') written.hset(KEYS.lastSynced, report.aktennummer, report.finishedAt)
    if (result !== 'synced' || counts.flagged > 0) written.hset(KEYS.openRuns, report.aktennummer, run)
    else written.hdel(KEYS.openRuns, report.aktennummer)
    for (const [error] of (await written.exec()) ?? []) if (error) throw error
  }

  /** The reports of an Akte, newest first. */
  async list(aktennummer: string, count = KEPT): Promise<SyncReport[]> {
    const kept = await this.redis.lrange(KEYS.reports(aktennummer), 0, count - 1)
    return kept.flatMap((json) => {
      const parsed = storedReportSchema.safeParse(parseJson(json))
      return parsed.success ? [parsed.data] : []
    })
  }
}

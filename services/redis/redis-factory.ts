import { Redis } from 'ioredis'
import type { Config } from '../config'

/** Every Redis key of the product, in one place. Names without a comment are fixed: operators use them by hand. */
export const KEYS = {
  pending: 'advoware:pending_aktennummern',
  processing: 'advoware:processing_aktennummern',
  failed: 'advoware:failed_aktennummern',
  stopped: 'advoware:stopped_aktennummern',
  force: 'advoware:force_aktennummern',
  paused: 'advoware:paused',
  token: 'advoware:token',
  globalLock: 'advoware_document_sync_global',
  akteLock: (aktennummer: string) => `advoware_document_sync:${aktennummer}`,
  /** Zset: Aktennummer → earliest next run, epoch milliseconds. */
  due: 'advoware:due_aktennummern',
  /** Set: a person just asked for these; they come before all others. */
  asked: 'advoware:asked_aktennummern',
  /** Hash: Aktennummer → why a person keeps it in pending for now. */
  pausedAkten: 'advoware:paused_aktennummern',
  /** Zset: Aktennummer → since when it waits for a successful sync, epoch milliseconds. */
  waitingSince: 'advoware:waiting_since',
  /** Hash: Aktennummer → `owner|until`, who answers for a member of processing and how long. */
  leases: 'advoware:leases',
  /** Hash: id of an EspoCRM document → id of its Akte's record, which EspoCRM does not tell of a deleted or moved one. */
  dokumentAkten: 'advoware:dokument_akten',
  /** Hash: Aktennummer → JSON of attempts, last error and time. */
  attempts: 'advoware:attempts',
  /** Zset: recently stopped Aktennummern → time of the stop. */
  recentStops: 'advoware:recent_stops',
  /** String with TTL: the holder of a lock is alive. */
  heartbeat: (lockKey: string) => `advoware:heartbeat:${lockKey}`,
  /** List with TTL: JSON reports of the last runs of an Akte, newest first. */
  reports: (aktennummer: string) => `advoware:reports:${aktennummer}`,
  /** Zset: Aktennummer → end of its last run, epoch milliseconds. */
  lastRuns: 'advoware:last_runs',
  /** Hash: Aktennummer → JSON of how its last run ended. */
  lastResults: 'advoware:last_results',
  /** Hash: Prometheus sample (`name{label="value"}`) → sum over all runs. */
  metrics: 'advoware:metrics',
  /** Hash with TTL: Aktennummer → when it first found the lock taken, epoch milliseconds. */
  lockWaits: 'advoware:lock_waits',
  /** Hash: Aktennummer → JSON of the progress of its run. Motia's own key for the stream of this name. */
  progress: 'motia:stream:documentSyncProgress:group:running',
} as const

/**
 * The only place that constructs a Redis client. Commands fail after about five seconds without a connection
 * instead of waiting for ever: a running step then fails loudly and the sets bring its Akte back.
 */
export function createRedis(config: Config['redis'], onError: (error: Error) => void): Redis {
  const redis = new Redis({
    host: config.host,
    port: config.port,
    db: config.db,
    ...(config.username === undefined ? {} : { username: config.username }),
    ...(config.password === undefined ? {} : { password: config.password }),
    connectTimeout: 5000,
    maxRetriesPerRequest: 5,
    retryStrategy: (times) => Math.min(times * 200, 2000),
  })
  let reported = false
  redis.on('error', (error: Error) => {
    if (!reported) onError(error)
    reported = true
  })
  return redis
}

/**
 * Asks one question over a connection of its own, without any retry.
 * @throws the reason why the connection failed, or what the question threw
 */
export async function askRedis<T>(
  address: Pick<Config['redis'], 'host' | 'port'> & Partial<Config['redis']>,
  question: (client: Redis) => Promise<T>,
): Promise<T> {
  const { host, port, username, password, db } = address
  const credentials = {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  }
  const once = { lazyConnect: true, retryStrategy: () => null, connectTimeout: 2000 }
  const client = new Redis({ host, port, db: db ?? 0, ...credentials, ...once })
  let cause: Error | undefined
  client.on('error', (error) => {
    cause = error
  })
  try {
    await client.connect()
    return await question(client)
  } catch (error) {
    throw cause ?? error
  } finally {
    client.disconnect()
  }
}

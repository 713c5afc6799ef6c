import type { Redis } from 'ioredis'
import { AdvowareClient } from '../advoware/advoware-client'
import { AdvowareService } from '../advoware/advoware-service'
import { AkteLookup } from '../advoware/akte-lookup'
import { HistoryService } from '../advoware/history-service'
import { AuditLog } from '../audit/audit-log'
import type { Clock } from '../clock'
import type { Config } from '../config'
import { Archive } from '../content/archive'
import { Holds } from '../content/holds'
import { DiskSpool, type Spool } from '../content/spool'
import type { EspoAttachments } from '../espo/espo-attachments'
import { EspoService } from '../espo/espo-service'
import { RefusedValues } from '../espo/refused-values'
import { StoredBases } from '../espo/stored-bases'
import type { ServiceContext } from '../model/service-context'
import { DokumentIndex } from '../redis/dokument-index'
import { HistoryMemory } from '../redis/history-memory'
import { PathMemory } from '../redis/path-memory'
import { ReportStore } from '../redis/report-store'
import { RestoreMemory } from '../redis/restore-memory'
import { WatcherService } from '../watcher/watcher-service'

/** What a class offers, without its private parts: another implementation may stand in for it. */
type Public<T> = { [Key in keyof T]: T[Key] }

/** Everything that a run reads or writes, except the sets and locks in Redis. */
export interface Systems {
  watcher: Public<WatcherService>
  history: Public<HistoryService>
  advoware: Public<AdvowareService>
  espo: Omit<Public<EspoService>, 'attachments'> & { attachments: Public<EspoAttachments> }
  archive: Public<Archive>
  /** Akten of which nothing is purged and nothing goes by age. */
  holds: Public<Holds>
  audit: Pick<AuditLog, 'append'>
  reports: Public<ReportStore>
  restores: Public<RestoreMemory>
  paths: Public<PathMemory>
  historyMemory: Public<HistoryMemory>
  /** `onBytes` gets the number of bytes as they arrive. */
  openSpool: (onBytes?: (bytes: number) => void) => Promise<Spool>
}

/** The commands that the systems use to remember what they learned. */
type SystemsRedis = Pick<
  Redis,
  'get' | 'set' | 'del' | 'multi' | 'lrange' | 'hset' | 'hdel' | 'hmget' | 'hexists'
> &
  Pick<Redis, 'sadd' | 'srem' | 'smembers' | 'zadd' | 'zrange' | 'zremrangebyscore' | 'pexpire'> &
  Pick<Redis, 'hgetall' | 'persist' | 'expire'>

/** One for each process: lines of all its runs share a write, and do not wait for each other's lock. */
const auditLogs = new WeakMap<Config, AuditLog>()
function auditLogOf(config: Config, clock: Clock): AuditLog {
  const log = auditLogs.get(config) ?? new AuditLog(config.sync.auditDir, clock)
  auditLogs.set(config, log)
  return log
}

/** The real systems, by the settings. Nothing is connected before the first request. */
export function connectSystems(
  { logger, clock, guard, transport }: ServiceContext,
  redis: SystemsRedis,
  config: Config,
): Systems {
  const { transferConcurrency: requestsAtOnce, maxAnswerBytes } = config.sync
  const context = { logger, clock, guard, transport, requestsAtOnce, maxAnswerBytes }
  const client = new AdvowareClient(context, redis, config.advoware)
  const lookup = new AkteLookup(client, config.advoware)
  return {
    watcher: new WatcherService(context, config.watcher),
    history: new HistoryService(context, client, lookup, config.advoware),
    advoware: new AdvowareService(context, lookup),
    espo: new EspoService(context, config.espo, {
      index: guard && new DokumentIndex(redis),
      refused: new RefusedValues({ redis, clock }),
      bases: new StoredBases(redis, config.sync.baseDir, guard),
    }),
    archive: new Archive(context, config.sync.archiveDir),
    holds: new Holds(redis, config.sync.archiveDir),
    audit: auditLogOf(config, clock),
    reports: new ReportStore(redis),
    restores: new RestoreMemory(redis, clock),
    paths: new PathMemory(redis),
    historyMemory: new HistoryMemory(redis, config.advoware),
    openSpool: (onBytes) => DiskSpool.open(onBytes),
  }
}

import type { Redis } from 'ioredis'
import type { Runtime } from '../app/runtime'
import { countInAudit, forgetInAudit } from '../audit/audit-forget'
import { InvalidInputError, LockBusyError, LockLostError, NotFoundError, SettleFirstError } from '../errors'
import { isAktennummer } from '../model/aktennummer'
import { mentionOf } from '../model/mention'
import {
  keepsAnything,
  type PurgeCounts,
  type PurgeObstacle,
  type PurgePreview,
  type PurgeReceipt,
} from '../model/purge'
import { MotiaRecords } from '../motia/motia-records'
import type { Dropped, Outcome } from '../queue/akten-queue'
import { SyncLock } from '../queue/sync-lock'
import { purgeText } from '../text/purge'
import { terminalText } from '../text/terminal'
import { DokumentRecords } from './dokument-records'
import { RedisRecords } from './redis-records'

/** So long after a purge that did not come to its end an Akte that is still synced waits. */
const RETRY_MS = 30_000

/** What a purge works with. */
export type PurgeRuntime = Runtime & { redis: Redis }

/** Which Akte is purged, by whom and why. */
export interface PurgeRequest {
  aktennummer: string
  by: string
  reason: string
  /** Also where the Akte is still to be synced. */
  isForced: boolean
}

/** Everything that the product keeps of one Akte, place by place. */
interface Places {
  redis: RedisRecords
  dokumente: DokumentRecords
  motia: MotiaRecords
}

/**
 * What a purge would remove now, and what stands against it. Changes nothing.
 * @throws InvalidInputError, NotFoundError where nothing is kept of the Akte; the errors of EspoCRM, whose status counts
 */
export async function previewPurge(runtime: PurgeRuntime, aktennummer: string): Promise<PurgePreview> {
  return (await look(runtime, aktennummer)).preview
}

/**
 * Removes everything that the product keeps of an Akte. The three systems keep what they have; only what documents in
 * EspoCRM say of former versions goes along with them. The Akte's lease keeps every
 * run of it away meanwhile. Each place forgets on its own, the lists last: after a crash in between the Akte is still
 * known, and the same purge again goes on.
 * @throws as `previewPurge`; SettleFirstError for a hold or a sync that is still wanted, LockBusyError while a run is
 * under way, LockLostError when the lease was lost: the purge is to be repeated
 */
export async function purgeAkte(runtime: PurgeRuntime, request: PurgeRequest): Promise<PurgeReceipt> {
  const { config, redis, queue, clock, systems, logger } = runtime
  const { aktennummer, by, isForced } = request
  const text = purgeText(config.sync.language)
  const reason = request.reason.replace(mentionOf(aktennummer), '…').trim()
  if (reason === '') throw new InvalidInputError(text.noReason)
  const { preview, places, akteId } = await look(runtime, aktennummer)
  for (const obstacle of preview.obstacles) {
    if (obstacle.kind === 'to be synced' && isForced) continue
    const message = text.obstacle(aktennummer, obstacle)
    if (obstacle.kind === 'running') throw new LockBusyError(message, aktennummer)
    throw new SettleFirstError(message)
  }
  const purge = clock.token()
  const time = clock.now().toISOString()
  if (!(await queue.holdForManualChange(aktennummer, purge)))
    throw new LockBusyError(text.obstacle(aktennummer, { kind: 'running' }), aktennummer)
  const { redis: entries, dokumente, motia } = places
  let isOver = false
  try {
    const lock = await SyncLock.acquire(redis, clock, 'akte', aktennummer, purge)
    try {
      /** Before each place: a hold may have been placed meanwhile, and another one may answer for the Akte. */
      const assertMayGoOn = async () => {
        await lock.assertHeld()
        const hold = await systems.holds.of(aktennummer)
        if (hold !== null) throw new SettleFirstError(text.obstacle(aktennummer, { kind: 'held', hold }))
      }
      await assertMayGoOn()
      const share = await systems.archive.forget(aktennummer)
      if (akteId !== null) await runtime.connect(lock).espo.clearFormerVersions(akteId)
      await assertMayGoOn()
      await dokumente.forget()
      await entries.forgetTexts()
      await (await systems.openSpool()).close() // removes what crashed runs left
      const technical = await motia.forget()
      await assertMayGoOn()
      const said = { time, run: purge, by: by.replace(mentionOf(aktennummer), '…'), reason }
      const { lines, proof } = await forgetInAudit(config.sync.auditDir, clock, { ...said, aktennummer })
      await assertMayGoOn()
      await systems.holds.clear(aktennummer)
      await entries.forgetEntries(purge)
      isOver = true
      await forgetOnDisk(redis)
      const { documents, reports, queueEntries, notes } = preview.counts
      const counts = { ...share, auditLines: lines, technical, documents, reports, queueEntries, notes }
      logger.info(`🧽 Purge ${purge} by ${said.by} is over: ${reason}`)
      return { aktennummer, purge, time, by, reason, forced: isForced, counts, proof }
    } finally {
      await lock.release()
    }
  } catch (error) {
    // Where it goes on being synced, somebody may have asked for that when the purge took it.
    const isSynced = preview.obstacles.some(({ kind }) => kind === 'to be synced')
    const { unfinished } = text
    const end: Outcome | Dropped = isSynced
      ? { outcome: 'retry', delayMs: RETRY_MS, reason: unfinished }
      : { outcome: 'dropped', reason: unfinished }
    if (!isOver && !(error instanceof LockLostError)) await queue.settle(aktennummer, purge, end)
    throw error
  }
}

async function look(
  runtime: PurgeRuntime,
  aktennummer: string,
): Promise<{ preview: PurgePreview; places: Places; akteId: string | null }> {
  const { config, redis, systems } = runtime
  const { language } = config.sync
  if (!isAktennummer(aktennummer))
    throw new InvalidInputError(terminalText(language).sync.noAktennummer(String(aktennummer)))
  const akte = await systems.espo.findAkte(aktennummer)
  const places: Places = {
    redis: new RedisRecords(redis, aktennummer),
    dokumente: await DokumentRecords.find({ redis, config, context: runtime }, aktennummer, akte),
    motia: new MotiaRecords(redis, aktennummer),
  }
  const counts: PurgeCounts = {
    ...(await systems.archive.share(aktennummer)),
    ...(await places.redis.count()),
    auditLines: await countInAudit(config.sync.auditDir, aktennummer),
    documents: places.dokumente.count,
    technical: await places.motia.count(),
  }
  const obstacles: PurgeObstacle[] = []
  const hold = await systems.holds.of(aktennummer)
  if (hold !== null) obstacles.push({ kind: 'held', hold })
  if (!keepsAnything(counts) && hold === null)
    throw new NotFoundError(purgeText(language).unknown(aktennummer))
  if (await places.redis.isRunning()) obstacles.push({ kind: 'running' })
  if (akte?.isSynced) obstacles.push({ kind: 'to be synced', status: akte.status })
  return { preview: { aktennummer, counts, obstacles }, places, akteId: akte?.id ?? null }
}

/** The append-only file of Redis keeps what was written until it is rewritten; a Redis that does not allow it is left alone. */
async function forgetOnDisk(redis: Redis): Promise<void> {
  const persistence = await redis.info('persistence').catch(() => '')
  if (/aof_enabled:1/.test(persistence)) await redis.bgrewriteaof().catch(() => {}) // it is rewritten in time anyway
}

import pLimit from 'p-limit'
import type { Runtime } from '../app/runtime'
import { describeError, FixAccessError } from '../errors'
import { isAktennummer } from '../model/aktennummer'
import { type Taken, WAITING } from '../queue/akten-queue'
import { pollerText } from '../text/poller'
import { failureText } from './execute/failure-text'
import { recoverFromEmptyRedis } from './recovery'

/** Akten in processing at once: enough small ones that no worker waits for the next tick, ten seconds later. */
const ROOM_PER_WORKER = 16
const RETRY_MS = 30_000
const STATUS_READS_AT_ONCE = 4

/** Wakes a worker for one Akte at once. */
export type Wake = (aktennummer: string) => Promise<void>

/**
 * One tick: takes due Aktennummern, checks their status in EspoCRM and wakes a worker for each valid one. An Akte
 * whose status cannot be read is pending again, without an attempt being counted. In a Redis that was emptied, what was
 * asked for comes back first.
 */
export async function pollPendingAkten(runtime: Runtime, wake: Wake): Promise<void> {
  const { config, logger, queue } = runtime
  const workers = config.sync.lockScope === 'akte' ? config.sync.concurrency : 1
  const { taken, swept, reaped, refused, paused, mark } = await queue.take(workers * ROOM_PER_WORKER)
  logger.info(`🔍 Polling Redis for pending Aktennummern${paused === null ? '' : ` (⏸️ paused: ${paused})`}`)
  for (const aktennummer of reaped) logger.warn(`♻️ Akte ${aktennummer} had no live worker, pending again`)
  for (const name of refused)
    logger.error(`❌ Akte ${JSON.stringify(name)} goes to the failed list: This is not an Aktennummer`)
  if (mark !== 'present') await recoverFromEmptyRedis(runtime, mark)
  await dispatchAll(runtime, { taken, swept }, wake)
}

async function dispatchAll(
  { config, logger, queue, systems }: Runtime,
  { taken, swept }: Pick<Taken, 'taken' | 'swept'>,
  wake: Wake,
): Promise<void> {
  const texts = pollerText(config.sync.language)
  const dispatch = async (aktennummer: string) => {
    if (!isAktennummer(aktennummer)) return giveUp(aktennummer, texts.noAktennummer)
    logger.info(`📋 Processing: ${aktennummer}`)
    const akte = await systems.espo.findAkte(aktennummer)
    if (akte === null) return giveUp(aktennummer, texts.unknownAkte(aktennummer))
    if (!akte.isSynced) {
      logger.warn(`⚠️ Akte ${aktennummer} has invalid status: ${akte.status}, removing`)
      const reason = texts.notSynced(akte.status, akte.syncedStatuses)
      await queue.settle(aktennummer, WAITING, { outcome: 'dropped', reason })
      return
    }
    await wake(aktennummer)
    logger.info(`✅ Emitted sync event for ${aktennummer} (status: ${akte.status})`)
  }
  const giveUp = (aktennummer: string, reason: string) =>
    giveUpAtOnce({ logger, queue }, aktennummer, WAITING, reason)
  /** The sweep read its status a moment ago, and the run reads it again. */
  const wakeForSweep = async (aktennummer: string) => {
    logger.info(`📋 Processing: ${aktennummer} (not synced for long)`)
    await wake(aktennummer).catch(async (error: unknown) => {
      const reason = describeError(error)
      logger.error(`❌ No worker could be woken for Akte ${aktennummer}, found again by the sweep: ${reason}`)
      await queue.settle(aktennummer, WAITING, { outcome: 'postponed', reason })
    })
  }
  const limit = pLimit(STATUS_READS_AT_ONCE)
  let refused: FixAccessError | undefined
  const dispatchSafely = async (aktennummer: string) => {
    try {
      if (refused) throw refused
      await dispatch(aktennummer)
    } catch (error) {
      if (error instanceof FixAccessError) refused = error
      const reason = failureText(error, config.sync.language)
      logger.error(`❌ Akte ${aktennummer} is pending again: ${describeError(error)}`)
      await queue.settle(aktennummer, WAITING, { outcome: 'retry', delayMs: RETRY_MS, reason })
    }
  }
  // The first one alone: a refused key must not count as a failed login once per waiting Akte.
  const [first, ...others] = taken
  if (first !== undefined) await dispatchSafely(first)
  await Promise.all(others.map((aktennummer) => limit(dispatchSafely, aktennummer)))
  for (const aktennummer of swept) await wakeForSweep(aktennummer)
}

/** The Akte that `owner` answers for cannot be synced at all: it goes to the failed list, whoever finds it out. */
export async function giveUpAtOnce(
  { logger, queue }: Pick<Runtime, 'logger' | 'queue'>,
  aktennummer: string,
  owner: string,
  reason: string,
): Promise<void> {
  logger.error(`❌ Akte ${JSON.stringify(aktennummer)} goes to the failed list: ${reason}`)
  await queue.settle(aktennummer, owner, { outcome: 'failed', reason, attempts: 0 })
}

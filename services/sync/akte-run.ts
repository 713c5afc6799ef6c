import type { Runtime } from '../app/runtime'
import { describeError, LockBusyError, LockLostError } from '../errors'
import { COUNTED } from '../metrics/metrics'
import { runMetrics } from '../metrics/recorder'
import { isAktennummer } from '../model/aktennummer'
import { ProgressReporter, type ShowProgress } from '../model/progress'
import { backoffMs, type Outcome } from '../queue/akten-queue'
import { beginLockWait, endLockWait } from '../queue/lock-waits'
import { SyncLock } from '../queue/sync-lock'
import { AkteSync, type SyncResult } from './akte-sync'
import { recordRun } from './record-run'

const DEFERRED_MS = 30_000
/** Until a person has given a right, or an answer is whole again. */
const UNPROVEN_MS = 300_000
const SEPARATOR = '='.repeat(60)

/**
 * Runs the sync of one Akte under its lock and settles the sets by how it ended. Stale and duplicate jobs do nothing.
 * @throws LockBusyError after requeueing; the error of a failed run after it was settled; LockLostError
 */
export async function runAkte(
  runtime: Runtime,
  aktennummer: string,
  showProgress: ShowProgress = async () => {},
): Promise<void> {
  const { config, logger, redis, queue, clock } = runtime
  const runId = clock.token()
  const lockName = config.sync.lockScope === 'global' ? 'Global lock' : 'Lock of the Akte'
  const claim = await queue.claim(aktennummer, runId)
  if (claim.status !== 'claimed') {
    logger.debug(`💤 Nothing to do for Akte ${aktennummer} (${claim.status})`)
    return
  }
  logger.info(SEPARATOR)
  logger.info(`🔄 Starting document sync for Akte ${aktennummer}`)
  const lock = await SyncLock.acquire(redis, clock, config.sync.lockScope, aktennummer, runId).catch(
    async (error: unknown) => {
      const reason = describeError(error)
      await queue.settle(aktennummer, runId, { outcome: 'retry', delayMs: 0, reason })
      if (!(error instanceof LockBusyError)) throw error
      logger.warn(`⏸️ ${lockName} busy (held by: ${error.holder}), requeueing ${aktennummer}`)
      runMetrics.add(COUNTED.lockBusy, {})
      await beginLockWait(redis, aktennummer, clock.now())
      throw new LockBusyError(`${error.message}; Akte ${aktennummer} is pending again`, error.holder)
    },
  )
  const progress = new ProgressReporter(aktennummer, clock, showProgress)
  try {
    logger.info(`🔒 ${lockName} acquired`)
    runMetrics.observe(COUNTED.lockWait, {}, await endLockWait(redis, aktennummer, clock.now()))
    const systems = runtime.connect(lock)
    const { isForced } = claim
    const result = await new AkteSync({ logger }, systems, clock, config).run(aktennummer, {
      runId,
      isForced,
      onProgress: progress.report,
    })
    await systems.reports.save(result.report)
    const end = endOf(result, claim.attempts, config.sync, clock.random)
    if (!(await queue.settle(aktennummer, runId, end, isForced)))
      throw new LockLostError(`Akte ${aktennummer} is another run's by now`)
    recordRun(runMetrics, result, end)
    tell(runtime, result, end)
    if (result.failure) throw result.failure.error
  } finally {
    await lock.release()
    await progress.end()
    logger.info(SEPARATOR)
  }
}

/** How a result moves the Aktennummer. */
function endOf(
  { report, failure }: SyncResult,
  attemptsBefore: number,
  { maxAttempts, pauseAfterStops }: { maxAttempts: number; pauseAfterStops: number },
  random: () => number,
): Outcome {
  const reason = report.message ?? failure?.error.message ?? ''
  if (report.result === 'synced') return { outcome: 'done' }
  if (report.result === 'stopped') return { outcome: 'stopped', reason, pauseAfter: pauseAfterStops }
  if (report.result === 'deferred') return { outcome: 'retry', delayMs: DEFERRED_MS, reason }
  if (failure && !failure.isCounted) return { outcome: 'retry', delayMs: UNPROVEN_MS, reason }
  const attempts = attemptsBefore + 1
  if (failure?.isFinal || attempts >= maxAttempts) return { outcome: 'failed', reason, attempts }
  const delayMs = Math.max(failure?.retryAfterMs ?? 0, backoffMs(attempts, random))
  return { outcome: 'retry', delayMs, reason, attempts }
}

/** The last line of the story. */
function tell({ logger }: Runtime, { report, failure }: SyncResult, end: Outcome): void {
  const { aktennummer, counts, durationMs, message } = report
  const done = `${counts.created} created, ${counts.updated} updated, ${counts.uploaded} uploaded, ${counts.skipped} skipped`
  if (end.outcome === 'done') {
    logger.info(`✅ Sync complete for Akte ${aktennummer} (${done}, ${durationMs} ms)`)
  } else if (end.outcome === 'stopped') {
    logger.error(`🛑 Akte ${aktennummer} stopped: ${message}`)
  } else if (end.outcome === 'failed') {
    logger.error(
      { error: failure?.error.stack },
      `❌ Sync of Akte ${aktennummer} given up after ${end.attempts} attempt(s): ${message}`,
    )
  } else if (end.attempts === undefined) {
    logger.warn(`⏳ Akte ${aktennummer} is due again in ${end.delayMs / 1000} s: ${message}`)
  } else {
    const seconds = Math.round(end.delayMs / 1000)
    logger.error(
      { error: failure?.error.stack },
      `❌ Sync failed for Akte ${aktennummer}, attempt ${end.attempts}, next in ${seconds} s: ${message}`,
    )
  }
}

/**
 * What one queue job does: first the Akten that a person just asked for, however many jobs wait before theirs, then
 * its own. Their own jobs then find nothing to do.
 * @throws what `runAkte` throws for its own Akte; what happened to the others is settled and in the log
 */
export async function runJob(
  runtime: Runtime,
  aktennummer: string,
  showProgress?: ShowProgress,
): Promise<void> {
  for (const requested of await runtime.queue.priority()) {
    if (requested === aktennummer || !isAktennummer(requested)) continue
    await runAkte(runtime, requested, showProgress).catch((error: unknown) => {
      runtime.logger.warn(`⚠️ Akte ${requested}, requested by a person: ${describeError(error)}`)
    })
  }
  await runAkte(runtime, aktennummer, showProgress)
}

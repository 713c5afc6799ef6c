import type { Runtime } from '../app/runtime'
import { type Clock, startTimer } from '../clock'
import {
  describeError,
  FixAccessError,
  HandedBackError,
  InvalidInputError,
  LockBusyError,
  LockLostError,
  RunOverdueError,
} from '../errors'
import type { EspoAkte } from '../espo/espo-schemas'
import { isOutage } from '../http/http-client'
import { COUNTED } from '../metrics/metrics'
import { runMetrics } from '../metrics/recorder'
import { isAktennummer } from '../model/aktennummer'
import type { Origin } from '../model/origin'
import { ProgressReporter, type RunProgress, type ShowProgress } from '../model/progress'
import { type SyncReport, summarizeFiles } from '../model/report'
import type { WriteGuard } from '../model/write-guard'
import { backoffMs, type NextClaim, type Outcome } from '../queue/akten-queue'
import { rememberDrift } from '../queue/drift'
import { beginLockWait, endLockWait } from '../queue/lock-waits'
import { SyncLock } from '../queue/sync-lock'
import { admit, postpone, refuse } from './admission'
import { AkteSync, type SyncResult } from './akte-sync'
import { failureText } from './execute/failure-text'
import { recordRun } from './record-run'
import { RunDeadline } from './run-deadline'

/** A deferred Akte was tried, so that others come first. */
const LEAST_DELAY_MS = 1000
/** Until a person has given a right, or an answer is whole again. */
const UNPROVEN_MS = 300_000
/** So long a job takes further Akten; a new process then begins with the memory and the code of then. */
const GO_ON_MS = 5 * 60_000
/** Frames the log of a run. */
export const SEPARATOR = '='.repeat(60)
/** How the log of a run begins. */
export const startLine = (aktennummer: string) => `🔄 Starting document sync for Akte ${aktennummer}`

const showNothing: ShowProgress = async () => {}

/**
 * Runs the sync of one Akte under its lock and settles the sets by how it ended. False: there was nothing to do for it,
 * as for stale and duplicate jobs.
 * @throws LockBusyError after requeueing; the error of a failed run after it was settled; LockLostError
 */
export async function runAkte(
  runtime: Runtime,
  aktennummer: string,
  showProgress: ShowProgress = showNothing,
): Promise<boolean> {
  const { logger, queue, clock } = runtime
  const runId = clock.token()
  const claim = await queue.claim(aktennummer, runId)
  if (claim.status === 'claimed') {
    const failure = await runClaimed(runtime, { ...claim, aktennummer }, runId, showProgress)
    if (failure !== undefined) throw failure
    return true
  }
  logger.debug(`💤 Nothing to do for Akte ${aktennummer} (${claim.status})`)
  return false
}

/** What became of the next Akte. */
export type NextRun =
  /** It is settled, however it ended. */
  | 'done'
  /** None is due, or somebody else took the lock. */
  | 'idle'
  /** The next Akte would meet the same: a system is down, or refuses the login. */
  | 'trouble'

/**
 * Runs the sync of the Akte whose turn it is, if EspoCRM says that it is synced. However it ends is settled and in the
 * log. `place`: the same for as long as it goes on, for `AktenQueue.leave` after that.
 * @throws an error of Redis
 */
export async function runNext(
  runtime: Runtime,
  place: string,
  showProgress: ShowProgress = showNothing,
): Promise<NextRun> {
  const { config, queue, clock } = runtime
  const runId = clock.token()
  const next = await queue.claimNext(runId, config.sync.lockScope, place)
  if (next === null) return 'idle'
  const own = { ...runtime, ...runtime.forAkte?.(next.aktennummer) }
  try {
    return await runUnasked(own, next, runId, showProgress)
  } catch (error) {
    if (error instanceof LockBusyError) return 'idle'
    if (!(error instanceof LockLostError)) throw error
    own.logger.error(`❌ The run of Akte ${next.aktennummer} was cut off: ${describeError(error)}`)
    return 'idle'
  }
}

/** A claimed Akte of which the poller has not asked EspoCRM: asks as the poller does, then runs the sync. */
async function runUnasked(
  runtime: Runtime,
  claim: NextClaim,
  runId: string,
  showProgress: ShowProgress,
): Promise<'done' | 'trouble'> {
  let akte: EspoAkte | null
  try {
    akte = await admit(runtime, claim.aktennummer, runId)
  } catch (error) {
    await postpone(runtime, claim.aktennummer, runId, error, claim.origin)
    return meetsAll(error) ? 'trouble' : 'done'
  }
  if (akte === null) return 'done'
  const failure = await runClaimed(runtime, { ...claim, akte }, runId, showProgress)
  return meetsAll(failure) ? 'trouble' : 'done'
}

/** The next Akte would meet it as well. */
const meetsAll = (error: unknown) => error instanceof FixAccessError || isOutage(error)

/** A claimed Akte; what EspoCRM says of it, where it was asked before. */
type Claimed = NextClaim & { akte?: EspoAkte }

/** A run that lost its lease, which is nobody else's either, puts its Akte back: Redis was emptied. */
async function runClaimed(
  runtime: Runtime,
  claim: Claimed,
  runId: string,
  showProgress: ShowProgress,
): Promise<Error | undefined> {
  try {
    return await syncUnderLock(runtime, claim, runId, showProgress)
  } catch (error) {
    const isLost = error instanceof LockLostError && !(error instanceof HandedBackError)
    if (isLost && (await runtime.queue.putBack(claim.aktennummer)))
      runtime.logger.warn(`♻️ Akte ${claim.aktennummer} lost its lease to nobody, pending again`)
    throw error
  } finally {
    await runtime.flushMetrics()
  }
}

/** Resolves to why the run failed, which is settled and told by then. */
async function syncUnderLock(
  runtime: Runtime,
  { aktennummer, attempts, isForced, origin, akte }: Claimed,
  runId: string,
  showProgress: ShowProgress,
): Promise<Error | undefined> {
  const { config, logger, redis, queue, clock } = runtime
  const lockName = config.sync.lockScope === 'global' ? 'Global lock' : 'Lock of the Akte'
  logger.info(SEPARATOR)
  logger.info(startLine(aktennummer))
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
    const run = { aktennummer, runId, isForced, origin, onProgress: progress.report, ...(akte && { akte }) }
    const isGivenUp = attempts >= config.sync.maxAttempts
    const result = isGivenUp
      ? await diedTooOften(runtime, lock, run, attempts)
      : await syncInTime(runtime, lock, run)
    if (result.notAdmitted) {
      await refuse(runtime, aktennummer, result.notAdmitted.akte, runId)
      return undefined
    }
    await runtime.connect(lock).reports.save(result.report)
    const before = { attempts: attempts - (isGivenUp ? 1 : 0), origin }
    const end = endOf(result, before, config.sync, clock)
    if (!(await queue.settle(aktennummer, runId, end, isForced)))
      throw new LockLostError(`Akte ${aktennummer} is another run's by now`)
    const changes = recordRun(runMetrics, result, end)
    await rememberDrift(redis, clock, origin, changes)
    tell(runtime, result, end)
    return result.failure?.error
  } catch (error) {
    if (error instanceof HandedBackError)
      await queue.settle(aktennummer, runId, { outcome: 'retry', delayMs: 0, reason: error.message })
    throw error
  } finally {
    await lock.release()
    await progress.end()
    logger.info(SEPARATOR)
  }
}

interface Run {
  aktennummer: string
  runId: string
  isForced: boolean
  origin: Origin
  akte?: EspoAkte
  onProgress: (progress: RunProgress) => void
}

/** The sync itself, cut off when it takes too long. @throws LockLostError */
async function syncInTime(runtime: Runtime, lock: WriteGuard, run: Run): Promise<SyncResult> {
  const { config, logger, clock } = runtime
  const started = clock.now()
  const deadline = new RunDeadline(lock, clock, config.sync.runMs, runtime.handBack)
  try {
    return await new AkteSync({ logger }, runtime.connect(deadline), clock, config).run(run.aktennummer, run)
  } catch (error) {
    if (!(error instanceof RunOverdueError)) throw error
    return await failed(runtime, lock, run, started, {
      error,
      isFinal: false,
      isCounted: true,
      isOutage: false,
      retryAfterMs: 0,
    })
  } finally {
    deadline.end()
  }
}

/** An Akte whose runs ended the process each time, or never said how they ended, is not tried again by itself. */
function diedTooOften(runtime: Runtime, lock: WriteGuard, run: Run, attempts: number): Promise<SyncResult> {
  const error = new InvalidInputError(
    `${attempts} runs failed or ended without a result, as when their process died, perhaps for lack of memory`,
  )
  return failed(runtime, lock, run, runtime.clock.now(), {
    error,
    isFinal: true,
    isCounted: true,
    isOutage: false,
    retryAfterMs: 0,
  })
}

/** The result of a run that ended without one of its own; said on the Akte in EspoCRM where that can be reached. */
async function failed(
  { config, logger, clock, connect }: Runtime,
  lock: WriteGuard,
  { aktennummer, runId, isForced, origin }: Run,
  started: Date,
  failure: NonNullable<SyncResult['failure']>,
): Promise<SyncResult> {
  const message = failureText(failure.error, config.sync.language)
  const { espo } = connect(lock)
  try {
    const akte = await espo.findAkte(aktennummer)
    const brauchtPerson = failure.isFinal
    if (akte !== null)
      await espo.updateAkte(akte, { syncStatus: 'failed', syncMessage: [{ text: message }], brauchtPerson })
  } catch (error) {
    if (error instanceof LockLostError) throw error
    logger.warn(`⚠️ The failure could not be written to EspoCRM: ${describeError(error)}`)
  }
  const finished = clock.now()
  const report: SyncReport = {
    aktennummer,
    run: runId,
    startedAt: started.toISOString(),
    finishedAt: finished.toISOString(),
    durationMs: finished.getTime() - started.getTime(),
    result: 'failed',
    message,
    forced: isForced,
    origin,
    ...summarizeFiles([]),
  }
  return { report, files: [], isKnown: true, isClosed: false, dueAt: null, failure }
}

/** How a result moves the Aktennummer. */
function endOf(
  { report, dueAt, failure }: SyncResult,
  { attempts: attemptsBefore, origin }: Pick<NextClaim, 'attempts' | 'origin'>,
  { maxAttempts, pauseAfterStops }: { maxAttempts: number; pauseAfterStops: number },
  clock: Pick<Clock, 'now' | 'random'>,
): Outcome {
  const reason = report.message ?? failure?.error.message ?? ''
  if (report.result === 'synced') return { outcome: 'done' }
  if (report.result === 'stopped') return { outcome: 'stopped', reason, pauseAfter: pauseAfterStops }
  if (report.result === 'deferred') {
    const delayMs = Math.max(LEAST_DELAY_MS, (dueAt ?? 0) - clock.now().getTime())
    return { outcome: 'retry', delayMs, reason }
  }
  if (failure && !failure.isCounted) return { outcome: 'retry', delayMs: UNPROVEN_MS, reason }
  // Nobody waits for it, and the sweep finds it again: an outage at night fills no list that a person has to clear.
  if (origin === 'sweep' && failure?.isOutage) return { outcome: 'postponed', reason }
  const attempts = attemptsBefore + 1
  if (failure?.isFinal || attempts >= maxAttempts) return { outcome: 'failed', reason, attempts }
  const delayMs = Math.max(failure?.retryAfterMs ?? 0, backoffMs(attempts, clock.random))
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
  } else if (end.outcome === 'postponed') {
    logger.error(
      { error: failure?.error.stack },
      `❌ Sync failed for Akte ${aktennummer}, which the sweep will find again: ${message}`,
    )
  } else if (end.attempts === undefined) {
    logger.warn(`⏳ Akte ${aktennummer} is due again in ${Math.round(end.delayMs / 1000)} s: ${message}`)
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
 * its own; a job of the sweep lets everything go first that was announced, each time after the Akte under way. The
 * jobs of those Akten then find nothing to do. After that it goes on with whatever is due, Akte by Akte, because a
 * process is what an Akte costs: until nothing is due, one met what the next would meet as well, or its time or memory
 * is used.
 * @throws what `runAkte` throws for its own Akte; what happened to the others is settled and in the log
 */
export async function runJob(
  runtime: Runtime,
  aktennummer: string,
  showProgress: ShowProgress = showNothing,
): Promise<void> {
  const passed = startTimer(runtime.clock)
  const tried = new Set([aktennummer])
  for (;;) {
    const ahead = await runtime.queue.ahead(aktennummer)
    const next = ahead.find((one) => !tried.has(one) && isAktennummer(one))
    if (next === undefined) break
    tried.add(next)
    const runId = runtime.clock.token()
    const claim = await runtime.queue.claim(next, runId)
    if (claim.status !== 'claimed') continue
    await runUnasked(runtime, { ...claim, aktennummer: next }, runId, showProgress).catch(
      (error: unknown) => {
        runtime.logger.warn(`⚠️ Akte ${next}, which had to come first: ${describeError(error)}`)
      },
    )
  }
  await runAkte(runtime, aktennummer, showProgress)
  const place = runtime.clock.token()
  while (passed() < GO_ON_MS && !runtime.isClosing())
    if ((await runNext(runtime, place, showProgress)) !== 'done') break
  await runtime.queue.leave(place)
}

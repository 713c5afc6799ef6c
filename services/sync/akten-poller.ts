import pLimit from 'p-limit'
import type { Runtime } from '../app/runtime'
import { describeError, FixAccessError } from '../errors'
import { isOutage } from '../http/http-client'
import { type Taken, WAITING } from '../queue/akten-queue'
import { placesOf } from '../queue/instances'
import { admit, postpone } from './admission'
import { recoverFromEmptyRedis } from './recovery'

const STATUS_READS_AT_ONCE = 4
/** So long a tick takes others in place of those that cannot be synced. */
const TICK_MS = 5_000

/** Wakes a worker for one Akte at once. */
export type Wake = (aktennummer: string) => Promise<void>

/**
 * One tick of a server: takes as many due Aktennummern as all instances have free places for, checks their status in
 * EspoCRM and wakes a worker for each valid one; a worker that is up goes on by itself. Those that cannot be synced
 * keep no place from others. An Akte whose status cannot be read is pending again, without an attempt being counted.
 * In a Redis that was emptied, what was asked for comes back first.
 */
export async function pollPendingAkten(runtime: Runtime, wake: Wake): Promise<void> {
  const { config, logger, queue, clock } = runtime
  const take = () => queue.take(placesOf(config.sync), config.sync.lockScope === 'akte')
  const until = clock.monotonic() + TICK_MS
  let taken = await take()
  logger.info(
    `🔍 Polling Redis for pending Aktennummern${taken.paused === null ? '' : ` (⏸️ paused: ${taken.paused})`}`,
  )
  await noteTaken(runtime, taken)
  while ((await dispatchAll(runtime, taken, wake)) > 0 && clock.monotonic() < until) {
    taken = await take()
    await noteTaken(runtime, taken)
  }
}

/** One tick of a process that claims what is due by itself: looks after the sets, and takes nothing for others. */
export async function lookAfterAkten(runtime: Runtime): Promise<void> {
  await noteTaken(runtime, await runtime.queue.take(0))
}

async function noteTaken(
  runtime: Runtime,
  { reaped, refused, mark }: Pick<Taken, 'reaped' | 'refused' | 'mark'>,
): Promise<void> {
  for (const aktennummer of reaped)
    runtime.logger.warn(`♻️ Akte ${aktennummer} had no live worker, pending again`)
  for (const name of refused)
    runtime.logger.error(
      `❌ Akte ${JSON.stringify(name)} goes to the failed list: This is not an Aktennummer`,
    )
  if (mark !== 'present') await recoverFromEmptyRedis(runtime, mark)
}

/** Resolves to how many of them cannot be synced now, while others can. */
async function dispatchAll(
  runtime: Runtime,
  { taken, swept }: Pick<Taken, 'taken' | 'swept'>,
  wake: Wake,
): Promise<number> {
  const { logger, queue } = runtime
  let passedOver = 0
  const dispatch = async (aktennummer: string) => {
    const akte = await admit(runtime, aktennummer, WAITING)
    if (akte === null) {
      passedOver++
      return
    }
    await wake(aktennummer)
    logger.info(`✅ Emitted sync event for ${aktennummer} (status: ${akte.status})`)
  }
  /** The sweep read its status a moment ago, and the run reads it again. */
  const wakeForSweep = async (aktennummer: string) => {
    logger.info(`📋 Processing: ${aktennummer} (not synced for long)`)
    await wake(aktennummer).catch(async (error: unknown) => {
      const reason = describeError(error)
      logger.error(`❌ No worker could be woken for Akte ${aktennummer}, found again by the sweep: ${reason}`)
      await queue.settle(aktennummer, WAITING, { outcome: 'postponed', reason, beforeRun: true })
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
      else if (!isOutage(error)) passedOver++
      await postpone(runtime, aktennummer, WAITING, error)
    }
  }
  // The first one alone: a refused key must not count as a failed login once per waiting Akte.
  const [first, ...others] = taken
  if (first !== undefined) await dispatchSafely(first)
  await Promise.all(others.map((aktennummer) => limit(dispatchSafely, aktennummer)))
  for (const aktennummer of swept) await wakeForSweep(aktennummer)
  return passedOver
}

import type { Runtime } from '../app/runtime'
import { describeError } from '../errors'
import type { EspoAkte } from '../espo/espo-schemas'
import { isOutage } from '../http/http-client'
import { isAktennummer } from '../model/aktennummer'
import type { Origin } from '../model/origin'
import type { Outcome } from '../queue/akten-queue'
import { pollerText } from '../text/poller'
import { failureText } from './execute/failure-text'

const RETRY_MS = 30_000

/**
 * Whether the Akte that `owner` answers for is synced at all, as EspoCRM says; where it is not, it is settled, and the
 * answer is null. Nobody runs an Akte before.
 * @throws FixAccessError, RetryLaterError, ContractError when EspoCRM does not tell: `postpone` settles it then
 */
export async function admit(runtime: Runtime, aktennummer: string, owner: string): Promise<EspoAkte | null> {
  const { config, systems } = runtime
  if (!isAktennummer(aktennummer)) {
    await giveUp(runtime, aktennummer, owner, pollerText(config.sync.language).noAktennummer)
    return null
  }
  runtime.logger.info(`📋 Processing: ${aktennummer}`)
  const akte = await systems.espo.findAkte(aktennummer)
  if (akte?.isSynced) return akte
  await refuse(runtime, aktennummer, akte, owner)
  return null
}

/** Settles an Akte that is not synced, or that EspoCRM does not know. A force that it had does not outlive it. */
export async function refuse(
  runtime: Pick<Runtime, 'config' | 'logger' | 'queue'>,
  aktennummer: string,
  akte: EspoAkte | null,
  owner: string,
): Promise<void> {
  const texts = pollerText(runtime.config.sync.language)
  if (akte === null) return giveUp(runtime, aktennummer, owner, texts.unknownAkte(aktennummer))
  runtime.logger.warn(`⚠️ Akte ${aktennummer} has invalid status: ${akte.status}, removing`)
  const reason = texts.notSynced(akte.status, akte.syncedStatuses)
  await runtime.queue.settle(aktennummer, owner, { outcome: 'dropped', reason, beforeRun: true }, true)
}

async function giveUp(
  { logger, queue }: Pick<Runtime, 'logger' | 'queue'>,
  aktennummer: string,
  owner: string,
  reason: string,
): Promise<void> {
  logger.error(`❌ Akte ${JSON.stringify(aktennummer)} goes to the failed list: ${reason}`)
  await queue.settle(aktennummer, owner, { outcome: 'failed', reason, attempts: 0, beforeRun: true }, true)
}

/** EspoCRM did not tell whether the Akte is synced: it is pending again, and no attempt is counted. */
export async function postpone(
  { config, logger, queue }: Pick<Runtime, 'config' | 'logger' | 'queue'>,
  aktennummer: string,
  owner: string,
  error: unknown,
  origin?: Origin,
): Promise<void> {
  const reason = failureText(error, config.sync.language)
  logger.error(`❌ Akte ${aktennummer} is pending again: ${describeError(error)}`)
  const end: Outcome =
    origin === 'sweep' && isOutage(error)
      ? { outcome: 'postponed', reason, beforeRun: true }
      : { outcome: 'retry', delayMs: RETRY_MS, reason, beforeRun: true }
  await queue.settle(aktennummer, owner, end)
}

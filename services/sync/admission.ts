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
  const { config, logger, queue, systems } = runtime
  const texts = pollerText(config.sync.language)
  const giveUp = async (reason: string) => {
    logger.error(`❌ Akte ${JSON.stringify(aktennummer)} goes to the failed list: ${reason}`)
    await queue.settle(aktennummer, owner, { outcome: 'failed', reason, attempts: 0 })
    return null
  }
  if (!isAktennummer(aktennummer)) return giveUp(texts.noAktennummer)
  logger.info(`📋 Processing: ${aktennummer}`)
  const akte = await systems.espo.findAkte(aktennummer)
  if (akte === null) return giveUp(texts.unknownAkte(aktennummer))
  if (akte.isSynced) return akte
  await drop(runtime, akte, owner)
  return null
}

/** Takes an Akte off the lists that is not synced, and says why. */
export async function drop(
  { config, logger, queue }: Pick<Runtime, 'config' | 'logger' | 'queue'>,
  { aktennummer, status, syncedStatuses }: EspoAkte,
  owner: string,
): Promise<void> {
  logger.warn(`⚠️ Akte ${aktennummer} has invalid status: ${status}, removing`)
  const reason = pollerText(config.sync.language).notSynced(status, syncedStatuses)
  await queue.settle(aktennummer, owner, { outcome: 'dropped', reason })
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
      ? { outcome: 'postponed', reason }
      : { outcome: 'retry', delayMs: RETRY_MS, reason, beforeRun: true }
  await queue.settle(aktennummer, owner, end)
}

import type { Redis } from 'ioredis'
import type { Config } from '../config'
import { describeError } from '../errors'
import type { ServiceContext } from '../model/service-context'
import { eventIds } from './webhook-events'
import { WebhookIntake } from './webhook-intake'
import { readWebhookSecrets } from './webhook-secrets'
import { verifyWebhook } from './webhook-signature'

/**
 * Answers one delivery of EspoCRM. 503 asks for it again: of the statuses after which EspoCRM tries again (401, 403,
 * 404, 405, 408, 500, 503) it is the one that says so; after 502, 504 and every other refusal the events are lost.
 */
export async function receiveWebhook(
  {
    config,
    logger,
    clock,
    redis,
  }: Pick<ServiceContext, 'logger' | 'clock'> & { config: Pick<Config, 'espo' | 'sync'>; redis: Redis },
  { signature, rawBody }: { signature: string | undefined; rawBody: string },
): Promise<{ status: number; body: Record<string, unknown> }> {
  const secrets = await readWebhookSecrets(config.espo)
  if (verifyWebhook(signature, rawBody, secrets) === null) {
    logger.warn('⚠️ A webhook without a valid signature was refused')
    return { status: 401, body: { error: 'The signature is not valid' } }
  }
  const ids = eventIds(rawBody)
  if (ids === null) {
    logger.error('❌ A webhook was refused: its body is not an array of events')
    return { status: 400, body: { error: 'The body is not an array of events' } }
  }
  try {
    const aktennummern = await new WebhookIntake({ logger, clock }, config, redis).take(ids)
    const akten = aktennummern.length === 0 ? 'nothing to sync' : `pending: ${aktennummern.join(', ')}`
    logger.info(`📨 EspoCRM reported ${ids.length} record(s), ${akten}`)
    return { status: 200, body: { records: ids.length, akten: aktennummern.length } }
  } catch (error) {
    logger.error(`❌ EspoCRM is asked to send its events again: ${describeError(error)}`)
    return { status: 503, body: { error: 'Temporarily unavailable, please send again' } }
  }
}

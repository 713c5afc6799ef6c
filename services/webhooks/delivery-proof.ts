import type { Redis } from 'ioredis'
import type { Clock } from '../clock'
import type { Config } from '../config'
import { FixAccessError } from '../errors'
import { EspoService } from '../espo/espo-service'
import { EspoTranslation } from '../espo/espo-translation'
import { type Finding, Findings } from '../model/finding'
import type { ServiceContext } from '../model/service-context'
import { webhookText } from '../text/webhooks'
import { wasDelivered } from './deliveries'
import { addressOf } from './webhook-address'
import { WebhookRegistry } from './webhook-registry'
import { dropWebhookSecret, keepWebhookSecrets } from './webhook-secrets'

const LOOK_MS = 1000

/** How a delivery is shown. */
interface Proof {
  /** The Redis of the server, which notes what it took. */
  redis: Pick<Redis, 'hexists'>
  /** For how long EspoCRM may take: it delivers every few minutes. */
  waitMs: number
  /** Told before the waiting begins. */
  onWait: (line: string) => void
}

/**
 * Shows that EspoCRM's deliveries arrive, from end to end: a webhook that reports the sync's own changes is made, an
 * Akte is asked for as a person would (`syncAngefordert`, which is put back), and the server has to take the delivery.
 * The Akte is synced by it once. Nothing stays behind.
 * @throws FixAccessError, RetryLaterError, ConfigError
 */
export async function proveDelivery(
  context: ServiceContext & { clock: Pick<Clock, 'now' | 'later'> },
  { espo: config, sync: { language } }: Pick<Config, 'espo' | 'sync'>,
  { redis, waitMs, onWait }: Proof,
): Promise<Finding[]> {
  const text = webhookText(language)
  const findings = new Findings('EspoCRM')
  const registry = new WebhookRegistry(context, config, language)
  const espo = new EspoService(context, config)
  const address = addressOf(config.webhookUrl ?? '')
  const { requestEvent: event } = new EspoTranslation(config.mapping)
  const akte = event === null ? null : await espo.findSyncedAkte()
  if (akte === null) {
    if (event === null) findings.warning(text.noRequestField, text.noRequestFieldAdvice)
    else findings.warning(text.noAkte, text.noAkteAdvice)
    return findings.all
  }
  const probe = await registry.createProbe(event ?? '').catch((error: unknown) => {
    if (error instanceof FixAccessError) return null
    throw error
  })
  if (probe === null) {
    findings.warning(text.noRequestField, text.noRequestFieldAdvice)
    return findings.all
  }
  const { clock } = context
  const seconds = (since: Date) => Math.round((clock.now().getTime() - since.getTime()) / 1000)
  try {
    await keepWebhookSecrets(config.webhookSecretsFile, new Map([[probe.id, probe.secretKey]]))
    const started = clock.now()
    await espo.askFor(akte.id, !akte.syncAngefordert)
    onWait(text.proving(akte.aktennummer, Math.ceil(waitMs / 60_000)))
    let isDelivered = await wasDelivered(redis, probe.id)
    while (!isDelivered && clock.now().getTime() - started.getTime() < waitMs) {
      await new Promise<void>((resolve) => clock.later(LOOK_MS, resolve))
      isDelivered = await wasDelivered(redis, probe.id)
    }
    if (isDelivered) findings.ok(text.proven(akte.aktennummer, seconds(started)))
    else findings.error(text.unproven(seconds(started)), text.unprovenAdvice(address))
    return findings.all
  } finally {
    await registry.remove(probe.id)
    await dropWebhookSecret(config.webhookSecretsFile, probe.id)
    await espo.askFor(akte.id, akte.syncAngefordert)
  }
}

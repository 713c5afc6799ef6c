import type { IncomingMessage, ServerResponse } from 'node:http'
import { systemClock } from '../clock'
import type { Config } from '../config'
import { createLogger } from '../logger'
import { createRedis } from '../redis/redis-factory'
import { WEBHOOK_PATH } from '../webhooks/webhook-events'
import { WebhookRoute } from '../webhooks/webhook-route'
import { SMALL_ANSWER_BYTES, toConsole } from './server-routes'

/** The port of a server that is starting (scripts/early-port.mjs); absent where something else started Motia. */
interface EarlyPort {
  /** The handler says whether it answers. */
  answer(handler: (request: IncomingMessage, response: ServerResponse) => boolean): void
}

/**
 * Takes EspoCRM's deliveries as soon as there is a Redis, while Motia still builds its steps and pages: EspoCRM does not
 * send again what is refused (docs/contracts.md). Everything else has to come back.
 */
export function takeDeliveriesWhileStarting(config: Config): void {
  const { documentSyncPort: port } = globalThis as { documentSyncPort?: EarlyPort | null }
  if (!port) return
  const context = { logger: createLogger(toConsole, config.logLevel), clock: systemClock }
  const redis = createRedis(config.redis, () => {}) // the answers say it
  const route = new WebhookRoute({ ...context, maxAnswerBytes: SMALL_ANSWER_BYTES }, config, redis)
  port.answer((request, response) => {
    const isDelivery = request.method === 'POST' && request.url?.split('?')[0] === WEBHOOK_PATH
    if (isDelivery) route.handle(request, response)
    return isDelivery
  })
}

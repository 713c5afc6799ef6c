import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import express from 'express'
import type { Redis } from 'ioredis'
import { onTestFinished } from 'vitest'
import { systemClock } from '../../services/clock'
import { loadConfig } from '../../services/config'
import { createLogger } from '../../services/logger'
import { WebhookRegistry } from '../../services/webhooks/webhook-registry'
import { WebhookRoute } from '../../services/webhooks/webhook-route'
import { silentContext } from '../support/context'
import { collector, type ScenarioOffice } from './office'

/** The product's webhook route as the server serves it, and the webhooks in EspoCRM that lead there. */
export class WebhookServer {
  /** Log lines of the route. */
  readonly log: string[] = []
  /** Status of every delivery, in order. */
  readonly statuses: number[] = []
  private server!: Server
  url = ''

  private constructor(private readonly office: ScenarioOffice) {}

  /** Starts the route and sets the webhooks up; the end of the test closes it. */
  static async open(office: ScenarioOffice, redis: Redis = office.redis): Promise<WebhookServer> {
    const webhooks = new WebhookServer(office)
    await webhooks.listen(redis)
    office.set({
      ESPOCRM_WEBHOOK_URL: webhooks.url,
      ESPOCRM_WEBHOOK_SECRETS_FILE: join(office.dir, 'webhooks.json'),
    })
    await new WebhookRegistry(silentContext, loadConfig().espo, 'en').setUp()
    return webhooks
  }

  /** EspoCRM delivers what waits, until nothing is left that is due. */
  async deliver(): Promise<void> {
    await this.office.espo.webhooks.deliver()
  }

  /** Posts a delivery by hand. */
  async post(body: string, headers: Record<string, string> = {}): Promise<number> {
    const all = { 'Content-Type': 'application/json', ...headers }
    return (await fetch(this.url, { method: 'POST', body, headers: all })).status
  }

  private async listen(redis: Redis): Promise<void> {
    const app = express()
    app.use((_request, response, next) => {
      response.on('finish', () => this.statuses.push(response.statusCode))
      next()
    })
    const context = { logger: createLogger(collector(this.log), 'info'), clock: systemClock }
    let served = { as: '', route: express() }
    app.use((request, response, next) => {
      const config = loadConfig() // as the office set it by now
      const as = JSON.stringify([config.espo, ...config.espo.webhookSecrets])
      if (served.as !== as) {
        served = { as, route: express() }
        new WebhookRoute(context, config, redis).serve(served.route)
      }
      served.route(request, response, next)
    })
    await new Promise<void>((done) => {
      this.server = app.listen(0, '127.0.0.1', done)
    })
    onTestFinished(() => {
      this.server.closeAllConnections()
      this.server.close()
    })
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/webhooks/espocrm`
  }
}

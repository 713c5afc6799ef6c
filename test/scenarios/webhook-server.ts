import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import express from 'express'
import type { ApiRequest } from 'motia'
import { onTestFinished } from 'vitest'
import { loadConfig } from '../../services/config'
import { webhookGate } from '../../services/webhooks/webhook-gate'
import { WebhookRegistry } from '../../services/webhooks/webhook-registry'
import { readWebhookSecrets } from '../../services/webhooks/webhook-secrets'
import { handler } from '../../steps/advoware-docs/espocrm-webhook.step'
import { silentContext } from '../support/context'
import { collector, type ScenarioOffice } from './office'

/** The product's webhook route as Motia serves it, and the webhooks in EspoCRM that lead there. */
export class WebhookServer {
  /** Log lines of the step. */
  readonly log: string[] = []
  /** What the step was given, as it would stand on its process's command line. */
  readonly commandLines: string[] = []
  /** Status of every delivery, in order. */
  readonly statuses: number[] = []
  private server!: Server
  url = ''

  private constructor(private readonly office: ScenarioOffice) {}

  /** Starts the route and sets the webhooks up; the end of the test closes it. */
  static async open(office: ScenarioOffice, options: { gate?: boolean } = {}): Promise<WebhookServer> {
    const webhooks = new WebhookServer(office)
    await webhooks.listen(options.gate ?? true)
    office.set({
      ESPOCRM_WEBHOOK_URL: webhooks.url,
      ESPOCRM_WEBHOOK_SECRETS_FILE: join(office.dir, 'webhooks.json'),
    })
    await new WebhookRegistry(silentContext, loadConfig().espo).setUp()
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

  private async listen(hasGate: boolean): Promise<void> {
    const app = express()
    app.use((_request, response, next) => {
      response.on('finish', () => this.statuses.push(response.statusCode))
      next()
    })
    if (hasGate) webhookGate(app, () => readWebhookSecrets(loadConfig().espo))
    // From here on as in @motiadev/core 0.17.4, src/server.mjs.
    type WithRaw = express.Request & { rawBody?: string }
    app.use((request: WithRaw, _response, next) => {
      request.rawBody = ''
      next()
    })
    const verify = (request: unknown, _response: unknown, buffer: Buffer) => {
      ;(request as WithRaw).rawBody = buffer.toString('utf8')
    }
    app.use(express.json({ limit: '1gb', verify }))
    app.post('/webhooks/espocrm', async (request: WithRaw, response) => {
      const { body, headers, params: pathParams, query: queryParams, rawBody = '' } = request
      const data = { body, headers, pathParams, queryParams, rawBody } as ApiRequest
      this.commandLines.push(JSON.stringify(data))
      const answer = await handler(data, { logger: collector(this.log) } as never)
      response.status(answer.status).json(answer.body)
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

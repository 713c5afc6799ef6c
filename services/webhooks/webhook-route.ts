import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Express } from 'express'
import type { Redis } from 'ioredis'
import pLimit from 'p-limit'
import type { Config } from '../config'
import { describeError } from '../errors'
import { readBody } from '../http/raw-body'
import { runMetrics } from '../metrics/recorder'
import type { ServiceContext } from '../model/service-context'
import { noteDelivery } from './deliveries'
import { eventIds, WEBHOOK_PATH } from './webhook-events'
import { WebhookIntake } from './webhook-intake'
import { readWebhookSecrets } from './webhook-secrets'
import { signerOf, verifyWebhook } from './webhook-signature'

/** Bodies that are read at once; each may take up to 256 KB and ten seconds. */
const BODIES_AT_ONCE = 32
/** Deliveries that ask EspoCRM at once, and how long another one waits for its turn: EspoCRM itself waits ten seconds. */
const DELIVERIES_AT_ONCE = 4
const LONGEST_WAIT_MS = 4000
const SAY_AGAIN_MS = 60_000

interface Answer {
  status: number
  body: Record<string, unknown>
}

const refused = (status: number, error: string): Answer => ({ status, body: { error } })
/**
 * Asks for a delivery again: of the statuses after which EspoCRM tries again (401, 403, 404, 405, 408, 500, 503) it is
 * the one that says so; after 502, 504 and every other refusal the events are lost.
 */
const AGAIN = refused(503, 'Not now, please send again')

/**
 * EspoCRM's deliveries, the one route that anybody may ask: the server itself answers it, because a step would be a
 * process for each, with the request on its command line. Who it claims to be is looked at before anything is read, the
 * signature before anything is parsed; reading and answering are bounded.
 */
export class WebhookRoute {
  private readonly limit = pLimit(DELIVERIES_AT_ONCE)
  private bodies = 0
  private saidUnsignedAt = Number.NEGATIVE_INFINITY

  constructor(
    private readonly context: Pick<ServiceContext, 'logger' | 'clock' | 'maxAnswerBytes'>,
    private readonly config: Pick<Config, 'espo' | 'sync'>,
    private readonly redis: Redis,
  ) {}

  /** To be served before Motia's parsers. */
  serve(app: Express): void {
    app.post(WEBHOOK_PATH, this.handle)
  }

  /** Answers one delivery, whoever read its address. */
  readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    void this.answer(request).then((answer) => send(response, answer, request.complete))
  }

  private async answer(request: IncomingMessage): Promise<Answer> {
    try {
      return await this.receive(request)
    } catch (error) {
      this.context.logger.error(`❌ EspoCRM is asked to send its events again: ${describeError(error)}`)
      return AGAIN
    }
  }

  private async receive(request: IncomingMessage): Promise<Answer> {
    const signature = String(request.headers.signature ?? '')
    const secrets = await readWebhookSecrets(this.config.espo)
    if (!secrets.has(signerOf(signature))) return this.unsigned()
    if (this.bodies >= BODIES_AT_ONCE) return AGAIN
    this.bodies += 1
    const rawBody = await readBody(request).finally(() => {
      this.bodies -= 1
    })
    if (rawBody === 408) return refused(408, 'The body did not arrive in time')
    if (rawBody === 413) return refused(413, 'The body is too large')
    const webhookId = verifyWebhook(signature, rawBody, secrets)
    if (webhookId === null) return this.unsigned()
    const ids = eventIds(rawBody.toString('utf8'))
    if (ids !== null) return this.inTurn(webhookId, ids)
    this.context.logger.error('❌ A webhook was refused: its body is not an array of events')
    return refused(400, 'The body is not an array of events')
  }

  /** Said once a minute: anybody may send them. */
  private unsigned(): Answer {
    if (this.now - this.saidUnsignedAt > SAY_AGAIN_MS) {
      this.saidUnsignedAt = this.now
      this.context.logger.warn('⚠️ A webhook without a valid signature was refused')
    }
    return refused(401, 'The signature is not valid')
  }

  private get now(): number {
    return this.context.clock.now().getTime()
  }

  private inTurn(webhookId: string, ids: string[]): Promise<Answer> {
    const arrivedAt = this.now
    return this.limit(() => (this.now - arrivedAt > LONGEST_WAIT_MS ? AGAIN : this.take(webhookId, ids)))
  }

  private async take(webhookId: string, ids: string[]): Promise<Answer> {
    try {
      const aktennummern = await new WebhookIntake(this.context, this.config, this.redis).take(ids)
      const akten = aktennummern.length === 0 ? 'nothing to sync' : `pending: ${aktennummern.join(', ')}`
      await noteDelivery(this.redis, webhookId, this.now)
      this.context.logger.info(`📨 EspoCRM reported ${ids.length} record(s), ${akten}`)
      return { status: 200, body: { records: ids.length, akten: aktennummern.length } }
    } finally {
      void runMetrics.flush(this.redis) // EspoCRM does not wait for it
    }
  }
}

/** A body that was not read to its end ends the connection. */
function send(response: ServerResponse, { status, body }: Answer, isRead: boolean): void {
  if (!isRead) response.setHeader('Connection', 'close')
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' })
  response.end(JSON.stringify(body))
}

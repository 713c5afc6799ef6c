import type { Express, NextFunction, Request, Response } from 'express'
import { readBody, setBody } from '../http/raw-body'
import { eventIds, WEBHOOK_PATH } from './webhook-events'
import { signWebhook, verifyWebhook, type WebhookSecrets } from './webhook-signature'

const MAX_BODY_BYTES = 4 * 1024 * 1024

/**
 * Checks webhooks in the server itself, before their step. A step run is a process whose command line holds the
 * request, where every user of the machine can read it and which Linux limits to 128 KB; and Motia parses bodies of up
 * to 1 GB from anybody. So the raw bytes are read and verified here, and the step gets only the ids, signed again
 * with the same webhook's secret: it verifies the signature itself, with or without this gate.
 */
export function webhookGate(app: Express, readSecrets: () => Promise<WebhookSecrets>): void {
  app.post(WEBHOOK_PATH, (request, response, next) => {
    pass(request, response, next, readSecrets).catch(next)
  })
}

async function pass(
  request: Request,
  response: Response,
  next: NextFunction,
  readSecrets: () => Promise<WebhookSecrets>,
): Promise<void> {
  const refuse = (status: number, error: string) => response.status(status).json({ error })
  const rawBody = await readBody(request, MAX_BODY_BYTES)
  if (rawBody === null) return void refuse(413, 'The body is too large')
  const secrets = await readSecrets()
  const webhookId = verifyWebhook(request.get('Signature'), rawBody, secrets)
  if (webhookId === null) return void refuse(401, 'The signature is not valid')
  const ids = eventIds(rawBody.toString('utf8'))
  if (ids === null) return void refuse(400, 'The body is not an array of events')

  const reduced = JSON.stringify(ids.map((id) => ({ id })))
  request.headers = {
    'content-type': 'application/json',
    signature: signWebhook(webhookId, secrets.get(webhookId) ?? '', reduced),
  }
  // Motia empties `rawBody` before its parsers fill it.
  Object.defineProperty(request, 'rawBody', { get: () => reduced, set: () => {} })
  setBody(request, JSON.parse(reduced))
  next()
}

import { createHmac, timingSafeEqual } from 'node:crypto'

/** Id of a webhook in EspoCRM → its secret key. */
export type WebhookSecrets = ReadonlyMap<string, string>

const hexOf = (secret: string, rawBody: string | Buffer) =>
  createHmac('sha256', secret).update(rawBody).digest('hex')

/** Header `Signature` (docs/contracts.md, EspoCRM): `base64(webhookId + ":" + hex HMAC-SHA256(secretKey, raw body))`. */
export function signWebhook(webhookId: string, secret: string, rawBody: string | Buffer): string {
  return Buffer.from(`${webhookId}:${hexOf(secret, rawBody)}`).toString('base64')
}

/** The webhook that a signature claims to be of; nothing is proven by that. */
export function signerOf(signature: string | undefined): string {
  return partsOf(signature).webhookId
}

/** A signature of EspoCRM has some 140 characters. */
const LONGEST_SIGNATURE = 500

function partsOf(signature = ''): { webhookId: string; hex: string } {
  const text = signature.length > LONGEST_SIGNATURE ? '' : Buffer.from(signature, 'base64').toString('utf8')
  const [webhookId = '', hex = ''] = text.split(':')
  return { webhookId, hex }
}

/** The id of the webhook that signed exactly these bytes, or null. Compares in constant time. */
export function verifyWebhook(
  signature: string | undefined,
  rawBody: string | Buffer,
  secrets: WebhookSecrets,
): string | null {
  const { webhookId, hex } = partsOf(signature)
  const secret = secrets.get(webhookId)
  // An unknown id takes as long as a known one with a wrong signature.
  const expected = Buffer.from(hexOf(secret ?? '', rawBody))
  const given = Buffer.from(hex)
  const isEqual = given.length === expected.length && timingSafeEqual(given, expected)
  return isEqual && secret !== undefined ? webhookId : null
}

import { createHmac, timingSafeEqual } from 'node:crypto'

/** Id of a webhook in EspoCRM → its secret key. */
export type WebhookSecrets = ReadonlyMap<string, string>

const hexOf = (secret: string, rawBody: string | Buffer) =>
  createHmac('sha256', secret).update(rawBody).digest('hex')

/** Header `Signature` (docs/contracts.md, EspoCRM): `base64(webhookId + ":" + hex HMAC-SHA256(secretKey, raw body))`. */
export function signWebhook(webhookId: string, secret: string, rawBody: string | Buffer): string {
  return Buffer.from(`${webhookId}:${hexOf(secret, rawBody)}`).toString('base64')
}

/** The id of the webhook that signed exactly these bytes, or null. Compares in constant time. */
export function verifyWebhook(
  signature: string | undefined,
  rawBody: string | Buffer,
  secrets: WebhookSecrets,
): string | null {
  const [webhookId = '', hex = ''] = Buffer.from(signature ?? '', 'base64')
    .toString('utf8')
    .split(':')
  const secret = secrets.get(webhookId)
  // An unknown id takes as long as a known one with a wrong signature.
  const expected = Buffer.from(hexOf(secret ?? '', rawBody))
  const given = Buffer.from(hex)
  const isEqual = given.length === expected.length && timingSafeEqual(given, expected)
  return isEqual && secret !== undefined ? webhookId : null
}

import type { Config } from '../config'
import { describeError } from '../errors'
import { type Finding, Findings } from '../model/finding'
import { probe } from './probe'

/**
 * The webhooks' address leads to this product: it refuses a delivery without a signature. Checked from this machine;
 * only EspoCRM itself shows whether it can reach the address, too.
 */
export async function checkWebhookRoute({ espo: { webhookUrl } }: Config): Promise<Finding[]> {
  if (webhookUrl === undefined) return [] // the check of EspoCRM says what that means
  const findings = new Findings('Webhooks')
  try {
    const { status } = await probe(webhookUrl, 'POST')
    if (status === 401) findings.ok(`${webhookUrl} leads to this server, which refuses unsigned deliveries`)
    else
      findings.warning(
        `${webhookUrl} answers ${status} to an unsigned delivery, this server would answer 401`,
        'Does the proxy forward POST /webhooks/espocrm, and does the server run?',
      )
  } catch (error) {
    findings.warning(
      `${webhookUrl} does not answer from here: ${describeError(error)}`,
      'Fine if only EspoCRM can reach it; otherwise start the server or correct ESPOCRM_WEBHOOK_URL',
    )
  }
  return findings.all
}

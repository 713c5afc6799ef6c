import type { Config } from '../config'
import { type Finding, Findings } from '../model/finding'
import { doctorText } from '../text/doctor'
import { problemText } from './identity'
import { probe } from './probe'

/**
 * The webhooks' address leads to this product: it refuses a delivery without a signature. Checked from this machine;
 * only EspoCRM itself shows whether it can reach the address, too.
 */
export async function checkWebhookRoute({
  espo: { webhookUrl },
  sync: { language },
}: Config): Promise<Finding[]> {
  if (webhookUrl === undefined) return [] // the check of EspoCRM says what that means
  const { webhooks: text, systems } = doctorText(language)
  const findings = new Findings(systems.webhooks)
  try {
    const { status } = await probe(webhookUrl, 'POST')
    if (status === 401) findings.ok(text.fine(webhookUrl))
    else findings.warning(text.other(webhookUrl, status), text.otherAdvice)
  } catch (error) {
    findings.warning(text.silent(webhookUrl, problemText(error, language)), text.silentAdvice)
  }
  return findings.all
}

import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { Config } from '../config'
import { writeDurably } from '../content/durable-file'
import { ConfigError } from '../errors'
import type { WebhookSecrets } from './webhook-signature'

const fileSchema = z.record(z.string(), z.string())

/**
 * The secrets of the webhooks: those of `ESPOCRM_WEBHOOK_SECRETS`, and those of the file that `npm run espocrm --
 * setup` writes. Read again for every delivery, so that a setup needs no restart.
 * @throws ConfigError when the file is not readable or malformed
 */
export async function readWebhookSecrets(
  config: Pick<Config['espo'], 'webhookSecrets' | 'webhookSecretsFile'>,
): Promise<WebhookSecrets> {
  return new Map([
    ...Object.entries(await readFileSecrets(config.webhookSecretsFile)),
    ...config.webhookSecrets,
  ])
}

/** Adds secrets to the file; only this user can read it. @throws ConfigError */
export async function keepWebhookSecrets(path: string, secrets: WebhookSecrets): Promise<void> {
  const all = { ...(await readFileSecrets(path)), ...Object.fromEntries(secrets) }
  await writeDurably(path, `${JSON.stringify(all, null, 2)}\n`)
}

/** Removes the secret of a webhook that is no more. @throws ConfigError */
export async function dropWebhookSecret(path: string, id: string): Promise<void> {
  const { [id]: _, ...others } = await readFileSecrets(path)
  await writeDurably(path, `${JSON.stringify(others, null, 2)}\n`)
}

async function readFileSecrets(path: string): Promise<Record<string, string>> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw new ConfigError([
      `ESPOCRM_WEBHOOK_SECRETS_FILE ${path} cannot be read: ${(error as Error).message}`,
    ])
  }
  try {
    return fileSchema.parse(JSON.parse(text))
  } catch {
    throw new ConfigError([`ESPOCRM_WEBHOOK_SECRETS_FILE ${path} is not a JSON object of ids and secrets`])
  }
}

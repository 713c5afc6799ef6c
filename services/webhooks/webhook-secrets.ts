import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { systemClock } from '../clock'
import type { Config } from '../config'
import { writeDurably } from '../content/durable-file'
import { withFileLock } from '../content/file-lock'
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
export const keepWebhookSecrets = (path: string, secrets: WebhookSecrets): Promise<void> =>
  changeSecrets(path, (known) => ({ ...known, ...Object.fromEntries(secrets) }))

/** Removes the secret of a webhook that is no more. @throws ConfigError */
export const dropWebhookSecret = (path: string, id: string): Promise<void> =>
  changeSecrets(path, ({ [id]: _, ...others }) => others)

type FileSecrets = z.infer<typeof fileSchema>

/** One at a time: of two changes at once, the later one would take the other back. */
const changeSecrets = (path: string, change: (known: FileSecrets) => FileSecrets): Promise<void> =>
  withFileLock(path, systemClock, async () => {
    await writeDurably(path, `${JSON.stringify(change(await readFileSecrets(path)), null, 2)}\n`)
  })

async function readFileSecrets(path: string): Promise<FileSecrets> {
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

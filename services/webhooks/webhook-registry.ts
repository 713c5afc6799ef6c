import { z } from 'zod'
import type { Config } from '../config'
import { InvalidInputError } from '../errors'
import { EspoClient } from '../espo/espo-client'
import { EspoTranslation } from '../espo/espo-translation'
import { ONCE, parseAnswer } from '../http/http-client'
import { type Finding, Findings } from '../model/finding'
import type { ServiceContext } from '../model/service-context'
import { WEBHOOK_PATH } from './webhook-events'
import { keepWebhookSecrets, readWebhookSecrets } from './webhook-secrets'

const SYSTEM = 'EspoCRM'
const PAGE_SIZE = 200
const SELECT = 'id,event,url,isActive,skipOwn,secretKey'
const SETUP = 'npm run espocrm -- setup'

const hookSchema = z.object({
  id: z.string().min(1),
  event: z.string().nullish(),
  url: z.string().nullish(),
  isActive: z.boolean().nullish(),
  skipOwn: z.boolean().nullish(),
  secretKey: z.string().nullish(),
})
type Hook = z.output<typeof hookSchema>

/** The product's webhooks in EspoCRM. Those of other addresses and events are somebody else's and left alone. */
export class WebhookRegistry {
  private readonly client: EspoClient
  private readonly events: string[]

  constructor(
    context: ServiceContext,
    private readonly config: Config['espo'],
  ) {
    this.client = new EspoClient(context, config)
    this.events = new EspoTranslation(config.mapping).events
  }

  /** Lists missing and misconfigured webhooks. @throws InvalidInputError without ESPOCRM_WEBHOOK_URL */
  async check(): Promise<Finding[]> {
    const findings = new Findings(SYSTEM)
    const hooks = await this.list()
    const secrets = await readWebhookSecrets(this.config)
    const url = this.url()
    const { events } = this
    const missing: string[] = []
    for (const event of events) {
      const hook = hooks.find((one) => one.event === event && one.url === url)
      if (hook === undefined) missing.push(event)
      else if (hook.isActive === false) findings.error(`the webhook ${event} is not active`, SETUP)
      else if (!secrets.has(hook.id))
        findings.error(`the secret of the webhook ${event} is missing here`, SETUP)
      else if (hook.secretKey && secrets.get(hook.id) !== hook.secretKey)
        findings.error(`the secret of the webhook ${event} differs from the one stored here`, SETUP)
      else if (hook.skipOwn !== true)
        findings.warning(
          `the webhook ${event} also reports the sync's own changes: they are recognised, but cost requests`,
          `${SETUP}; EspoCRM before 9.2 cannot skip them`,
        )
    }
    if (missing.length > 0) findings.error(`has no webhook ${missing.join(', ')} to ${url}`, SETUP)
    if (findings.all.length === 0) findings.ok(`has all ${events.length} webhooks to ${url}`)
    for (const { event, url: other } of hooks) {
      if (!other?.endsWith(WEBHOOK_PATH) || other === url || !events.includes(event ?? '')) continue
      findings.warning(
        `a webhook ${event} goes to ${other}`,
        'Remove it in Administration → Webhooks unless another Document Sync listens there',
      )
    }
    return findings.all
  }

  /**
   * Creates missing webhooks, repairs wrong ones, and keeps their secrets; resolves to a line for each webhook.
   * @throws InvalidInputError without ESPOCRM_WEBHOOK_URL, ConfigError, FixAccessError, RetryLaterError
   */
  async setUp(): Promise<string[]> {
    const url = this.url()
    const hooks = await this.list()
    const lines: string[] = []
    const secrets = new Map<string, string>()
    for (const event of this.events) {
      const found = hooks.find((one) => one.event === event && one.url === url)
      const { hook, what } = await this.ensure(event, url, found)
      if (hook.secretKey) secrets.set(hook.id, hook.secretKey)
      lines.push(`${what}: ${event}`)
    }
    await keepWebhookSecrets(this.config.webhookSecretsFile, secrets)
    return lines
  }

  private async ensure(event: string, url: string, found: Hook | undefined) {
    if (found === undefined) return { hook: await this.create(event, url), what: 'created' }
    if (!found.secretKey && !(await readWebhookSecrets(this.config)).has(found.id)) {
      await this.client.request('DELETE', `Webhook/${encodeURIComponent(found.id)}`)
      return { hook: await this.create(event, url), what: 'created again, its secret was lost' }
    }
    if (found.isActive !== false && found.skipOwn === true) return { hook: found, what: 'correct' }
    const data = { isActive: true, skipOwn: true }
    const answer = await this.client.request('PUT', `Webhook/${encodeURIComponent(found.id)}`, { data })
    const hook = parseAnswer(SYSTEM, 'Webhook', hookSchema, answer.data)
    return { hook: { ...found, ...hook, secretKey: found.secretKey }, what: 'repaired' }
  }

  private async create(event: string, url: string): Promise<Hook> {
    const data = { event, url, skipOwn: true, isActive: true }
    const answer = await this.client.request('POST', 'Webhook', { data, ...ONCE })
    return parseAnswer(SYSTEM, 'Webhook', hookSchema, answer.data)
  }

  private async list(): Promise<Hook[]> {
    const params = { select: SELECT, maxSize: PAGE_SIZE }
    const { data } = await this.client.request('GET', 'Webhook', { params })
    return parseAnswer(SYSTEM, 'Webhook', z.object({ list: z.array(hookSchema) }), data).list
  }

  private url(): string {
    const { webhookUrl } = this.config
    if (webhookUrl === undefined)
      throw new InvalidInputError(
        'ESPOCRM_WEBHOOK_URL is not set: where does EspoCRM reach this server, such as https://sync.example/webhooks/espocrm?',
      )
    return webhookUrl
  }
}

import { z } from 'zod'
import type { Config } from '../config'
import { FixAccessError, InvalidInputError } from '../errors'
import { EspoClient, refusalOf } from '../espo/espo-client'
import { EspoTranslation } from '../espo/espo-translation'
import { ONCE, parseAnswer } from '../http/http-client'
import { type Finding, Findings } from '../model/finding'
import type { Language } from '../model/reasons'
import type { ServiceContext } from '../model/service-context'
import { webhookText } from '../text/webhooks'
import { addressOf } from './webhook-address'
import { WEBHOOK_PATH } from './webhook-events'
import { keepWebhookSecrets, readWebhookSecrets } from './webhook-secrets'

const SYSTEM = 'EspoCRM'
const PAGE_SIZE = 200
const SELECT = 'id,event,url,isActive,skipOwn,secretKey'

const hookSchema = z.object({
  id: z.string().min(1),
  event: z.string().nullish(),
  url: z.string().nullish(),
  isActive: z.boolean().nullish(),
  skipOwn: z.boolean().nullish(),
  secretKey: z.string().nullish(),
})
type Hook = z.output<typeof hookSchema>

/** Thrown when EspoCRM has no webhooks to an address of its own network: its administrator has to list the address. */
class InternalAddressError extends InvalidInputError {}

/** The product's webhooks in EspoCRM. Those of other addresses and events are somebody else's and left alone. */
export class WebhookRegistry {
  private readonly client: EspoClient
  private readonly names: EspoTranslation
  private readonly text: ReturnType<typeof webhookText>

  constructor(
    context: ServiceContext,
    private readonly config: Config['espo'],
    language: Language,
  ) {
    this.client = new EspoClient(context, config)
    this.names = new EspoTranslation(config.mapping)
    this.text = webhookText(language)
  }

  /**
   * Lists missing and misconfigured webhooks, and whether EspoCRM takes the address at all, which it tells of a new
   * webhook only: one is made, switched off, and removed again.
   * @throws InvalidInputError without ESPOCRM_WEBHOOK_URL
   */
  async check(): Promise<Finding[]> {
    const { text } = this
    const { events, requestEvent } = this.names
    const findings = new Findings(SYSTEM)
    const hooks = await this.list()
    const secrets = await readWebhookSecrets(this.config)
    const url = this.url()
    const missing: string[] = []
    for (const event of events) {
      const [hook, twin] = this.ownOf(hooks, event, url)
      if (hook === undefined) missing.push(event)
      else if (hook.isActive === false) findings.error(text.inactive(event), text.setup)
      else if (!secrets.has(hook.id)) findings.error(text.secretMissing(event), text.setup)
      else if (hook.secretKey && secrets.get(hook.id) !== hook.secretKey)
        findings.error(text.secretDiffers(event), text.setup)
      else if (hook.skipOwn !== true) findings.warning(text.reportsOwn(event), text.reportsOwnAdvice)
      if (twin !== undefined) findings.warning(text.twice(event), text.setup)
    }
    const needed = missing.filter((event) => event !== requestEvent)
    if (needed.length > 0) findings.error(text.missing(needed, url), text.setup)
    if (requestEvent !== null && missing.includes(requestEvent))
      findings.warning(text.missingRequest(requestEvent), text.setup)
    if (findings.all.length === 0) findings.ok(text.all(events.length, url))
    for (const { event, url: other } of hooks) {
      if (!other?.endsWith(WEBHOOK_PATH) || other === url || !events.includes(event ?? '')) continue
      findings.warning(text.elsewhere(event ?? '', other), text.elsewhereAdvice)
    }
    return [...findings.all, ...(await this.checkAddress())]
  }

  private async checkAddress(): Promise<Finding[]> {
    const { text } = this
    const findings = new Findings(SYSTEM)
    const url = this.url()
    try {
      const [event = ''] = this.names.events
      const { id } = await this.create({ event, isActive: false, skipOwn: true })
      await this.remove(id)
      findings.ok(text.addressTaken(url))
    } catch (error) {
      if (!(error instanceof InternalAddressError)) throw error
      findings.error(text.internal(url), text.internalAdvice(addressOf(url)))
    }
    return findings.all
  }

  /**
   * Creates missing webhooks, repairs wrong ones, and keeps their secrets; resolves to a line for each webhook.
   * @throws InvalidInputError without ESPOCRM_WEBHOOK_URL, InternalAddressError, ConfigError, FixAccessError,
   * RetryLaterError
   */
  async setUp(): Promise<string[]> {
    const { text } = this
    const url = this.url()
    const hooks = await this.list()
    const lines: string[] = []
    const secrets = new Map<string, string>()
    for (const event of this.names.events) {
      const [found, ...twins] = this.ownOf(hooks, event, url)
      const done = await this.ensure(event, found).catch((error: unknown) => {
        if (event === this.names.requestEvent && error instanceof FixAccessError) return null
        throw error
      })
      for (const { id } of twins) {
        await this.remove(id)
        lines.push(`${text.removed}: ${event}`)
      }
      if (done?.hook.secretKey) secrets.set(done.hook.id, done.hook.secretKey)
      lines.push(`${done?.what ?? text.noField}: ${event}`)
    }
    await keepWebhookSecrets(this.config.webhookSecretsFile, secrets)
    return lines
  }

  /**
   * A webhook that reports the sync's own changes, too, and whose deliveries therefore can be shown.
   * @throws InternalAddressError, FixAccessError, RetryLaterError
   */
  async createProbe(event: string): Promise<{ id: string; secretKey: string }> {
    const { id, secretKey } = await this.create({ event, isActive: true, skipOwn: false })
    return { id, secretKey: secretKey ?? '' }
  }

  /** Removes a webhook. */
  async remove(id: string): Promise<void> {
    await this.client.request('DELETE', `Webhook/${encodeURIComponent(id)}`)
  }

  /** This product's webhooks for an event; the one that leaves out its own changes comes first. */
  private ownOf(hooks: Hook[], event: string, url: string): Hook[] {
    const own = hooks.filter((one) => one.event === event && one.url === url)
    return own.sort((a, b) => Number(b.skipOwn === true) - Number(a.skipOwn === true))
  }

  private async ensure(event: string, found: Hook | undefined) {
    const { text } = this
    const kept = { event, isActive: true, skipOwn: true }
    if (found === undefined) return { hook: await this.create(kept), what: text.created }
    if (!found.secretKey && !(await readWebhookSecrets(this.config)).has(found.id)) {
      const hook = await this.create(kept) // first: where EspoCRM refuses it, the old one stays
      await this.remove(found.id)
      return { hook, what: text.createdAgain }
    }
    if (found.isActive !== false && found.skipOwn === true) return { hook: found, what: text.correct }
    const data = { isActive: true, skipOwn: true }
    const answer = await this.client.request('PUT', `Webhook/${encodeURIComponent(found.id)}`, { data })
    const hook = parseAnswer(SYSTEM, 'Webhook', hookSchema, answer.data)
    return { hook: { ...found, ...hook, secretKey: found.secretKey }, what: text.repaired }
  }

  private async create(hook: Required<Pick<Hook, 'event' | 'skipOwn' | 'isActive'>>): Promise<Hook> {
    const url = this.url()
    const data = { ...hook, url }
    try {
      const answer = await this.client.request('POST', 'Webhook', { data, ...ONCE })
      return parseAnswer(SYSTEM, 'Webhook', hookSchema, answer.data)
    } catch (error) {
      const refusal = refusalOf(error)
      if (refusal?.field !== 'url' || refusal.type !== 'notInternal') throw error
      const { internal, internalAdvice } = this.text
      throw new InternalAddressError(`${SYSTEM} ${internal(url)}. ${internalAdvice(addressOf(url))}`, {
        cause: error,
      })
    }
  }

  private async list(): Promise<Hook[]> {
    const params = { select: SELECT, maxSize: PAGE_SIZE }
    const { data } = await this.client.request('GET', 'Webhook', { params })
    return parseAnswer(SYSTEM, 'Webhook', z.object({ list: z.array(hookSchema) }), data).list
  }

  private url(): string {
    const { webhookUrl } = this.config
    if (webhookUrl === undefined) throw new InvalidInputError(this.text.noUrl)
    return webhookUrl
  }
}

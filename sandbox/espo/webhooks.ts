import { createHmac } from 'node:crypto'
import type { Records } from './records'
import type { EspoRecord, Value } from './schema'

const BATCH = 50
const ATTEMPTS_IN_ALL = 4
/** Statuses after which EspoCRM tries again; after any other failure the events are lost (docs/contracts.md#webhooks). */
const TRIED_AGAIN = [0, 401, 403, 404, 405, 408, 500, 503]
/** What stands for an answer where EspoCRM does not even ask. */
const NOT_SENT = -1

/** The versions that differ in what the product meets (docs/contracts.md#differences-between-versions). */
export const ESPO_VERSIONS = ['9.2', '9.3', '10.0'] as const
export type EspoVersion = (typeof ESPO_VERSIONS)[number]
export const LATEST_VERSION: EspoVersion = '10.0'

/** What happened to a record, and who did it. */
export interface RecordEvent {
  event: string
  userId: string
  data: Record<string, Value>
}

interface Item {
  webhookId: string
  data: Record<string, Value>
  attempts: number
  dueAt: number
}

/** EspoCRM's webhooks: events are queued per hook and delivered in batches, each signed over its raw body. */
export class Webhooks {
  /** How long to wait for an answer, and how long a failed batch waits for its next attempt. */
  timeoutMs = 10_000
  retryMs = 600_000
  /** False: a version without `skipOwn`, which ignores it. */
  knowsSkipOwn = true
  /** Which of EspoCRM's versions this is, by what differs between them. */
  version: EspoVersion = '9.2'
  /** `webhookAllowedAddressList` of the configuration: `host:port`. */
  allowedAddresses: string[] = []
  private queue: Item[] = []
  private timer: NodeJS.Timeout | undefined
  private delivering: Promise<void> = Promise.resolve()

  constructor(private readonly records: Records) {}

  /** How many events wait for delivery. */
  get waiting(): number {
    return this.queue.length
  }

  /** Queues an event for every hook that subscribed to it. */
  notice({ event, userId, data }: RecordEvent): void {
    for (const hook of this.records.all('Webhook')) {
      const isOwn = this.knowsSkipOwn && hook.skipOwn === true && hook.userId === userId
      if (hook.event !== event || hook.isActive !== true || isOwn) continue
      this.queue.push({ webhookId: hook.id, data, attempts: 0, dueAt: 0 })
    }
  }

  /** Delivers what is due, as EspoCRM's scheduled job does. */
  deliver(): Promise<void> {
    this.delivering = this.delivering.then(() => this.deliverDue())
    return this.delivering
  }

  /** Delivers repeatedly; for the demo, where nobody wants to wait for minutes. */
  every(ms: number): void {
    this.stop()
    this.timer = setInterval(() => void this.deliver(), ms)
  }

  stop(): void {
    clearInterval(this.timer)
  }

  private async deliverDue(): Promise<void> {
    const now = Date.now()
    for (const id of new Set(this.queue.map((item) => item.webhookId))) {
      const hook = this.records.find('Webhook', id)
      const items = this.queue.filter((item) => item.webhookId === id && item.dueAt <= now).slice(0, BATCH)
      if (items.length === 0) continue
      const status = hook?.isActive ? await this.send(hook, items) : 410
      const isDone = (status >= 200 && status < 400) || status === 410
      if (hook?.isActive && status === 410) this.records.remove('Webhook', id)
      for (const item of items) {
        item.attempts += 1
        item.dueAt = Date.now() + this.retryMs
        const isLost = item.attempts >= ATTEMPTS_IN_ALL || !this.triesAgain(status)
        if (isDone || isLost) this.queue.splice(this.queue.indexOf(item), 1)
      }
    }
  }

  private triesAgain(status: number): boolean {
    return TRIED_AGAIN.includes(status) && !(this.version === '10.0' && status === 0)
  }

  /** From 9.3.2 on EspoCRM has no webhook to an address of the internal network that is not on its list. */
  refusesAddress(url: string): boolean {
    if (this.version === '9.2' || !URL.canParse(url)) return false
    const { hostname, port, protocol } = new URL(url)
    const address = `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`
    return INTERNAL.test(hostname) && !this.allowedAddresses.includes(address)
  }

  private async send(hook: EspoRecord, items: Item[]): Promise<number> {
    if (this.refusesAddress(String(hook.url))) return NOT_SENT
    const body = escapeUnicode(JSON.stringify(items.map((item) => item.data)))
    const hex = createHmac('sha256', String(hook.secretKey)).update(body).digest('hex')
    try {
      const answer = await fetch(String(hook.url), {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          Signature: Buffer.from(`${hook.id}:${hex}`).toString('base64'),
        },
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(this.timeoutMs),
      })
      await answer.arrayBuffer()
      return answer.status
    } catch (error) {
      return (error as Error).name === 'TimeoutError' ? 408 : 0
    }
  }
}

const INTERNAL = /^(localhost|127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|\[::1\])/

/** PHP's json_encode escapes non-ASCII characters and slashes. */
function escapeUnicode(json: string): string {
  return json
    .replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replaceAll('/', '\\/')
}

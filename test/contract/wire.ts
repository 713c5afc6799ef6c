import { randomBytes, randomInt } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Config } from '../../services/config'
import { espoAuthorization } from '../../services/espo/espo-client'

/** Where an EspoCRM is, and under which names. */
export type EspoAddress = Pick<Config['espo'], 'url' | 'apiKey' | 'secretKey' | 'mapping'> & {
  /** Where the mapping lies, if it is not the extension's. */
  mappingFile?: string
}

/** An EspoCRM under contract: the sandbox, or an installation that the environment names. */
export interface Installation {
  /** As the sync's API user, with the role that docs/espocrm.md asks for. */
  config: EspoAddress
  /** As somebody of the office who may also create Akten, and delete Akten and documents. */
  office: EspoAddress
  /** Where EspoCRM reaches a listener on this machine, and may be told so. */
  listen: { host: string; port: number }
  close(): Promise<void>
  /** Makes EspoCRM deliver its webhooks now, where that can be asked for. */
  deliverWebhooks(): Promise<void>
  /** Makes it forget failed logins, where that can be asked for; a real one does after a minute. */
  resetThrottle(): void
}

export interface Answer {
  status: number
  headers: Headers
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: the contract is what the tests themselves check, key by key
  json: any
}

export interface Options {
  query?: Record<string, string | number>
  json?: unknown
  body?: string
  headers?: Record<string, string>
}

/** EspoCRM's REST API without anything of the product in between but the signature. */
export class Wire {
  constructor(readonly config: EspoAddress) {}

  async request(method: string, path: string, options: Options = {}): Promise<Answer> {
    const query = new URLSearchParams(
      Object.entries(options.query ?? {}).map(([name, value]) => [name, `${value}`]),
    )
    const body = options.json === undefined ? options.body : JSON.stringify(options.json)
    const answer = await fetch(`${this.config.url}/${path}${query.size > 0 ? `?${query}` : ''}`, {
      method,
      headers: {
        ...espoAuthorization(this.config, method, path),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...options.headers,
      },
      ...(body === undefined ? {} : { body }),
    })
    const text = await answer.text()
    let json: unknown
    try {
      json = JSON.parse(text)
    } catch {
      json = undefined
    }
    return { status: answer.status, headers: answer.headers, text, json }
  }

  get = (path: string, options?: Options) => this.request('GET', path, options)
  post = (path: string, json: unknown, options?: Options) => this.request('POST', path, { json, ...options })
  put = (path: string, json: unknown, options?: Options) => this.request('PUT', path, { json, ...options })
  delete = (path: string) => this.request('DELETE', path)
}

/** The reason in words that EspoCRM puts into a header. */
export const reasonOf = (answer: Answer): string => answer.headers.get('x-status-reason') ?? ''

/**
 * Makes Akten and documents that people recognise as a test's, and takes every one of them away again. Documents,
 * attachments and webhooks are the sync's; what its role does not allow, the office does.
 */
export class Fixtures {
  private readonly made: string[] = []
  private count = 0
  readonly prefix = `ZZ-CONTRACT-${randomBytes(3).toString('hex')}`

  constructor(
    private readonly wire: Wire,
    private readonly office: Wire,
  ) {}

  /** Registers a record for removal. */
  keep(path: string): void {
    this.made.push(path)
  }

  nextNumber(): string {
    this.count += 1
    return `${this.prefix}-${this.count}`
  }

  async akte(fields: Record<string, unknown> = {}) {
    const { type } = this.wire.config.mapping.akte.attributes.aktennummer
    const aktennummer = type === 'int' ? randomInt(1, 2 ** 31) : this.nextNumber()
    const record = { name: `Contract ${aktennummer}`, aktennummer, ...fields }
    return this.create(this.wire.config.mapping.akte.entity, record, this.office)
  }

  async dokument(akteId: string, fields: Record<string, unknown> = {}) {
    const { entity, akte } = this.wire.config.mapping.dokument
    const link =
      akte.type === 'belongsTo' ? { [`${akte.link}Id`]: akteId } : { [`${akte.link}Ids`]: [akteId] }
    return this.create(entity, { name: 'Contract', ...link, ...fields })
  }

  /** Whoever uploads a file may link it, and nobody else. */
  async attachment(content: string | Buffer, name = 'Contract.txt', by = this.wire) {
    const file = `data:text/plain;base64,${Buffer.from(content).toString('base64')}`
    return this.create('Attachment', { ...this.attachmentOf(name), file }, by)
  }

  /** An attachment that waits for its chunks. */
  async announced(size: number, name = 'Contract.bin') {
    return this.create('Attachment', { ...this.attachmentOf(name), size, isBeingUploaded: true })
  }

  async chunk(id: string, content: string | Buffer): Promise<Answer> {
    return this.wire.request('POST', `Attachment/chunk/${id}`, {
      body: `data:application/octet-stream;base64,${Buffer.from(content).toString('base64')}`,
      headers: { 'Content-Type': 'application/octet-stream' },
    })
  }

  attachmentOf(name: string) {
    const relatedType = this.wire.config.mapping.dokument.entity
    return { name, type: 'text/plain', role: 'Attachment', relatedType, field: 'dokument' }
  }

  /** Removes everything; what is gone already is fine. An attachment goes with its document. */
  async removeAll(): Promise<void> {
    const left: string[] = []
    for (const path of this.made.splice(0).reverse()) {
      const isOwn = /^(Attachment|Webhook)\//.test(path)
      const { status } = await (isOwn ? this.wire : this.office).delete(path)
      if (status !== 200 && status !== 404 && !path.startsWith('Attachment/'))
        left.push(`${path} (${status})`)
    }
    if (left.length > 0) throw new Error(`Not removed: ${left.join(', ')}`)
  }

  private async create(entity: string, record: object, by = this.wire) {
    const answer = await by.post(entity, record, { headers: { 'X-Skip-Duplicate-Check': 'true' } })
    if (answer.status > 299)
      throw new Error(`POST ${entity}: ${answer.status} ${reasonOf(answer)} ${answer.text}`)
    this.keep(`${entity}/${answer.json.id}`)
    return answer.json
  }
}

/** Takes what a webhook delivers. */
export class WebhookListener {
  readonly received: { signature: string; raw: Buffer }[] = []
  url = ''

  private constructor(private readonly server: Server) {}

  static async open({ host, port }: Installation['listen']): Promise<WebhookListener> {
    const server = createServer(async (req, res) => {
      const pieces: Buffer[] = []
      for await (const piece of req) pieces.push(piece as Buffer)
      listener.received.push({ signature: `${req.headers.signature}`, raw: Buffer.concat(pieces) })
      res.end()
    })
    const listener = new WebhookListener(server)
    await new Promise<void>((done) => server.listen(port, host, done))
    listener.url = `http://${host}:${(server.address() as AddressInfo).port}/hook`
    return listener
  }

  close(): void {
    this.server.closeAllConnections()
    this.server.close()
  }
}

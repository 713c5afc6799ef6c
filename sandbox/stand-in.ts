import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import express from 'express'
import { controlFaults, Faults, faultMiddleware, interceptBody } from './faults'

/** One incoming request. `status` is 0 while it runs, and stays 0 if the socket was destroyed. */
export interface RequestRecord {
  method: string
  path: string
  query: string
  status: number
  bytesIn: number
  bytesOut: number
  at: string
  fault?: string
}

/** The requests since the last `reset`, so that tests can count reads and writes. */
class RequestLog extends Array<RequestRecord> {
  reset(): void {
    this.length = 0
  }
}

/** Thrown by a handler to answer with anything but success. */
export class HttpAnswer extends Error {
  constructor(
    readonly status: number,
    readonly body: string | object = '',
    readonly headers: Record<string, string> = {},
  ) {
    super(`HTTP ${status}`)
  }
}

const records = new WeakMap<IncomingMessage, RequestRecord>()

/** A request and its answer, with the helpers that the three stand-ins need. */
export class Exchange {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams

  constructor(
    readonly req: IncomingMessage,
    readonly res: ServerResponse,
  ) {
    const [path = '/', ...query] = (req.url ?? '/').split('?')
    this.method = req.method ?? 'GET'
    this.path = path
    this.query = new URLSearchParams(query.join('?'))
  }

  /** Path segments, each percent-decoded on its own: `123%2F24` is one of them. */
  segments(): string[] {
    try {
      return this.path.split('/').slice(1).map(decodeURIComponent)
    } catch {
      throw new HttpAnswer(400, 'malformed percent-encoding')
    }
  }

  header(name: string): string | undefined {
    const value = this.req.headers[name.toLowerCase()]
    return Array.isArray(value) ? value[0] : value
  }

  async *body(): AsyncGenerator<Buffer> {
    const record = records.get(this.req)
    for await (const chunk of this.req) {
      if (record) record.bytesIn += (chunk as Buffer).length
      yield chunk as Buffer
    }
  }

  async text(): Promise<string> {
    const pieces: Buffer[] = []
    for await (const piece of this.body()) pieces.push(piece)
    return Buffer.concat(pieces).toString('utf8')
  }

  send(status: number, body: string | object = '', headers: Record<string, string> = {}): void {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    this.res.statusCode = status
    if (text) {
      const type = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json'
      this.res.setHeader('Content-Type', type)
    }
    for (const [name, value] of Object.entries(headers)) this.res.setHeader(name, value)
    this.res.setHeader('Content-Length', Buffer.byteLength(text))
    this.res.end(text)
  }

  async stream(source: Readable, size: number, headers: Record<string, string>): Promise<void> {
    for (const [name, value] of Object.entries(headers)) this.res.setHeader(name, value)
    this.res.setHeader('Content-Length', size)
    await pipeline(source, this.res)
  }
}

/** A server on loopback that counts its requests and fails on demand. */
export abstract class StandIn {
  readonly faults = new Faults()
  readonly requests = new RequestLog()
  url = ''
  private server: Server | undefined

  protected abstract handle(exchange: Exchange): Promise<void>

  /** Listens on the given port, or on any free one if it is taken. */
  async listen(port = 0): Promise<void> {
    const app = express()
    app.disable('x-powered-by')
    app.use((req: IncomingMessage, res: ServerResponse, next: () => void) => this.count(req, res, next))
    app.use(
      faultMiddleware(this.faults, (req, fault) => {
        const record = records.get(req)
        if (record) record.fault = fault.mode
      }),
    )
    app.use((req: IncomingMessage, res: ServerResponse) => void this.answer(new Exchange(req, res)))
    const server = createServer({ requestTimeout: 0, keepAliveTimeout: 60_000 }, app)
    this.server = server
    const open = (wanted: number): Promise<void> =>
      new Promise((resolve, reject) => {
        server.once('error', reject)
        server.listen(wanted, '127.0.0.1', () => {
          server.off('error', reject)
          resolve()
        })
      })
    try {
      await open(port)
    } catch (error) {
      if (port === 0 || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
      await open(0)
    }
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    const server = this.server
    if (!server) return
    this.server = undefined
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeAllConnections()
    await closed
  }

  private count(req: IncomingMessage, res: ServerResponse, next: () => void): void {
    const [path = '/', ...query] = (req.url ?? '/').split('?')
    if (path === '/_sandbox/faults') {
      void controlFaults(this.faults, req, res).catch(() => req.socket.destroy())
      return
    }
    const record: RequestRecord = {
      method: req.method ?? 'GET',
      path,
      query: query.join('?'),
      status: 0,
      bytesIn: 0,
      bytesOut: 0,
      at: new Date().toISOString(),
    }
    records.set(req, record)
    this.requests.push(record)
    interceptBody(
      res,
      (chunk, forward) => {
        record.status = res.statusCode
        record.bytesOut += chunk.length
        return forward(chunk)
      },
      (forward) => {
        record.status = res.statusCode
        forward()
      },
    )
    next()
  }

  private async answer(exchange: Exchange): Promise<void> {
    const { req, res } = exchange
    try {
      await this.handle(exchange)
    } catch (error) {
      if (res.headersSent || res.destroyed || (req.destroyed && !req.complete)) {
        res.destroy()
        return
      }
      // An unread body is drained: otherwise the sender sees a reset connection instead of the answer.
      req.resume()
      if (error instanceof HttpAnswer) return exchange.send(error.status, error.body, error.headers)
      console.error(`${exchange.method} ${exchange.path}:`, error)
      exchange.send(500)
    }
  }
}

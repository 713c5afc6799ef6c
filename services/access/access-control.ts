import { type IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Express, NextFunction, Request, Response } from 'express'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import type { Clock } from '../clock'
import { isForeign, isLocalHost, isPublic, type RequestFacts, safeNext } from './access-policy'
import { Credentials } from './credentials'
import { loginPage } from './login-page'

const FAILED_LOGINS_PER_MINUTE = 10
const LOGIN_BODY_BYTES = 4096

interface Refusal {
  status: 401 | 403 | 429
  title: string
  detail: string
  retryAfterSeconds?: number
}

const FOREIGN: Refusal = { status: 403, title: 'Forbidden', detail: 'Pages of another origin have no access' }
const NO_TOKEN: Refusal = { status: 401, title: 'Unauthorized', detail: 'SYNC_ADMIN_TOKEN is required' }
const WRONG_HOST: Refusal = {
  status: 403,
  title: 'Forbidden',
  detail: 'Without SYNC_ADMIN_TOKEN the server answers only as localhost or 127.0.0.1',
}

/**
 * Who may ask what (docs/security.md): everything but `/health` and webhooks needs `SYNC_ADMIN_TOKEN`, as a bearer token
 * or as the session that the login page gives a browser. Without a token the server answers this machine only; the start
 * checks that it listens nowhere else.
 */
export class AccessControl {
  private readonly credentials: Credentials | undefined
  private readonly failures = new RateLimiterMemory({ points: FAILED_LOGINS_PER_MINUTE, duration: 60 })

  constructor(token: string | undefined, clock: Pick<Clock, 'now'>) {
    this.credentials = token === undefined ? undefined : new Credentials(token, clock)
  }

  /** Checks every request before all other handlers: for Motia's `app` hook. */
  readonly protect = (app: Express): void => {
    app.use((request, response, next) => {
      this.handle(request, response, next).catch(next)
    })
  }

  /**
   * Guards every WebSocket of this process, Motia's streams and the Workbench's reload socket alike: neither has a
   * hook that sees all of it. Returns how to end it.
   */
  guardSockets(): () => void {
    const original = Server.prototype.emit
    const emit = original as (event: string | symbol, ...args: unknown[]) => boolean
    const refusalOf = (request: IncomingMessage) => this.refusalOf(request, factsOf(request))
    Server.prototype.emit = function (this: Server, event: string | symbol, ...args: unknown[]) {
      if (event !== 'upgrade') return emit.call(this, event, ...args)
      const [request, socket] = args as [IncomingMessage, Duplex]
      socket.on('error', () => socket.destroy())
      void refusalOf(request).then((refusal) => {
        if (refusal) socket.end(`HTTP/1.1 ${refusal.status} ${refusal.title}\r\nConnection: close\r\n\r\n`)
        else emit.call(this, event, ...args)
      })
      return true
    } as typeof Server.prototype.emit
    return () => {
      Server.prototype.emit = original
    }
  }

  private async handle(request: Request, response: Response, next: NextFunction): Promise<void> {
    protectAnswer(request, response)
    const facts = factsOf(request)
    if (this.credentials && facts.path === '/login' && !isForeign(facts)) {
      await this.login(this.credentials, request, response)
      return
    }
    if (facts.path === '/logout' && facts.method === 'POST' && !isForeign(facts)) {
      response.setHeader('Set-Cookie', Credentials.clear(isSecure(request)))
      response.redirect(303, '/login')
      return
    }
    const refusal = isPublic(facts) ? undefined : await this.refusalOf(request, facts)
    // Motia passes the headers to a step on its command line, where every user of the machine can read them.
    delete request.headers.authorization
    delete request.headers.cookie
    if (!refusal) next()
    else if (refusal === NO_TOKEN && facts.method === 'GET' && request.accepts('json', 'html') === 'html')
      response.redirect(303, `/login?next=${encodeURIComponent(request.originalUrl)}`)
    else refuse(response, refusal)
  }

  /** Why a request is not answered; undefined when it may pass. */
  private async refusalOf(request: IncomingMessage, facts: RequestFacts): Promise<Refusal | undefined> {
    if (isForeign(facts)) return FOREIGN
    if (!this.credentials) return isLocalHost(facts) ? undefined : WRONG_HOST
    if (this.credentials.hasSession(facts.headers.cookie)) return undefined
    const presented = Credentials.bearer(facts.headers.authorization)
    if (presented === null) return NO_TOKEN
    return this.tryToken(this.credentials, presented, request)
  }

  /** Compares a token unless its sender failed too often; a right one does not help within that minute. */
  private async tryToken(
    credentials: Credentials,
    presented: string,
    { socket }: IncomingMessage,
  ): Promise<Refusal | undefined> {
    const sender = socket.remoteAddress ?? ''
    const failures = await this.failures.get(sender)
    if (failures && failures.consumedPoints >= FAILED_LOGINS_PER_MINUTE) {
      const retryAfterSeconds = Math.ceil(failures.msBeforeNext / 1000)
      return { status: 429, title: 'Too Many Requests', detail: 'Too many failed logins', retryAfterSeconds }
    }
    if (credentials.isToken(presented)) return undefined
    await this.failures.penalty(sender)
    return { ...NO_TOKEN, detail: 'This is not SYNC_ADMIN_TOKEN' }
  }

  private async login(credentials: Credentials, request: Request, response: Response): Promise<void> {
    const page = (status: number, next: string, problem?: string) =>
      response.status(status).type('html').send(loginPage(next, problem))
    if (request.method === 'GET' || request.method === 'HEAD') {
      page(200, safeNext(new URL(request.originalUrl, 'http://localhost').searchParams.get('next')))
      return
    }
    if (request.method !== 'POST') return refuse(response, NO_TOKEN)
    const form = new URLSearchParams(await readText(request))
    const next = safeNext(form.get('next'))
    const refusal = await this.tryToken(credentials, form.get('token') ?? '', request)
    if (refusal) {
      page(refusal.status, next, refusal.detail)
      return
    }
    response.setHeader('Set-Cookie', credentials.issue(isSecure(request)))
    response.redirect(303, next)
  }
}

/**
 * What a page of this server may load. The Workbench's page requests third-party analytics and fonts, which have no
 * business near case files: both are blocked. Its JSON editor is allowed from jsdelivr; the reload socket has its own port.
 */
const contentPolicy = (hostname: string) =>
  [
    "default-src 'self'",
    "script-src 'self' 'unsafe-inline' https://cdn.jsdelivr.net",
    "style-src 'self' 'unsafe-inline' https://cdn.jsdelivr.net",
    "font-src 'self' data: https://cdn.jsdelivr.net",
    "img-src 'self' data:",
    "worker-src 'self' blob:",
    `connect-src 'self' ws://${hostname}:* wss://${hostname}:*`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ')

/** Removes the headers by which Motia lets every page read the answer, and adds those that protect it. */
function protectAnswer(request: Request, response: Response): void {
  const setHeader = response.setHeader.bind(response)
  response.setHeader = (name, value) =>
    name.toLowerCase().startsWith('access-control-') ? response : setHeader(name, value)
  response.setHeader('X-Content-Type-Options', 'nosniff')
  response.setHeader('Referrer-Policy', 'same-origin')
  response.setHeader('Content-Security-Policy', contentPolicy(request.hostname))
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin')
}

function refuse(response: Response, { status, title, detail, retryAfterSeconds }: Refusal): void {
  if (status === 401) response.setHeader('WWW-Authenticate', 'Bearer realm="document-sync"')
  if (retryAfterSeconds !== undefined) response.setHeader('Retry-After', `${retryAfterSeconds}`)
  response.status(status).type('application/problem+json')
  response.send(JSON.stringify({ type: 'about:blank', title, status, detail }))
}

function factsOf({ method, url, headers }: IncomingMessage): RequestFacts {
  return { method: method ?? 'GET', path: (url ?? '/').split('?', 1)[0] ?? '/', headers }
}

/** Behind a proxy that ends TLS, the cookie is for TLS only. */
const isSecure = (request: Request) => request.secure || request.headers['x-forwarded-proto'] === 'https'

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= LOGIN_BODY_BYTES) chunks.push(chunk)
  }
  return bytes > LOGIN_BODY_BYTES ? '' : Buffer.concat(chunks).toString('utf8')
}

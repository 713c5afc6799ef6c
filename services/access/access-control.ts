import { type IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Express, NextFunction, Request, Response } from 'express'
import type { Clock } from '../clock'
import { describeError } from '../errors'
import { hasBody, readBody } from '../http/raw-body'
import { type Administrator, may, type Role } from '../model/administrator'
import type { Language } from '../model/reasons'
import { loginText } from '../text/login'
import { visible } from '../visible-text'
import { isForeign, isLocalHost, isPublic, type RequestFacts, roleNeeded, safeNext } from './access-policy'
import type { AdminUsers } from './admin-users'
import { ADMINISTRATOR_HEADER, administratorHeader } from './administrator-header'
import { Credentials, type Session } from './credentials'
import { FailedLogins } from './failed-logins'
import { loginPage } from './login-page'
import { isForwarded, senderOf } from './sender'

const LOGIN_BODY_BYTES = 4096

interface Refusal {
  status: 401 | 403 | 429 | 503
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
const THROUGH_PROXY: Refusal = {
  status: 403,
  title: 'Forbidden',
  detail: 'Without SYNC_ADMIN_TOKEN the server answers nothing that a proxy passes on',
}
const forbidden = ({ name, role }: Administrator, needed: Role): Refusal => ({
  status: 403,
  title: 'Forbidden',
  detail: `${name} has the role ${role}; this needs ${needed}`,
})
/** Whoever asks a server without a token: somebody at this machine. No user can have this name. */
const LOCAL: Administrator = { name: 'this_machine', role: 'admin' }
/** A named administrator who was taken out of the file loses open sockets within this time. */
const SOCKET_CHECK_MS = 60_000
const NO_REDIS: Refusal = { status: 503, title: 'Service Unavailable', detail: 'Redis does not answer' }

/** Which sessions were logged out, wherever that is remembered. */
interface EndedSessionStore {
  has(session: string): Promise<boolean>
  add(session: string, expiresAt: number): Promise<void>
}

interface AccessOptions {
  /** Addresses whose `X-Forwarded-For` is believed. */
  trustedProxies?: ReadonlySet<string>
  endedSessions: EndedSessionStore
  /** Named administrators, beside the shared token. */
  users?: AdminUsers | undefined
  /** Of the login page; English where it is not set. */
  language?: Language
}

/** Why a request is not answered; or who sent it, and the session that opens it where it comes with one. */
type Admission =
  | { refusal: Refusal; who?: Administrator }
  | { refusal?: undefined; who: Administrator; session?: Session }

/**
 * Who may ask what (docs/security.md): everything but `/health` and EspoCRM's webhooks needs `SYNC_ADMIN_TOKEN`, or a named
 * administrator's token and the role for it, as a bearer token or as the session that the login page gives a browser.
 * Routes learn who asks (`administratorOf`). Without a token the server answers this machine only,
 * and nothing that a proxy passes on; that it then listens nowhere else is checked at start.
 */
export class AccessControl {
  private readonly credentials: Credentials | undefined
  private readonly failedLogins: FailedLogins
  private readonly sockets = new Map<string, Set<Duplex>>()

  constructor(
    token: string | undefined,
    private readonly clock: Pick<Clock, 'now'>,
    private readonly options: AccessOptions,
  ) {
    this.failedLogins = new FailedLogins(clock)
    this.credentials = token === undefined ? undefined : new Credentials(token, clock, options.users)
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
    const admit = (request: IncomingMessage) => this.admit(request, factsOf(request, true))
    const keep = (session: Session, request: IncomingMessage, socket: Duplex) =>
      this.endWith(session, request.headers.cookie, socket)
    Server.prototype.emit = function (this: Server, event: string | symbol, ...args: unknown[]) {
      if (event !== 'upgrade') return emit.call(this, event, ...args)
      const [request, socket] = args as [IncomingMessage, Duplex]
      socket.on('error', () => socket.destroy())
      void admit(request).then((admission) => {
        const { refusal } = admission
        if (refusal) socket.end(`HTTP/1.1 ${refusal.status} ${refusal.title}\r\nConnection: close\r\n\r\n`)
        else {
          if (admission.session) keep(admission.session, request, socket)
          emit.call(this, event, ...args)
        }
      })
      return true
    } as typeof Server.prototype.emit
    return () => {
      Server.prototype.emit = original
    }
  }

  /** A socket ends with the session that opened it, and when its holder is no administrator any more. */
  private endWith({ id, expiresAt }: Session, cookies: string | undefined, socket: Duplex): void {
    const sockets = this.sockets.get(id) ?? new Set()
    this.sockets.set(id, sockets.add(socket))
    const timer = setTimeout(() => socket.destroy(), expiresAt - this.clock.now().getTime()).unref()
    const checking = setInterval(() => {
      if (!this.credentials?.sessionOf(cookies)) socket.destroy()
    }, SOCKET_CHECK_MS).unref()
    socket.once('close', () => {
      clearTimeout(timer)
      clearInterval(checking)
      sockets.delete(socket)
      if (sockets.size === 0) this.sockets.delete(id)
    })
  }

  private async handle(request: Request, response: Response, next: NextFunction): Promise<void> {
    protectAnswer(request, response)
    const facts = factsOf(request, false)
    if (this.credentials && facts.path === '/login' && !isForeign(facts)) {
      await this.login(this.credentials, request, response)
      return
    }
    if (facts.path === '/logout' && facts.method === 'POST' && !isForeign(facts)) {
      await this.logout(request, response)
      return
    }
    const admission = isPublic(facts) ? null : await this.admit(request, facts)
    // What a route need not know it is not given, and who asks is what we say.
    delete request.headers.authorization
    delete request.headers.cookie
    delete request.headers[ADMINISTRATOR_HEADER]
    if (admission === null) return next()
    const { refusal, who } = admission
    if (!refusal) {
      request.headers[ADMINISTRATOR_HEADER] = administratorHeader(who)
      next()
    } else if (isPage(request, facts) && refusal === NO_TOKEN)
      response.redirect(303, `/login?next=${encodeURIComponent(request.originalUrl)}`)
    else if (isPage(request, facts) && facts.path === '/' && who) response.redirect(303, '/office')
    else refuse(request, response, refusal)
  }

  private async admit(request: IncomingMessage, facts: RequestFacts): Promise<Admission> {
    if (isForeign(facts)) return { refusal: FOREIGN }
    if (!this.credentials) {
      if (isForwarded(facts.headers)) return { refusal: THROUGH_PROXY }
      return isLocalHost(facts) ? { who: LOCAL } : { refusal: WRONG_HOST }
    }
    const session = this.credentials.sessionOf(facts.headers.cookie)
    try {
      if (session && !(await this.options.endedSessions.has(session.id)))
        return permitted(session.who, facts, session)
    } catch {
      return { refusal: NO_REDIS }
    }
    const presented = Credentials.bearer(facts.headers.authorization)
    if (presented === null) return { refusal: NO_TOKEN }
    const tried = this.tryToken(this.credentials, presented, request)
    return tried.refusal ? tried : permitted(tried.who, facts)
  }

  /** Compares a token unless its sender failed too often; a right one does not help within that minute. */
  private tryToken(
    credentials: Credentials,
    presented: string,
    { socket, headers }: IncomingMessage,
  ): Admission {
    const sender = this.sender(socket.remoteAddress, headers)
    let who: Administrator | null = null
    const result = this.failedLogins.try(sender, () => {
      who = credentials.holderOf(presented)
      return who !== null
    })
    if (result === 'right' && who !== null) return { who }
    if (typeof result !== 'object')
      return {
        refusal: { ...NO_TOKEN, detail: 'This is not SYNC_ADMIN_TOKEN, nor the token of an administrator' },
      }
    return {
      refusal: { status: 429, title: 'Too Many Requests', detail: 'Too many failed logins', ...result },
    }
  }

  private sender(remoteAddress: string | undefined, headers: IncomingMessage['headers']): string {
    return senderOf(remoteAddress, headers['x-forwarded-for'], this.options.trustedProxies ?? new Set())
  }

  private async login(credentials: Credentials, request: Request, response: Response): Promise<void> {
    const { language = 'en' } = this.options
    const page = (status: number, next: string, problem?: string) =>
      response
        .status(status)
        .type('html')
        .send(loginPage(next, language, problem))
    if (request.method === 'GET' || request.method === 'HEAD') {
      page(200, safeNext(new URL(request.originalUrl, 'http://localhost').searchParams.get('next')))
      return
    }
    if (request.method !== 'POST') return refuse(request, response, NO_TOKEN)
    const body = await readBody(request, LOGIN_BODY_BYTES)
    if (!Buffer.isBuffer(body)) response.setHeader('Connection', 'close')
    const form = new URLSearchParams(Buffer.isBuffer(body) ? body.toString('utf8') : '')
    const next = safeNext(form.get('next'))
    const { refusal, who } = this.tryToken(credentials, (form.get('token') ?? '').trim(), request)
    if (refusal) {
      const { wrong, tooMany } = loginText(language)
      page(refusal.status, next, refusal.status === 429 ? tooMany : wrong)
      return
    }
    response.setHeader('Set-Cookie', credentials.issue(isSecure(request), who))
    response.redirect(303, next)
  }

  /** Ends the session in the browser, and here: its cookie opens nothing any more, and its sockets end. */
  private async logout(request: Request, response: Response): Promise<void> {
    const session = this.credentials?.sessionOf(request.headers.cookie)
    if (session) {
      try {
        await this.options.endedSessions.add(session.id, session.expiresAt)
      } catch (error) {
        console.error(`❌ A session could not be ended: ${visible(describeError(error))}`)
        return refuse(request, response, NO_REDIS)
      }
      for (const socket of this.sockets.get(session.id) ?? []) socket.destroy()
    }
    response.setHeader('Set-Cookie', Credentials.clear(isSecure(request)))
    response.redirect(303, '/login')
  }
}

/**
 * What a page of this server may load. The Workbench's page requests third-party analytics and fonts, which have no
 * business near case files: both are blocked. Its JSON editor is allowed from jsdelivr; the reload socket has its own port.
 */
const CONTENT_POLICY = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-inline' https://cdn.jsdelivr.net",
  "style-src 'self' 'unsafe-inline' https://cdn.jsdelivr.net",
  "font-src 'self' data: https://cdn.jsdelivr.net",
  "img-src 'self' data:",
  "worker-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')
const contentPolicy = (hostname: string) =>
  `connect-src 'self' ws://${hostname}:* wss://${hostname}:*; ${CONTENT_POLICY}`

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

function refuse(request: Request, response: Response, refusal: Refusal): void {
  const { status, title, detail, retryAfterSeconds } = refusal
  if (hasBody(request)) response.setHeader('Connection', 'close') // nobody reads it
  if (status === 401) response.setHeader('WWW-Authenticate', 'Bearer realm="document-sync"')
  if (retryAfterSeconds !== undefined) response.setHeader('Retry-After', `${retryAfterSeconds}`)
  response.status(status).type('application/problem+json')
  response.send(JSON.stringify({ type: 'about:blank', title, status, detail }))
}

function factsOf({ method, url, headers }: IncomingMessage, isUpgrade: boolean): RequestFacts {
  return { method: method ?? 'GET', path: (url ?? '/').split('?', 1)[0] ?? '/', headers, isUpgrade }
}

/** Whoever holds the role that a request needs is let through. */
function permitted(who: Administrator, facts: RequestFacts, session?: Session): Admission {
  const needed = roleNeeded(facts)
  if (!may(who, needed)) return { refusal: forbidden(who, needed), who }
  return session === undefined ? { who } : { who, session }
}

/** A person wants to see it. */
const isPage = (request: Request, { method }: RequestFacts): boolean =>
  method === 'GET' && request.accepts('json', 'html') === 'html'

/** Behind a proxy that ends TLS, the cookie is for TLS only. */
const isSecure = (request: Request) => request.secure || request.headers['x-forwarded-proto'] === 'https'

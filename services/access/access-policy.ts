import type { IncomingHttpHeaders } from 'node:http'
import type { Role } from '../model/administrator'
import { WEBHOOK_PATH } from '../webhooks/webhook-events'

/** What is known about a request before anything of it is trusted. */
export interface RequestFacts {
  method: string
  /** Path without the query. */
  path: string
  headers: IncomingHttpHeaders
  /** A WebSocket is to be opened. */
  isUpgrade: boolean
}

/** The Workbench's reload socket listens this far above the server's own port (Motia 0.17). */
const RELOAD_PORT_OFFSET = 21678
const LOCAL_NAMES = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i

/** Open to everybody: `/health`, and webhooks, whose signature their route checks. */
export function isPublic({ method, path }: RequestFacts): boolean {
  if (path === '/health') return method === 'GET' || method === 'HEAD'
  return method === 'POST' && path === WEBHOOK_PATH
}

/**
 * True when a page of another origin sent the request: it names a foreign `Origin`, or the browser says that
 * another site embeds it. Following a link to a page of ours is not foreign.
 */
export function isForeign({ method, headers, isUpgrade }: RequestFacts): boolean {
  if (headers.origin !== undefined && !isSameOrigin(headers.origin, headers.host, isUpgrade)) return true
  const site = headers['sec-fetch-site']
  if (site !== 'cross-site' && site !== 'same-site') return false
  if (headers.origin !== undefined) return false // compared above: the reload socket is same-site by its port
  const isLink = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'
  return !(method === 'GET' && isLink)
}

function isSameOrigin(origin: string, host: string | undefined, isUpgrade: boolean): boolean {
  if (host === undefined || !URL.canParse(origin) || !URL.canParse(`http://${host}`)) return false
  const [page, here] = [new URL(origin), new URL(`http://${host}`)]
  if (page.host === here.host) return true
  if (!isUpgrade) return false
  const isReloadSocket = Number(page.port || 80) + RELOAD_PORT_OFFSET === Number(here.port)
  return page.hostname === here.hostname && isReloadSocket
}

/** True when the address bar named this machine: a foreign name that resolves to 127.0.0.1 (rebinding) is not. */
export function isLocalHost({ headers }: Pick<RequestFacts, 'headers'>): boolean {
  return LOCAL_NAMES.test(headers.host ?? '')
}

/** Where to go after the login: a path of this server, nothing that a browser takes for another host. */
export function safeNext(next: string | null): string {
  return next !== null && /^\/(?![/\\])/.test(next) && !/[\\\p{Cc}]/u.test(next) ? next : '/'
}

/** What a role below `admin` opens; whatever is not named here, Motia's own routes included, is for `admin`. */
const OPEN_TO: readonly [role: Role, methods: readonly string[], path: RegExp][] = [
  ['read', ['GET', 'HEAD'], /^\/(health|metrics|akten|archive|office)\/?$/],
  ['read', ['GET', 'HEAD'], /^\/akten\/[^/]+(\/plan)?\/?$/],
  ['read', ['GET', 'HEAD'], /^\/office\/[0-9a-f]+\.(js|css)$/],
  ['operate', ['POST'], /^\/akten\/(sync|retry|pause|import|remove)\/?$/],
  ['operate', ['POST'], /^\/akten\/[^/]+\/(sync|retry|pause)\/?$/],
  ['operate', ['DELETE'], /^\/akten\/[^/]+\/?$/],
]

/** The role that a request needs; a route may need a higher one for what the body asks for. */
export function roleNeeded({
  method,
  path,
  isUpgrade,
}: Pick<RequestFacts, 'method' | 'path' | 'isUpgrade'>): Role {
  if (isUpgrade) return 'read' // streams are only followed
  return OPEN_TO.find(([, methods, open]) => methods.includes(method) && open.test(path))?.[0] ?? 'admin'
}

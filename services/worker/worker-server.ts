import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Redis } from 'ioredis'
import { isLocalHost } from '../access/access-policy'
import { Credentials } from '../access/credentials'
import { aboutItself } from '../api/about-itself'
import { type ApiAnswer, answer, problem } from '../api/answer'
import type { Runtime } from '../app/runtime'
import { FreshnessCounter } from '../sync/freshness'

const HOST = '127.0.0.1'
/** A question has no body, and takes no longer than this to arrive. */
const REQUEST_MS = 5_000
const CONNECTIONS = 32

/**
 * Answers `GET /health`, to everybody on this machine, and `GET /metrics`, to whoever knows `SYNC_ADMIN_TOKEN` where it
 * is set. There is nothing else, and nobody elsewhere reaches it. Resolves when it listens.
 * @throws an error of Node, such as EADDRINUSE
 */
export async function serveWorker(runtime: Runtime & { redis: Redis }, port: number): Promise<Server> {
  const { config, logger, redis, systems, clock } = runtime
  const freshness = new FreshnessCounter(redis, clock, systems.espo, config.sync.language)
  const { health, metrics } = aboutItself(config, redis, { logger, clock }, freshness)
  const { token } = config.admin
  const mayReadMetrics = (authorization: string | undefined) =>
    token === undefined ||
    new Credentials(token, clock).holderOf(Credentials.bearer(authorization) ?? '') !== null
  const route = async ({ method, url, headers }: IncomingMessage): Promise<ApiAnswer> => {
    if (!isLocalHost({ headers })) return problem(403, 'This machine only')
    if (method !== 'GET' && method !== 'HEAD') return problem(405, 'GET only')
    if (url === '/health') return health()
    if (url !== '/metrics') return problem(404, 'A worker answers /health and /metrics')
    return mayReadMetrics(headers.authorization) ? metrics() : problem(401, 'SYNC_ADMIN_TOKEN is needed')
  }
  const server = createServer((request, response) => {
    void answer(() => route(request)).then((result) => send(response, result))
  })
  server.headersTimeout = server.requestTimeout = REQUEST_MS
  server.maxConnections = CONNECTIONS
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, HOST, resolve)
  })
  return server
}

function send(response: ServerResponse, { status, headers, body }: ApiAnswer): void {
  const isText = typeof body === 'string'
  response.writeHead(status, {
    'Cache-Control': 'no-store',
    'Content-Type': 'application/json; charset=utf-8',
    ...headers,
  })
  response.end(isText ? body : JSON.stringify(body))
}

import { pipeline } from 'node:stream'
import type { Express, Request, Response } from 'express'
import { AdvowareAddresses } from '../advoware/advoware-addresses'
import { connectSystems } from '../app/systems'
import { systemClock } from '../clock'
import type { Config } from '../config'
import { createLogger } from '../logger'
import { expose, METRICS_CONTENT_TYPE } from '../metrics/exposition'
import { AktenOperations } from '../queue/akten-operations'
import { createRedis } from '../redis/redis-factory'
import { FreshnessCounter } from '../sync/freshness'
import { AktenApi } from './akten-api'
import { type ApiAnswer, answer } from './answer'
import { ArchiveApi, isStream } from './archive-api'
import { Health } from './health'
import { healthSources } from './health-sources'

/**
 * Routes that are asked every few seconds are answered by the server itself: a step of Motia costs a process of 0.3 s
 * per request. Their steps (steps/advoware-docs/api) describe them in the OpenAPI document and in the Workbench.
 */
export function serveReads(app: Express, config: Config): void {
  const redis = createRedis(config.redis, () => {}) // the answers say it
  const akten = new AktenApi(redis, config.sync.language)
  const context = { logger: createLogger(toConsole, config.logLevel), clock: systemClock }
  const systems = connectSystems(context, redis, config)
  const freshness = new FreshnessCounter(redis, systemClock, systems.espo)
  const archive = new ArchiveApi(systems, systemClock, config.sync.language)
  const addresses = new AdvowareAddresses(context, redis, config.advoware)
  const sources = healthSources(config, addresses, () => freshness.last())
  const health = new Health(sources, config, systemClock)
  const metrics = async (): Promise<ApiAnswer> => {
    await freshness.last()
    const snapshot = await new AktenOperations(redis).snapshot()
    const body = await expose(redis, snapshot)
    return { status: 200, headers: { 'Content-Type': METRICS_CONTENT_TYPE }, body }
  }
  const get = (path: string, route: (request: Request) => Promise<ApiAnswer>) =>
    app.get(path, (request, response) => {
      void answer(() => route(request)).then((result) => send(response, result))
    })

  get('/health', () => health.answer())
  get('/metrics', metrics)
  get('/akten', async ({ query }) => {
    await freshness.last()
    return akten.list(query)
  })
  get('/akten/:aktennummer', ({ params }) => akten.get(params.aktennummer))
  get('/archive', ({ query }) => archive.list(query))
  get('/archive/:hash', ({ params, query, socket }) =>
    archive.download(params.hash, query, socket.remoteAddress ?? 'unknown'),
  )
}

/** The server's own log, outside any step. */
const toConsole = { debug: () => {}, info: console.log, warn: console.warn, error: console.error }

function send(response: Response, { status, headers, body }: ApiAnswer): void {
  response.status(status).setHeader('Cache-Control', 'no-store')
  for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value)
  if (!response.getHeader('Content-Type')) response.type('json')
  if (isStream(body))
    pipeline(body, response, () => {}) // the client sees a broken length
  else response.end(typeof body === 'string' ? body : JSON.stringify(body))
}

import { pipeline } from 'node:stream'
import type { Express, Request, Response } from 'express'
import { administratorOf } from '../access/administrator-header'
import { senderOf } from '../access/sender'
import { connectSystems } from '../app/systems'
import { systemClock } from '../clock'
import type { Config } from '../config'
import { createLogger } from '../logger'
import type { Administrator } from '../model/administrator'
import { createRedis } from '../redis/redis-factory'
import { FreshnessCounter } from '../sync/freshness'
import { WebhookRoute } from '../webhooks/webhook-route'
import { aboutItself } from './about-itself'
import { AktenApi } from './akten-api'
import { type ApiAnswer, answer } from './answer'
import { ArchiveApi, isStream } from './archive-api'
import { ByHand } from './by-hand'
import { boundRequests } from './request-places'
import { SharedWork } from './shared-work'

/**
 * Routes that are asked often, or by anybody, are answered by the server itself: a step of Motia costs a process of 0.3 s
 * per request. Their steps (steps/advoware-docs/api) describe them in the OpenAPI document and in the Workbench.
 */
export function serveByServer(app: Express, config: Config): void {
  const redis = createRedis(config.redis, () => {}) // the answers say it
  const context = { logger: createLogger(toConsole, config.logLevel), clock: systemClock }
  const systems = connectSystems(context, redis, withSmallAnswers(config))
  const akten = new AktenApi(redis, config.sync.language, new ByHand(systems.audit, systemClock, ONLY_LOOKS))
  const freshness = new FreshnessCounter(redis, systemClock, systems.espo, config.sync.language)
  const archive = new ArchiveApi(systems, systemClock, config.sync.language)
  const { health, metrics } = aboutItself(config, redis, context, freshness)
  const get = (path: string, route: (request: Request) => Promise<ApiAnswer>) =>
    app.get(path, (request, response) => {
      void answer(() => route(request)).then((result) => send(response, result))
    })
  const lists = new SharedWork<ApiAnswer>()
  /** What an emptied Redis forgot of them is shown again. */
  const holds = new SharedWork<unknown>()

  get('/health', health)
  get('/metrics', metrics)
  get('/akten', ({ query, url }) =>
    lists.run(url, async () => {
      await freshness.last()
      void holds.run('all', () => systems.holds.all()).catch(() => {}) // a folder that hangs or fails hides no list
      const list = await akten.list(query)
      return { ...list, body: JSON.stringify(list.body) } // once for all who share it
    }),
  )
  get('/akten/:aktennummer', ({ params }) => akten.get(params.aktennummer))
  boundRequests(app, ['/archive'], DOWNLOADS_AT_ONCE)
  get('/archive', ({ query }) => archive.list(query))
  get('/archive/:hash', ({ params, query, socket, headers }) => {
    const address = senderOf(socket.remoteAddress, headers['x-forwarded-for'], config.admin.trustedProxies)
    return archive.download(params.hash, query, { who: administratorOf(headers), address })
  })
  const small = { ...context, maxAnswerBytes: SMALL_ANSWER_BYTES }
  new WebhookRoute(small, config, redis).serve(app)
}

/** These routes change nothing. */
const ONLY_LOOKS: Administrator = { name: '(server)', role: 'read' }
/** Downloads and lists of the archive at once: each reads a file, or every record. */
const DOWNLOADS_AT_ONCE = 4
/** A listing of some 15,000 files; a larger Akte is none for the server's own memory, only for a step's. */
export const SMALL_ANSWER_BYTES = 4 * 1024 * 1024

const withSmallAnswers = (config: Config): Config => ({
  ...config,
  sync: { ...config.sync, maxAnswerBytes: Math.min(SMALL_ANSWER_BYTES, config.sync.maxAnswerBytes) },
})

/** The server's own log, outside any step. */
export const toConsole = { debug: () => {}, info: console.log, warn: console.warn, error: console.error }

function send(response: Response, { status, headers, body }: ApiAnswer): void {
  response.status(status).setHeader('Cache-Control', 'no-store')
  for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value)
  if (!response.getHeader('Content-Type')) response.type('json')
  if (isStream(body))
    pipeline(body, response, () => {}) // the client sees a broken length
  else response.end(typeof body === 'string' ? body : JSON.stringify(body))
}

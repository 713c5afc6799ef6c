import { systemClock } from '../clock'
import { describeError } from '../errors'
import { visible } from '../visible-text'

/** The part used here of a client of the `redis` package, which Motia uses alongside ioredis. */
interface NodeRedisClient {
  readonly isOpen: boolean
  connect(): Promise<unknown>
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'ready', listener: () => void): unknown
}

const RECONNECT_MS = 1000
const SAY_AGAIN_MS = 60_000

/** Names of the errors by which `redis` and ioredis report a lost connection or a refused command. */
const REDIS_ERRORS =
  /^(ErrorReply|SimpleError|BlobError|ReplyError|ClientClosedError|ClientOfflineError|ConnectionTimeoutError|DisconnectsClientError|SocketClosedUnexpectedlyError|SocketTimeoutError|ReconnectStrategyError|MaxRetriesPerRequestError)$/
const CONNECTION_CODES =
  /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/

/**
 * Keeps the server alive while Redis is away, for every Redis client of the `redis` package in this process, also
 * those that Motia creates later and exposes nowhere. Three things would end the server otherwise (measured):
 * - Motia's own client has no error listener, so that a connection that drops is an uncaught error;
 * - that client gives up after ten attempts and never connects again;
 * - Motia writes logs and traces without waiting for the answer, so that a refused one is an unhandled rejection.
 *
 * @param anyClient any client of the package: it leads to the class they all share
 * @returns how to undo it; clients that connected meanwhile keep their listener
 */
export function surviveRedisLoss(anyClient: unknown): () => void {
  const shared = ownerOf(anyClient as NodeRedisClient, 'connect')
  const connect = shared.connect
  const kept = new WeakSet<NodeRedisClient>()
  shared.connect = function (this: NodeRedisClient) {
    if (!kept.has(this)) keepConnected(this)
    kept.add(this)
    return connect.call(this)
  }
  const judge = (reason: unknown) => {
    if (!isRedisTrouble(reason)) throw reason
    sayOnce(reason)
  }
  process.on('unhandledRejection', judge)
  const unquiet = quietAdapters()
  return () => {
    shared.connect = connect
    process.off('unhandledRejection', judge)
    unquiet()
  }
}

/** True for what a lost or refusing Redis makes its clients throw. */
function isRedisTrouble(error: unknown): error is Error {
  if (!(error instanceof Error)) return false
  const { code } = error as NodeJS.ErrnoException
  return (
    REDIS_ERRORS.test(error.constructor.name) ||
    CONNECTION_CODES.test(code ?? '') ||
    error.message === 'Connection is closed.' ||
    isRedisTrouble(error.cause)
  )
}

/** Motia's adapters print every failed attempt with its stack, some hundred lines a second: one line is enough. */
function quietAdapters(): () => void {
  const { error, warn, log } = console
  for (const [method, print] of Object.entries({ error, warn, log }) as [
    'error' | 'warn' | 'log',
    typeof log,
  ][]) {
    console[method] = (...args: unknown[]) => {
      const isAdapter = typeof args[0] === 'string' && /^\[(BullMQ|Redis \w+)\]/.test(args[0])
      const trouble = isAdapter ? args.find(isRedisTrouble) : undefined
      if (trouble) sayOnce(trouble)
      else if (!isAdapter || !/(Connection closed|Disconnected|Reconnecting\.\.\.)$/.test(`${args[0]}`))
        print(...args)
    }
  }
  return () => Object.assign(console, { error, warn, log })
}

function ownerOf<T extends object>(start: T, name: keyof T): T {
  for (let at = start; at !== null; at = Object.getPrototypeOf(at)) if (Object.hasOwn(at, name)) return at
  throw new Error(`No client of the redis package: it has no ${String(name)}`)
}

function keepConnected(client: NodeRedisClient): void {
  client.on('ready', sayBack)
  client.on('error', (error) => {
    sayOnce(error)
    if (client.isOpen) return // it tries again by itself
    setTimeout(() => {
      if (!client.isOpen) client.connect().catch(() => {}) // comes back here as another error
    }, RECONNECT_MS).unref()
  })
}

let saidAt = 0

/** One line per outage, not one per command: the clients between them try several times a second. */
function sayOnce(error: Error): void {
  const now = systemClock.now().getTime()
  if (now - saidAt < SAY_AGAIN_MS) return
  saidAt = now
  console.error(`⚠️  Redis: ${visible(describeError(error))}`)
}

function sayBack(): void {
  if (saidAt === 0) return
  saidAt = 0
  console.log('✅ Redis is back')
}

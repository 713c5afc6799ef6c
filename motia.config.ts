import { Server } from 'node:http'
import { resolve } from 'node:path'
import { BullMQEventAdapter } from '@motiadev/adapter-bullmq-events'
import { RedisCronAdapter } from '@motiadev/adapter-redis-cron'
import type { Config as MotiaConfig, MotiaPluginContext } from '@motiadev/core'
import bullmqPlugin from '@motiadev/plugin-bullmq/plugin'
import endpointPlugin from '@motiadev/plugin-endpoint/plugin'
import logsPlugin from '@motiadev/plugin-logs/plugin'
import observabilityPlugin from '@motiadev/plugin-observability/plugin'
import statesPlugin from '@motiadev/plugin-states/plugin'
import { AccessControl } from './services/access/access-control'
import { isLoopback, listenAddress } from './services/access/listen-address'
import { type Config, loadConfig } from './services/config'
import { startEmbeddedRedis, waitForRedis } from './services/redis/embedded-redis'

/** One prefix for `motia dev` and `motia start`, without a colon: both then share queues on one Redis. */
const QUEUE_PREFIX = 'motia'
/** A crash during a cron tick stops polling for this long at most. */
const CRON_LOCK_MS = 15_000
const EXTERNAL_REDIS_WAIT_MS = 30_000

function fail(lines: string[]): never {
  for (const line of lines) console.error(line)
  process.exit(1) // an error thrown here would only be logged, and Motia would go on with its defaults
}

function readSettings() {
  try {
    return loadConfig()
  } catch (error) {
    const problems = (error as { problems?: string[] }).problems ?? [String(error)]
    fail([
      '❌ The configuration is not complete (.env or environment):',
      ...problems.map((line) => `   ${line}`),
    ])
  }
}

/** Where Motia keeps its files: the folder of its own option --motia-dir, else .motia. */
function motiaFolder() {
  const at = process.argv.findIndex((arg) => arg === '--motia-dir' || arg.startsWith('--motia-dir='))
  const given = at < 0 ? undefined : (process.argv[at]?.split('=')[1] ?? process.argv[at + 1])
  return resolve(process.cwd(), given ?? '.motia')
}

/** Everything but `/health` and webhooks needs `SYNC_ADMIN_TOKEN`, which is a must where others can reach the server. */
function controlAccess({ admin }: Config) {
  if (admin.token === undefined && !isLoopback(listenAddress())) {
    fail([`❌ SYNC_ADMIN_TOKEN is missing: the server would listen on ${listenAddress()} for everybody`])
  }
  const access = new AccessControl(admin.token)
  access.guardSockets()
  return access.protect
}

/** One Redis for Motia and the sync: the one MOTIA_REDIS_HOST names, otherwise our own in .motia. */
async function connectRedis({ redis }: Config) {
  if (redis.external) {
    await waitForRedis(redis, EXTERNAL_REDIS_WAIT_MS).catch((error: Error) =>
      fail([`❌ MOTIA_REDIS_HOST: Redis at ${redis.host}:${redis.port} does not answer: ${error.message}`]),
    )
    return redis
  }
  const address = await startEmbeddedRedis(motiaFolder(), redis.port).catch((error: Error) =>
    fail([`❌ ${error.message}`]),
  )
  // The steps run in processes of their own: the environment tells them which Redis it is.
  process.env.MOTIA_REDIS_HOST = address.host
  process.env.MOTIA_REDIS_PORT = `${address.port}`
  for (const name of ['MOTIA_REDIS_USERNAME', 'MOTIA_REDIS_PASSWORD']) delete process.env[name]
  console.log(`🗄️  Redis ready: redis-cli -p ${address.port}`)
  return { ...address, db: redis.db, username: undefined, password: undefined }
}

/**
 * Motia listens on all addresses unless --host is given, and the Workbench's reload socket always does: both stay on
 * this machine unless --host names another address.
 */
function listenLocally() {
  if (!isLoopback(listenAddress())) return
  const listen = Server.prototype.listen as (...args: unknown[]) => Server
  Server.prototype.listen = function (this: Server, ...args: unknown[]) {
    const [port, address] = args
    if (typeof port === 'number' && (address === undefined || address === '0.0.0.0')) args[1] = '127.0.0.1'
    return listen.apply(this, args)
  } as typeof Server.prototype.listen
}

interface NodeRedisClient {
  isOpen: boolean
  on(event: 'error', listener: (error: Error) => void): void
  connect(): Promise<unknown>
}

/**
 * Motia's own Redis client has no error listener, so a connection that drops would end the server; and it gives
 * up after ten attempts. Listen, and connect again for as long as it takes.
 */
function surviveRedisLoss({ state }: MotiaPluginContext) {
  const { client } = state as unknown as { client: NodeRedisClient }
  let isDown = false
  client.on('error', (error) => {
    if (!isDown) console.error(`⚠️  Redis connection lost: ${error.message}`)
    isDown = true
  })
  setInterval(() => {
    if (!client.isOpen) client.connect().catch(() => {})
    else isDown = false
  }, 2000).unref()
  return []
}

/** Motia asks for 300 s on every tick, whatever the adapter's own `lockTTL` says (measured). */
class ShortLockCronAdapter extends RedisCronAdapter {
  override acquireLock(jobName: string) {
    return super.acquireLock(jobName, CRON_LOCK_MS)
  }
}

async function configure(): Promise<MotiaConfig> {
  process.env.MOTIA_ANALYTICS_DISABLED ||= 'true'
  const plugins = [
    observabilityPlugin,
    statesPlugin,
    endpointPlugin,
    logsPlugin,
    bullmqPlugin,
    surviveRedisLoss,
  ]
  const serves = process.argv.some((arg) => arg === 'dev' || arg === 'start')
  if (!serves) return { plugins } as MotiaConfig // `motia build`, `motia generate-types`: no Redis needed

  listenLocally()
  const settings = readSettings()
  const app = controlAccess(settings)
  const { host, port, username, password, db } = await connectRedis(settings)
  const reconnectStrategy = (retries: number) => Math.min(retries * 100, 3000)
  return {
    app,
    plugins,
    redis: { useMemoryServer: false, host, port, username, password, db },
    adapters: {
      events: new BullMQEventAdapter({
        connection: { host, port, username, password, db },
        prefix: QUEUE_PREFIX,
        concurrency: settings.sync.concurrency,
      }),
      cron: new ShortLockCronAdapter({
        username,
        password,
        database: db,
        socket: { host, port, reconnectStrategy },
      }),
    },
  } as MotiaConfig
}

/** Motia loads this file twice (for the server and for the plugins): Redis and the adapters exist once. */
const shared = globalThis as { documentSyncConfig?: Promise<MotiaConfig> }
shared.documentSyncConfig ??= configure()
export default await shared.documentSyncConfig

import type { Config as MotiaConfig } from '@motiadev/core'
import bullmqPlugin from '@motiadev/plugin-bullmq/plugin'
import endpointPlugin from '@motiadev/plugin-endpoint/plugin'
import logsPlugin from '@motiadev/plugin-logs/plugin'
import observabilityPlugin from '@motiadev/plugin-observability/plugin'
import statesPlugin from '@motiadev/plugin-states/plugin'
import { version } from './package.json'
import { documentSyncPlugin } from './plugins/document-sync/plugin'
import { AccessControl } from './services/access/access-control'
import { AdminUsers } from './services/access/admin-users'
import { serveOffice } from './services/api/office-page'
import { boundRequests } from './services/api/request-places'
import { serveByServer } from './services/api/server-routes'
import { takeDeliveriesWhileStarting } from './services/api/while-starting'
import { keepRetention } from './services/app/archive-retention'
import { keepBeating } from './services/app/heartbeat'
import { systemClock } from './services/clock'
import { type Config, languageOf, loadConfig, switchAnalyticsOff } from './services/config'
import { checkAtStart } from './services/doctor/start-check'
import { ConfigError } from './services/errors'
import { limitBodies } from './services/http/body-limit'
import { closeCloud } from './services/motia/closed-routes'
import { replaceCompiledFiles } from './services/motia/compiled-files'
import { datesInLog } from './services/motia/dates-in-log'
import { shortenErrorPages } from './services/motia/error-pages'
import { TolerantEventAdapter } from './services/motia/event-adapter'
import { housekeeping } from './services/motia/housekeeping'
import { isLoopback, listenAddress } from './services/motia/listen-address'
import { listenLocally } from './services/motia/local-listening'
import { surviveRedisLoss } from './services/motia/redis-survival'
import { keepSocketsSafe } from './services/motia/safe-sockets'
import { ScheduleWatch } from './services/motia/schedule-watch'
import { connectServerRedis } from './services/motia/server-redis'
import { ShortLockCronAdapter } from './services/motia/short-lock-cron-adapter'
import { readConfigsTogether } from './services/motia/step-configs'
import { hideStepInput } from './services/motia/step-input'
import { StepWatch } from './services/motia/step-watch'
import { wrapStreamsOnce } from './services/motia/stream-wrapping'
import { serveTraceStates } from './services/motia/trace-page'
import { keepTraceStates } from './services/motia/trace-states'
import { keepLayout } from './services/motia/workbench-layout'
import { placesOf } from './services/queue/instances'
import { EndedSessions } from './services/redis/ended-sessions'
import { createRedis } from './services/redis/redis-factory'
import { terminalText } from './services/text/terminal'

/** One prefix for `motia dev` and `motia start`, without a colon: both then share queues on one Redis. */
const QUEUE_PREFIX = 'motia'

/** Requests that a step answers at once; each is a process of some 80 MB. */
const STEPS_AT_ONCE = 4

const plugins = [
  observabilityPlugin,
  statesPlugin,
  endpointPlugin,
  logsPlugin,
  bullmqPlugin,
  housekeeping,
  keepTraceStates,
  documentSyncPlugin,
]

/** @throws Error where others could reach the server, and `SYNC_ADMIN_TOKEN` is missing */
function assertProtected({ admin }: Config): void {
  if (admin.token === undefined && !isLoopback(listenAddress())) {
    throw new Error(
      `SYNC_ADMIN_TOKEN is missing: the server would be open to everybody on ${listenAddress()}`,
    )
  }
}

/** Everything but `/health` and EspoCRM's webhooks needs a token, where there is one. */
function controlAccess({ admin: { token, trustedProxies, usersFile }, redis, sync }: Config): AccessControl {
  const endedSessions = new EndedSessions(
    createRedis(redis, () => {}),
    systemClock,
  ) // the answers say it
  const access = new AccessControl(token, systemClock, {
    trustedProxies,
    endedSessions,
    language: sync.language,
    users: usersFile === undefined ? undefined : new AdminUsers(usersFile),
  })
  access.guardSockets()
  keepSocketsSafe()
  return access
}

/** What notices that the machinery stands still, and helps itself where it can; and what no step runs for. */
function watchOver(cron: ShortLockCronAdapter, { redis, sync }: Config): void {
  const warn = (line: string) => console.warn(line)
  const schedule = new ScheduleWatch(systemClock, warn)
  cron.onTick = () => schedule.noteTick()
  schedule.keepLooking()
  new StepWatch(warn).watch()
  keepRetention()
  const self = {
    kind: 'server',
    version,
    lockScope: sync.lockScope,
    places: placesOf(sync),
    tickAgoMs: () => schedule.tickAgoMs(),
  } as const
  keepBeating(
    createRedis(redis, () => {}),
    systemClock,
    self,
    warn,
  ) // what Redis refuses, the beat says
}

async function configure(): Promise<MotiaConfig> {
  switchAnalyticsOff()
  const serves = process.argv.some((arg) => arg === 'dev' || arg === 'start')
  if (!serves) return { plugins } as MotiaConfig // `motia build`, `motia generate-types`: no Redis needed

  listenLocally()
  datesInLog()
  replaceCompiledFiles()
  readConfigsTogether()
  hideStepInput()
  wrapStreamsOnce()
  const settings = loadConfig()
  assertProtected(settings)
  await checkAtStart(settings)
  if (settings.admin.usersFile !== undefined) new AdminUsers(settings.admin.usersFile) // says what is wrong with it
  const { host, port, username, password, db } = await connectServerRedis(settings)
  takeDeliveriesWhileStarting(loadConfig()) // it may be our own Redis by now
  const reconnectStrategy = (retries: number) => Math.min(retries * 100, 3000)
  const cron = new ShortLockCronAdapter({
    username,
    password,
    database: db,
    socket: { host, port, reconnectStrategy },
  })
  surviveRedisLoss(Reflect.get(cron, 'client'))
  watchOver(cron, loadConfig())
  return {
    app: (app) => {
      const config = loadConfig() // again: it may be our own Redis by now
      controlAccess(config).protect(app)
      shortenErrorPages(app)
      closeCloud(app)
      serveByServer(app, config)
      limitBodies(app)
      keepLayout(app)
      serveTraceStates(app)
      serveOffice(app, settings.sync.language)
      boundRequests(app, ['/akten', '/archive'], STEPS_AT_ONCE)
    },
    plugins,
    redis: { useMemoryServer: false, host, port, username, password, db },
    adapters: {
      events: new TolerantEventAdapter({
        connection: { host, port, username, password, db },
        prefix: QUEUE_PREFIX,
        concurrency: settings.sync.concurrency,
      }),
      cron,
    },
  } as MotiaConfig
}

/** Ends the server: an error thrown in this file would only be logged, and Motia would go on with its defaults. */
function refuse(error: unknown): never {
  if (error instanceof ConfigError) {
    console.error(`❌ ${terminalText(languageOf()).configIncomplete}`)
    for (const problem of error.problems) console.error(`   ${problem}`)
  } else {
    console.error(`❌ ${(error as Error).message}`)
  }
  process.exit(1)
}

/** Motia loads this file twice (for the server and for the plugins): Redis and the adapters exist once. */
const shared = globalThis as { documentSyncConfig?: Promise<MotiaConfig> }
shared.documentSyncConfig ??= configure().catch(refuse)
export default await shared.documentSyncConfig

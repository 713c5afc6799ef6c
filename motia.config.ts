import type { Config as MotiaConfig } from '@motiadev/core'
import bullmqPlugin from '@motiadev/plugin-bullmq/plugin'
import endpointPlugin from '@motiadev/plugin-endpoint/plugin'
import logsPlugin from '@motiadev/plugin-logs/plugin'
import observabilityPlugin from '@motiadev/plugin-observability/plugin'
import statesPlugin from '@motiadev/plugin-states/plugin'
import { version } from './package.json'
import { documentSyncPlugin } from './plugins/document-sync/plugin'
import { AccessControl } from './services/access/access-control'
import { serveOffice } from './services/api/office-page'
import { serveReads } from './services/api/server-routes'
import { keepBeating } from './services/app/heartbeat'
import { systemClock } from './services/clock'
import { type Config, languageOf, loadConfig, switchAnalyticsOff } from './services/config'
import { foldersOf, tryFolder } from './services/content/folder-state'
import { envFileWarnings } from './services/doctor/env-check'
import { ConfigError } from './services/errors'
import { archiveRetention } from './services/motia/archive-retention'
import { replaceCompiledFiles } from './services/motia/compiled-files'
import { datesInLog } from './services/motia/dates-in-log'
import { TolerantEventAdapter } from './services/motia/event-adapter'
import { housekeeping } from './services/motia/housekeeping'
import { isLoopback, listenAddress } from './services/motia/listen-address'
import { listenLocally } from './services/motia/local-listening'
import { surviveRedisLoss } from './services/motia/redis-survival'
import { ScheduleWatch } from './services/motia/schedule-watch'
import { connectServerRedis } from './services/motia/server-redis'
import { ShortLockCronAdapter } from './services/motia/short-lock-cron-adapter'
import { StepWatch } from './services/motia/step-watch'
import { wrapStreamsOnce } from './services/motia/stream-wrapping'
import { keepLayout } from './services/motia/workbench-layout'
import { createRedis } from './services/redis/redis-factory'
import { doctorText } from './services/text/doctor'
import { systemReason } from './services/text/network'
import { terminalText } from './services/text/terminal'
import { webhookGate } from './services/webhooks/webhook-gate'
import { readWebhookSecrets } from './services/webhooks/webhook-secrets'

/** One prefix for `motia dev` and `motia start`, without a colon: both then share queues on one Redis. */
const QUEUE_PREFIX = 'motia'

const plugins = [
  observabilityPlugin,
  statesPlugin,
  endpointPlugin,
  logsPlugin,
  bullmqPlugin,
  housekeeping,
  archiveRetention,
  documentSyncPlugin,
]

/** Everything but `/health` and webhooks needs `SYNC_ADMIN_TOKEN`, which is required where others can reach the server. */
function controlAccess({ admin }: Config) {
  if (admin.token === undefined && !isLoopback(listenAddress())) {
    throw new Error(
      `SYNC_ADMIN_TOKEN is missing: the server would be open to everybody on ${listenAddress()}`,
    )
  }
  const access = new AccessControl(admin.token, systemClock)
  access.guardSockets()
  return access.protect
}

/** What notices that the machinery stands still, and helps itself where it can. */
function watchOver(cron: ShortLockCronAdapter, { redis, sync }: Config): void {
  const warn = (line: string) => console.warn(line)
  const schedule = new ScheduleWatch(systemClock, warn)
  cron.onTick = () => schedule.noteTick()
  schedule.keepLooking()
  new StepWatch(warn).watch()
  const self = {
    kind: 'server',
    version,
    lockScope: sync.lockScope,
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
  wrapStreamsOnce()
  const settings = loadConfig()
  for (const warning of envFileWarnings('.env', settings.sync.language)) console.warn(`⚠️  ${warning}`)
  await checkFoldersAtStart(settings)
  const protect = controlAccess(settings)
  const { host, port, username, password, db } = await connectServerRedis(settings)
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
      protect(app)
      keepLayout(app)
      serveOffice(app, settings.sync.language)
      webhookGate(app, () => readWebhookSecrets(settings.espo))
      serveReads(app, loadConfig()) // loaded again: it may be our own Redis by now
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

/** Says at once which folder cannot be written; the server starts all the same, since a full disk may be emptied. */
async function checkFoldersAtStart(settings: Config): Promise<void> {
  const { disk } = doctorText(settings.sync.language)
  for (const { path, setting } of foldersOf(settings)) {
    const state = await tryFolder(path)
    if (state.ok) continue
    const why = systemReason(state.code, settings.sync.language)
    console.error(`❌ ${disk.failed(disk.names[setting], path, why ? `${why} (${state.code})` : state.code)}`)
    console.error(`   ${disk.failedAdvice(setting)}`)
  }
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

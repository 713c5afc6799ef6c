// The sync without Motia: a worker takes what is due and syncs it, alone or beside servers and other workers.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { keepRetention } from '../services/app/archive-retention'
import { keepBeating } from '../services/app/heartbeat'
import { createRuntime } from '../services/app/runtime'
import { loadConfig } from '../services/config'
import { checkAtStart } from '../services/doctor/start-check'
import { describeError } from '../services/errors'
import { createLogger, type FlowLogger } from '../services/logger'
import { connectServerRedis } from '../services/motia/server-redis'
import { placesOf } from '../services/queue/instances'
import { createRedis } from '../services/redis/redis-factory'
import { showInRedis } from '../services/redis/shown-progress'
import { terminalText } from '../services/text/terminal'
import { Worker } from '../services/worker/worker'
import { serveWorker } from '../services/worker/worker-server'
import { defineCommand, EXIT, readDotEnv, runAlone, wholeNumber } from './command'
import { root } from './motia-process'

const PORT = 3100
/** Within the ten seconds that systemd and Docker leave. */
const END_MS = 9_000

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }

const write =
  (print: (...line: unknown[]) => void) =>
  (message: string, fields?: unknown): void =>
    print(`${new Date().toLocaleString('sv')} ${message}`, ...(fields === undefined ? [] : [fields]))
const log: FlowLogger = {
  debug: write(console.log),
  info: write(console.log),
  warn: write(console.warn),
  error: write(console.error),
}

/** Works until SIGTERM, SIGINT or, where a parent started it with a channel, the end of the parent. */
async function work(port: number): Promise<void> {
  await checkAtStart(loadConfig())
  const redisAddress = await connectServerRedis(loadConfig())
  const config = loadConfig() // again: it may be our own Redis by now
  const logger = createLogger(log, config.logLevel)
  const redis = createRedis({ ...config.redis, ...redisAddress }, () => {}) // each tick says it
  const runtime = {
    ...createRuntime(config, logger, redis),
    forAkte: (aktennummer: string) => {
      const own = logger.child({}, { msgPrefix: `[${aktennummer}] ` })
      const { systems, connect } = createRuntime(config, own, redis)
      return { logger: own, systems, connect }
    },
  }
  const server = await serveWorker(runtime, port).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error
    throw new Error(terminalText(config.sync.language).worker.portTaken(port), { cause: error })
  })
  const worker = new Worker(runtime, showInRedis(redis))
  const { lockScope } = config.sync
  const places = placesOf(config.sync)
  const self = { kind: 'worker', version, lockScope, places, tickAgoMs: () => worker.tickAgoMs() } as const
  const stopBeating = keepBeating(redis, runtime.clock, self, log.warn)
  keepRetention()
  worker.start()
  log.info(`🚀 ${terminalText(config.sync.language).worker.started(places, port)}`)

  let isEnding = false
  const end = async () => {
    if (isEnding) return
    isEnding = true
    setTimeout(() => process.exit(EXIT.failed), END_MS).unref() // its leases bring the Akten back
    log.info(`👋 ${terminalText(config.sync.language).worker.ending}`)
    server.close()
    await worker.stop()
    await stopBeating()
    redis.disconnect()
    process.exit(EXIT.fine)
  }
  const endSafely = () =>
    end().catch((error: unknown) => {
      log.error(`❌ ${describeError(error)}`)
      process.exit(EXIT.failed)
    })
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, endSafely)
  process.on('disconnect', () => process.exit(EXIT.failed))
}

export const command = defineCommand(
  'worker',
  'Syncs what is due, without Motia: alone, or beside servers and other workers on the same Redis',
  [
    ['worker', 'answers http://127.0.0.1:3100/health and /metrics'],
    ['worker --port 3101', 'a second one on this machine'],
  ],
)
  .option('--port <number>', 'for /health and /metrics, on this machine only', wholeNumber(1), PORT)
  .action(async ({ port }: { port: number }) => {
    readDotEnv()
    await work(port)
  })

await runAlone(import.meta, command)

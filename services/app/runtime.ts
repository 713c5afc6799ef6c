import type { Redis } from 'ioredis'
import type { Logger } from 'pino'
import { type Clock, systemClock } from '../clock'
import { type Config, loadConfig } from '../config'
import { createLogger, type FlowLogger } from '../logger'
import { runMetrics } from '../metrics/recorder'
import type { WriteGuard } from '../model/write-guard'
import { AktenQueue } from '../queue/akten-queue'
import { createRedis } from '../redis/redis-factory'
import { visible } from '../visible-text'
import { connectSystems, type Systems } from './systems'

/** The Redis commands of the sets and locks. */
export type RedisCommands = Pick<Redis, 'eval'>

/** What a step run works with; lives as long as the run. */
export interface Runtime {
  config: Config
  logger: Logger
  redis: RedisCommands
  queue: AktenQueue
  /** The systems outside a run: for reading. */
  systems: Systems
  /** The systems within a run: they change something only while its lock holds. */
  connect(guard: WriteGuard): Systems
  clock: Clock
  /** This process takes no further Akte: it is about to end, or has used its memory. */
  isClosing(): boolean
  /** Aborted with a HandedBackError when what is under way has to be handed back. */
  handBack?: AbortSignal
  /** Where several Akten are at work at once: with a log whose lines each name this one. */
  forAkte?(aktennummer: string): Pick<Runtime, 'logger' | 'systems' | 'connect'>
  /** Writes what was counted until now. */
  flushMetrics(): Promise<void>
}

/** So much of a machine's memory a process may keep and still take a further Akte. */
const MOST_MEMORY_BYTES = 320 * 1024 * 1024

/** A runtime on this Redis; the caller closes the connection. */
export function createRuntime(config: Config, logger: Logger, redis: Redis): Runtime & { redis: Redis } {
  const clock = systemClock
  return {
    config,
    logger,
    redis,
    queue: new AktenQueue(redis, clock),
    systems: connectSystems({ logger, clock }, redis, config),
    connect: (guard) => connectSystems({ logger, clock, guard }, redis, config),
    clock,
    isClosing: () => process.memoryUsage.rss() > MOST_MEMORY_BYTES,
    flushMetrics: () => runMetrics.flush(redis),
  }
}

/** Opens what a step needs, runs it, and closes the connection in every case. @throws ConfigError */
export async function withRuntime<T>(
  context: { logger: FlowLogger },
  work: (runtime: Runtime & { redis: Redis }) => Promise<T>,
): Promise<T> {
  const config = loadConfig()
  const logger = createLogger(context.logger, config.logLevel)
  const redis = createRedis(config.redis, (error) => logger.error(`❌ Redis: ${error.message}`))
  try {
    return await work(createRuntime(config, logger, redis))
  } catch (error) {
    // A lost connection is logged above; a refused command (full, read-only, loading) only here.
    if (error instanceof Error && error.name === 'ReplyError') logger.error(`❌ Redis: ${error.message}`)
    throw withVisibleText(error)
  } finally {
    await runMetrics.flush(redis)
    redis.disconnect()
  }
}

/** Motia and its queue print what a step throws. */
function withVisibleText(error: unknown): unknown {
  if (error instanceof Error) {
    const { message, stack } = error
    error.message = visible(message)
    if (stack !== undefined) error.stack = stack.replace(message, error.message)
  }
  return error
}

import type { Redis } from 'ioredis'
import type { FlowContext } from 'motia'
import type { Logger } from 'pino'
import { type Clock, systemClock } from './clock'
import { type Config, loadConfig } from './config'
import { createLogger } from './logger'
import { AktenQueue } from './redis/akten-queue'
import { createRedis } from './redis/redis-factory'
import { connectSystems, type Systems } from './systems'

/** The few commands that the product uses beside the scripts of its sets and locks. */
export type RedisCommands = Pick<Redis, 'eval' | 'set' | 'sismember'>

/** What a step run works with; lives as long as the run. */
export interface Runtime {
  config: Config
  logger: Logger
  redis: RedisCommands
  queue: AktenQueue
  systems: Systems
  clock: Clock
}

/** Opens what a step needs, runs it, and closes the connection in every case. @throws ConfigError */
export async function withRuntime<T>(
  context: Pick<FlowContext, 'logger'>,
  work: (runtime: Runtime & { redis: Redis }) => Promise<T>,
): Promise<T> {
  const config = loadConfig()
  const logger = createLogger(context.logger, config.logLevel)
  const redis = createRedis(config.redis, (error) => logger.error(`❌ Redis: ${error.message}`))
  try {
    const systems = connectSystems({ logger }, redis, config)
    return await work({
      config,
      logger,
      redis,
      queue: new AktenQueue(redis, systemClock),
      systems,
      clock: systemClock,
    })
  } finally {
    redis.disconnect()
  }
}

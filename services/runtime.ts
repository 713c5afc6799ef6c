import type { Redis } from 'ioredis'
import type { FlowContext } from 'motia'
import type { Logger } from 'pino'
import { type Config, loadConfig } from './config'
import { createLogger } from './logger'
import { AktenQueue } from './redis/akten-queue'
import { createRedis } from './redis/redis-factory'

/** What a step run works with; lives as long as the run. */
export interface Runtime {
  config: Config
  logger: Logger
  redis: Redis
  queue: AktenQueue
}

/** Opens what a step needs, runs it, and closes the connection in every case. @throws ConfigError */
export async function withRuntime<T>(
  context: Pick<FlowContext, 'logger'>,
  work: (runtime: Runtime) => Promise<T>,
): Promise<T> {
  const config = loadConfig()
  const logger = createLogger(context.logger, config.logLevel)
  const redis = createRedis(config.redis, (error) => logger.error(`❌ Redis: ${error.message}`))
  try {
    return await work({ config, logger, redis, queue: new AktenQueue(redis) })
  } finally {
    redis.disconnect()
  }
}

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Redis } from 'ioredis'
import pino from 'pino'
import { type Runtime, withRuntime } from '../services/app/runtime'
import { systemClock } from '../services/clock'
import { type Config, loadConfig } from '../services/config'
import { ConfigError, describeError, RetryLaterError } from '../services/errors'
import type { ServiceContext } from '../services/model/service-context'
import { createRedis } from '../services/redis/redis-factory'
import { root } from './motia-process'

/** Reads `.env`; variables that are set already are never replaced. */
export function loadDotEnv(): void {
  const dotEnv = join(root, '.env')
  if (existsSync(dotEnv)) process.loadEnvFile(dotEnv)
}

/** What a terminal command works with: the settings from `.env`, and a log of warnings on stderr. */
export function openTerminal(): { config: Config; context: ServiceContext } {
  loadDotEnv()
  const logger = pino({ level: 'warn', base: null }, pino.destination(2))
  return { config: loadConfig(), context: { logger, clock: systemClock } }
}

/** Passes a Redis client to a command. @throws RetryLaterError when the configured Redis does not answer */
export async function openRedis(config: Config, work: (redis: Redis) => Promise<void>): Promise<void> {
  const redis = createRedis(config.redis, () => {}) // told below
  try {
    await redis.ping().catch((cause: unknown) => {
      const { host, port } = config.redis
      throw new RetryLaterError(`Redis at ${host}:${port} does not answer`, { cause })
    })
    await work(redis)
  } finally {
    redis.disconnect()
  }
}

/** Runs a command; prints what it throws as a sentence, and sets the exit code to 1. */
export async function runCommand(command: () => Promise<void>): Promise<void> {
  try {
    await command()
  } catch (error) {
    if (error instanceof ConfigError) {
      console.error('❌ The configuration is not complete (.env or environment):')
      for (const problem of error.problems) console.error(`   ${problem}`)
    } else console.error(`❌ ${describeError(error)}`)
    process.exitCode = 1
  }
}

/** Runs a command with everything that a step has; the log keeps to warnings, on stderr. */
export function runWithRuntime(command: (runtime: Runtime) => Promise<void>): Promise<void> {
  loadDotEnv()
  const [silent, tell] = [() => {}, (text: string) => console.error(text)]
  const logger = { info: silent, debug: silent, warn: tell, error: tell }
  return runCommand(() => withRuntime({ logger }, command))
}

/** Parses the arguments; prints the usage and exits with 2 if they are invalid. */
export function readArguments<T>(usage: string, read: () => T | undefined): T {
  try {
    const meaning = read()
    if (meaning !== undefined) return meaning
  } catch (error) {
    console.error(describeError(error))
  }
  console.error(usage)
  process.exit(2)
}

import { existsSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import { Command, CommanderError, InvalidArgumentError } from 'commander'
import type { Redis } from 'ioredis'
import type { Logger } from 'pino'
import { type Runtime, withRuntime } from '../services/app/runtime'
import { systemClock } from '../services/clock'
import { type Config, languageOf, loadConfig } from '../services/config'
import { envFileWarnings } from '../services/doctor/env-check'
import { ConfigError, describeError, RetryLaterError } from '../services/errors'
import { createLogger, type FlowLogger } from '../services/logger'
import type { ServiceContext } from '../services/model/service-context'
import { createRedis } from '../services/redis/redis-factory'
import { terminalText } from '../services/text/terminal'
import { visible, visibleJson } from '../services/visible-text'
import { root } from './motia-process'

export const PROGRAM = 'document-sync'

/** Exit codes of every command; docs/reference.md has them in a table. */
export const EXIT = { fine: 0, failed: 1, usage: 2, stopped: 3, inUse: 4 } as const

/**
 * A command, or a group of them: help with examples, unknown options and values refused in one line with exit code 2.
 * `examples` pairs what to type behind `document-sync` with what it does.
 */
export function defineCommand(
  name: string,
  description: string,
  examples: [typed: string, effect: string][] = [],
): Command {
  const width = Math.max(0, ...examples.map(([typed]) => typed.length))
  const lines = examples.map(([typed, effect]) => `  npx ${PROGRAM} ${typed.padEnd(width)}   ${effect}`)
  const command = new Command(name).description(description).exitOverride()
  command.configureOutput({
    outputError: (text, write) => {
      const line = text.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ')
      write(`❌ ${visible(line.trim())} (npx ${pathOf(command)} --help)\n`)
    },
  })
  return lines.length === 0 ? command : command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`)
}

/** What to type for this command: npm scripts start one without its parent. */
function pathOf(command: Command): string {
  const name = command.name()
  if (command.parent !== null) return `${pathOf(command.parent)} ${name}`
  return name === PROGRAM ? PROGRAM : `${PROGRAM} ${name}`
}

/** For options that are whole numbers of at least `min`. */
export const wholeNumber =
  (min: number) =>
  (text: string): number => {
    if (/^\d{1,15}$/.test(text) && Number(text) >= min) return Number(text)
    throw new InvalidArgumentError(`It is not a whole number from ${min} on.`)
  }

/** Runs the command that the command line names, and ends by its result: what it throws is told in words. */
export async function runCommand(command: Command, argv: string[] = process.argv): Promise<void> {
  // `| head` closes the pipe when it has seen enough: that is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit(process.exitCode)
  })
  try {
    await command.parseAsync(argv)
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.fine : EXIT.usage
    else tellFailure(error)
  }
}

/** For the last line of a command's file: it runs when npm starts this file itself. */
export async function runAlone({ filename }: ImportMeta, command: Command): Promise<void> {
  if (process.argv[1] === filename) await runCommand(command)
}

function tellFailure(error: unknown): void {
  process.exitCode = EXIT.failed
  if (error instanceof ConfigError) {
    console.error(`❌ ${terminalText(languageOf()).configIncomplete}`)
    for (const problem of error.problems) console.error(`   ${visible(problem)}`)
  } else console.error(`❌ ${visible(describeError(error))}`)
}

export const ENV_FILE = join(root, '.env')

/** Reads `.env`; what is set already is never replaced. */
export function readDotEnv(): void {
  if (existsSync(ENV_FILE)) process.loadEnvFile(ENV_FILE)
}

/** Reads `.env`, and tells on stderr what looks like a mistake in it. */
export function loadDotEnv(): void {
  readDotEnv()
  for (const warning of envFileWarnings(ENV_FILE, languageOf())) console.error(`⚠️  ${visible(warning)}`)
}

const silent = () => {}
const tell = (text: string) => console.error(`${new Date().toLocaleString('sv')} ${text}`)
const terminalLog: FlowLogger = { info: silent, debug: silent, warn: tell, error: tell }

/** What a command in the terminal works with: the settings of `.env`, and a log of warnings on stderr. */
export function openTerminal(): { config: Config; context: ServiceContext & { logger: Logger } } {
  loadDotEnv()
  return { config: loadConfig(), context: terminalContext() }
}

/** What services need of a command: a log of warnings on stderr, and the clock. */
export const terminalContext = (): ServiceContext & { logger: Logger } => ({
  logger: createLogger(terminalLog, 'warn'),
  clock: systemClock,
})

/** Lends a Redis client to a command. @throws RetryLaterError when the Redis of the settings does not answer */
export async function openRedis<T>(config: Config, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = createRedis(config.redis, () => {}) // told below
  try {
    await redis.ping().catch((cause: unknown) => {
      const { host, port, external } = config.redis
      throw new RetryLaterError(terminalText(config.sync.language).noRedis(`${host}:${port}`, external), {
        cause,
      })
    })
    return await work(redis)
  } finally {
    redis.disconnect()
  }
}

/** Runs a command with everything that a step has; the log keeps to warnings, on stderr. */
export async function openRuntime(
  command: (runtime: Runtime & { redis: Redis }) => Promise<void>,
): Promise<void> {
  loadDotEnv()
  await withRuntime({ logger: terminalLog }, command)
}

/** Who runs the command, for the audit log: the user of this machine. */
export const actorOf = (): string => `${userInfo().username}@${hostname()}`

/** Prints a value as JSON that shows all its characters. */
export const printJson = (value: unknown): void => console.log(visibleJson(value, 2))

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { FlowContext } from 'motia'
import pino from 'pino'
import { type Config, loadConfig } from '../services/config'
import { ConfigError, describeError } from '../services/errors'
import type { ServiceContext } from '../services/logger'
import { type Runtime, withRuntime } from '../services/runtime'
import { root } from './motia-process'

/** Reads `.env`; what is set already is never replaced. */
export function loadDotEnv(): void {
  const dotEnv = join(root, '.env')
  if (existsSync(dotEnv)) process.loadEnvFile(dotEnv)
}

/** What a command in the terminal works with: the settings of `.env`, and a log of warnings on stderr. */
export function openTerminal(): { config: Config; context: ServiceContext } {
  loadDotEnv()
  const logger = pino({ level: 'warn', base: null }, pino.destination(2))
  return { config: loadConfig(), context: { logger } }
}

/** Runs a command; what it throws is told in words, and the exit code is 1. */
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
  const logger = { info: silent, debug: silent, log: silent, warn: tell, error: tell }
  return runCommand(() => withRuntime({ logger: logger as unknown as FlowContext['logger'] }, command))
}

/** What the arguments mean; ends with 2 and the usage where they mean nothing. */
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

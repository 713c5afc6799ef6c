import { existsSync } from 'node:fs'
import { join } from 'node:path'
import pino from 'pino'
import { type Config, loadConfig } from '../services/config'
import { ConfigError, describeError } from '../services/errors'
import type { ServiceContext } from '../services/logger'
import { root } from './motia-process'

/** What a command in the terminal works with: the settings of `.env`, and a log of warnings on stderr. */
export function openTerminal(): { config: Config; context: ServiceContext } {
  const dotEnv = join(root, '.env')
  if (existsSync(dotEnv)) process.loadEnvFile(dotEnv) // never replaces what is set
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

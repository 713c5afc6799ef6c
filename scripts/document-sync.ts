// Every command under one name; document-sync.mjs starts it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { defineCommand, PROGRAM, runCommand } from './command'
import { root } from './motia-process'

/** Only the one that is asked for is loaded; help loads them all. */
const COMMANDS: Record<string, () => Promise<{ command: Command }>> = {
  status: () => import('./status'),
  sync: () => import('./sync'),
  plan: () => import('./plan'),
  report: () => import('./report'),
  retry: () => import('./retry'),
  remove: () => import('./remove'),
  archive: () => import('./archive'),
  audit: () => import('./audit'),
  alert: () => import('./alert'),
  hold: () => import('./hold'),
  purge: () => import('./purge'),
  retention: () => import('./retention'),
  admin: () => import('./admin'),
  doctor: () => import('./doctor'),
  worker: () => import('./worker'),
  espocrm: () => import('./espocrm'),
  simulate: () => import('./simulate'),
  openapi: () => import('./openapi'),
}

const EXIT_CODES = `
Exit codes:
  0  done, in sync, nothing wrong
  1  it failed, or something is wrong
  2  wrong usage; nothing was done
  3  a safety stop
  4  a file is in use; the rest is in sync

The server: npm start. Settings: .env; every one is explained in .env.example.`

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
const program = defineCommand(PROGRAM, 'Keeps Windows, Advoware and EspoCRM in agreement', [
  ['status', 'is the office in sync?'],
  ['sync 12345', 'asks for a sync and follows it'],
  ['doctor', 'what is wrong, and what to do about it'],
])
  .version(version)
  .addHelpText('after', EXIT_CODES)

const wanted = COMMANDS[process.argv[2] ?? '']
for (const load of wanted ? [wanted] : Object.values(COMMANDS)) program.addCommand((await load()).command)
await runCommand(program)

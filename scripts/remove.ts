// Takes Akten off the lists: those named, or those that were given up for one cause. Touches no document.

import type { Command } from 'commander'
import { languageOf } from '../services/config'
import { AktenOperations } from '../services/queue/akten-operations'
import { LastRuns } from '../services/redis/last-runs'
import { terminalText } from '../services/text/terminal'
import { recordInTerminal } from './by-hand'
import { defineCommand, openRedis, openTerminal, printJson, runAlone } from './command'

interface Options {
  cause?: string
  json?: true
}

export const command = defineCommand('remove', 'Takes Akten off the lists; touches no document', [
  ['remove 12345', 'until somebody asks for it again'],
  ["remove --cause 'Das ist keine Aktennummer'", 'those given up for one cause, as status tells it'],
])
  .argument('[aktennummern...]', 'which Akten, also what is no Aktennummer')
  .option('--cause <text>', 'all that were given up for this cause')
  .option('--json', 'for machines')
  .action(async (named: string[], { cause, json }: Options, self: Command) => {
    if (named.length === 0 && cause === undefined)
      self.error(`error: ${terminalText(languageOf()).sync.nothingAsked}`)
    const { config } = openTerminal()
    await openRedis(config, async (redis) => {
      const operations = new AktenOperations(redis)
      const runs = new LastRuns(redis)
      const removed = [...named, ...(cause === undefined ? [] : await operations.failed(cause))]
      await recordInTerminal(config, 'REMOVE', removed)
      for (const aktennummer of removed) {
        await operations.remove(aktennummer)
        await runs.forget(aktennummer)
      }
      if (json) printJson({ removed })
      else console.log(terminalText(config.sync.language).bulk.removed(removed.length))
    })
  })

await runAlone(import.meta, command)

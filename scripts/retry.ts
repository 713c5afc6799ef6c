// Tries Akten again that were given up: all, or those with one cause.
import { AktenOperations } from '../services/queue/akten-operations'
import { terminalText } from '../services/text/terminal'
import { recordInTerminal } from './by-hand'
import { defineCommand, openRedis, openTerminal, printJson, runAlone } from './command'

export const command = defineCommand('retry', 'Tries Akten again that were given up', [
  ['retry', 'all of them'],
  ["retry --cause 'EspoCRM kennt keine Akte …'", 'those with one cause, as status tells it'],
])
  .option('--cause <text>', 'only those with this cause')
  .option('--json', 'for machines')
  .action(async ({ cause, json }: { cause?: string; json?: true }) => {
    const { config } = openTerminal()
    await openRedis(config, async (redis) => {
      const operations = new AktenOperations(redis)
      const retried = await operations.failed(cause)
      await recordInTerminal(config, 'ASK_RETRY', retried)
      await operations.retry(retried)
      if (json) printJson({ retried })
      else console.log(terminalText(config.sync.language).bulk.retried(retried.length))
    })
  })

await runAlone(import.meta, command)

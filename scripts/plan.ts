// What a sync of an Akte would do now; changes nothing.
import { describeError } from '../services/errors'
import { type AktePlan, planAkte } from '../services/sync/plan'
import { defineCommand, EXIT, openRuntime, printJson, runAlone } from './command'
import { planLines } from './plan-table'

export const command = defineCommand('plan', 'What a sync would do now, file by file; changes nothing', [
  ['plan 12345', 'every file with its action and reason'],
  ['plan 12345 124/24 --json', 'for machines'],
])
  .argument('<aktennummern...>', 'which Akten')
  .option('--json', 'for machines')
  .action(async (akten: string[], { json }: { json?: true }) => {
    await openRuntime(async (runtime) => {
      const plans: AktePlan[] = []
      for (const akte of akten) {
        try {
          const plan = await planAkte(runtime, akte)
          plans.push(plan)
          if (!json) console.log(planLines(plan, runtime.config.sync.language).join('\n'))
        } catch (error) {
          console.error(`❌ Akte ${akte}: ${describeError(error)}`)
        }
      }
      if (json) printJson(plans)
      if (plans.length < akten.length) process.exitCode = EXIT.failed
      else if (plans.some(({ state }) => state === 'stopped')) process.exitCode = EXIT.stopped
    })
  })

await runAlone(import.meta, command)

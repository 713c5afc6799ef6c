// What a sync of an Akte would do now, or the first import to a sample of them; changes nothing.
import { type Command, Option } from 'commander'
import { describeError } from '../services/errors'
import { type AktePlan, planAkte } from '../services/sync/plan'
import { planSample } from '../services/sync/plan-sample'
import { sweepText } from '../services/text/sweep'
import { visible, visibleFields } from '../services/visible-text'
import { defineCommand, EXIT, openRuntime, printJson, runAlone, wholeNumber } from './command'
import { planLines } from './plan-table'

interface Options {
  all?: true
  sample: number
  json?: true
}

/** What the first import would do, told by a sample. */
async function forecast(size: number, json: true | undefined): Promise<void> {
  await openRuntime(async (runtime) => {
    const sampled = visibleFields(await planSample(runtime, size))
    if (json) return printJson(sampled)
    for (const line of sweepText(runtime.config.sync.language).sample(sampled.summary, sampled.total))
      console.log(line)
    if (sampled.summary.failed.length > 0) process.exitCode = EXIT.failed
  })
}

export const command = defineCommand('plan', 'What a sync would do now, file by file; changes nothing', [
  ['plan 12345', 'every file with its action and reason'],
  ['plan 12345 124/24 --json', 'for machines'],
  ['plan --all --sample 20', 'what the first import would do, from 20 of its Akten'],
])
  .argument('[aktennummern...]', 'which Akten')
  .option('--all', 'those that were never synced')
  .addOption(new Option('--sample <number>', 'so many of them').argParser(wholeNumber(1)).default(20))
  .option('--json', 'for machines')
  .action(async (akten: string[], { json, all, sample }: Options, command: Command) => {
    if (all ? akten.length > 0 : akten.length === 0) command.error('error: name Akten, or --all')
    if (all) return forecast(sample, json)
    await openRuntime(async (runtime) => {
      const plans: AktePlan[] = []
      for (const akte of akten) {
        try {
          const plan = visibleFields(await planAkte(runtime, akte))
          plans.push(plan)
          if (!json) console.log(planLines(plan, runtime.config.sync.language).join('\n'))
        } catch (error) {
          console.error(`❌ Akte ${visible(akte)}: ${visible(describeError(error))}`)
        }
      }
      if (json) printJson(plans)
      if (plans.length < akten.length) process.exitCode = EXIT.failed
      else if (plans.some(({ state }) => state === 'stopped')) process.exitCode = EXIT.stopped
    })
  })

await runAlone(import.meta, command)

// What a sync of an Akte would do now; changes nothing. npm run plan -- 12345 [123/24 …] [--json]
// Exit codes: 0 planned · 1 an Akte could not be planned · 2 wrong usage · 3 a sync would be stopped for safety
import { parseArgs } from 'node:util'
import { describeError } from '../services/errors'
import { type AktePlan, planAkte } from '../services/sync/plan'
import { readArguments, runWithRuntime } from './command'
import { planLines } from './plan-table'

const { akten, json } = readArguments(
  'Usage: npm run plan -- <Aktennummer> [<Aktennummer> …] [--json]',
  () => {
    const options = { json: { type: 'boolean', default: false } } as const
    const { values, positionals } = parseArgs({ options, allowPositionals: true })
    return positionals.length > 0 ? { akten: positionals, json: values.json } : undefined
  },
)

await runWithRuntime(async (runtime) => {
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
  if (json) console.log(JSON.stringify(plans, null, 2))
  if (plans.length < akten.length) process.exitCode = 1
  else if (plans.some(({ state }) => state === 'stopped')) process.exitCode = 3
})

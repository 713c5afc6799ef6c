// What a sync of an Akte would do now; changes nothing. npm run plan -- 12345 [123/24 …] [--json]
// Ends with 0: planned · 1: an Akte could not be planned · 2: wrong usage · 3: a safety stop would be met
import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { ConfigError, describeError } from '../services/errors'
import { withRuntime } from '../services/runtime'
import { type AktePlan, planAkte } from '../services/sync/plan'
import { planLines } from './plan-table'

const USAGE = 'Usage: npm run plan -- <Aktennummer> [<Aktennummer> …] [--json]'

function readArguments(): { akten: string[]; json: boolean } {
  try {
    const options = { json: { type: 'boolean', default: false } } as const
    const { values, positionals } = parseArgs({ options, allowPositionals: true })
    if (positionals.length > 0) return { akten: positionals, json: values.json }
  } catch (error) {
    console.error(describeError(error))
  }
  console.error(USAGE)
  process.exit(2)
}

const quiet = { info: () => {}, debug: () => {}, warn: console.error, error: console.error }
const { akten, json } = readArguments()
if (existsSync('.env')) process.loadEnvFile('.env') // never replaces what is set
try {
  process.exitCode = await withRuntime({ logger: quiet as never }, async (runtime) => {
    const plans: AktePlan[] = []
    let isPlanned = true
    for (const akte of akten) {
      try {
        const plan = await planAkte(runtime, akte)
        plans.push(plan)
        if (!json) console.log(planLines(plan, runtime.config.sync.language).join('\n'))
      } catch (error) {
        isPlanned = false
        console.error(`❌ Akte ${akte}: ${describeError(error)}`)
      }
    }
    if (json) console.log(JSON.stringify(plans, null, 2))
    if (!isPlanned) return 1
    return plans.some(({ state }) => state === 'stopped') ? 3 : 0
  })
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : `❌ ${describeError(error)}`)
  process.exitCode = 1
}

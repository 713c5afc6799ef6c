// Tests the promises with random offices: npm run simulate [-- --runs N] [--seed N]
// Exit codes: 0 all held · 1 the seeds listed broke one · 2 wrong usage
import { parseArgs } from 'node:util'
import { simulate } from '../testkit/simulation/simulate'

const USAGE = `npm run simulate -- [--runs N] [--seed N]
  --runs N   how many simulations (default 10000)
  --seed N   the first seed (default: by the time); with --runs 1 its story is told`

const MINUTE = 60_000
const FAILURES_SHOWN = 20

/** A whole number given as an option. Prints the usage and exits if it is not one. */
function whole(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback
  if (/^\d{1,15}$/.test(text)) return Number(text)
  console.error(`--${name} is not a whole number\n${USAGE}`)
  process.exit(2)
}

function options() {
  try {
    const { values } = parseArgs({ options: { runs: { type: 'string' }, seed: { type: 'string' } } })
    const bySecond = Math.floor(Date.now() / 1000)
    return { runs: whole('runs', values.runs, 10_000), seed: whole('seed', values.seed, bySecond) }
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`)
    process.exit(2)
  }
}

const { runs, seed: first } = options()
const failed: number[] = []
const started = performance.now()
let [calls, kills, unavoidable] = [0, 0, 0]
const perMinute = (done: number) => Math.round((done / (performance.now() - started)) * MINUTE)
for (let done = 0; done < runs; done++) {
  const outcome = await simulate(first + done, runs === 1)
  if (runs === 1) console.log(outcome.story.join('\n'))
  calls += outcome.calls
  kills += outcome.kills
  unavoidable += outcome.unavoidable
  if (outcome.problems.length > 0) {
    failed.push(outcome.seed)
    console.log(`❌ seed ${outcome.seed}: ${outcome.problems[0]}`)
  }
  if ((done + 1) % 1000 === 0) console.log(`   ${done + 1} of ${runs}, ${perMinute(done + 1)} per minute`)
}
console.log(
  `${failed.length === 0 ? '✅' : '❌'} ${runs} simulations from seed ${first} on, ${failed.length} failed: ` +
    `${calls} calls, ${kills} crashes, ${unavoidable} saves in the moment of a PUT, ${perMinute(runs)} per minute`,
)
for (const seed of failed.slice(0, FAILURES_SHOWN))
  console.log(`   npm run simulate -- --runs 1 --seed ${seed}`)
process.exit(failed.length === 0 ? 0 : 1)

// Tries the promises with random offices.
import { simulate } from '../testkit/simulation/simulate'
import { defineCommand, EXIT, printJson, runAlone, wholeNumber } from './command'

const MINUTE = 60_000
const FAILURES_SHOWN = 20

interface Options {
  runs: number
  seed?: number
  json?: true
}

export const command = defineCommand('simulate', 'Tries the promises with random offices', [
  ['simulate --runs 1000', 'ends with 1 when a seed broke a promise'],
  ['simulate --runs 1 --seed 7', 'tells the story of one'],
])
  .option('--runs <number>', 'how many simulations', wholeNumber(1), 10_000)
  .option('--seed <number>', 'the first seed (default: by the time)', wholeNumber(0))
  .option('--json', 'the sums for machines')
  .action(async ({ runs, seed: first = Math.floor(Date.now() / 1000), json }: Options) => {
    const failed: number[] = []
    const started = performance.now()
    let [calls, kills, unavoidable] = [0, 0, 0]
    const perMinute = (done: number) => Math.round((done / (performance.now() - started)) * MINUTE)
    for (let done = 0; done < runs; done++) {
      const outcome = await simulate(first + done, runs === 1)
      if (runs === 1 && !json) console.log(outcome.story.join('\n'))
      calls += outcome.calls
      kills += outcome.kills
      unavoidable += outcome.unavoidable
      if (outcome.problems.length > 0) {
        failed.push(outcome.seed)
        if (!json) console.log(`❌ seed ${outcome.seed}: ${outcome.problems[0]}`)
      }
      if (!json && (done + 1) % 1000 === 0)
        console.log(`   ${done + 1} of ${runs}, ${perMinute(done + 1)} per minute`)
    }
    const sums = { runs, first, failed, calls, kills, unavoidable, perMinute: perMinute(runs) }
    if (json) printJson(sums)
    else {
      console.log(
        `${failed.length === 0 ? '✅' : '❌'} ${runs} simulations from seed ${first} on, ${failed.length} failed: ` +
          `${calls} calls, ${kills} crashes, ${unavoidable} saves in the moment of a PUT, ${sums.perMinute} per minute`,
      )
      for (const seed of failed.slice(0, FAILURES_SHOWN))
        console.log(`   npm run simulate -- --runs 1 --seed ${seed}`)
    }
    process.exitCode = failed.length === 0 ? EXIT.fine : EXIT.failed
  })

await runAlone(import.meta, command)

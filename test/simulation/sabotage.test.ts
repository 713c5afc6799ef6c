import { describe, expect, it } from 'vitest'
import { type Sabotage, simulate } from '../../testkit/simulation/simulate'

const SEEDS = 150

/** A product with this mistake in it: the simulation has to find it. */
const MISTAKES: [string, Sabotage, RegExp][] = [
  ['the archive forgets what it should keep', { archive: 'forgets' }, /the product lost/],
  ['every guard says yes', { script: ['RENEW', 1] }, /takes effect while|writes without a guard/],
  ['the take forgets what it took', { script: ['TAKE', ['', 0, 0]] }, /stands nowhere|never ends/],
  ['the end of a run is not recorded', { script: ['SETTLE', 1] }, /stays in processing|never ends/],
]

describe('the simulation notices when', () => {
  it.each(MISTAKES)('%s', { timeout: 120_000 }, async (_what, sabotage, complaint) => {
    const problems: string[] = []
    for (let seed = 1; seed <= SEEDS && problems.length === 0; seed++) {
      problems.push(...(await simulate(seed, false, sabotage)).problems)
    }
    expect(problems.join('\n')).toMatch(complaint)
  })
})

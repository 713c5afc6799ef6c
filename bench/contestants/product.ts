// The product's queue step for one Akte, as Motia runs it: a process of its own. `node product.js <Aktennummer> [again]`
// syncs it so many more times, as `npm run worker` does what is added.
import type { FlowContext } from 'motia'
import { withRuntime } from '../../services/app/runtime'
import { KEYS } from '../../services/redis/keys'
import { runJob, runNext } from '../../services/sync/akte-run'
import { lookAfterAkten } from '../../services/sync/akten-poller'

const silent = { info() {}, warn() {}, debug() {}, error: (line: string) => console.error(line) }
const logger = silent as unknown as FlowContext['logger']
const [akte = '', again = '0'] = process.argv.slice(2)
await withRuntime({ logger }, async (runtime) => {
  await runJob(runtime, akte)
  for (let run = 0; run < Number(again); run++) {
    await runtime.redis.sadd(KEYS.pending, akte)
    await lookAfterAkten(runtime)
    if ((await runNext(runtime, 'bench')) !== 'done') throw new Error(`Akte ${akte} was not due`)
  }
})
process.exit(0)

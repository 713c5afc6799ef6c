// The product's queue step for one Akte, as Motia runs it: a process of its own. `node product.js <Aktennummer>`.
import type { FlowContext } from 'motia'
import { withRuntime } from '../../services/app/runtime'
import { runJob } from '../../services/sync/akte-run'

const silent = { info() {}, warn() {}, debug() {}, error: (line: string) => console.error(line) }
const logger = silent as unknown as FlowContext['logger']
await withRuntime({ logger }, (runtime) => runJob(runtime, process.argv[2] ?? ''))
process.exit(0)

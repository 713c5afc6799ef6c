// Akten per minute with one and with two servers on one Redis, a lock per Akte, everything on this machine; and the
// time from the death of a server to the next sync of the Akte it was at: `npm run bench:throughput`.
import { cpus } from 'node:os'
import type { Office } from '../sandbox/office'
import { seedManyAkten } from '../sandbox/seed'
import { type Installation, install, PENDING, PROCESSING, until } from '../test/e2e/harness'

const COUNT = Number(process.argv[2] ?? 96)
const CONCURRENCY = 4
/** What a request to one of the three systems takes in a real office, milliseconds. */
const LATENCY_MS = 100

const slowDown = ({ watcher, advoware, espo }: Office, ms: number) => {
  for (const { faults } of [watcher, advoware, espo]) faults.set({ mode: 'slow', ms })
}

async function installFirm(count: number): Promise<{ firm: Installation; akten: string[] }> {
  let akten: string[] = []
  const firm = await install({
    seed: async (office) => {
      akten = await seedManyAkten(office, count)
      slowDown(office, LATENCY_MS)
    },
    env: { SYNC_LOCK_SCOPE: 'akte', SYNC_CONCURRENCY: `${CONCURRENCY}` },
  })
  return { firm, akten }
}

/** Syncs the Akten once; answers how many that makes in a minute, waiting for the ticks included. */
async function akteRate({ redis }: Installation, akten: string[]): Promise<number> {
  const begin = Date.now()
  await redis.sadd(PENDING, ...akten)
  const isDone = async () => (await redis.sunion(PENDING, PROCESSING)).length === 0
  await until(`${akten.length} Akten to be synced`, isDone, 30 * 60_000)
  return (akten.length * 60_000) / (Date.now() - begin)
}

async function measureThroughput(servers: number) {
  const { firm, akten } = await installFirm(COUNT)
  try {
    for (let more = 1; more < servers; more += 1) await firm.startServer()
    const [fresh, unchanged] = [await akteRate(firm, akten), await akteRate(firm, akten)]
    console.log(`| ${servers} | ${fresh.toFixed(0)} | ${unchanged.toFixed(0)} |`)
  } finally {
    await firm.close()
  }
}

/** Kills the server in the middle of an Akte and starts it again at once. */
async function measureRecovery() {
  const { firm, akten } = await installFirm(1)
  try {
    slowDown(firm.office, 2000)
    await firm.redis.sadd(PENDING, ...akten)
    await until('the run', () => firm.motia.output().includes('📥 Fetching data'))
    await firm.motia.kill()
    const died = Date.now()
    const next = await firm.startServer()
    await until('the next run', () => next.output().includes('🔄 Starting document sync'), 10 * 60_000)
    console.log(`From death to the next sync of the same Akte: ${((Date.now() - died) / 1000).toFixed(0)} s`)
  } finally {
    await firm.close()
  }
}

const machine = `${cpus().length} CPUs for servers, Redis and the three systems`
console.log(`${COUNT} Akten, SYNC_CONCURRENCY=${CONCURRENCY}, ${LATENCY_MS} ms a request, ${machine}`)
console.log(
  '| Servers | new Akten with 3 documents, per minute | unchanged Akten, per minute |\n|---|---|---|',
)
for (const servers of [1, 2]) await measureThroughput(servers)
await measureRecovery()
process.exit(0)

// Akten per minute with one and with two servers on one Redis, a lock per Akte, everything on this machine:
// `npm run bench:throughput`, or with another number of Akten behind `--`.
import { cpus } from 'node:os'
import { seedManyAkten } from '../sandbox/seed'
import { type Installation, install, PENDING, PROCESSING, until } from '../test/e2e/harness'

const COUNT = Number(process.argv[2] ?? 60)
const CONCURRENCY = 4

/** Syncs the Akten once; answers how many that makes in a minute, polling included. */
async function akteRate({ redis }: Installation, akten: string[]): Promise<number> {
  const begin = Date.now()
  await redis.sadd(PENDING, ...akten)
  const isDone = async () => (await redis.sunion(PENDING, PROCESSING)).length === 0
  await until(`${akten.length} Akten to be synced`, isDone, 30 * 60_000)
  return (akten.length * 60_000) / (Date.now() - begin)
}

async function measure(servers: number): Promise<[number, number]> {
  let akten: string[] = []
  const firm = await install({
    seed: async (office) => {
      akten = await seedManyAkten(office, COUNT)
    },
    env: { SYNC_LOCK_SCOPE: 'akte', SYNC_CONCURRENCY: `${CONCURRENCY}` },
  })
  try {
    for (let more = 1; more < servers; more += 1) await firm.startServer()
    return [await akteRate(firm, akten), await akteRate(firm, akten)]
  } finally {
    await firm.close()
  }
}

console.log(`${COUNT} Akten, SYNC_LOCK_SCOPE=akte, SYNC_CONCURRENCY=${CONCURRENCY}, ${cpus().length} CPUs`)
console.log(
  '| Servers | new Akten with 3 documents, per minute | unchanged Akten, per minute |\n|---|---|---|',
)
for (const servers of [1, 2]) {
  const [fresh, unchanged] = await measure(servers)
  console.log(`| ${servers} | ${fresh.toFixed(0)} | ${unchanged.toFixed(0)} |`)
}
process.exit(0)

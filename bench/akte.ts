import type { Redis } from 'ioredis'
import { KEYS } from '../services/redis/keys'
import { startTestRedis } from '../testkit/redis-server'
import { installedTools, ToolPair } from './contestants/tools'
import { makeFiles } from './files'
import { Contestants, median } from './measured'
import { type OpenWorld, openWorld } from './open-world'

/** One figure of the benchmark of an Akte. */
export interface AkteFigure {
  roundTripMs: number
  files: number
  case: 'first sync' | 'unchanged' | '1 % changed' | '10 % changed'
  contestant: string
  ms: number
  requests?: number
  reads?: number
  cpuMs?: number
  rssMb?: number
}

const BYTES_PER_FILE = 64 * 1024
const UNCHANGED_RUNS = 3
const WORKER_RUNS = 40
/** rclone takes minutes for more. */
const TOOLS_FILES = 1000
const TOKEN = 'BENCH_ADVOWARE_TOKEN'
export const PRODUCT = 'Document Sync'
export const BARE = 'bare script'
export const WORKER = 'worker that is up'

/** Settings of the product in a benchmark. */
export const settings = (redisPort: number, folder: string): Record<string, string> => ({
  MOTIA_REDIS_HOST: '127.0.0.1',
  MOTIA_REDIS_PORT: `${redisPort}`,
  SYNC_ARCHIVE_DIR: `${folder}/archive`,
  SYNC_AUDIT_DIR: `${folder}/audit`,
  SYNC_QUIET_SECONDS: '0',
})

/** One Akte with so many files: the product, the bare script and the tools that are installed, one after the other. */
export async function benchAkte(
  roundTripMs: number,
  files: number,
  cases: AkteFigure['case'][],
): Promise<AkteFigure[]> {
  const contestants = await Contestants.build()
  const server = await startTestRedis()
  const world = await openWorld(roundTripMs)
  try {
    const redis = server.connect()
    const env = { ...(await world.env()), ...settings(server.port, await contestants.newFolder()) }
    await world.fill('warm', 1, 64)
    await runProduct(contestants, redis, env, 'warm') // the token is there, the programs are in the page cache
    env[TOKEN] = (await redis.get(KEYS.token)) ?? ''
    await contestants.run('bare', ['warm'], env)
    const figures: AkteFigure[] = []
    const isAgreed = !cases.includes('first sync')
    for (const akte of ['product', 'bare'] as const) {
      await world.fill(akte, files, files * BYTES_PER_FILE, isAgreed)
      const run = () =>
        akte === 'product' ? runProduct(contestants, redis, env, akte) : contestants.run('bare', [akte], env)
      const contestant = akte === 'product' ? PRODUCT : BARE
      for (const name of cases) {
        await prepare(world, akte, name, files)
        const figure = await measureCase(world, run, name)
        figures.push({ roundTripMs, files, case: name, contestant, ...figure })
        const left = await world.open(akte)
        if (left > 0) throw new Error(`${contestant}, ${name}: ${left} files are not in agreement`)
        if (akte === 'product' && name === 'unchanged')
          figures.push({
            ...{ roundTripMs, files, case: name, contestant: WORKER },
            ...(await inWorker((again) => runProduct(contestants, redis, env, akte, again))),
          })
      }
    }
    if (!isAgreed && files <= TOOLS_FILES)
      figures.push(...(await benchTools(contestants, roundTripMs, files, cases)))
    return figures
  } finally {
    await world.close()
    await server.stop()
    await contestants.close()
  }
}

/** What a changed run costs with each setting of the archive. */
export interface ArchiveFigure {
  archive: 'conflicts' | 'all'
  files: number
  changed: number
  ms: number
  cpuMs: number
  requests: number
}

/** An Akte of so many files, one in ten of them changed, half on each side: with and without the replaced versions kept. */
export async function benchArchive(roundTripMs: number, files: number): Promise<ArchiveFigure[]> {
  const contestants = await Contestants.build()
  const server = await startTestRedis()
  const world = await openWorld(roundTripMs)
  try {
    const redis = server.connect()
    const env = { ...(await world.env()), ...settings(server.port, await contestants.newFolder()) }
    await world.fill('warm', 1, 64)
    await runProduct(contestants, redis, env, 'warm')
    const figures: ArchiveFigure[] = []
    for (const archive of ['conflicts', 'all'] as const) {
      await world.fill(archive, files, files * BYTES_PER_FILE, true)
      const own = { ...env, SYNC_ARCHIVE: archive }
      const costs = []
      let requests = 0
      while (costs.length < UNCHANGED_RUNS) {
        await prepare(world, archive, '10 % changed', files)
        costs.push(await runProduct(contestants, redis, own, archive))
        const { reads, writes } = await world.counted()
        requests = reads + writes
      }
      const [ms, cpuMs] = [median(costs.map((one) => one.ms)), median(costs.map((one) => one.cpuMs))]
      figures.push({ archive, files, changed: Math.ceil(files / 10), ms, cpuMs, requests })
    }
    return figures
  } finally {
    await world.close()
    await server.stop()
    await contestants.close()
  }
}

async function prepare(
  world: OpenWorld,
  akte: string,
  name: AkteFigure['case'],
  files: number,
): Promise<void> {
  const count = Math.ceil(files / (name === '1 % changed' ? 100 : 10))
  if (name.endsWith('changed') && name !== 'unchanged')
    await world.change(akte, count, files, files * BYTES_PER_FILE)
  await world.counted()
}

async function measureCase(
  world: OpenWorld,
  run: () => ReturnType<Contestants['run']>,
  name: AkteFigure['case'],
): Promise<Pick<AkteFigure, 'ms' | 'cpuMs' | 'rssMb' | 'requests' | 'reads'>> {
  const first = await run()
  const { reads, writes } = await world.counted()
  const costs = [first]
  while (name === 'unchanged' && costs.length < UNCHANGED_RUNS) costs.push(await run())
  return {
    ms: median(costs.map(({ ms }) => ms)),
    cpuMs: median(costs.map(({ cpuMs }) => cpuMs)),
    rssMb: Math.max(...costs.map(({ rssMb }) => rssMb)),
    requests: reads + writes,
    reads,
  }
}

/** What one more run costs in a process that is up. */
async function inWorker(
  run: (again: number) => ReturnType<Contestants['run']>,
): Promise<Pick<AkteFigure, 'ms' | 'cpuMs'>> {
  const [one, all] = [await run(0), await run(WORKER_RUNS)]
  return { ms: (all.ms - one.ms) / WORKER_RUNS, cpuMs: (all.cpuMs - one.cpuMs) / WORKER_RUNS }
}

/** Asks for a sync and runs its queue step; `again`: the same process syncs it so many more times. */
export async function runProduct(
  contestants: Contestants,
  redis: Redis,
  env: Record<string, string>,
  akte: string,
  again = 0,
): ReturnType<Contestants['run']> {
  await redis.sadd(KEYS.pending, akte)
  const cost = await contestants.run('product', [akte, `${again}`], env)
  const [result] = await redis.lrange(KEYS.reports(akte), 0, 0)
  if (!result?.includes('"result":"synced"')) throw new Error(`Akte ${akte} was not synced: ${result}`)
  return cost
}

async function benchTools(
  contestants: Contestants,
  roundTripMs: number,
  files: number,
  cases: AkteFigure['case'][],
): Promise<AkteFigure[]> {
  const figures: AkteFigure[] = []
  for (const tool of installedTools()) {
    const list = makeFiles(files, files * BYTES_PER_FILE)
    const pair = await ToolPair.open(tool, list, await contestants.newFolder(), roundTripMs)
    try {
      for (const name of cases) {
        if (name === '1 % changed') await pair.change(Math.ceil(files / 100))
        if (name === '10 % changed') await pair.change(Math.ceil(files / 10))
        const times = [(await pair.sync(name === 'first sync')).ms]
        while (name === 'unchanged' && times.length < UNCHANGED_RUNS) times.push((await pair.sync()).ms)
        figures.push({ roundTripMs, files, case: name, contestant: tool.name, ms: median(times) })
      }
    } finally {
      pair.close()
    }
  }
  return figures
}

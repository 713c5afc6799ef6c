import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Office } from '../sandbox/office'
import { seedManyAkten } from '../sandbox/seed'
import type { ProductProcess } from '../scripts/motia-process'
import { type Installation, install, PENDING, PROCESSING, until } from '../testkit/installation'

/** Akten per minute with real servers of Motia, or workers without it; everything on this machine. */
export interface ThroughputFigure {
  by: 'server' | 'worker'
  scope: 'akte' | 'global'
  /** How many of them. */
  servers: number
  akten: number
  /** New ones with 3 documents each. */
  freshPerMinute: number
  unchangedPerMinute: number
  /** Processor time of servers and step processes, or of workers, for one unchanged Akte. */
  cpuMsPerAkte: number
  /** Seconds from `SADD` to the start of the run when nothing else is due: the longest of some. */
  startSeconds: number
}

const CONCURRENCY = 4
const TICKS_PER_SECOND = 100
const STARTS = 5

const slowDown = ({ watcher, advoware, espo }: Office, ms: number) => {
  for (const { faults } of [watcher, advoware, espo]) faults.set({ mode: 'slow', ms })
}

async function installFirm(
  count: number,
  scope: 'akte' | 'global',
  latencyMs: number,
  onLine?: (line: string) => void,
): Promise<{ firm: Installation; akten: string[] }> {
  let akten: string[] = []
  const firm = await install({
    seed: async (office) => {
      akten = await seedManyAkten(office, count)
      if (latencyMs > 0) slowDown(office, latencyMs)
    },
    env: { SYNC_LOCK_SCOPE: scope, SYNC_CONCURRENCY: `${CONCURRENCY}` },
    ...(onLine && { onLine }),
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

/** Processor time of a process and of all that it started and saw end, milliseconds; NaN where `/proc` is not. */
async function cpuOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const [user = Number.NaN, system = 0, childUser = 0, childSystem = 0] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 15)
    .map(Number)
  return ((user + system + childUser + childSystem) * 1000) / TICKS_PER_SECOND
}

/** Syncs that many Akten twice: when they are new, and when nothing changed. */
export async function benchThroughput(options: {
  by: 'server' | 'worker'
  scope: 'akte' | 'global'
  servers: number
  akten: number
  /** What a request to one of the three systems takes, milliseconds. */
  latencyMs: number
}): Promise<ThroughputFigure> {
  const { by, scope, servers, akten: count } = options
  let startedAt = 0
  const watch = (line: string) => {
    if (line.includes('🔄 Starting')) startedAt = Date.now()
  }
  const { firm, akten } = await installFirm(count, scope, options.latencyMs, watch)
  try {
    const all: ProductProcess[] = by === 'server' ? [firm.motia] : []
    if (by === 'worker') await firm.motia.stop()
    while (all.length < servers)
      all.push(by === 'server' ? await firm.startServer({}, watch) : await firm.startWorker({}, watch))
    const freshPerMinute = await akteRate(firm, akten)
    const cpu = async () =>
      (await Promise.all(all.map(({ child }) => cpuOf(child.pid ?? 0)))).reduce((a, b) => a + b, 0)
    const before = await cpu()
    const unchangedPerMinute = await akteRate(firm, akten)
    await sleep(500) // the last processes are being taken leave of
    const cpuMsPerAkte = ((await cpu()) - before) / count
    let startSeconds = 0
    for (const akte of akten.slice(0, STARTS)) {
      const addedAt = Date.now()
      await akteRate(firm, [akte])
      startSeconds = Math.max(startSeconds, (startedAt - addedAt) / 1000)
    }
    return {
      by,
      scope,
      servers,
      akten: count,
      freshPerMinute,
      unchangedPerMinute,
      cpuMsPerAkte,
      startSeconds,
    }
  } finally {
    await firm.close()
  }
}

/** Seconds from the death of a server to the next sync of the Akte it was at; another one is started at once. */
export async function benchRecovery(): Promise<number> {
  const { firm, akten } = await installFirm(1, 'akte', 0)
  try {
    slowDown(firm.office, 2000)
    await firm.redis.sadd(PENDING, ...akten)
    await until('the run', () => firm.motia.output().includes('📥 Fetching data'))
    await firm.motia.kill()
    const died = Date.now()
    const next = await firm.startServer()
    await until('the next run', () => next.output().includes('🔄 Starting document sync'), 10 * 60_000)
    return (Date.now() - died) / 1000
  } finally {
    await firm.close()
  }
}

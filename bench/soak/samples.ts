import { join } from 'node:path'
import type { Installation } from '../../testkit/installation'
import type { Diary } from './diary'
import { retainedHeap } from './heap'
import { diskUse, type RedisUse, redisUse, type ServerUse, serverUse } from './measure'

const MB = 2 ** 20
/** Reports kept per Akte; jobs that the queue keeps: completed, failed, dead letters and some at work. */
const MAX_REPORTS = 20
const MAX_JOBS = 1000 + 5000 + 1000 + 100
/** Shorter runs say nothing about growth. */
const MIN_SAMPLES = 12

/** The folders whose size is watched. */
export type Folders = Record<'motia' | 'spool' | 'archive' | 'redis', string>

/** How everything stood at one moment. */
export interface Sample {
  runs: number
  server: ServerUse
  /** What is left on the first server's heap when the garbage is collected, bytes. */
  heap: number
  redis: RedisUse
  /** Bytes per folder. */
  disk: Record<keyof Folders, number>
  row(withHead: boolean): string
}

const started = Date.now()

/** @throws when the long-lived server or Redis does not answer */
export async function takeSample(
  firm: Installation,
  inspectPort: number,
  folders: Folders,
  diary: Diary,
): Promise<Sample> {
  const pid = firm.motia.child.pid ?? 0
  const server = await serverUse(pid)
  if (!server) throw new Error('the first server is gone')
  const heap = await retainedHeap(pid, inspectPort)
  const redis = await redisUse(firm.redis)
  const sizes = Object.entries(folders).map(async ([name, folder]) => {
    const { bytes } = await diskUse(folder)
    return [name, bytes] as const
  })
  const disk = Object.fromEntries(await Promise.all(sizes)) as Sample['disk']
  const waiting = await firm.redis.scard('advoware:pending_aktennummern')
  const mb = (bytes: number) => (bytes / MB).toFixed(1)
  const cells: [string, string | number][] = [
    ['min', ((Date.now() - started) / 60_000).toFixed(1)],
    ['runs', diary.runs],
    ['synced', diary.synced],
    ['kills', diary.times(/killed/)],
    ['pending', waiting],
    ['server MB', mb(server.memory)],
    ['heap MB', mb(heap)],
    ['builder MB', mb(server.builder)],
    ['step MB', mb(server.largestRun)],
    ['steps', server.runs],
    ['fds', server.descriptors],
    ['Redis MB', mb(redis.total)],
    ['own KB', Math.round(redis.product / 1024)],
    ['reports', redis.reports],
    ['jobs', redis.jobs],
    ['expiring MB', mb(redis.expiring)],
    ['traces KB', Math.round(redis.traceList / 1024)],
    ['others', redis.others.length],
    ['AOF MB', mb(disk.redis)],
    ['.motia KB', Math.round(disk.motia / 1024)],
    ['spool KB', Math.round(disk.spool / 1024)],
    ['archive MB', mb(disk.archive)],
  ]
  const line = (texts: (string | number)[]) =>
    `| ${texts.map((text, at) => `${text}`.padStart(cells[at]?.[0].length ?? 0)).join(' | ')} |`
  const head = [line(cells.map(([name]) => name)), line(cells.map(() => '---'))]
  const row = (withHead: boolean) =>
    [...(withHead ? head : []), line(cells.map(([, cell]) => cell))].join('\n')
  return { runs: diary.runs, server, heap, redis, disk, row }
}

const median = (numbers: number[]) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0

/** What grew that should not, one sentence each. */
export async function judge(samples: Sample[], folders: Folders): Promise<string[]> {
  const problems: string[] = []
  const last = samples.at(-1)
  if (!last) return ['nothing was measured']
  if (last.redis.jobs > MAX_JOBS) problems.push(`the queue keeps ${last.redis.jobs} jobs`)
  if (last.redis.reports > MAX_REPORTS * 50) problems.push(`Redis keeps ${last.redis.reports} reports`)
  const spool = await diskUse(join(folders.spool, 'document-sync'))
  if (spool.files > 0) problems.push(`${spool.files} file(s) were left in the spool folder`)
  if (samples.length < MIN_SAMPLES) {
    console.log('Too short to say anything about growth.')
    return problems
  }
  // The first quarter is warming up: reports, completed jobs and caches fill.
  const warm = samples.slice(Math.floor(samples.length / 4))
  const half = Math.floor(warm.length / 2)
  const grew = (what: string, read: (sample: Sample) => number, allowed: number, slack: number) => {
    const [early, late] = [median(warm.slice(0, half).map(read)), median(warm.slice(half).map(read))]
    const isFlat = late <= early * allowed + slack
    console.log(`${isFlat ? '✅' : '❌'} ${what}: ${early.toFixed(1)} → ${late.toFixed(1)}`)
    if (!isFlat) problems.push(`${what} grew from ${early.toFixed(1)} to ${late.toFixed(1)}`)
  }
  grew('heap of the server, MB', ({ heap }) => heap / MB, 1.15, 10)
  grew("memory of the Workbench's builder, MB", ({ server }) => server.builder / MB, 1.15, 10)
  grew('memory of the largest step run, MB', ({ server }) => server.largestRun / MB, 1.15, 10)
  grew('open files of the server', ({ server }) => server.descriptors, 1.1, 10)
  grew("the product's own keys, KB", ({ redis }) => redis.product / 1024, 1.2, 20)
  grew('other keys without a lifetime', ({ redis }) => redis.others.length, 1, 2)
  grew(
    'logs and traces with a lifetime, KB per run',
    ({ redis, runs }) => redis.expiring / 1024 / runs,
    1.2,
    1,
  )
  grew("Motia's work folder, KB", ({ disk }) => disk.motia / 1024, 1.1, 50)
  grew('spool, KB', ({ disk }) => disk.spool / 1024, 1.1, 500)
  return problems
}

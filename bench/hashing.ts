import { execFileSync } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { computeBlake3 } from '../services/blake3'
import { contentOf } from './files'
import { measure, median } from './measured'

/** Megabytes per second of processor time, and of the clock. */
export interface HashFigure {
  contestant: string
  perSecond: number
  perCpuSecond: number | null
}

const MEGABYTES = 256
const RUNS = 5

/** Blake3 of one file in the page cache: the product's, and `b3sum` where it is installed, with one thread and all. */
export async function benchHashing(): Promise<HashFigure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'document-sync-hash-'))
  const file = join(folder, 'file')
  try {
    await writeFile(file, contentOf({ path: 'file', size: MEGABYTES * 1024 * 1024 }, 'v1'))
    const figures: HashFigure[] = []
    const [walls, cpus]: [number[], number[]] = [[], []]
    while (walls.length < RUNS) {
      const [begin, before] = [performance.now(), process.cpuUsage()]
      await computeBlake3(createReadStream(file, { highWaterMark: 1024 * 1024 }))
      const { user, system } = process.cpuUsage(before)
      walls.push(performance.now() - begin)
      cpus.push((user + system) / 1000)
    }
    const rate = (ms: number) => MEGABYTES / (ms / 1000)
    figures.push({
      contestant: 'hash-wasm',
      perSecond: rate(median(walls)),
      perCpuSecond: rate(median(cpus)),
    })
    try {
      execFileSync('b3sum', ['--version'], { stdio: 'ignore' })
    } catch {
      return figures
    }
    for (const [contestant, args] of [
      ['b3sum, one thread', ['--num-threads', '1', file]],
      ['b3sum', [file]],
    ] as const) {
      const times: number[] = []
      while (times.length < RUNS) times.push((await measure('b3sum', [...args])).ms)
      figures.push({ contestant, perSecond: rate(median(times)), perCpuSecond: null })
    }
    return figures
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

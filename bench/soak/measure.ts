import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Redis } from 'ioredis'
import { KEYS } from '../../services/redis/keys'

/** What Redis holds, in bytes by kind of key, and some counts. */
export interface RedisUse {
  /** `used_memory` of the server. */
  total: number
  /** The product's own keys without the reports. */
  product: number
  /** Reports of all Akten, in pieces. */
  reports: number
  /** Jobs that Motia's queue keeps, in pieces. */
  jobs: number
  /** Motia's logs and traces, each with a lifetime. */
  expiring: number
  /** Motia's list of traces, whose entries the server's housekeeping removes after three days. */
  traceList: number
  /** Keys of none of these kinds and without a lifetime. */
  others: string[]
}

/** What one server process and its step runs use at a moment. */
export interface ServerUse {
  /** Resident memory of the server itself, bytes. */
  memory: number
  /** Of what builds the Workbench's pages for it (esbuild). */
  builder: number
  /** Of the largest step run, bytes. */
  largestRun: number
  /** Step runs at that moment. */
  runs: number
  /** Open files and sockets of the server itself. */
  descriptors: number
}

const TRACE_LIST = 'motia:trace:default'
const isReport = (key: string) => key.startsWith(KEYS.reports(''))
const isProduct = (key: string) => /^advoware[:_]/.test(key) || key === KEYS.progress

/** Looks at every key; some 100 ms for 50,000 of them. */
export async function redisUse(redis: Redis): Promise<RedisUse> {
  const total = Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1])
  const use: RedisUse = { total, product: 0, reports: 0, jobs: 0, expiring: 0, traceList: 0, others: [] }
  for await (const keys of redis.scanStream({ count: 1000 })) {
    for (const [key, bytes, lifetime] of await sizes(redis, keys as string[])) {
      if (isReport(key)) use.reports += await redis.llen(key)
      else if (isProduct(key)) use.product += bytes
      else if (/^motia:advoware\..+:\d+$/.test(key)) use.jobs += 1
      else if (key === TRACE_LIST) use.traceList += bytes
      else if (lifetime > 0) use.expiring += bytes
      else if (lifetime === -1) use.others.push(key)
    }
  }
  return use
}

async function sizes(
  redis: Redis,
  keys: string[],
): Promise<[key: string, bytes: number, lifetime: number][]> {
  const pipeline = redis.pipeline()
  for (const key of keys) pipeline.memory('USAGE', key, 'SAMPLES', 0).pttl(key)
  const replies = (await pipeline.exec()) ?? []
  return keys.map((key, at) => [key, Number(replies[2 * at]?.[1] ?? 0), Number(replies[2 * at + 1]?.[1])])
}

/** Reads Linux' /proc; undefined when the process is gone. */
export async function serverUse(pid: number): Promise<ServerUse | undefined> {
  const memory = await residentBytes(pid)
  if (memory === undefined) return undefined
  const below = await descendants(pid)
  const isRun = async (one: number) => (await readText(`/proc/${one}/cmdline`)).includes('node-runner')
  const runs = (await Promise.all(below.map(async (one) => ((await isRun(one)) ? [one] : [])))).flat()
  const sizes = async (pids: number[]) =>
    (await Promise.all(pids.map(residentBytes))).map((size) => size ?? 0)
  const others = await sizes(below.filter((one) => !runs.includes(one)))
  const descriptors = (await readdir(`/proc/${pid}/fd`).catch(() => [])).length
  return {
    memory,
    builder: others.reduce((sum, size) => sum + size, 0),
    largestRun: Math.max(0, ...(await sizes(runs))),
    runs: runs.length,
    descriptors,
  }
}

async function residentBytes(pid: number): Promise<number | undefined> {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(await readText(`/proc/${pid}/status`))?.[1]
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
}

async function descendants(pid: number): Promise<number[]> {
  const text = await readText(`/proc/${pid}/task/${pid}/children`)
  const children = text.split(' ').filter(Boolean).map(Number)
  return [...children, ...(await Promise.all(children.map(descendants))).flat()]
}

/** A file of /proc; empty when its process is gone. */
const readText = (path: string) => readFile(path, 'utf8').catch(() => '')

/** Bytes and files below a folder. */
export async function diskUse(folder: string): Promise<{ bytes: number; files: number }> {
  const names = await readdir(folder, { recursive: true }).catch(() => [])
  const found = await Promise.all(names.map((name) => stat(join(folder, name)).catch(() => undefined)))
  const files = found.filter((one) => one?.isFile())
  return { bytes: files.reduce((sum, one) => sum + (one?.size ?? 0), 0), files: files.length }
}

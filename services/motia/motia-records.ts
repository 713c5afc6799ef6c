import { Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import { z } from 'zod'
import { parseJson } from '../json'
import { mentionOf, namesAkte, withoutMention } from '../model/mention'
import { SEPARATOR, startLine } from '../sync/akte-run'

/** All that Motia keeps in Redis, its queue included. */
const PREFIX = 'motia'
const LOGS = `${PREFIX}:logs:`
const TRACES = `${PREFIX}:trace:`
const SCAN_COUNT = 1000
/** A log line and its event in the trace are noted one after the other. */
const APART_MS = 1000

const eventSchema = z.looseObject({
  type: z.string(),
  timestamp: z.number().catch(0),
  message: z.unknown().optional(),
})
const traceSchema = z.looseObject({
  /** Of a run that is over it names the Akte, too (trace-per-akte.ts). */
  name: z.unknown().optional(),
  entryPoint: z.looseObject({ stepName: z.unknown().optional() }).optional(),
  parentTraceId: z.unknown().optional(),
  events: z.array(eventSchema),
  error: z.unknown().optional(),
})
const logSchema = z.looseObject({
  traceId: z.unknown().optional(),
  step: z.unknown().optional(),
  time: z.number().catch(0),
  msg: z.unknown().optional(),
})

/** The log of one run of an Akte, by its place in a trace: lines that do not name the Akte belong to it as well. */
interface RunLog {
  traceId: unknown
  step: unknown
  from: number
  to: number
}

/**
 * What Motia keeps for three days, or in its queue, and that is about one Akte: log lines, what a trace tells of its runs,
 * jobs, dead letters and the queue's events. One pass over all keys of Motia.
 */
export class MotiaRecords {
  private readonly mention: RegExp
  private readonly start: string

  constructor(
    private readonly redis: Redis,
    aktennummer: string,
  ) {
    this.mention = mentionOf(aktennummer)
    this.start = startLine(aktennummer)
  }

  /** How many there are. */
  count(): Promise<number> {
    return this.pass(false)
  }

  /** Removes them; resolves to how many there were. Again after a crash, it goes on. */
  forget(): Promise<number> {
    return this.pass(true)
  }

  private async pass(removes: boolean): Promise<number> {
    const keys: string[] = []
    for await (const some of scan(this.redis, `${PREFIX}:*`)) keys.push(...some)
    const logs = keys.filter((key) => key.startsWith(LOGS))
    const traces = keys.filter((key) => key.startsWith(TRACES))
    const others = keys.filter((key) => !key.startsWith(LOGS) && !key.startsWith(TRACES))
    const runs: RunLog[] = []
    let count = 0
    // The log goes before the traces that tell which lines are the Akte's.
    const changes: (() => Promise<unknown>)[] = []
    for (const key of traces) {
      for await (const [id, text] of fields(this.redis, key)) {
        const rest = this.traceWithout(text, runs)
        if (rest === null) continue
        count++
        changes.push(() => this.redis.hset(key, id, rest))
      }
    }
    count += await this.passLogs(logs, runs, removes)
    if (removes) for (const change of changes) await change()
    for (const key of others) count += await this.passOther(key, removes)
    return count
  }

  /** The trace of a step without what is about the Akte; null: nothing is. Adds the runs of the Akte that it tells of. */
  private traceWithout(text: string, runs: RunLog[]): string | null {
    const trace = traceSchema.safeParse(parseJson(text)).data
    if (trace === undefined) return null
    const rest: z.infer<typeof eventSchema>[] = []
    const step = trace.entryPoint?.stepName ?? trace.name
    let run: RunLog | null = null
    for (const event of trace.events) {
      if (event.message === this.start) {
        const { timestamp } = event
        run = { traceId: trace.parentTraceId, step, from: timestamp, to: timestamp }
        runs.push(run)
      }
      if (run !== null) run.to = event.timestamp
      if (run === null && !this.names(JSON.stringify(event))) rest.push(event)
      if (event.message === SEPARATOR) run = null
    }
    const name = this.names(JSON.stringify(trace.name ?? null)) ? step : trace.name
    const isRun = rest.length < trace.events.length || name !== trace.name
    const error = isRun || this.names(JSON.stringify(trace.error ?? null)) ? undefined : trace.error
    return isRun || error !== trace.error ? JSON.stringify({ ...trace, name, events: rest, error }) : null
  }

  private async passLogs(keys: string[], runs: RunLog[], removes: boolean): Promise<number> {
    let count = 0
    for (let at = 0; at < keys.length; at += SCAN_COUNT) {
      const some = keys.slice(at, at + SCAN_COUNT)
      const texts = await this.redis.mget(...some)
      const own = some.filter((_key, index) => this.isOwnLine(texts[index] ?? '', runs))
      count += own.length
      if (removes && own.length > 0) await this.redis.del(...own)
    }
    return count
  }

  private isOwnLine(text: string, runs: RunLog[]): boolean {
    if (this.names(text)) return true
    const line = logSchema.safeParse(parseJson(text)).data
    if (line === undefined || line.msg === SEPARATOR) return false
    const { traceId, step, time } = line
    return runs.some(
      (run) =>
        run.traceId === traceId &&
        run.step === step &&
        time > run.from - APART_MS &&
        time < run.to + APART_MS,
    )
  }

  /** The queue, its dead letters, its events, and the states of streams. */
  private async passOther(key: string, removes: boolean): Promise<number> {
    const kind = await this.redis.type(key)
    if (kind === 'stream') return this.passEvents(key, removes)
    if (kind === 'string') {
      const isOwn = this.names(key.slice(PREFIX.length)) || this.names((await this.redis.get(key)) ?? '')
      if (isOwn && removes) await this.redis.del(key)
      return isOwn ? 1 : 0
    }
    if (kind !== 'hash') return 0
    const hash = await this.redis.hgetall(key)
    if (
      !Object.entries(hash)
        .flat()
        .some((text) => this.names(text))
    )
      return 0
    if (removes) await (isJob(hash) ? this.removeJob(key, hash) : this.removeFields(key, hash))
    return 1
  }

  private async passEvents(key: string, removes: boolean): Promise<number> {
    const events = await this.redis.xrange(key, '-', '+')
    const own = events.filter(([, texts]) => texts.some((text) => this.names(text))).map(([id]) => id)
    if (removes && own.length > 0) await this.redis.xdel(key, ...own)
    return own.length
  }

  private async removeFields(key: string, hash: Record<string, string>): Promise<void> {
    const own = Object.entries(hash).filter(([field, text]) => this.names(field) || this.names(text))
    if (own.length > 0) await this.redis.hdel(key, ...own.map(([field]) => field))
  }

  /** A job that a worker holds just now, or held when its server died, stays, and tells of no Akte any more. */
  private async removeJob(key: string, hash: Record<string, string>): Promise<void> {
    const [, name = '', id = ''] = /^[^:]+:(.+):([^:]+)$/.exec(key) ?? []
    const queue = new Queue(name, { connection: this.redis, prefix: PREFIX, skipMetasUpdate: true })
    try {
      await (await queue.getJob(id))?.remove()
    } catch {
      const without = Object.entries(hash).flatMap(([field, text]) => [
        field,
        withoutMention(text, this.mention, ''),
      ])
      await this.redis.hset(key, ...without)
    } finally {
      await queue.close()
    }
  }

  private names(text: string): boolean {
    return namesAkte(text, this.mention)
  }
}

const isJob = (hash: Record<string, string>) => 'data' in hash && 'timestamp' in hash

async function* scan(redis: Redis, pattern: string): AsyncGenerator<string[]> {
  let cursor = '0'
  do {
    const [next, keys] = await redis.scan(cursor, 'MATCH', pattern, 'COUNT', SCAN_COUNT)
    cursor = next
    yield keys
  } while (cursor !== '0')
}

async function* fields(redis: Redis, key: string): AsyncGenerator<[field: string, text: string]> {
  let cursor = '0'
  do {
    const [next, flat] = await redis.hscan(key, cursor, 'COUNT', SCAN_COUNT)
    cursor = next
    for (let at = 0; at < flat.length; at += 2) yield [flat[at] ?? '', flat[at + 1] ?? '']
  } while (cursor !== '0')
}

import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { Clock } from '../clock'
import { KEYS } from '../redis/keys'

/** A value that EspoCRM refused is tried again after so long: somebody may have added the option meanwhile. */
const REMEMBERED_MS = 24 * 3600 * 1000

/**
 * Which values of which attributes EspoCRM refused (400), so that each is told and tried once a day instead of at every
 * run. Only a digest of the value is kept: texts are confidential.
 */
export class RefusedValues {
  private readonly known = new Set<string>()

  /** Without `memory`, where nothing is written: nothing is remembered. */
  constructor(
    private readonly memory?: {
      redis: Pick<Redis, 'hgetall' | 'hset' | 'hdel' | 'pexpire'>
      clock: Pick<Clock, 'now'>
    },
  ) {}

  /** Reads what earlier runs were refused, and forgets what is to be tried again. */
  async load(): Promise<void> {
    if (!this.memory) return
    const { redis, clock } = this.memory
    const now = clock.now().getTime()
    const over: string[] = []
    for (const [digest, time] of Object.entries(await redis.hgetall(KEYS.refusedValues))) {
      if (Math.abs(now - Number(time)) < REMEMBERED_MS) this.known.add(digest)
      else over.push(digest)
    }
    if (over.length > 0) await redis.hdel(KEYS.refusedValues, ...over)
  }

  has(attribute: string, value: unknown): boolean {
    return this.known.size > 0 && this.known.has(digestOf(attribute, value))
  }

  async remember(attribute: string, value: unknown): Promise<void> {
    const digest = digestOf(attribute, value)
    this.known.add(digest)
    if (!this.memory) return
    const { redis, clock } = this.memory
    await redis.hset(KEYS.refusedValues, digest, clock.now().getTime())
    await redis.pexpire(KEYS.refusedValues, REMEMBERED_MS)
  }
}

/** Such as `CDokumente.fileStatus 3f2a…`. */
const digestOf = (attribute: string, value: unknown) =>
  `${attribute} ${createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16)}`

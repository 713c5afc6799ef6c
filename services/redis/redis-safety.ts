import type { Redis } from 'ioredis'
import { z } from 'zod'

/** The settings of a Redis server that the promises of the queue depend on; absent where it does not reveal them. */
export interface RedisSettings {
  'maxmemory-policy'?: string | undefined
  appendonly?: string | undefined
  appendfsync?: string | undefined
  save?: string | undefined
}

const NAMES = ['maxmemory-policy', 'appendonly', 'appendfsync', 'save'] as const

/** Reads them one by one. Managed services often refuse CONFIG; what is refused is absent. */
export async function readRedisSettings(redis: Pick<Redis, 'config'>): Promise<RedisSettings> {
  const settings: RedisSettings = {}
  for (const name of NAMES) {
    const answer = z
      .tuple([z.string(), z.string()])
      .safeParse(await redis.config('GET', name).catch(() => []))
    if (answer.success) settings[name] = answer.data[1]
  }
  return settings
}

/** What an administrator should know about these settings, one sentence each; empty: nothing can get lost. */
export function redisWarnings(settings: RedisSettings): string[] {
  const { 'maxmemory-policy': policy, appendonly, appendfsync, save } = settings
  const unknown = NAMES.filter((name) => settings[name] === undefined)
  const warnings: string[] = []
  if (policy !== undefined && policy !== 'noeviction') {
    warnings.push(
      `Redis may evict keys when its memory is full (maxmemory-policy ${policy}): waiting Akten and locks could vanish. Set maxmemory-policy noeviction.`,
    )
  }
  if (appendonly === 'no' && save === '') {
    warnings.push(
      'Redis keeps nothing on disk (appendonly no, no save): when it restarts, every waiting Akte is forgotten. Set appendonly yes.',
    )
  } else if (appendonly === 'no' && save !== undefined) {
    warnings.push(
      `Redis writes snapshots only (appendonly no, save ${save}): when it crashes, Akten that were added since the last one are forgotten. Set appendonly yes.`,
    )
  } else if (appendonly === 'yes' && appendfsync === 'no') {
    warnings.push(
      'Redis leaves it to the system when its append-only file reaches the disk (appendfsync no): a power cut loses up to half a minute. Set appendfsync everysec.',
    )
  }
  if (unknown.length > 0) {
    warnings.push(
      `Redis does not reveal its settings ${unknown.join(', ')} (usual for managed services). Make sure that it keeps an append-only file and never evicts keys.`,
    )
  }
  return warnings
}

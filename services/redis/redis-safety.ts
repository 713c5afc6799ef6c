import type { Redis } from 'ioredis'
import { z } from 'zod'
import type { Advised } from '../model/finding'
import type { Language } from '../model/reasons'
import { redisSettingsText } from '../text/redis-settings'

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

/** What an administrator should know about these settings, said of Redis; empty: nothing can get lost. */
export function adviseOnSettings(settings: RedisSettings, language: Language): Advised[] {
  const { 'maxmemory-policy': policy, appendonly, appendfsync, save } = settings
  const text = redisSettingsText(language)
  const unknown = NAMES.filter((name) => settings[name] === undefined)
  const found: Advised[] = []
  if (policy !== undefined && policy !== 'noeviction') found.push(text.evicts(policy))
  if (appendonly === 'no' && save === '') found.push(text.keepsNothing)
  else if (appendonly === 'no' && save !== undefined) found.push(text.snapshotsOnly(save))
  else if (appendonly === 'yes' && appendfsync === 'no') found.push(text.syncsLate)
  if (unknown.length > 0) found.push(text.unknown(unknown.join(', ')))
  return found
}

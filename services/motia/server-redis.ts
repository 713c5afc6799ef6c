import { resolve } from 'node:path'
import { announceRedis, type Config } from '../config'
import { inOneLine } from '../model/finding'
import { startEmbeddedRedis, waitForRedis } from '../redis/embedded-redis'
import { askRedis } from '../redis/redis-factory'
import { describeRedisTrouble, explainRefusal } from '../redis/redis-probe'
import { adviseOnSettings, readRedisSettings } from '../redis/redis-safety'

const EXTERNAL_REDIS_WAIT_MS = 30_000

/**
 * One Redis for Motia and the sync: the one that MOTIA_REDIS_HOST names, otherwise our own in .motia. Resolves to
 * its address; the steps, which run in processes of their own, get it from the environment.
 * @throws Error saying which Redis does not answer or what it refuses, or why none could be started
 */
export async function connectServerRedis({
  redis,
  sync,
}: Pick<Config, 'redis' | 'sync'>): Promise<Config['redis']> {
  if (redis.external) {
    await waitForRedis(redis, EXTERNAL_REDIS_WAIT_MS).catch(async (cause: unknown) => {
      const where = `${redis.host}:${redis.port}`
      const refusal = await explainRefusal(redis, cause, sync.language)
      const why = refusal ?? describeRedisTrouble(cause, sync.language)
      throw new Error(`MOTIA_REDIS_HOST: Redis at ${where} ${why}`, { cause })
    })
    for (const warning of adviseOnSettings(await askRedis(redis, readRedisSettings), sync.language))
      console.warn(`⚠️  Redis ${inOneLine(warning)}`)
    return redis
  }
  const { host, port } = await startEmbeddedRedis(motiaFolder(), redis.port)
  announceRedis({ host, port })
  console.log(`🗄️  Redis ready: redis-cli -p ${port}`)
  return { ...redis, host, port, username: undefined, password: undefined }
}

/** Where Motia keeps its files: the folder of its own option --motia-dir, else .motia. */
function motiaFolder() {
  const at = process.argv.findIndex((arg) => arg === '--motia-dir' || arg.startsWith('--motia-dir='))
  const given = at < 0 ? undefined : (process.argv[at]?.split('=')[1] ?? process.argv[at + 1])
  return resolve(process.cwd(), given ?? '.motia')
}

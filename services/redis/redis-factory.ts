import { createHash } from 'node:crypto'
import { Redis } from 'ioredis'
import type { Config } from '../config'

/**
 * The only place that constructs a Redis client. Commands fail after about five seconds without a connection
 * instead of waiting without end: a running step then fails loudly and the sets bring its Akte back.
 */
export function createRedis(config: Config['redis'], onError: (error: Error) => void): Redis {
  const redis = new Redis({
    host: config.host,
    port: config.port,
    db: config.db,
    ...(config.username === undefined ? {} : { username: config.username }),
    ...(config.password === undefined ? {} : { password: config.password }),
    connectTimeout: 5000,
    maxRetriesPerRequest: 5,
    retryStrategy: (times) => Math.min(times * 200, 2000),
  })
  sendScriptsByHash(redis)
  let reported = false
  redis.on('error', (error: Error) => {
    if (!reported) onError(error)
    reported = true
  })
  return redis
}

const hashes = new Map<string, string>()

/** From here on `eval` sends a script's hash, and the script itself only to a Redis that does not know it yet. */
function sendScriptsByHash(redis: Redis): void {
  const sendWhole = redis.eval.bind(redis) as (...args: unknown[]) => Promise<unknown>
  const sendHash = redis.evalsha.bind(redis) as (...args: unknown[]) => Promise<unknown>
  redis.eval = (async (script: string, ...args: unknown[]) => {
    const hash = hashes.get(script) ?? createHash('sha1').update(script).digest('hex')
    hashes.set(script, hash)
    try {
      return await sendHash(hash, ...args)
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
      return await sendWhole(script, ...args)
    }
  }) as typeof redis.eval
}

/**
 * Asks one question over a connection of its own, without any retry.
 * @throws the reason why the connection failed, or what the question threw
 */
export async function askRedis<T>(
  address: Pick<Config['redis'], 'host' | 'port'> & Partial<Config['redis']>,
  question: (client: Redis) => Promise<T>,
): Promise<T> {
  const { host, port, username, password, db } = address
  const credentials = {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  }
  const once = { lazyConnect: true, retryStrategy: () => null, connectTimeout: 2000 }
  const client = new Redis({ host, port, db: db ?? 0, ...credentials, ...once })
  let cause: Error | undefined
  client.on('error', (error) => {
    cause = error
  })
  try {
    await client.connect()
    return await question(client)
  } catch (error) {
    throw cause ?? error
  } finally {
    client.disconnect()
  }
}

import type { Redis } from 'ioredis'
import { KEYS } from '../redis/redis-factory'

/** KEYS lockWaits · ARGV akte, nowMs · remembers the first try, drops what is older than a day. */
const BEGIN = `
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
redis.call('EXPIRE', KEYS[1], 86400)
return 1
`
/** KEYS lockWaits · ARGV akte · Result ms of the first try, or '' */
const END = `
local since = redis.call('HGET', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[1], ARGV[1])
return since or ''
`

/** Remembers that the Akte of this run found the lock taken. */
export async function beginLockWait(
  redis: Pick<Redis, 'eval'>,
  aktennummer: string,
  now: Date,
): Promise<void> {
  await redis.eval(BEGIN, 1, KEYS.lockWaits, aktennummer, now.getTime())
}

/** Seconds since the Akte first found the lock taken; 0 when it never did. */
export async function endLockWait(
  redis: Pick<Redis, 'eval'>,
  aktennummer: string,
  now: Date,
): Promise<number> {
  const since = await redis.eval(END, 1, KEYS.lockWaits, aktennummer)
  return since === '' ? 0 : Math.max(0, now.getTime() - Number(since)) / 1000
}

import type { Redis } from 'ioredis'
import { KEYS } from '../redis/keys'

const KEPT_SECONDS = 30 * 24 * 3600

/** Remembers that a delivery of a webhook was taken; `at` in epoch milliseconds. */
export async function noteDelivery(
  redis: Pick<Redis, 'multi'>,
  webhookId: string,
  at: number,
): Promise<void> {
  const key = KEYS.webhookDeliveries
  await redis.multi().hset(key, webhookId, at).expire(key, KEPT_SECONDS).exec()
}

/** A delivery of this webhook was taken. */
export async function wasDelivered(redis: Pick<Redis, 'hexists'>, webhookId: string): Promise<boolean> {
  return (await redis.hexists(KEYS.webhookDeliveries, webhookId)) === 1
}

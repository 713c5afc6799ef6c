import type { Redis } from 'ioredis'
import type { Origin } from '../model/origin'
import { KEYS } from '../redis/keys'
import { ANNOUNCE } from './scripts'

/** Puts Akten into pending on behalf of somebody who says so; whoever only uses `SADD` counts as `direct`. */
export async function announce(
  redis: Pick<Redis, 'eval'>,
  origin: Origin,
  aktennummern: string[],
): Promise<void> {
  if (aktennummern.length === 0) return
  await redis.eval(ANNOUNCE, 2, KEYS.pending, KEYS.origins, origin, ...aktennummern)
}

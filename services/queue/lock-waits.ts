import type { Redis } from 'ioredis'
import { KEYS } from '../redis/keys'
import { BEGIN_LOCK_WAIT, END_LOCK_WAIT } from './scripts'

/** Remembers that the Akte of this run found the lock taken. */
export async function beginLockWait(
  redis: Pick<Redis, 'eval'>,
  aktennummer: string,
  now: Date,
): Promise<void> {
  await redis.eval(BEGIN_LOCK_WAIT, 1, KEYS.lockWaits, aktennummer, now.getTime())
}

/** Seconds since the Akte first found the lock taken; 0 when it never did. */
export async function endLockWait(
  redis: Pick<Redis, 'eval'>,
  aktennummer: string,
  now: Date,
): Promise<number> {
  const since = await redis.eval(END_LOCK_WAIT, 1, KEYS.lockWaits, aktennummer)
  return since === '' ? 0 : Math.max(0, now.getTime() - Number(since)) / 1000
}

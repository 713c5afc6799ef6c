import type { Redis } from 'ioredis'
import { z } from 'zod'
import { parseJson } from '../json'
import { freshnessSchema } from '../model/freshness'
import { KEYS } from '../redis/keys'

/** As it is kept in Redis; `triedAt`: when EspoCRM was last asked, epoch milliseconds, whether it answered or not. */
const storedSchema = z.object({
  triedAt: z.number(),
  freshness: freshnessSchema.nullable(),
  /** Why EspoCRM did not say, in the words of the office's language. */
  trouble: z.string().nullable().catch(null),
})
type Stored = z.infer<typeof storedSchema>

const KEPT_SECONDS = 24 * 3600

/** What is known without asking EspoCRM; null where nobody asked within the last day. */
export async function readFreshness(redis: Pick<Redis, 'get'>): Promise<Stored | null> {
  return storedSchema.safeParse(parseJson(await redis.get(KEYS.freshness))).data ?? null
}

/** Keeps what EspoCRM said, for a day. */
export async function keepFreshness(redis: Pick<Redis, 'set'>, stored: Stored): Promise<void> {
  await redis.set(KEYS.freshness, JSON.stringify(stored), 'EX', KEPT_SECONDS)
}

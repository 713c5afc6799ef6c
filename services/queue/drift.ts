import type { Redis } from 'ioredis'
import { z } from 'zod'
import type { Clock } from '../clock'
import type { ChangedSide } from '../model/changed-sides'
import type { Origin } from '../model/origin'
import { KEYS } from '../redis/keys'
import { DRIFT } from './scripts'

/** Who announces the changes of a side; Advoware announces nothing. */
const ANNOUNCED_BY: Partial<Record<Origin, ChangedSide>> = { webhook: 'EspoCRM', direct: 'Windows' }
const SIDES: readonly ChangedSide[] = ['Windows', 'EspoCRM', 'Advoware']

/** What is known of one side's announcements. Times are ISO 8601. */
export const driftSchema = z.object({
  side: z.enum(['Windows', 'EspoCRM', 'Advoware']),
  announcedAt: z
    .string()
    .nullable()
    .describe('When it last announced a change; null: never, as far as Redis knows. Advoware never does'),
  changes: z.number().describe('What the sweep has found changed there since then'),
  since: z.string().nullable().describe('When it found the first of them'),
})

/** What the sweep found changed on one side although nobody had announced it. */
export type Drift = z.infer<typeof driftSchema>

/** Remembers that a run was announced, or what a run of the sweep found (`changes`); nothing where there is nothing. */
export async function rememberDrift(
  redis: Pick<Redis, 'eval'>,
  clock: Pick<Clock, 'now'>,
  origin: Origin,
  changes: ReadonlyMap<ChangedSide, number>,
): Promise<void> {
  const found = origin === 'sweep' ? [...changes].flat() : []
  const told = ANNOUNCED_BY[origin]
  if (told === undefined && found.length === 0) return
  await redis.eval(DRIFT, 1, KEYS.drift, clock.now().getTime(), told ?? '', ...found)
}

/** What is known of every side. */
export async function readDrift(redis: Pick<Redis, 'hgetall'>): Promise<Drift[]> {
  const hash = await redis.hgetall(KEYS.drift)
  const time = (field: string) => {
    const ms = Number(hash[field])
    return Number.isFinite(ms) ? new Date(ms).toISOString() : null
  }
  return SIDES.map((side) => ({
    side,
    announcedAt: time(`${side}:told`),
    changes: Number(hash[`${side}:found`] ?? 0) || 0,
    since: time(`${side}:since`),
  }))
}

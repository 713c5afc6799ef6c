import type { ChainableCommander, Redis } from 'ioredis'
import { z } from 'zod'
import { KEYS } from '../redis/keys'
import { LOST, POLLING_GAP_MS } from './akten-queue'
import { type Instance, instancesOf } from './instances'

/** Whether the machinery moves: who is there, and whether somebody polls. Epoch milliseconds by Redis' clock. */
export interface Presence {
  /** This moment: all ages count from it, whatever this machine's clock says. */
  now: number
  /** The last tick; null: none is known. */
  lastTickAt: number | null
  /** Since when one tick has followed the other. */
  pollingSince: number | null
  /** Servers and workers, also those that went away within the last minutes. */
  instances: Instance[]
  /** When this Redis was found emptied, and how many Akten were asked for again; null: not within a day. */
  emptied: { at: number; recalled: number } | null
  /** A server saw that Redis was emptied, and what was asked for is not yet asked for again. */
  isLost: boolean
}

const momentSchema = z.coerce.number().nullable().catch(null)

const repliesSchema = z.tuple([
  z.tuple([z.coerce.number(), z.coerce.number()]),
  z.object({ last: momentSchema.default(null), since: momentSchema.default(null) }),
  z.record(z.string(), z.string()),
  z.string().nullable(),
  z.string().nullable(),
])

/** How many replies `askPresence` brings. */
export const PRESENCE_REPLIES = repliesSchema.def.items.length

/** Adds the questions to a pipeline. */
export function askPresence(pipeline: ChainableCommander): void {
  pipeline.time().hgetall(KEYS.polling).hgetall(KEYS.instances).get(KEYS.emptied).get(KEYS.marker)
}

/** Understands the replies to `askPresence`. */
export function presenceOf(replies: unknown[]): Presence {
  const [[seconds, micros], { last, since }, instances, note, marker] = repliesSchema.parse(replies)
  const now = seconds * 1000 + Math.floor(micros / 1000)
  const [at = 0, recalled = 0] = (note ?? '').split('|').map(Number)
  return {
    now,
    lastTickAt: last,
    pollingSince: since,
    instances: instancesOf(new Map(Object.entries(instances)), now),
    emptied: at > 0 ? { at, recalled } : null,
    isLost: marker === LOST,
  }
}

/** One round trip. @throws an error of Redis */
export async function readPresence(redis: Redis): Promise<Presence> {
  const pipeline = redis.pipeline()
  askPresence(pipeline)
  return presenceOf(repliesOf(await pipeline.exec()))
}

/** What a pipeline answered. @throws the first error among it */
export function repliesOf(replies: [Error | null, unknown][] | null): unknown[] {
  return (replies ?? []).map(([error, value]) => {
    if (error) throw error
    return value
  })
}

/**
 * Milliseconds since the last tick; where none is known, since the first instance was there that could have made one.
 * Null: nobody is known at all.
 */
export function tickAgeMs({ now, lastTickAt, instances }: Presence): number | null {
  const since = lastTickAt ?? instances[0]?.startedAt
  return since === undefined ? null : Math.max(0, now - since)
}

/** True while ticks follow each other. */
export const isPolling = ({ now, lastTickAt }: Presence): boolean =>
  lastTickAt !== null && now - lastTickAt <= POLLING_GAP_MS

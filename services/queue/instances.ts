import type { Redis } from 'ioredis'
import { z } from 'zod'
import type { Config } from '../config'
import { parseJson } from '../json'
import type { Advised } from '../model/finding'
import type { Language } from '../model/reasons'
import { KEYS } from '../redis/keys'
import { presenceText } from '../text/presence'
import { GONE_MS } from './akten-queue'
import { BEAT } from './scripts'

/** How often an instance says that it is there. */
export const BEAT_MS = 5_000
/** An instance that is gone is listed for this long, so that people see which one is missing. */
const KEPT_MS = 10 * 60_000

const beatSchema = z.object({
  kind: z.enum(['server', 'worker']),
  version: z.string(),
  lockScope: z.enum(['global', 'akte']),
  /** How many Akten it works on at once; a tick takes for all who are there (`take`). */
  places: z.number().int().nonnegative().default(0),
  /** For how long it has been running, ms. */
  upMs: z.number(),
  /** How long ago its own schedule began a tick, ms; null: never yet. */
  tickAgoMs: z.number().nullable(),
})

/** What an instance says of itself. */
export type Beat = z.infer<typeof beatSchema>

/** A server or worker on this Redis. Times are epoch milliseconds by Redis' clock. */
export interface Instance {
  /** Means nothing; the same for as long as the process lives. */
  id: string
  kind: Beat['kind']
  version: string
  lockScope: Beat['lockScope']
  startedAt: number
  /** When its schedule began a tick last; with several instances another one may have made it. */
  lastTickAt: number | null
  seenAt: number
  /** It gave a sign of life within the last minute. */
  isAlive: boolean
}

/** How many Akten one instance works on at once. */
export const placesOf = ({ lockScope, concurrency }: Config['sync']): number =>
  lockScope === 'akte' ? concurrency : 1

/** Says that instance `id` is there. */
export async function beat(redis: Pick<Redis, 'eval'>, id: string, what: Beat): Promise<void> {
  await redis.eval(BEAT, 1, KEYS.instances, id, JSON.stringify(what), KEPT_MS)
}

/** The hash of instances as people are shown it, those that started first at the top; `now` by Redis' clock. */
export function instancesOf(hash: ReadonlyMap<string, string>, now: number): Instance[] {
  const instances = [...hash].flatMap(([id, text]): Instance[] => {
    const [, seen = '', json = ''] = /^(\d+)\|(.*)$/s.exec(text) ?? []
    const parsed = beatSchema.safeParse(parseJson(json))
    if (!parsed.success) return []
    const { kind, version, lockScope, upMs, tickAgoMs } = parsed.data
    const seenAt = Number(seen)
    return [
      {
        ...{ id, kind, version, lockScope, seenAt },
        startedAt: seenAt - upMs,
        lastTickAt: tickAgoMs === null ? null : seenAt - tickAgoMs,
        isAlive: now - seenAt <= GONE_MS,
      },
    ]
  })
  return instances.sort((a, b) => a.startedAt - b.startedAt)
}

/** How instances that work on one Redis differ; empty: not at all. */
interface Differences {
  /** They take different locks, which do not hold each other back. */
  lockScopes: boolean
  /** The versions, where there is more than one. */
  versions: string[]
}

/** Compares those that are alive. */
function differencesOf(instances: readonly Instance[]): Differences {
  const alive = instances.filter(({ isAlive }) => isAlive)
  const versions = [...new Set(alive.map(({ version }) => version))].sort()
  return {
    lockScopes: new Set(alive.map(({ lockScope }) => lockScope)).size > 1,
    versions: versions.length > 1 ? versions : [],
  }
}

/** What people should know about that. */
export function adviseOnDifferences(instances: readonly Instance[], language: Language): Advised[] {
  const { lockScopes, versions } = differencesOf(instances)
  const text = presenceText(language)
  return [
    ...(lockScopes ? [text.lockScopes] : []),
    ...(versions.length > 0 ? [text.versions(versions.join(', '))] : []),
  ]
}

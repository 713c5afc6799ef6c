import { z } from 'zod'
import { inOneLine } from '../model/finding'
import type { Language } from '../model/reasons'
import { adviseOnDifferences, type Instance } from '../queue/instances'
import { isPolling, type Presence, tickAgeMs } from '../queue/presence'

const instanceSchema = z.object({
  id: z.string(),
  kind: z.enum(['server', 'worker']),
  version: z.string(),
  lockScope: z.enum(['global', 'akte']),
  started: z.string(),
  lastTick: z.string().nullable().describe('When its own schedule began a tick last'),
  isAlive: z.boolean().describe('It gave a sign of life within the last minute'),
})

/** Who is there and whether somebody polls, as `GET /akten`, `GET /health` and `npm run status` tell it; by Redis' clock. */
export const presenceSchema = z.object({
  polling: z.object({
    isPolling: z.boolean(),
    since: z.string().nullable().describe('Polling since then, without a gap of a minute'),
    lastTick: z.string().nullable().describe('null: no tick is known'),
    lastTickSeconds: z
      .number()
      .nullable()
      .describe('How long ago that was; without any tick, since when there could have been one'),
  }),
  instances: z.array(instanceSchema).describe('Servers and workers on this Redis, also those just gone'),
  differences: z.array(z.string()).describe('What is wrong with instances that differ, in words'),
  emptied: z
    .object({ at: z.string(), recalled: z.number() })
    .nullable()
    .describe('When Redis was found emptied within a day, and how many Akten were asked for again'),
})

const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString())

/** A presence as people and machines see it. */
export function describePresence(presence: Presence, language: Language): z.infer<typeof presenceSchema> {
  const age = tickAgeMs(presence)
  const { emptied, instances } = presence
  return {
    polling: {
      isPolling: isPolling(presence),
      since: iso(presence.pollingSince),
      lastTick: iso(presence.lastTickAt),
      lastTickSeconds: age === null ? null : Math.round(age / 1000),
    },
    instances: instances.map(describeInstance),
    differences: adviseOnDifferences(instances, language).map(inOneLine),
    emptied: emptied && { ...emptied, at: new Date(emptied.at).toISOString() },
  }
}

function describeInstance({ id, kind, version, lockScope, startedAt, lastTickAt, isAlive }: Instance) {
  const [started, lastTick] = [new Date(startedAt).toISOString(), iso(lastTickAt)]
  return { id, kind, version, lockScope, started, lastTick, isAlive }
}

import type { Redis } from 'ioredis'
import type { Clock } from '../clock'
import { describeError } from '../errors'
import { inOneLine } from '../model/finding'
import { adviseOnDifferences, BEAT_MS, type Beat, beat } from '../queue/instances'
import { readPresence } from '../queue/presence'
import { RedisLossWatch } from '../queue/redis-loss'
import { KEYS } from '../redis/keys'

/** What a server or worker says of itself, and when its own schedule began a tick last. */
export interface InstanceSelf extends Pick<Beat, 'kind' | 'version' | 'lockScope' | 'places'> {
  /** Milliseconds ago; null: not yet. */
  tickAgoMs(): number | null
}

/**
 * As long as this process lives: tells Redis every five seconds that it is there, notices when Redis was emptied, and
 * warns of other instances that differ. A Redis that does not answer is told by those who need it; the next beat tries
 * again. Returns how to stop, and to be forgotten: who leaves in order is not missed.
 */
export function keepBeating(
  redis: Redis,
  clock: Pick<Clock, 'monotonic' | 'token' | 'later'>,
  self: InstanceSelf,
  warn: (line: string) => void,
): () => Promise<void> {
  const id = clock.token()
  const startedAt = clock.monotonic()
  const losses = new RedisLossWatch(redis)
  const { tickAgoMs, ...what } = self
  let known = new Set<string>()
  let cancel = () => {}
  let isStopped = false
  const once = async () => {
    await beat(redis, id, { ...what, upMs: clock.monotonic() - startedAt, tickAgoMs: tickAgoMs() })
    if (await losses.look())
      warn('⚠️  Redis was emptied, or holds an older state: the next tick asks again for what was asked for')
    const found = adviseOnDifferences((await readPresence(redis)).instances, 'en').map(inOneLine)
    for (const text of found) if (!known.has(text)) warn(`⚠️  ${text}`)
    known = new Set(found)
  }
  const keepOn = () => {
    if (!isStopped) cancel = clock.later(BEAT_MS, go)
  }
  let isSilent = false
  const go = () => {
    once()
      .then(
        () => {
          isSilent = false
        },
        (error: unknown) => {
          if (!isSilent) warn(`⚠️  No sign of life could be left in Redis: ${describeError(error)}`)
          isSilent = true
        },
      )
      .finally(keepOn)
  }
  go()
  return async () => {
    isStopped = true
    cancel()
    await redis.hdel(KEYS.instances, id)
  }
}

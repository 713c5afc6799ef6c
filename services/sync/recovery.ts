import type { Runtime } from '../app/runtime'
import { describeError } from '../errors'

/**
 * In a Redis without a mark: when the office was synced before, what was asked for is forgotten, and all Akten that
 * EspoCRM shows as `unclean` or `failed` are asked for again. Marks the Redis only after that: until EspoCRM answers,
 * each tick tries again.
 */
export async function recoverFromEmptyRedis(
  { logger, queue, systems, clock }: Runtime,
  mark: 'absent' | 'lost',
): Promise<void> {
  try {
    if (mark === 'absent' && !(await systems.espo.wasEverSynced())) {
      await queue.mark('new', clock.token(), 0)
      return
    }
    const unfinished = await systems.espo.listUnfinished()
    const recalled = await queue.recall(unfinished)
    await queue.mark('emptied', clock.token(), recalled)
    logger.warn(
      `⚠️ Redis is new or was emptied: what was asked for before is forgotten; ${recalled} Akte(n) that EspoCRM shows as unclean or failed are asked for again`,
    )
  } catch (error) {
    logger.error(
      `❌ Redis is new or was emptied, and what was asked for before is still forgotten: ${describeError(error)}`,
    )
  }
}

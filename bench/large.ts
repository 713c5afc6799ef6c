import { KEYS } from '../services/redis/keys'
import { runProduct } from './akte'
import type { Cost } from './measured'
import { onStage } from './stage'

/** One large file in one direction, by the product and by a plain copy over the same two hops. */
export interface LargeFigure {
  direction: 'Windows to EspoCRM' | 'EspoCRM to Windows'
  megabytes: number
  product: Cost
  plain: Cost
}

const MEGABYTE = 1024 * 1024

/** Moves one file of this size each way. */
export function benchLargeFile(megabytes: number): Promise<LargeFigure[]> {
  return onStage(async ({ contestants, world, redis, env }) => {
    const figures: LargeFigure[] = []
    for (const direction of ['Windows to EspoCRM', 'EspoCRM to Windows'] as const) {
      const isToEspo = direction === 'Windows to EspoCRM'
      const akte = isToEspo ? 'to-espo' : 'to-windows'
      const from = isToEspo ? 'Windows' : 'EspoCRM'
      const { attachment, hash } = await world.addLarge(akte, megabytes * MEGABYTE, from)
      const given = { ...env, BENCH_ATTACHMENT: attachment, BENCH_HASH: hash }
      const plain = await contestants.run('plain-copy', [akte, akte], given)
      if (!isToEspo) await world.removeFile(akte) // what the plain copy left in Windows
      const product = await runProduct(contestants, redis, env, akte)
      figures.push({ direction, megabytes, product, plain })
      await redis.del(KEYS.reports(akte))
    }
    return figures
  })
}

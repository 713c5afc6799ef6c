import { KEYS } from '../services/redis/redis-factory'
import { startTestRedis } from '../test/support/redis-server'
import { runProduct, settings } from './akte'
import { Contestants, type Cost } from './measured'
import { openWorld } from './open-world'

/** One large file in one direction, by the product and by a plain copy over the same two hops. */
export interface LargeFigure {
  direction: 'Windows to EspoCRM' | 'EspoCRM to Windows'
  megabytes: number
  product: Cost
  plain: Cost
}

const MEGABYTE = 1024 * 1024

/** Moves one file of this size each way. */
export async function benchLargeFile(megabytes: number): Promise<LargeFigure[]> {
  const contestants = await Contestants.build()
  const server = await startTestRedis()
  const world = await openWorld(0)
  try {
    const redis = server.connect()
    const env = { ...(await world.env()), ...settings(server.port, await contestants.newFolder()) }
    const figures: LargeFigure[] = []
    for (const direction of ['Windows to EspoCRM', 'EspoCRM to Windows'] as const) {
      const isToEspo = direction === 'Windows to EspoCRM'
      const akte = isToEspo ? 'to-espo' : 'to-windows'
      const { attachment, hash } = await world.addLarge(
        akte,
        megabytes * MEGABYTE,
        isToEspo ? 'Windows' : 'EspoCRM',
      )
      const given = { ...env, BENCH_ATTACHMENT: attachment, BENCH_HASH: hash }
      const plain = await contestants.run('plain-copy', [akte, akte], given)
      if (!isToEspo) await world.removeFile(akte) // what the plain copy left in Windows
      const product = await runProduct(contestants, redis, env, akte)
      figures.push({ direction, megabytes, product, plain })
      await redis.del(KEYS.reports(akte))
    }
    return figures
  } finally {
    await world.close()
    await server.stop()
    await contestants.close()
  }
}

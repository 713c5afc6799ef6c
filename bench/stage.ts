import type { Redis } from 'ioredis'
import { startTestRedis } from '../testkit/redis-server'
import { settings } from './akte'
import { Contestants } from './measured'
import { type OpenWorld, openWorld } from './open-world'

/** What a measurement of the product needs: its programs, the three systems, a Redis, and the settings for them. */
export interface Stage {
  contestants: Contestants
  world: OpenWorld
  redis: Redis
  env: Record<string, string>
}

/** Sets everything up without a delay on the way, and takes it down whatever happens. */
export async function onStage<T>(work: (stage: Stage) => Promise<T>): Promise<T> {
  const contestants = await Contestants.build()
  const server = await startTestRedis()
  const world = await openWorld(0)
  try {
    const env = { ...(await world.env()), ...settings(server.port, await contestants.newFolder()) }
    return await work({ contestants, world, redis: server.connect(), env })
  } finally {
    await world.close()
    await server.stop()
    await contestants.close()
  }
}

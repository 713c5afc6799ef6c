import { expect, it, onTestFinished } from 'vitest'
import { ShortLockCronAdapter } from '../../services/motia/short-lock-cron-adapter'
import { startTestRedis } from '../../testkit/redis-server'

it("a crash during a tick blocks the next one for 15 s at most, not for Motia's 300", async () => {
  const { host, port, connect, stop } = await startTestRedis()
  onTestFinished(stop)
  const adapter = new ShortLockCronAdapter({ socket: { host, port } })
  onTestFinished(() => adapter.shutdown())
  const motia: { acquireLock(job: string, ttl: number): Promise<unknown> } = adapter
  expect(await motia.acquireLock('cron poller', 300_000)).toMatchObject({ jobName: 'cron poller' })
  expect(await motia.acquireLock('cron poller', 300_000)).toBeNull()
  const left = await connect().pttl('motia:cron:lock:cron poller')
  expect(left).toBeGreaterThan(0)
  expect(left).toBeLessThanOrEqual(15_000)
})

import { describe, expect, it } from 'vitest'
import { backoffMs } from '../../services/queue/akten-queue'
import { startTestRedis } from '../../testkit/redis-server'
import { describeSetsAndLock } from '../support/sets-and-lock'

describeSetsAndLock('sets and lock on a real Redis', async () => {
  const server = await startTestRedis()
  return { first: server.connect(), second: server.connect(), stop: server.stop }
})

describe('backoffMs: exponential with jitter, 10 s to 15 min', () => {
  it.each([
    [1, 10_000, 12_500],
    [2, 20_000, 25_000],
    [3, 40_000, 50_000],
    [7, 640_000, 800_000],
    [8, 720_000, 900_000],
    [1000, 720_000, 900_000],
  ])('after %i failures between %i and %i ms', (attempts, least, most) => {
    expect(backoffMs(attempts, () => 0)).toBe(least)
    expect(backoffMs(attempts, () => 1)).toBe(most)
  })
})

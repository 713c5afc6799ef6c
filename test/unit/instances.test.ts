import type { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { keepBeating } from '../../services/app/heartbeat'
import { systemClock } from '../../services/clock'
import { adviseOnDifferences, type Beat, beat } from '../../services/queue/instances'
import { readPresence } from '../../services/queue/presence'
import { KEYS } from '../../services/redis/keys'
import { startTestRedis, type TestRedis } from '../../testkit/redis-server'
import { PATIENCE } from '../support/patience'

let server: TestRedis
let redis: Redis

beforeAll(async () => {
  server = await startTestRedis()
  redis = server.connect()
})
afterAll(() => server.stop())
beforeEach(() => redis.flushall())

const WHAT: Beat = {
  kind: 'server',
  version: '1.0.0',
  lockScope: 'global',
  places: 1,
  upMs: 90_000,
  tickAgoMs: 4000,
}
const ago = async (id: string, ms: number) => {
  const [, json = ''] = /^\d+(\|.*)$/.exec((await redis.hget(KEYS.instances, id)) ?? '') ?? []
  const { now } = await readPresence(redis)
  await redis.hset(KEYS.instances, id, `${now - ms}${json}`)
}

it('an instance is listed with its start and its last tick by the clock of Redis, the first one at the top', async () => {
  await beat(redis, 'late', { ...WHAT, upMs: 1000, tickAgoMs: null })
  await beat(redis, 'early', WHAT)
  const { now, instances } = await readPresence(redis)
  expect(instances.map(({ id }) => id)).toEqual(['early', 'late'])
  const [early, late] = instances
  expect(now - (early?.startedAt ?? 0)).toBeGreaterThanOrEqual(90_000)
  expect(now - (early?.startedAt ?? 0)).toBeLessThan(95_000)
  expect(now - (early?.lastTickAt ?? 0)).toBeLessThan(9000)
  expect(late).toMatchObject({ lastTickAt: null, isAlive: true })
})

it('one that is silent counts as gone after a minute and is forgotten after ten', async () => {
  await beat(redis, 'gone', WHAT)
  await beat(redis, 'forgotten', WHAT)
  await ago('gone', 61_000)
  await ago('forgotten', 601_000)
  await redis.hset(KEYS.instances, 'foreign', 'nonsense')
  await beat(redis, 'here', WHAT)
  const { instances } = await readPresence(redis)
  expect(instances.map(({ id, isAlive }) => [id, isAlive])).toEqual([
    ['gone', false],
    ['here', true],
  ])
  expect(await redis.hkeys(KEYS.instances)).toEqual(expect.not.arrayContaining(['forgotten', 'foreign']))
})

it('servers that differ are told in words, those that are gone do not count', async () => {
  await beat(redis, 'a', WHAT)
  await beat(redis, 'b', { ...WHAT, lockScope: 'akte', version: '1.1.0' })
  const found = adviseOnDifferences((await readPresence(redis)).instances, 'en').map(({ text }) => text)
  expect(found).toEqual([expect.stringContaining('SYNC_LOCK_SCOPE'), expect.stringContaining('1.0.0, 1.1.0')])
  await ago('b', 61_000)
  expect(adviseOnDifferences((await readPresence(redis)).instances, 'en')).toEqual([])
})

it('a heartbeat warns once of what differs, and again when it comes back', async () => {
  await beat(redis, 'other', { ...WHAT, lockScope: 'akte' })
  const lines: string[] = []
  const self = {
    kind: 'server',
    version: '1.0.0',
    lockScope: 'global',
    places: 1,
    tickAgoMs: () => null,
  } as const
  const beats: (() => void)[] = []
  const later = (_ms: number, work: () => void) => {
    beats.push(work)
    return () => {}
  }
  const stop = keepBeating(redis, { ...systemClock, later }, self, (line) => lines.push(line))
  const next = async () => {
    const [work] = await vi.waitUntil(() => (beats.length > 0 ? beats.splice(0) : undefined), PATIENCE)
    work?.()
  }
  await next()
  await next()
  expect(lines).toEqual([expect.stringContaining('SYNC_LOCK_SCOPE')])
  await redis.hdel(KEYS.instances, 'other')
  await next()
  await vi.waitUntil(() => beats.length > 0, PATIENCE)
  await beat(redis, 'other', { ...WHAT, lockScope: 'akte' })
  await next()
  await vi.waitUntil(() => beats.length > 0, PATIENCE)
  expect(lines).toHaveLength(2)
  await stop()
})

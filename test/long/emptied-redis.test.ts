import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seedManyAkten } from '../../sandbox/seed'
import { healthSchema } from '../../services/api/health'
import { KEYS } from '../../services/redis/keys'
import { type Installation, install, MINUTE, PENDING, PROCESSING, until } from '../../testkit/installation'
import { expectAgreement } from './agreement'
import { statusOf } from './status'

describe('Redis is emptied while 12 Akten are under way', () => {
  let firm: Installation
  let akten: string[]
  beforeAll(async () => {
    firm = await install({
      seed: async (office) => {
        akten = await seedManyAkten(office, 12)
      },
      env: { SYNC_LOCK_SCOPE: 'akte', SYNC_CONCURRENCY: '2', SYNC_LANGUAGE: 'en' },
    })
  })
  afterAll(() => firm?.close())

  const slow = (ms: number) => {
    for (const system of [firm.office.espo, firm.office.watcher, firm.office.advoware])
      if (ms > 0) system.faults.set({ mode: 'slow', ms })
      else system.faults.clear()
  }
  const isDone = async () => (await firm.redis.sunion(PENDING, PROCESSING)).length === 0

  it('a new installation is not called emptied', async () => {
    await until('the mark', async () => (await firm.redis.get(KEYS.marker))?.startsWith('new '), MINUTE)
    expect(firm.motia.output()).not.toContain('Redis is new or was emptied')
    expect(await firm.redis.get(KEYS.emptied)).toBeNull()
  })

  it(
    'FLUSHALL in the middle: what ran puts itself back, the rest is asked for again, and all come into agreement',
    async () => {
      const { redis, motia, office } = firm
      slow(300)
      await redis.sadd(PENDING, ...akten)
      await until('runs', async () => motia.output().includes('📥 Fetching data'), MINUTE)
      await until('the server to know the mark', () => motia.output().split('🔍 Polling').length > 2, MINUTE)
      await redis.flushall()
      await until(
        'it to be noticed',
        () => motia.output().includes('Akte(n) that EspoCRM shows as unclean or failed'),
        MINUTE,
      )
      slow(0)
      await until('all', isDone, 3 * MINUTE)
      for (const akte of akten) await expectAgreement(office, akte, 3)
      expect(await redis.get(KEYS.marker)).toMatch(/^emptied /)
    },
    6 * MINUTE,
  )

  it('log, status, health and the metric of the alert say it', async () => {
    const { motia } = firm
    const health = await until(
      'health',
      async () => {
        const report = healthSchema.parse(await (await fetch(`${motia.url}/health`)).json())
        return report.dependencies['redis-contents'] ? report : undefined
      },
      20_000,
    )
    expect(health.status).toBe('degraded')
    expect(health.dependencies['redis-contents']?.detail).toMatch(/found emptied at .* asked for again/)
    expect(await (await fetch(`${motia.url}/metrics`)).text()).toMatch(/^document_sync_redis_emptied 1$/m)
    const { stdout } = await statusOf(firm)
    expect(stdout).toMatch(/Redis was found emptied at/)
  })

  it(
    'an older dump is noticed by the ticks that it does not know',
    async () => {
      const { redis, motia } = firm
      await until('ticks', async () => Number(await redis.hget(KEYS.polling, 'ticks')) >= 5, 2 * MINUTE)
      const seen = motia.output().length
      await redis.hset(KEYS.polling, 'ticks', 1)
      await until(
        'it to be noticed',
        () => motia.output().slice(seen).includes('Redis was emptied, or holds an older state'),
        30_000,
      )
      await until('a new mark', async () => (await redis.get(KEYS.marker)) !== 'lost', 30_000)
    },
    4 * MINUTE,
  )
})

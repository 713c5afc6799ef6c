import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seedTypicalAkte } from '../../sandbox/seed'
import { healthSchema } from '../../services/api/health'
import { KEYS } from '../../services/redis/keys'
import { type Installation, install, MINUTE, PENDING, PROCESSING, until } from '../../testkit/installation'
import { statusOf } from './status'

const CRON_LOCK = 'motia:cron:lock:Advoware Document Sync - Cron Poller'

describe('nobody polls, for whatever reason', () => {
  let firm: Installation
  beforeAll(async () => {
    firm = await install({ seed: seedTypicalAkte, env: { SYNC_LANGUAGE: 'en' } })
    await until('a tick', () => firm.redis.exists(KEYS.polling), MINUTE)
    await firm.redis.set(CRON_LOCK, 'somebody else', 'EX', 3600) // no instance begins a tick any more
  })
  afterAll(() => firm?.close())

  const health = async () => {
    const answer = await fetch(`${firm.motia.url}/health`)
    return { code: answer.status, ...healthSchema.parse(await answer.json()) }
  }
  const metric = async (name: string) => {
    const text = await (await fetch(`${firm.motia.url}/metrics`)).text()
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
  }
  it('for a minute: degraded, with the age of the last tick', async () => {
    await until('a report that all is well', async () => (await health()).status === 'ok')
    const told = await until(
      'health to notice',
      async () => {
        const report = await health()
        return report.status === 'degraded' ? report : undefined
      },
      100_000,
    )
    expect(told).toMatchObject({ code: 200, polling: { isPolling: false } })
    expect(told.polling?.lastTickSeconds).toBeGreaterThanOrEqual(60) // rounded
    expect(told.dependencies.polling?.detail).toMatch(/^no tick for \d+ s$/)
    expect(await metric('document_sync_last_tick_age_seconds')).toBeGreaterThan(60)
    expect(await statusOf(firm)).toEqual({ code: 1, stdout: expect.stringContaining('🔴 Not polling since') })
  })

  it('and what is asked for meanwhile is overdue, though no tick has seen it', async () => {
    await firm.redis.sadd(PENDING, '12345')
    expect(await metric('document_sync_oldest_overdue_seconds')).toBeGreaterThan(60)
  })

  it(
    'for five minutes: unavailable',
    async () => {
      const told = await until(
        'health to notice',
        async () => {
          const report = await health()
          return report.code === 503 ? report : undefined
        },
        6 * MINUTE,
      )
      expect(told).toMatchObject({ status: 'unavailable', live: true, ready: false })
      expect(told.polling?.lastTickSeconds).toBeGreaterThanOrEqual(300)
    },
    7 * MINUTE,
  )

  it('and all is well again with the next tick', async () => {
    await firm.redis.del(CRON_LOCK)
    const { redis } = firm
    await until('a sync', async () => (await redis.sunion(PENDING, PROCESSING)).length === 0, MINUTE)
    await until('health', async () => (await health()).status === 'ok', 30_000)
    expect(await statusOf(firm)).toEqual({ code: 0, stdout: expect.stringContaining('🟢 Polling since') })
  })
})

import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seedTypicalAkte } from '../../sandbox/seed'
import { verifyInSync } from '../../scripts/verify'
import { type Installation, install, MINUTE, PENDING, PROCESSING, until } from '../../testkit/installation'
import { smallestAcl } from '../support/smallest-acl'

const USER = { MOTIA_REDIS_USERNAME: 'document-sync', MOTIA_REDIS_PASSWORD: 'secret' }

describe('a Redis user with the smallest ACL of docs/deployment.md', () => {
  let firm: Installation
  beforeAll(async () => {
    firm = await install({ seed: seedTypicalAkte, env: { SYNC_LANGUAGE: 'en' } })
    await firm.motia.stop()
    await firm.redis.call('ACL', 'SETUSER', 'document-sync', 'on', '>secret', ...(await smallestAcl()))
    await firm.redis.call('ACL', 'LOG', 'RESET')
    firm.motia = await firm.startServer(USER)
  })
  afterAll(() => firm?.close())

  it('is enough for a sync, the routes and the Workbench: nothing of it is refused but CONFIG', async () => {
    const { redis, motia, office } = firm
    await redis.sadd(PENDING, '12345')
    await until('the sync', async () => (await redis.sunion(PENDING, PROCESSING)).length === 0, MINUTE)
    expect(await verifyInSync(office, '12345')).toEqual([])
    const paths = [
      '/health',
      '/metrics',
      '/akten',
      '/akten/12345',
      '/archive',
      '/__motia/flows',
      '/__motia/bullmq/queues',
    ]
    for (const path of paths) expect((await fetch(`${motia.url}${path}`)).status, path).toBe(200)
    const refused = (await redis.call('ACL', 'LOG')) as unknown[][]
    const objects = refused.map((entry) => String(entry[entry.indexOf('object') + 1]))
    expect([...new Set(objects)]).toEqual(['config|get'])
  })

  it('and without the right to run scripts the running server says so', async () => {
    const admin = new Redis({ host: '127.0.0.1', port: firm.redisPort })
    await admin.call('ACL', 'SETUSER', 'document-sync', '-eval')
    await until(
      'health to say it',
      async () => {
        const answer = await fetch(`${firm.motia.url}/health`)
        return answer.status === 503 && /lacks a right for this user .*eval/.test(await answer.text())
      },
      MINUTE,
    )
    admin.disconnect()
  })
})

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seedTypicalAkte } from '../../sandbox/seed'
import { healthSchema } from '../../services/api/health'
import { beat } from '../../services/queue/instances'
import { KEYS } from '../../services/redis/keys'
import { type Installation, install, MINUTE, PENDING, until } from '../../testkit/installation'
import { statusOf } from './status'

describe('servers that differ on one Redis, and an audit log that cannot be written', () => {
  let firm: Installation
  beforeAll(async () => {
    firm = await install({ seed: seedTypicalAkte, env: { SYNC_LANGUAGE: 'en' } })
  })
  afterAll(() => firm?.close())

  const status = async () => (await statusOf(firm)).stdout

  it('another SYNC_LOCK_SCOPE: both say so at start, status and health too', async () => {
    const words = 'Servers with different SYNC_LOCK_SCOPE (global and akte) work on this Redis'
    await until('a beat', async () => (await firm.redis.hlen(KEYS.instances)) === 1, MINUTE)
    const other = await firm.startServer({ SYNC_LOCK_SCOPE: 'akte' })
    for (const { output } of [firm.motia, other])
      await until('the warning', () => output().includes(words), 30_000)
    expect(await status()).toContain(words)
    const answer = await fetch(`${other.url}/health`)
    const { instances, differences } = healthSchema.parse(await answer.json())
    expect(instances?.map(({ lockScope }) => lockScope)).toEqual(['global', 'akte'])
    expect(differences).toEqual([expect.stringContaining(words)])
    await other.stop()
  })

  it('another version, too', async () => {
    await beat(firm.redis, 'old', {
      kind: 'server',
      version: '0.0.1',
      lockScope: 'global',
      places: 1,
      upMs: 0,
      tickAgoMs: null,
    })
    await until(
      'the warning',
      () => firm.motia.output().includes('Servers of different versions (0.0.1, '),
      30_000,
    )
    expect(await status()).toContain('Servers of different versions (0.0.1, ')
  })

  it('an audit log that cannot be written is named, degraded, and the run says it', async () => {
    const file = join(firm.folder, 'no-folder')
    await writeFile(file, '')
    await firm.motia.stop()
    firm.motia = await firm.startServer({ SYNC_AUDIT_DIR: join(file, 'audit') })
    const answer = await fetch(`${firm.motia.url}/health`)
    expect(answer.status).toBe(200)
    const health = healthSchema.parse(await answer.json())
    expect(health).toMatchObject({
      status: 'degraded',
      dependencies: { audit: { ok: false, detail: expect.stringContaining('ENOTDIR') } },
    })
    await firm.redis.sadd(PENDING, '12345')
    await until(
      'the run to fail',
      () => firm.motia.output().includes('The audit log could not be written'),
      MINUTE,
    )
  })
})

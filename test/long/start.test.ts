import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freeMotiaPort, freePort, spawnMotia, startMotia } from '../../scripts/motia-process'
import { startRedis, stopProcess, until } from '../../testkit/installation'
import { SETTINGS } from '../../testkit/settings'

/** True when the port takes no connection any more. */
async function isClosed(port: number) {
  const client = new Redis({ port, host: '127.0.0.1', lazyConnect: true, retryStrategy: () => null })
  client.on('error', () => {})
  const closed = await client.connect().then(
    () => false,
    () => true,
  )
  client.disconnect()
  return closed
}

describe('starting the server', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'document-sync-start-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }))

  it.each(['dev', 'start'] as const)(
    'motia %s refuses bad settings and lists all problems',
    async (command) => {
      const env = {
        ...SETTINGS,
        ESPOCRM_API_KEY: ' ',
        ESPOCRM_MARVIN_API_KEY: 'geheim',
        ADVOWARE_API_BASE_URL: 'advoware',
        SYNC_MAX_ATTEMPTS: 'many',
      }
      const motia = spawnMotia({ env, motiaDir: join(folder, 'refused'), command })
      expect(await motia.ended).not.toBe(0)
      for (const name of ['ESPOCRM_API_KEY', 'ADVOWARE_API_BASE_URL', 'SYNC_MAX_ATTEMPTS']) {
        expect(motia.output()).toMatch(new RegExp(`^\\s*${name} `, 'm'))
      }
      expect(motia.output()).toContain(
        'ESPOCRM_API_KEY is missing: ESPOCRM_MARVIN_API_KEY, its name in the predecessor',
      )
      expect(motia.output()).not.toContain('geheim')
      expect(motia.output()).not.toContain('Server ready')
    },
  )

  it('refuses to listen for others without SYNC_ADMIN_TOKEN', async () => {
    const motia = spawnMotia({ env: SETTINGS, motiaDir: join(folder, 'open'), host: '0.0.0.0' })
    expect(await motia.ended).not.toBe(0)
    expect(motia.output()).toContain('SYNC_ADMIN_TOKEN is missing')
    expect(motia.output()).not.toContain('Server ready')
  })

  it.each(['dev', 'start'] as const)('motia %s keeps its own Redis, which ends with it', async (command) => {
    const motiaDir = join(folder, command)
    const env = { ...SETTINGS, MOTIA_REDIS_PORT: `${await freePort()}`, ADVOWARE_PRODUCT_ID: '64' }
    const first = await startMotia({ env, motiaDir, command, port: await freeMotiaPort() })
    expect(first.output()).toContain('⚠️  ADVOWARE_PRODUCT_ID heißt jetzt ADVOWARE_PRODUCT: ')
    const redis = new Redis({ host: '127.0.0.1', port: first.redisPort })
    await redis.set('document-sync:test', 'kept')
    redis.disconnect()
    first.child.kill('SIGKILL')
    await until('Redis to end with the killed server', () => isClosed(first.redisPort), 15_000)

    const second = await startMotia({ env, motiaDir, command, port: await freeMotiaPort() })
    const again = new Redis({ host: '127.0.0.1', port: second.redisPort })
    expect(await again.get('document-sync:test')).toBe('kept')
    again.disconnect()
    await second.stop()
    await until('Redis to end with the stopped server', () => isClosed(second.redisPort), 15_000)
  })

  it('starts its own Redis again when that dies, with all data', async () => {
    const motia = await startMotia({
      env: { ...SETTINGS, MOTIA_REDIS_PORT: `${await freePort()}` },
      motiaDir: join(folder, 'killed-redis'),
      port: await freeMotiaPort(),
    })
    const redis = new Redis({ host: '127.0.0.1', port: motia.redisPort, maxRetriesPerRequest: null })
    redis.on('error', () => {})
    try {
      await redis.set('document-sync:test', 'kept')
      const pid = Number(/process_id:(\d+)/.exec(await redis.info('server'))?.[1])
      const seen = motia.output().length
      process.kill(pid, 'SIGKILL')
      await until('polling to go on', () => motia.output().slice(seen).includes('🔍 Polling Redis'), 30_000)
      expect(await redis.get('document-sync:test')).toBe('kept')
      expect(motia.child.exitCode).toBeNull()
    } finally {
      redis.disconnect()
      await motia.stop()
    }
  })

  it('survives a Redis that is gone for longer than its client retries', async () => {
    const port = await freePort()
    let server = await startRedis(folder, port)
    const env = { ...SETTINGS, MOTIA_REDIS_HOST: '127.0.0.1', MOTIA_REDIS_PORT: `${port}` }
    const motia = await startMotia({ env, motiaDir: join(folder, 'outage'), port: await freeMotiaPort() })
    try {
      await stopProcess(server, 'SIGKILL')
      const lostAt = Date.now()
      await until('nine seconds of outage', () => Date.now() - lostAt > 9_000)
      server = await startRedis(folder, port)
      const seen = motia.output().length
      await until('polling to go on', () => motia.output().slice(seen).includes('🔍 Polling Redis'), 30_000)
      expect(motia.child.exitCode).toBeNull()
      expect(motia.output()).not.toMatch(/^\s+at /m) // one line says it, not a stack for every attempt
    } finally {
      await motia.stop()
      await stopProcess(server)
    }
  })
})

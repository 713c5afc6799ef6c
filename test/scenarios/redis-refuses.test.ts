import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import type { Redis } from 'ioredis'
import { expect, it, onTestFinished } from 'vitest'
import { Health, healthSchema } from '../../services/api/health'
import { healthSources } from '../../services/api/health-sources'
import { systemClock } from '../../services/clock'
import { loadConfig } from '../../services/config'
import { checkRedis } from '../../services/doctor/redis-check'
import { connectServerRedis } from '../../services/motia/server-redis'
import { startTestRedis } from '../../testkit/redis-server'
import { SETTINGS } from '../../testkit/settings'
import { silentContext } from '../support/context'
import { smallestAcl } from '../support/smallest-acl'

const nowhere = { remembered: async () => ({ api: null, security: null }) }

/** A Redis that works until `spoil` was done to it, and the settings that lead to it. */
async function openRedis(spoil: (redis: Redis) => Promise<unknown>, login: Record<string, string> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'document-sync-refuses-'))
  const server = await startTestRedis()
  onTestFinished(async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  })
  const config = loadConfig({
    ...SETTINGS,
    SYNC_LANGUAGE: 'en',
    ...{ MOTIA_REDIS_HOST: server.host, MOTIA_REDIS_PORT: `${server.port}` },
    ...{ SYNC_ARCHIVE_DIR: join(folder, 'archive'), SYNC_AUDIT_DIR: join(folder, 'audit'), ...login },
  })
  await spoil(server.connect())
  return config
}

const USER = { MOTIA_REDIS_USERNAME: 'sync', MOTIA_REDIS_PASSWORD: 'secret' }
const user =
  (...rules: string[]) =>
  (redis: Redis) =>
    redis.call('ACL', 'SETUSER', 'sync', 'on', '>secret', ...rules)

type Case = [
  what: string,
  spoil: (redis: Redis) => Promise<unknown>,
  login: Record<string, string>,
  words: RegExp,
]
const CASES: Case[] = [
  ['a read-only replica', (redis) => redis.replicaof('127.0.0.1', 9), {}, /read-only replica \(READONLY\)/],
  ['full at maxmemory', (redis) => redis.config('SET', 'maxmemory', '1'), {}, /is full \(OOM\)/],
  [
    'a password set while all are connected',
    (redis) => redis.config('SET', 'requirepass', 'new'),
    {},
    /asks for a login \(NOAUTH\)/,
  ],
  [
    'another password',
    user('&*', '~*', '+@all'),
    { ...USER, MOTIA_REDIS_PASSWORD: 'old' },
    /refuses the login \(WRONGPASS\)/,
  ],
  ['a user without EVAL', user('&*', '~*', '+@all', '-eval'), USER, /lacks a right .*NOPERM.*eval/],
  ['a user without INFO', user('&*', '~*', '+@all', '-info'), USER, /lacks a right .*NOPERM.*info/],
  [
    'a user without the locks',
    user('&*', '~advoware:*', '~motia*', '+@all'),
    USER,
    /may not use the key advoware_document_sync/,
  ],
  ['a user without Motia’s keys', user('&*', '~advoware*', '+@all'), USER, /may not use the key motia:/],
]

it.each(CASES)(
  '%s: health is unavailable, doctor and the start say why',
  async (_what, spoil, login, words) => {
    const config = await openRedis(spoil, login)
    const { status, body } = await new Health(
      healthSources(config, nowhere, async () => null),
      config,
      systemClock,
    ).answer()
    expect(status).toBe(503)
    expect(healthSchema.parse(body).dependencies.redis).toEqual({
      ok: false,
      detail: expect.stringMatching(words),
    })
    const errors = (await checkRedis(silentContext, config)).filter(({ level }) => level === 'error')
    expect(errors.map(({ text }) => text)).toEqual([expect.stringMatching(words)])
  },
)

it.each(CASES.filter(([what]) => !/replica|full/.test(what)))(
  '%s: the start ends at once, with the cause',
  async (_what, spoil, login, words) => {
    const config = await openRedis(spoil, login)
    await expect(connectServerRedis(config)).rejects.toThrow(words)
  },
)

it('the smallest ACL of docs/deployment.md passes', async () => {
  const config = await openRedis(user(...(await smallestAcl())), USER)
  const { body } = await new Health(
    healthSources(config, nowhere, async () => null),
    config,
    systemClock,
  ).answer()
  expect(healthSchema.parse(body).dependencies.redis).toEqual({ ok: true })
})

it('a port that speaks TLS only is called that', async () => {
  const server = createServer({})
    .on('tlsClientError', () => {})
    .listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await new Promise((ready) => server.once('listening', ready))
  const { port } = server.address() as AddressInfo
  const redis = { MOTIA_REDIS_HOST: '127.0.0.1', MOTIA_REDIS_PORT: `${port}` }
  const config = loadConfig({ ...SETTINGS, ...redis, SYNC_LANGUAGE: 'en' })
  await expect(connectServerRedis(config)).rejects.toThrow(/speaks TLS on this port/)
})

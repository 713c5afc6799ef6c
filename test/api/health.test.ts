import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { Health, type HealthSources, healthSchema } from '../../services/api/health'
import { systemClock } from '../../services/clock'
import type { Config } from '../../services/config'
import type { Instance } from '../../services/queue/instances'
import type { QueueSnapshot } from '../../services/queue/queue-snapshot'
import { PATIENCE } from '../support/patience'

const NOW = 1_800_000_000_000

/** An office in which these Akten wait for a reason that the poller met. */
const snapshotOf = (waiting: [aktennummer: string, reason: string, beforeRun: boolean][]): QueueSnapshot => ({
  akten: waiting.map(([aktennummer, reason]) => ({
    ...{ aktennummer, state: 'pending', since: 0, dueAt: 1_800_000_000_000, attempts: 0, reason },
    ...{ reasonAt: null, isRequested: false, isForced: false, pausedReason: null },
  })),
  pausedAkten: new Map(),
  causes: new Map(
    waiting.map(([aktennummer, reason, beforeRun]) => [aktennummer, { reason, time: null, beforeRun }]),
  ),
  paused: null,
  lock: null,
  swept: 0,
  ...{
    now: NOW,
    lastTickAt: NOW - 4000,
    pollingSince: NOW - 60_000,
    instances: [],
    emptied: null,
    isLost: false,
  },
  beyond: { pending: 0, processing: 0, failed: 0, stopped: 0 },
})

let folder: string
let system: Server
let url: string
let status = 401
let requests = 0
const credentials: unknown[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'document-sync-health-'))
  system = createServer((request, response) => {
    requests += 1
    credentials.push(request.headers.authorization, request.headers['x-api-key'])
    response.writeHead(status).end('secret content')
  }).listen(0, '127.0.0.1')
  await new Promise((ready) => system.once('listening', ready))
  url = `http://127.0.0.1:${(system.address() as AddressInfo).port}`
})
afterAll(async () => {
  system.close()
  await rm(folder, { recursive: true, force: true })
})

const configOf = (archiveDir: string, espoUrl = url) =>
  ({
    watcher: { url, token: 'token' },
    advoware: { apiBaseUrl: url, securityUrl: url },
    espo: { url: espoUrl, apiKey: 'key' },
    sync: { archiveDir, auditDir: join(folder, 'audit'), language: 'en' },
  }) as Config

const present = snapshotOf([])
const HOUR = 3_600_000

/** What health asks, all of it well but for what is given. */
const sourcesOf = (change: Partial<HealthSources> = {}): HealthSources => ({
  redis: async () => present,
  addresses: async () => ({ api: url, security: url }),
  freshness: async () => null,
  audit: async () => {},
  upMs: () => HOUR,
  ...change,
})
const fine = sourcesOf()
const withPresence = (change: Partial<QueueSnapshot>) =>
  sourcesOf({ redis: async () => ({ ...present, ...change }) })

async function look(health: Health) {
  const { status: code, body } = await health.answer()
  return { code, ...healthSchema.parse(body) }
}

it('is ok when every system answers, whatever it answers to a stranger', async () => {
  const answer = await look(new Health(fine, configOf(join(folder, 'archive')), systemClock))
  expect(answer).toMatchObject({ code: 200, status: 'ok', live: true, ready: true })
  expect(Object.keys(answer.dependencies).sort()).toEqual([
    ...['advoware', 'advoware-security', 'archive', 'audit', 'espocrm', 'redis', 'temporary'],
    'windows-watcher',
  ])
  expect(credentials.filter(Boolean)).toEqual([])
})

it('names the system that is down, and stays ready: restarting helps nobody', async () => {
  const answer = await look(new Health(fine, configOf(folder, 'http://127.0.0.1:9'), systemClock))
  expect(answer).toMatchObject({ code: 200, status: 'degraded', ready: true })
  expect(answer.dependencies.espocrm).toEqual({ ok: false, detail: 'nothing listens there (ECONNREFUSED)' })
  status = 503
  const overloaded = await look(new Health(fine, configOf(folder), systemClock))
  expect(overloaded.dependencies.advoware).toEqual({ ok: false, detail: 'HTTP 503' })
  status = 401
})

it('asks whoever can tell where Advoware is, while nobody knows it', async () => {
  const unknown = sourcesOf({ addresses: async () => ({ api: null, security: url }) })
  const config = configOf(folder)
  Object.assign(config.advoware, { configuratorUrl: 'http://127.0.0.1:9' })
  const { dependencies } = await look(new Health(unknown, config, systemClock))
  expect(dependencies.advoware).toEqual({ ok: false, detail: 'nothing listens there (ECONNREFUSED)' })
  expect(dependencies['advoware-security']).toEqual({ ok: true })
})

it('is unavailable without Redis', async () => {
  const lost = Object.assign(new Error('gone'), { code: 'ECONNREFUSED' })
  const gone = sourcesOf({ redis: () => Promise.reject(lost) })
  const answer = await look(new Health(gone, configOf(folder), systemClock))
  expect(answer).toMatchObject({ code: 503, status: 'unavailable', live: true, ready: false })
})

it('notices an archive that cannot be written', async () => {
  await writeFile(join(folder, 'file'), '')
  const answer = await look(new Health(fine, configOf(join(folder, 'file', 'archive')), systemClock))
  expect(answer.status).toBe('degraded')
  expect(answer.dependencies.archive?.ok).toBe(false)
  expect(JSON.stringify(answer)).not.toContain(folder)
})

it('names an audit log that cannot be written', async () => {
  const audit = () => Promise.reject(Object.assign(new Error('no'), { code: 'EACCES' }))
  const answer = await look(new Health(sourcesOf({ audit }), configOf(folder), systemClock))
  expect(answer).toMatchObject({ code: 200, status: 'degraded' })
  expect(answer.dependencies.audit).toEqual({ ok: false, detail: 'no permission (EACCES), SYNC_AUDIT_DIR' })
})

it.each<[string, Partial<QueueSnapshot>, number, number, string]>([
  ['59 s', { lastTickAt: NOW - 59_000 }, HOUR, 200, 'ok'],
  ['61 s', { lastTickAt: NOW - 61_000 }, HOUR, 200, 'degraded'],
  ['five minutes', { lastTickAt: NOW - 301_000 }, HOUR, 503, 'unavailable'],
  ['ever', { lastTickAt: null }, HOUR, 503, 'unavailable'],
  ['an hour, by a server that has just started', { lastTickAt: NOW - HOUR }, 20_000, 200, 'ok'],
])('knows that nobody polled for %s', async (_what, change, upMs, code, status) => {
  const sources = { ...withPresence(change), upMs: () => upMs }
  const answer = await look(new Health(sources, configOf(folder), systemClock))
  expect(answer).toMatchObject({ code, status, live: true })
  if (change.lastTickAt) expect(answer.polling?.lastTickSeconds).toBe((NOW - change.lastTickAt) / 1000)
})

it('says that Redis was emptied, until what was asked for is asked for again and a day beyond', async () => {
  const lost = await look(new Health(withPresence({ isLost: true }), configOf(folder), systemClock))
  expect(lost).toMatchObject({ code: 200, status: 'degraded' })
  const found = withPresence({ emptied: { at: NOW - 1000, recalled: 12 } })
  const emptied = await look(new Health(found, configOf(folder), systemClock))
  expect(emptied.status).toBe('degraded')
  expect(emptied.dependencies['redis-contents']?.detail).toContain('12 Akte(n) were asked for again')
})

it('lists the instances', async () => {
  const instance: Instance = {
    ...{ id: 'a', kind: 'server', version: '1.0.0', lockScope: 'global', isAlive: true },
    ...{ startedAt: NOW - 9000, lastTickAt: NOW - 2000, seenAt: NOW },
  }
  const other: Instance = { ...instance, id: 'b', version: '1.1.0', lockScope: 'akte' }
  const sources = withPresence({ instances: [instance, other] })
  const answer = await look(new Health(sources, configOf(folder), systemClock))
  expect(answer.instances?.map(({ version, lockScope }) => [version, lockScope])).toEqual([
    ['1.0.0', 'global'],
    ['1.1.0', 'akte'],
  ])
  expect(answer.differences).toHaveLength(2)
})

it('asks the systems once in ten seconds, however often it is asked itself', async () => {
  let now = 0
  const health = new Health(fine, configOf(folder), { now: () => new Date(now), monotonic: () => now })
  requests = 0
  await Promise.all([look(health), look(health)])
  const once = requests
  await look(health)
  expect(requests).toBe(once)
  now += 10_001
  await look(health)
  await vi.waitUntil(() => requests === 2 * once, PATIENCE)
})

it('answers at once while a report is renewed; one that is older than twenty seconds is not told', async () => {
  let now = 0
  const redis = vi.fn(fine.redis)
  const clock = { now: () => new Date(now), monotonic: () => now }
  const health = new Health({ ...fine, redis }, configOf(folder), clock)
  expect((await look(health)).code).toBe(200)

  let answer = () => {}
  redis.mockImplementation(() => new Promise((_, refuse) => (answer = () => refuse(new Error('away')))))
  now = 19_000
  expect((await look(health)).code).toBe(200)
  expect((await look(health)).code).toBe(200)
  expect(redis).toHaveBeenCalledTimes(2)
  answer()
  await vi.waitUntil(async () => (await look(health)).code === 503, PATIENCE)

  redis.mockImplementation(fine.redis)
  now = 40_000
  expect((await look(health)).code).toBe(200)
})

it('says why Akten cannot even begin, and when they are tried next, and nothing about any Akte or file', async () => {
  const waits = sourcesOf({
    redis: async () =>
      snapshotOf([
        ['1', 'EspoCRM refuses access to Akte 1', true],
        ['2', 'EspoCRM refuses access to Akte 2', true],
        ['3', 'Geheime Klage.docx: open in another program', false],
      ]),
  })
  const answer = await look(new Health(waits, configOf(join(folder, 'archive')), systemClock))
  expect(answer).toMatchObject({ code: 200, status: 'degraded' })
  expect(answer.waiting).toEqual([
    { cause: 'EspoCRM refuses access to Akte …', akten: 2, nextTry: '2027-01-15T08:00:00.000Z' },
  ])
})

it('names the setting of a folder that cannot be written, and why', async () => {
  await writeFile(join(folder, 'file'), '')
  const config = configOf(join(folder, 'file', 'archive'))
  const { status: worth, dependencies } = await look(new Health(fine, config, systemClock))
  expect(worth).toBe('degraded')
  expect(dependencies.archive).toEqual({
    ok: false,
    detail: 'a part of the path is no folder (ENOTDIR), SYNC_ARCHIVE_DIR',
  })
})

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Health, healthSchema } from '../../services/api/health'
import { systemClock } from '../../services/clock'
import type { Config } from '../../services/config'
import type { QueueSnapshot } from '../../services/queue/akten-operations'

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

const set = { remembered: async () => ({ api: url, security: url }) }
const unknownFreshness = async () => null
const nothingWaits = async () => snapshotOf([])
const fineRedis = { ping: async () => 'PONG' as const }
const goneRedis = { ping: () => Promise.reject(Object.assign(new Error('gone'), { code: 'ECONNREFUSED' })) }

async function look(health: Health) {
  const { status: code, body } = await health.answer()
  return { code, ...healthSchema.parse(body) }
}

it('is ok when every system answers, whatever it answers to a stranger', async () => {
  const answer = await look(
    new Health(
      fineRedis,
      configOf(join(folder, 'archive')),
      systemClock,
      set,
      nothingWaits,
      unknownFreshness,
    ),
  )
  expect(answer).toMatchObject({ code: 200, status: 'ok', live: true, ready: true })
  expect(Object.keys(answer.dependencies).sort()).toEqual([
    ...['advoware', 'advoware-security', 'archive', 'audit', 'espocrm', 'redis', 'temporary'],
    'windows-watcher',
  ])
  expect(credentials.filter(Boolean)).toEqual([])
})

it('names the system that is down, and stays ready: restarting helps nobody', async () => {
  const answer = await look(
    new Health(
      fineRedis,
      configOf(folder, 'http://127.0.0.1:9'),
      systemClock,
      set,
      nothingWaits,
      unknownFreshness,
    ),
  )
  expect(answer).toMatchObject({ code: 200, status: 'degraded', ready: true })
  expect(answer.dependencies.espocrm).toEqual({ ok: false, detail: 'nothing listens there (ECONNREFUSED)' })
  status = 503
  const overloaded = await look(
    new Health(fineRedis, configOf(folder), systemClock, set, nothingWaits, unknownFreshness),
  )
  expect(overloaded.dependencies.advoware).toEqual({ ok: false, detail: 'HTTP 503' })
  status = 401
})

it('asks whoever can tell where Advoware is, while nobody knows it', async () => {
  const unknown = { remembered: async () => ({ api: null, security: url }) }
  const config = configOf(folder)
  Object.assign(config.advoware, { configuratorUrl: 'http://127.0.0.1:9' })
  const { dependencies } = await look(
    new Health(fineRedis, config, systemClock, unknown, nothingWaits, unknownFreshness),
  )
  expect(dependencies.advoware).toEqual({ ok: false, detail: 'nothing listens there (ECONNREFUSED)' })
  expect(dependencies['advoware-security']).toEqual({ ok: true })
})

it('is unavailable without Redis', async () => {
  const answer = await look(
    new Health(goneRedis, configOf(folder), systemClock, set, nothingWaits, unknownFreshness),
  )
  expect(answer).toMatchObject({ code: 503, status: 'unavailable', live: true, ready: false })
})

it('notices an archive that cannot be written', async () => {
  await writeFile(join(folder, 'file'), '')
  const answer = await look(
    new Health(
      fineRedis,
      configOf(join(folder, 'file', 'archive')),
      systemClock,
      set,
      nothingWaits,
      unknownFreshness,
    ),
  )
  expect(answer.status).toBe('degraded')
  expect(answer.dependencies.archive?.ok).toBe(false)
  expect(JSON.stringify(answer)).not.toContain(folder)
})

it('asks the systems once in ten seconds, however often it is asked itself', async () => {
  let now = 0
  const health = new Health(
    fineRedis,
    configOf(folder),
    { now: () => new Date(now) },
    set,
    nothingWaits,
    unknownFreshness,
  )
  requests = 0
  await Promise.all([look(health), look(health)])
  const once = requests
  await look(health)
  expect(requests).toBe(once)
  now += 10_001
  await look(health)
  expect(requests).toBe(2 * once)
})

it('says why Akten cannot even begin, and when they are tried next, and nothing about any Akte or file', async () => {
  const waits = async () =>
    snapshotOf([
      ['1', 'EspoCRM refuses access to Akte 1', true],
      ['2', 'EspoCRM refuses access to Akte 2', true],
      ['3', 'Geheime Klage.docx: open in another program', false],
    ])
  const answer = await look(
    new Health(fineRedis, configOf(join(folder, 'archive')), systemClock, set, waits, unknownFreshness),
  )
  expect(answer).toMatchObject({ code: 200, status: 'degraded' })
  expect(answer.waiting).toEqual([
    { cause: 'EspoCRM refuses access to Akte …', akten: 2, nextTry: '2027-01-15T08:00:00.000Z' },
  ])
})

it('names the setting of a folder that cannot be written, and why', async () => {
  await writeFile(join(folder, 'file'), '')
  const config = configOf(join(folder, 'file', 'archive'))
  const { status: worth, dependencies } = await look(
    new Health(fineRedis, config, systemClock, set, nothingWaits, unknownFreshness),
  )
  expect(worth).toBe('degraded')
  expect(dependencies.archive).toEqual({
    ok: false,
    detail: 'a part of the path is no folder (ENOTDIR), SYNC_ARCHIVE_DIR',
  })
})

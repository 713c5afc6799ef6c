import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Health, healthSchema } from '../../services/api/health'
import { systemClock } from '../../services/clock'
import type { Config } from '../../services/config'

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
    sync: { archiveDir },
  }) as Config

const set = { remembered: async () => ({ api: url, security: url }) }
const fineRedis = { ping: async () => 'PONG' as const }
const goneRedis = { ping: () => Promise.reject(Object.assign(new Error('gone'), { code: 'ECONNREFUSED' })) }

async function look(health: Health) {
  const { status: code, body } = await health.answer()
  return { code, ...healthSchema.parse(body) }
}

it('is ok when every system answers, whatever it answers to a stranger', async () => {
  const answer = await look(new Health(fineRedis, configOf(join(folder, 'archive')), systemClock, set))
  expect(answer).toMatchObject({ code: 200, status: 'ok', live: true, ready: true })
  expect(Object.keys(answer.dependencies).sort()).toEqual([
    ...['advoware', 'advoware-security', 'archive', 'espocrm', 'redis', 'windows-watcher'],
  ])
  expect(credentials.filter(Boolean)).toEqual([])
})

it('names the system that is down, and stays ready: restarting helps nobody', async () => {
  const answer = await look(new Health(fineRedis, configOf(folder, 'http://127.0.0.1:9'), systemClock, set))
  expect(answer).toMatchObject({ code: 200, status: 'degraded', ready: true })
  expect(answer.dependencies.espocrm).toEqual({ ok: false, detail: 'ECONNREFUSED' })
  status = 503
  const overloaded = await look(new Health(fineRedis, configOf(folder), systemClock, set))
  expect(overloaded.dependencies.advoware).toEqual({ ok: false, detail: 'HTTP 503' })
  status = 401
})

it('asks whoever can tell where Advoware is, while nobody knows it', async () => {
  const unknown = { remembered: async () => ({ api: null, security: url }) }
  const config = configOf(folder)
  Object.assign(config.advoware, { configuratorUrl: 'http://127.0.0.1:9' })
  const { dependencies } = await look(new Health(fineRedis, config, systemClock, unknown))
  expect(dependencies.advoware).toEqual({ ok: false, detail: 'ECONNREFUSED' })
  expect(dependencies['advoware-security']).toEqual({ ok: true })
})

it('is unavailable without Redis', async () => {
  const answer = await look(new Health(goneRedis, configOf(folder), systemClock, set))
  expect(answer).toMatchObject({ code: 503, status: 'unavailable', live: true, ready: false })
})

it('notices an archive that cannot be written', async () => {
  await writeFile(join(folder, 'file'), '')
  const answer = await look(
    new Health(fineRedis, configOf(join(folder, 'file', 'archive')), systemClock, set),
  )
  expect(answer.status).toBe('degraded')
  expect(answer.dependencies.archive?.ok).toBe(false)
  expect(JSON.stringify(answer)).not.toContain(folder)
})

it('asks the systems once in ten seconds, however often it is asked itself', async () => {
  let now = 0
  const health = new Health(fineRedis, configOf(folder), { now: () => new Date(now) }, set)
  requests = 0
  await Promise.all([look(health), look(health)])
  const once = requests
  await look(health)
  expect(requests).toBe(once)
  now += 10_001
  await look(health)
  expect(requests).toBe(2 * once)
})

import { expect, it, onTestFinished, vi } from 'vitest'
import { freePort } from '../../scripts/motia-process'
import { createRuntime } from '../../services/app/runtime'
import { loadConfig } from '../../services/config'
import { createLogger } from '../../services/logger'
import { AktenOperations } from '../../services/queue/akten-operations'
import { KEYS } from '../../services/redis/keys'
import { createRedis } from '../../services/redis/redis-factory'
import { showInRedis } from '../../services/redis/shown-progress'
import { Worker } from '../../services/worker/worker'
import { serveWorker } from '../../services/worker/worker-server'
import { collector, ScenarioOffice } from './office'

const PATIENCE = 20_000

/** A worker in this office, as `npm run worker` makes it; the end of the test stops it. */
function startWorker() {
  const log: string[] = []
  const config = loadConfig()
  const redis = createRedis(config.redis, () => {})
  const runtime = createRuntime(config, createLogger(collector(log), 'info'), redis)
  const worker = new Worker(runtime, showInRedis(redis))
  worker.start()
  let isOver = false
  const stop = async () => {
    if (!isOver) await worker.stop()
    isOver = true
  }
  onTestFinished(async () => {
    await stop()
    redis.disconnect()
  })
  return { worker, log, stop, runtime }
}

const lines = (log: string[], beginning: string) => log.filter((line) => line.startsWith(beginning))
const isIdle = (office: ScenarioOffice) => async () =>
  (await office.redis.exists(KEYS.pending, KEYS.processing, KEYS.swept)) === 0
const until = (condition: () => unknown) => vi.waitUntil(condition, { timeout: PATIENCE, interval: 50 })

it.each(['akte', 'global'])(
  'syncs all that is due, and what comes later within two seconds, under the lock %s',
  async (scope) => {
    const office = await ScenarioOffice.open()
    office.set({ SYNC_LOCK_SCOPE: scope, SYNC_CONCURRENCY: '3', SYNC_SWEEP_HOURS: '0' })
    const akten = Array.from({ length: 8 }, (_, at) => `${at + 1}`)
    for (const akte of akten) {
      office.addAkte(akte)
      await office.filed({ 'Klage.docx': `Klage in ${akte}` }, akte)
    }
    await office.redis.sadd(KEYS.pending, ...akten)
    const { log, worker } = startWorker()
    await until(isIdle(office))
    for (const akte of akten) await office.expectAgreement('Klage.docx', `Klage in ${akte}`, akte)
    expect(lines(log, '✅ Sync complete')).toHaveLength(8)

    await office.watcher.write('3', 'Klage.docx', 'Zweite Fassung')
    await office.redis.sadd(KEYS.pending, '3')
    await until(() => lines(log, '🔄').length === 9)
    await until(isIdle(office))
    await office.expectAgreement('Klage.docx', 'Zweite Fassung', '3')
    expect(worker.tickAgoMs()).toBeLessThan(PATIENCE)
  },
)

it('a person’s Akte comes first, then what was announced, then what it sweeps by itself', async () => {
  const office = await ScenarioOffice.open()
  for (const akte of ['asked', 'announced', 'stale', 'staler']) office.addAkte(akte)
  await office.redis.sadd(KEYS.pending, 'announced')
  await new AktenOperations(office.redis).retry(['asked'])
  const { log } = startWorker()
  await until(() => lines(log, '✅ Sync complete').length === 4)
  const order = lines(log, '🔄').map((line) => line.split(' ').at(-1))
  expect(order.slice(0, 2)).toEqual(['asked', 'announced'])
  expect(order.slice(2).sort()).toEqual(['stale', 'staler'])
})

it('where EspoCRM refuses the key, it asks a few times and rests, and counts no attempt', async () => {
  const office = await ScenarioOffice.open()
  office.set({ SYNC_LOCK_SCOPE: 'akte', SYNC_CONCURRENCY: '4', SYNC_SWEEP_HOURS: '0' })
  const akten = Array.from({ length: 40 }, (_, at) => `${at + 1}`)
  for (const akte of akten) office.addAkte(akte)
  office.espo.faults.set({ mode: 'status', status: 401 })
  await office.redis.sadd(KEYS.pending, ...akten)
  startWorker()
  await until(() => office.espo.requests.length > 0)
  const ticks = Number(await office.redis.hget(KEYS.polling, 'ticks'))
  await until(async () => Number(await office.redis.hget(KEYS.polling, 'ticks')) >= ticks + 3)
  expect(office.espo.requests.length).toBeLessThanOrEqual(4)
  expect(await office.redis.exists(KEYS.attempts, KEYS.failed, KEYS.begunRuns)).toBe(0)
})

it('when it is to end, what is under way finishes, and the rest waits for another one', async () => {
  const office = await ScenarioOffice.open()
  office.set({ SYNC_SWEEP_HOURS: '0' })
  for (const akte of ['1', '2']) {
    office.addAkte(akte)
    await office.filed({ 'Klage.docx': `Klage in ${akte}` }, akte)
  }
  office.watcher.faults.set({ mode: 'slow', ms: 500 })
  await office.redis.sadd(KEYS.pending, '1', '2')
  const { log, stop } = startWorker()
  await until(() => lines(log, '🔄').length === 1)
  await stop()
  expect(lines(log, '✅ Sync complete')).toHaveLength(1)
  expect(await office.redis.scard(KEYS.pending)).toBe(1)
  expect(await office.redis.exists(KEYS.processing, KEYS.leases, KEYS.globalLock)).toBe(0)
})

it('what takes longer is cut off and handed back at once: no attempt, no lock and no lease is left', async () => {
  const office = await ScenarioOffice.open()
  office.set({ SYNC_SWEEP_HOURS: '0' })
  office.addAkte('1')
  await office.filed({ 'Klage.docx': 'Klage' }, '1')
  office.watcher.faults.set({ mode: 'slow', ms: 25_000, match: { path: /^\/file$/ } })
  await office.redis.sadd(KEYS.pending, '1')
  const { log, stop } = startWorker()
  await until(() => office.watcher.requests.some(({ path }) => path === '/file'))
  await stop()
  expect(log.join('\n')).toContain('❌ The run of Akte 1 was cut off')
  expect(await office.redis.smembers(KEYS.pending)).toEqual(['1'])
  const left = [
    KEYS.processing,
    KEYS.leases,
    KEYS.globalLock,
    KEYS.attempts,
    KEYS.begunRuns,
    KEYS.delayedUntil,
  ]
  expect(await office.redis.exists(...left)).toBe(0)

  office.watcher.faults.clear()
  startWorker()
  await until(isIdle(office))
  await office.expectAgreement('Klage.docx', 'Klage', '1')
})

it('answers /health to this machine and /metrics to who knows the token, and nothing else', async () => {
  const office = await ScenarioOffice.open()
  office.set({ SYNC_ADMIN_TOKEN: 'a-token-of-at-least-32-characters!!' })
  const { runtime } = startWorker()
  const port = await freePort()
  const server = await serveWorker(runtime, port)
  onTestFinished(() => void server.close())
  const ask = (path: string, init: RequestInit = {}) => fetch(`http://127.0.0.1:${port}${path}`, init)
  await until(async () => ((await (await ask('/health')).json()) as { ready: boolean }).ready)
  expect((await ask('/health')).status).toBe(200)
  expect((await ask('/metrics')).status).toBe(401)
  const authorization = 'Bearer a-token-of-at-least-32-characters!!'
  const metrics = await ask('/metrics', { headers: { authorization } })
  expect(await metrics.text()).toContain('document_sync_akten{state="pending"} 0')
  for (const [path, init, status] of [
    ['/akten', {}, 404],
    ['/', {}, 404],
    ['/health', { method: 'POST' }, 405],
  ] as const)
    expect((await ask(path, init)).status, path).toBe(status)
})

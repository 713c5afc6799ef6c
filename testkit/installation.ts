import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { type Office, type OfficeOptions, startOffice } from '../sandbox/office'
import { ensureRedis } from '../scripts/ensure-redis.mjs'
import {
  freeMotiaPort,
  freePort,
  type MotiaProcess,
  type ProductProcess,
  spawnWorker,
  startMotia,
} from '../scripts/motia-process'
import { KEYS } from '../services/redis/keys'

export const PENDING = 'advoware:pending_aktennummern'
export const PROCESSING = 'advoware:processing_aktennummern'
export const MINUTE = 60_000

/** A whole installation of its own: the office, a real Redis and a real Motia, on free ports. */
export interface Installation {
  office: Office
  redis: Redis
  redisPort: number
  motia: MotiaProcess
  folder: string
  /** One more server on the same Redis, or the same again after it ended, on its `port` where that is given. */
  startServer(
    env?: Record<string, string>,
    onLine?: (line: string) => void,
    port?: number,
  ): Promise<MotiaProcess>
  /** A worker without Motia on the same Redis; resolves when it is ready. */
  startWorker(env?: Record<string, string>, onLine?: (line: string) => void): Promise<ProductProcess>
  /** Redis dies at once; its append-only file stays for `restartRedis`. */
  killRedis(): Promise<void>
  restartRedis(): Promise<void>
  close(): Promise<void>
}

/** Asks until the answer is truthy; the error says what was waited for. */
export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
  timeoutMs = 60_000,
): Promise<NonNullable<T>> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const answer = await ask()
    if (answer) return answer
    if (Date.now() > deadline) throw new Error(`Waited ${timeoutMs / 1000} s for: ${what}`)
    await sleep(100)
  }
}

/** A real redis-server on this port, that keeps its data in `folder`. */
export async function startRedis(folder: string, port: number): Promise<ChildProcess> {
  const args = [
    '--port',
    `${port}`,
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--save',
    '',
    '--appendonly',
    'yes',
  ]
  const server = spawn(await ensureRedis(), args, { stdio: 'ignore' })
  const client = new Redis({ port, host: '127.0.0.1', maxRetriesPerRequest: null, lazyConnect: true })
  client.on('error', () => {})
  await until('Redis', () => client.ping().catch(() => ''), 15_000)
  client.disconnect()
  return server
}

export async function stopProcess(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((done) => child.once('exit', done))
  child.kill(signal)
  await gone
}

/** The office, an external Redis and Motia that is ready; `seed` fills the office before Motia starts. */
export async function install(options: {
  seed: (office: Office) => Promise<unknown>
  env?: Record<string, string>
  /** The EspoCRM that the office has. */
  mapping?: OfficeOptions['mapping']
  command?: 'dev' | 'start'
  onLine?: (line: string) => void
}): Promise<Installation> {
  const folder = await mkdtemp(join(tmpdir(), 'document-sync-e2e-'))
  const undo: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true, maxRetries: 3 })]
  const close = async () => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  try {
    const office = await startOffice({ dataDir: join(folder, 'office'), mapping: options.mapping })
    undo.push(() => office.close())
    await options.seed(office)
    const redisPort = await freePort()
    let server = await startRedis(folder, redisPort)
    undo.push(() => stopProcess(server))
    const redis = new Redis({ host: '127.0.0.1', port: redisPort })
    redis.on('error', () => {}) // commands report it
    undo.push(async () => redis.disconnect())
    const settings = {
      ...office.env(),
      MOTIA_REDIS_HOST: '127.0.0.1',
      MOTIA_REDIS_PORT: `${redisPort}`,
      SYNC_ARCHIVE_DIR: join(folder, 'archive'),
      ESPOCRM_WEBHOOK_SECRETS_FILE: join(folder, 'webhooks.json'),
      SYNC_AUDIT_DIR: join(folder, 'audit'),
      SYNC_BASE_DIR: join(folder, 'bases'),
      SYNC_SWEEP_HOURS: '0', // only what is asked for is synced, unless `env` says otherwise
      ...options.env,
    }
    const startServer: Installation['startServer'] = async (env = {}, onLine = () => {}, port?: number) => {
      const motia = await startMotia({
        env: { ...settings, ...env },
        motiaDir: join(folder, 'motia'),
        command: options.command ?? 'dev',
        port: port ?? (await freeMotiaPort()),
        onLine,
      })
      undo.push(() => motia.stop())
      return motia
    }
    const startWorker: Installation['startWorker'] = async (env = {}, onLine = () => {}) => {
      const worker = spawnWorker({ env: { ...settings, ...env }, port: await freePort(), onLine })
      undo.push(() => worker.stop())
      await until('the worker', () => worker.output().includes('🚀'), MINUTE).catch((error: Error) => {
        throw new Error(`${error.message}\n${worker.output()}`)
      })
      return worker
    }
    const motia = await startServer({}, options.onLine)
    // It listens before it has prepared the Workbench, which takes long on a busy machine.
    await until('a server that is ready', async () => (await fetch(`${motia.url}/health`)).status === 200)
    return {
      office,
      redis,
      redisPort,
      motia,
      folder,
      close,
      startServer,
      startWorker,
      killRedis: () => stopProcess(server, 'SIGKILL'),
      restartRedis: async () => {
        server = await startRedis(folder, redisPort)
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** What an operator does, and the wait until the Akte is neither pending nor processing. */
export async function sync({ redis, motia }: Installation, aktennummer: string): Promise<void> {
  await redis.sadd(PENDING, aktennummer)
  await until(
    `the sync of ${aktennummer}`,
    async () => {
      const places = [redis.sismember(PENDING, aktennummer), redis.sismember(PROCESSING, aktennummer)]
      return !(await Promise.all(places)).includes(1)
    },
    90_000,
  ).catch((error: Error) => {
    throw new Error(`${error.message}\n${motia.output().split('\n').slice(-40).join('\n')}`)
  })
}

/** The Akten that somebody runs at this moment. */
export async function underWay({ redis }: Installation): Promise<string[]> {
  const leases = Object.entries(await redis.hgetall(KEYS.leases))
  return leases.filter(([, lease]) => !lease.startsWith('waiting|')).map(([akte]) => akte)
}

/** From now on every answer of all three systems takes so long. */
export function slowDown({ espo, watcher, advoware }: Office, ms: number): void {
  for (const { faults } of [espo, watcher, advoware]) faults.set({ mode: 'slow', ms })
}

/** Resolves when nothing is pending or processing any more. */
export const allDone = ({ redis }: Installation, timeoutMs = 3 * MINUTE) =>
  until('the sets to be empty', async () => (await redis.sunion(PENDING, PROCESSING)).length === 0, timeoutMs)

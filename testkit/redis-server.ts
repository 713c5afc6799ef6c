import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Redis } from 'ioredis'
import { ensureRedis } from '../scripts/ensure-redis.mjs'
import { freePort } from '../scripts/motia-process'
import { waitForRedis } from '../services/redis/embedded-redis'
import { createRedis } from '../services/redis/redis-factory'

const HOST = '127.0.0.1'

export interface TestRedis {
  host: string
  port: number
  /** Another client of the product's own kind; closed by `stop`. */
  connect(): Redis
  stop(): Promise<void>
}

/** A real redis-server that keeps nothing, with the given options besides. */
export async function startTestRedis(...options: string[]): Promise<TestRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'document-sync-redis-'))
  const port = await freePort()
  const own = ['--port', `${port}`, '--bind', HOST, '--dir', folder, '--save', '', '--appendonly', 'no']
  const server = spawn(await ensureRedis(), [...own, ...options], { stdio: 'ignore' })
  await waitForRedis({ host: HOST, port }, 20_000)
  const clients: Redis[] = []
  const address = { host: HOST, port, db: 0, external: true, username: undefined, password: undefined }
  return {
    host: HOST,
    port,
    connect: () => {
      const client = createRedis(address, (error) => console.error(error))
      clients.push(client)
      return client
    },
    stop: async () => {
      for (const client of clients) client.disconnect()
      const ended = once(server, 'exit')
      server.kill('SIGKILL')
      await ended
      await rm(folder, { recursive: true, force: true, maxRetries: 5 }) // a forked rewrite may still write
    },
  }
}

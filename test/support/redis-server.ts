import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Redis } from 'ioredis'
import { ensureRedis } from '../../scripts/ensure-redis.mjs'
import { waitForRedis } from '../../services/redis/embedded-redis'
import { createRedis } from '../../services/redis/redis-factory'

const HOST = '127.0.0.1'

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, HOST)
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

export interface TestRedis {
  port: number
  /** Another client of the product's own kind; closed by `stop`. */
  connect(): Redis
  stop(): Promise<void>
}

/** A real redis-server that keeps nothing. */
export async function startTestRedis(): Promise<TestRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'document-sync-redis-'))
  const port = await freePort()
  const options = ['--port', `${port}`, '--bind', HOST, '--dir', folder, '--save', '', '--appendonly', 'no']
  const server = spawn(await ensureRedis(), options, { stdio: 'ignore' })
  await waitForRedis({ host: HOST, port }, 20_000)
  const clients: Redis[] = []
  const address = { host: HOST, port, db: 0, external: true, username: undefined, password: undefined }
  return {
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

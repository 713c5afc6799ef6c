import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { ensureRedis } from '../../scripts/ensure-redis.mjs'
import { freePort } from '../../scripts/motia-process'
import { type RedisAddress, waitForRedis } from '../../services/redis/embedded-redis'

/** A real Redis for one test, with the given options besides; it ends with the test. */
export async function startTestRedis(...options: string[]): Promise<RedisAddress> {
  const folder = await mkdtemp(join(tmpdir(), 'document-sync-redis-'))
  const port = await freePort()
  const own = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder]
  const server = spawn(await ensureRedis(), [...own, ...options], { stdio: 'ignore' })
  onTestFinished(async () => {
    const ended = once(server, 'exit')
    server.kill()
    await ended
    await rm(folder, { recursive: true, force: true })
  })
  const address = { host: '127.0.0.1', port }
  await waitForRedis(address, 20_000)
  return address
}

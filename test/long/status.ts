import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { root } from '../../scripts/motia-process'
import { environmentOf } from '../../services/config'
import type { Installation } from '../../testkit/installation'

/** What `npm run status` prints about this installation, in English, and how it ends. */
export async function statusOf({
  office,
  redisPort,
}: Installation): Promise<{ code: number; stdout: string }> {
  const settings = { MOTIA_REDIS_HOST: '127.0.0.1', MOTIA_REDIS_PORT: `${redisPort}`, SYNC_LANGUAGE: 'en' }
  const env = environmentOf({ ...office.env(), ...settings }, {})
  const command = spawn(process.execPath, ['--import', 'tsx', 'scripts/status.ts'], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [stdout, [code]] = await Promise.all([text(command.stdout), once(command, 'exit')])
  return { code, stdout }
}

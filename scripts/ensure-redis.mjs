// Finds a redis-server, or installs one. Plain JavaScript, no dependencies.
// As a program it prints the path on stdout, and what it does on stderr.
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { findProgram, installPackage } from './system-packages.mjs'

const say = (line) => console.error(line)

/** An installed redis-server, or undefined. */
function findRedis() {
  const named = process.env.REDISMS_SYSTEM_BINARY
  if (named && existsSync(named)) return named
  const onWindows = process.platform === 'win32' ? ['redis-server.exe'] : []
  return findProgram('redis-server', 'valkey-server', ...onWindows)
}

const installFromSystem = () =>
  installPackage({
    ...{ apt: 'redis-server', dnf: 'redis', apk: 'redis', brew: 'redis' },
    service: 'redis-server',
  })

async function downloadAndCompile() {
  const require = createRequire(import.meta.url)
  const { default: RedisBinary } = require('redis-memory-server/lib/util/RedisBinary.js')
  return RedisBinary.getPath({})
}

/** The path of a redis-server that works; installs one where there is none. */
export async function ensureRedis() {
  const found = findRedis()
  if (found) return found
  say('🔧 No redis-server on this machine: installing the system package ...')
  if (installFromSystem()) {
    const installed = findRedis()
    if (installed) {
      say(`✅ Installed ${installed}`)
      return installed
    }
  }
  say('🔧 No system package could be installed: downloading and compiling Redis (some minutes) ...')
  try {
    const built = await downloadAndCompile()
    if (built && existsSync(built)) return built
  } catch (error) {
    say(`   ${error instanceof Error ? error.message : error}`)
  }
  throw new Error(
    'No redis-server found and none could be installed. Install Redis 6.2 or newer, or set REDISMS_SYSTEM_BINARY to its path, or MOTIA_REDIS_HOST to a running one.',
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    console.log(await ensureRedis())
  } catch (error) {
    say(`❌ ${error.message}`)
    process.exit(1)
  }
}

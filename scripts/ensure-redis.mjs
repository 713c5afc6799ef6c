// Finds a redis-server, or installs one. Plain JavaScript, no dependencies.
// As a program it prints the path on stdout, and what it does on stderr.
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const say = (line) => console.error(line)

function find(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/bin', '/usr/bin']
  for (const folder of folders.filter(Boolean)) {
    const path = join(folder, name)
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {}
  }
  return undefined
}

/** An installed redis-server, or undefined. */
export function findRedis() {
  const named = process.env.REDISMS_SYSTEM_BINARY
  if (named && existsSync(named)) return named
  return (
    find('redis-server') ??
    find('valkey-server') ??
    (process.platform === 'win32' ? find('redis-server.exe') : undefined)
  )
}

const run = (command, args, env = {}) =>
  spawnSync(command, args, { stdio: ['ignore', 2, 2], env: { ...process.env, ...env } }).status === 0

function installFromSystem() {
  const isRoot = process.getuid?.() === 0
  const sudo = !isRoot && find('sudo') && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0
  const asRoot = (args) => (isRoot ? run(args[0], args.slice(1)) : run('sudo', ['-n', ...args]))
  if (find('brew') && !isRoot) return run('brew', ['install', 'redis'])
  if (!isRoot && !sudo) return false
  if (find('apt-get')) {
    // RUNLEVEL=1 and disable: no Redis service may run behind the user's back, now or after a reboot.
    const quiet = ['env', 'RUNLEVEL=1', 'DEBIAN_FRONTEND=noninteractive', 'apt-get']
    asRoot([...quiet, '-qq', 'update'])
    const done = asRoot([
      ...quiet,
      '-qq',
      '-o',
      'Dpkg::Use-Pty=0',
      'install',
      '-y',
      '--no-install-recommends',
      'redis-server',
    ])
    if (done && find('systemctl')) asRoot(['systemctl', '--quiet', 'disable', '--now', 'redis-server'])
    return done
  }
  if (find('dnf')) return asRoot(['dnf', 'install', '-y', '-q', 'redis'])
  if (find('apk')) return asRoot(['apk', 'add', '--quiet', 'redis'])
  return false
}

async function downloadAndCompile() {
  const require = createRequire(import.meta.url)
  const { RedisBinary } = require('redis-memory-server/lib/util/RedisBinary.js')
  return (RedisBinary ?? require('redis-memory-server/lib/util/RedisBinary.js').default).getPath({})
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

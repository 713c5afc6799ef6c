// Installs node_modules when they are missing or older than the lockfile. Plain JavaScript, no dependencies.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..')

const lockHash = () =>
  createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')

/** True when the installed packages match the lockfile. */
function isInstalled() {
  const marker = join(root, 'node_modules/.document-sync-lock')
  const npmMarker = join(root, 'node_modules/.package-lock.json')
  if (!existsSync(npmMarker)) return false
  if (existsSync(marker)) return readFileSync(marker, 'utf8') === lockHash()
  return statSync(npmMarker).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs
}

export function ensureInstalled() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 12)) {
    console.error(`❌ Node.js 20.12 or newer is needed, this is ${process.version}`)
    process.exit(1)
  }
  if (isInstalled()) return
  console.log('📦 Installing packages (npm ci), this happens once ...')
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const run = (...args) =>
    spawnSync(npm, [...args, '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: root,
      stdio: 'inherit',
      shell: process.platform === 'win32',
      env: { ...process.env, NODE_ENV: '', REDISMS_DISABLE_POSTINSTALL: '1' },
    }).status === 0
  // Normally npm ci; npm install repairs a lockfile that lacks an optional binary for this platform.
  if (!run('ci') && !run('install', '--no-save')) {
    console.error('❌ The packages could not be installed; see the lines above')
    process.exit(1)
  }
  writeFileSync(join(root, 'node_modules/.document-sync-lock'), lockHash())
}

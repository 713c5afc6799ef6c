// Finds a Chromium, or installs one. Plain JavaScript, no dependencies.
// As a program it prints the path on stdout, and what it does on stderr.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findProgram, installPackage } from './system-packages.mjs'

const say = (line) => console.error(line)

/** An installed Chromium or Chrome, or undefined. */
function findChromium() {
  const named = process.env.CHROMIUM_BINARY
  if (named && existsSync(named)) return named
  const onMac = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'
  return (
    findProgram('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable') ??
    (existsSync(onMac) ? onMac : undefined)
  )
}

/** Playwright's own build, for machines without the right to install packages; undefined if unavailable. */
function downloadChromium() {
  const require = createRequire(import.meta.url)
  const cli = join(dirname(require.resolve('playwright-core/package.json')), 'cli.js')
  spawnSync(process.execPath, [cli, 'install', 'chromium'], { stdio: ['ignore', 2, 2] })
  const path = require('playwright-core').chromium.executablePath()
  return existsSync(path) ? path : undefined
}

/** The path of a Chromium that works; installs one where there is none. */
export async function ensureChromium() {
  const found = findChromium()
  if (found) return found
  say('🔧 No Chromium on this machine: installing the system package ...')
  installPackage({ apt: 'chromium', dnf: 'chromium', apk: 'chromium', brew: 'chromium' })
  const installed = findChromium()
  if (installed) {
    say(`✅ Installed ${installed}`)
    return installed
  }
  say('🔧 No system package could be installed: downloading Chromium ...')
  const downloaded = downloadChromium()
  if (downloaded) return downloaded
  throw new Error(
    'No Chromium found and none could be installed. Install Chromium or Chrome, or set CHROMIUM_BINARY to its path.',
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    console.log(await ensureChromium())
  } catch (error) {
    say(`❌ ${error.message}`)
    process.exit(1)
  }
}

// `motia dev` and `motia start` with this product's defaults: no analytics, listening on this machine only.
// Options given on the command line come last and win: `npm start -- --host 0.0.0.0 --port 8080`.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { takePort } from './early-port.mjs'
import { ensureInstalled, root } from './install.mjs'

ensureInstalled()
if (existsSync(join(root, '.env'))) process.loadEnvFile(join(root, '.env')) // never replaces what is set
process.env.MOTIA_ANALYTICS_DISABLED ||= 'true'
// jiti, which loads motia.config.ts, and tsx keep compiled code under predictable names in the shared temporary folder and
// run what another user of the machine put there.
process.env.JITI_FS_CACHE = 'false'
process.env.TSX_DISABLE_CACHE = '1'
// The process of a step takes over the code that the last one compiled: a fifth of its processor time with Node 24 and
// newer, nothing with 22. The folder is the product's own, so nobody else puts code there.
const nodeVersion = Number(process.versions.node.split('.')[0])
if (nodeVersion >= 24) process.env.NODE_COMPILE_CACHE ||= join(root, '.motia/compile-cache')
process.chdir(root)
if (process.channel) {
  // Started by the demo or a test: end with it, however it ends.
  process.on('disconnect', () => process.exit(0))
  if (!process.connected) process.exit(0)
  process.channel.unref()
}

const say = (german, english) => (process.env.SYNC_LANGUAGE?.trim() === 'en' ? english : german)

/** The code of what keeps a folder from taking a file; undefined when nothing does. */
function troubleIn(folder) {
  let own
  try {
    own = mkdtempSync(join(folder, 'document-sync-')) // a name that nobody could foresee: others may write there, too
    writeFileSync(join(own, 'probe'), Buffer.alloc(64 * 1024))
  } catch (error) {
    return error.code
  } finally {
    if (own !== undefined) rmSync(own, { recursive: true, force: true })
  }
}

const [command = 'dev', ...options] = process.argv.slice(2)
const isServer = command === 'dev' || command === 'start'
const host = /(?:^|\s)(?:-H|--host)[\s=](\S+)/.exec(options.join(' '))?.[1] ?? '127.0.0.1'
const port = /(?:^|\s)(?:-p|--port)[\s=](\d+)/.exec(options.join(' '))?.[1]
if (Number(port) > 65535 - 21678) {
  // The Workbench's reload socket takes port + 21678; Motia would exit silently.
  console.error(`❌ --port ${port} is too high for the Workbench; 43857 is the highest`)
  process.exit(1)
}
// Motia would silently take the next port.
globalThis.documentSyncPort = isServer ? await takePort(Number(port ?? 3000), host) : null
if (isServer && globalThis.documentSyncPort === null) {
  console.error(
    say(
      `❌ Auf Port ${port ?? 3000} lauscht schon etwas: Beenden Sie es, oder nehmen Sie einen anderen: npm start -- --port 3001`,
      `❌ Port ${port ?? 3000} is taken: end what listens there, or take another one: npm start -- --port 3001`,
    ),
  )
  process.exit(1)
}
const trouble = troubleIn(tmpdir())
if (trouble !== undefined) {
  console.error(
    say(
      `❌ Zwischenspeicher: ${tmpdir()} ist nicht beschreibbar (${trouble}): Schaffen Sie Platz, oder setzen Sie TMPDIR auf einen anderen Ordner`,
      `❌ Temporary files: ${tmpdir()} is not writable (${trouble}): make room, or set TMPDIR to another folder`,
    ),
  )
  process.exit(1)
}

// Whatever goes wrong while motia.config.ts is loaded, Motia would go on with its defaults, and download a Redis.
process.env.MOTIA_DISABLE_MEMORY_SERVER = 'true'
const { warn } = console
console.warn = (...args) => {
  if (!String(args[0]).startsWith('Failed to load motia.config')) return warn(...args)
  const [, { code, message } = {}] = args
  console.error(
    say(
      `❌ Der Server startet nicht: motia.config.ts ließ sich nicht laden (${code ?? message}). Haben ${root} und ${tmpdir()} (TMPDIR) Platz, und sind sie beschreibbar?`,
      `❌ The server does not start: motia.config.ts could not be loaded (${code ?? message}). Have ${root} and ${tmpdir()} (TMPDIR) room, and are they writable?`,
    ),
  )
  process.exit(1)
}
process.argv = [process.argv[0], 'motia', command, ...(isServer ? ['--host', '127.0.0.1'] : []), ...options]
await import(pathToFileURL(join(root, 'node_modules/motia/dist/cli.mjs')).href)

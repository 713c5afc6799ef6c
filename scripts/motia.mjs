// `motia dev` and `motia start` with this product's defaults: no analytics, listening on this machine only.
// Options given on the command line come last and win: `npm start -- --host 0.0.0.0 --port 8080`.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ensureInstalled, root } from './install.mjs'

ensureInstalled()
if (existsSync(join(root, '.env'))) process.loadEnvFile(join(root, '.env')) // never replaces what is set
process.env.MOTIA_ANALYTICS_DISABLED ||= 'true'
process.chdir(root)
if (process.channel) {
  // Started by the demo or a test: end with it, however it ends.
  process.on('disconnect', () => process.exit(0))
  if (!process.connected) process.exit(0)
  process.channel.unref()
}

const [command = 'dev', ...options] = process.argv.slice(2)
const port = /(?:^|\s)(?:-p|--port)[\s=](\d+)/.exec(options.join(' '))?.[1]
if (Number(port) > 65535 - 21678) {
  // The Workbench's reload socket takes port + 21678; Motia would exit silently.
  console.error(`❌ --port ${port} is too high for the Workbench; 43857 is the highest`)
  process.exit(1)
}
process.argv = [process.argv[0], 'motia', command, '--host', '127.0.0.1', ...options]
await import(pathToFileURL(join(root, 'node_modules/motia/dist/cli.mjs')).href)

// `npm run demo`: installs what is missing, then shows one sync of a small law office. Plain JavaScript, because nothing is installed yet.
import { ensureRedis } from './ensure-redis.mjs'
import { ensureInstalled } from './install.mjs'

ensureInstalled()
try {
  process.env.REDISMS_SYSTEM_BINARY = await ensureRedis()
} catch (error) {
  console.error(`❌ ${error.message}`)
  process.exit(1)
}
await import('./typescript.mjs')
await import('./demo.ts')

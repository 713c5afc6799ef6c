import { resolve } from 'node:path'
import { startOffice } from './office'
import { seedTypicalAkte } from './seed'

const dataDir = resolve(process.argv[2] ?? '.sandbox')
const ports = { watcher: 8765, advoware: 8766, espo: 8767 }
const office = await startOffice({ dataDir, ports })
await seedTypicalAkte(office)
for (const [name, port] of Object.entries(ports)) {
  const { url } = office[name as keyof typeof ports]
  if (new URL(url).port !== `${port}`) console.warn(`⚠️  Port ${port} is taken: ${name} listens on ${url}`)
}

console.log(`🏛️ Law office in a box, data in ${dataDir}
   Windows folder   ${office.watcher.folder('12345')}
   Watcher          ${office.watcher.url}
   Advoware         ${office.advoware.url}
   EspoCRM          ${office.espo.url}/?akte=12345
   Faults           POST {"mode":"503","times":2} to <server>/_sandbox/faults; DELETE clears

Settings for the product (.env):`)
for (const [name, value] of Object.entries(office.env())) console.log(`${name}=${value}`)
console.log('\nCtrl-C ends.')

const stop = (): void => {
  void office.close().finally(() => process.exit(0))
}
process.once('SIGINT', stop)
process.once('SIGTERM', stop)

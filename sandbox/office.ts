import { mkdir } from 'node:fs/promises'
import { AdvowareStandIn } from './advoware'
import { ADVOWARE_SETTINGS } from './advoware-records'
import { mappingFile, type SchemaName } from './espo/predecessor'
import { EspoStandIn } from './espo/server'
import { WatcherStandIn } from './watcher'

/** Ports: 0, none, or one that is taken means any free one. */
export interface OfficeOptions {
  dataDir: string
  /** The installation that EspoCRM plays; the product's own extension unless told. */
  mapping?: SchemaName | undefined
  /** False: without the attributes that the mapping adds. */
  isExtended?: boolean
  ports?: { watcher?: number; advoware?: number; espo?: number }
}

/** A law office in a box: the three systems as real HTTP servers on loopback. */
export interface Office {
  watcher: WatcherStandIn
  advoware: AdvowareStandIn
  espo: EspoStandIn
  /** The settings that point the product at this office. */
  env(): Record<string, string>
  close(): Promise<void>
}

const WATCHER_TOKEN = 'sandbox-watcher-token'

/** Starts the three servers; data in `dataDir` from an earlier start is kept. */
export async function startOffice(options: OfficeOptions): Promise<Office> {
  const { dataDir, ports = {}, mapping = 'extension', isExtended } = options
  await mkdir(dataDir, { recursive: true })
  const watcher = await WatcherStandIn.create(dataDir, WATCHER_TOKEN)
  const advoware = await AdvowareStandIn.create(dataDir)
  const espo = await EspoStandIn.create(dataDir, mapping, isExtended)
  await watcher.listen(ports.watcher)
  await advoware.listen(ports.advoware)
  await espo.listen(ports.espo)
  espo.around = {
    unlisted: async (akte) => {
      const named = advoware.history(akte).flatMap(({ datei }) => (datei ? [datei.toLowerCase()] : []))
      const files = (await watcher.list(akte)).map(({ path }) => path)
      return files.filter((path) => !named.some((datei) => datei.endsWith(path.toLowerCase())))
    },
    enter: (akte, path) => {
      const dat = new Date().toISOString().slice(0, 10)
      const text = path.slice(path.lastIndexOf('\\') + 1)
      advoware.addHistory(akte, { dat, art: 'Dokument', text, datei: `V:\\Akten\\${akte}\\${path}` })
    },
  }
  return {
    watcher,
    advoware,
    espo,
    env: () => ({
      ADVOWARE_WATCHER_URL: watcher.url,
      ADVOWARE_WATCHER_AUTH_TOKEN: WATCHER_TOKEN,
      ADVOWARE_API_BASE_URL: advoware.url,
      ADVOWARE_SECURITY_URL: advoware.url,
      ADVOWARE_CONFIGURATOR_URL: advoware.configuratorUrl,
      ...ADVOWARE_SETTINGS,
      ESPOCRM_API_BASE_URL: `${espo.url}/api/v1`,
      ESPOCRM_API_KEY: espo.apiUser.apiKey,
      ...(mapping === 'extension' ? {} : { ESPOCRM_MAPPING: mappingFile(mapping) }),
    }),
    close: async () => {
      await Promise.all([watcher.close(), advoware.close(), espo.close()])
    },
  }
}

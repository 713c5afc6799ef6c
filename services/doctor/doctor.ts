import { z } from 'zod'
import type { Config } from '../config'
import { EspoClient } from '../espo/espo-client'
import type { Finding } from '../model/finding'
import type { ServiceContext } from '../model/service-context'
import { checkAdvoware } from './advoware-check'
import { checkEspo } from './espo-check'
import { checkFolders } from './folder-check'
import { checkRedis } from './redis-check'
import { checkWatcher } from './watcher-check'
import { checkWebhookRoute } from './webhook-route-check'

const akteSchema = z.object({ list: z.array(z.object({ aktennummer: z.string() })) })

/** An Akte that is synced, for the checks of Windows and Advoware; undefined where EspoCRM has none. */
async function someAkte(context: ServiceContext, { espo }: Config): Promise<string | undefined> {
  const params = {
    'where[0][type]': 'equals',
    'where[0][attribute]': 'aktivierungsstatus',
    'where[0][value]': 'Aktiv',
    orderBy: 'lastSync',
    order: 'desc',
    maxSize: 1,
  }
  try {
    const { data } = await new EspoClient(context, espo).request('GET', espo.entityAkte, { params })
    return akteSchema.parse(data).list[0]?.aktennummer
  } catch {
    return undefined // the check of EspoCRM says why
  }
}

/**
 * Tests every connection with the real settings, all at once. Nothing is changed, except that a file
 * is written to each folder and removed again. Windows and Advoware are asked for `wanted`, or for any synced Akte.
 */
export async function examine(
  context: ServiceContext,
  config: Config,
  wanted: string | undefined,
): Promise<Finding[]> {
  const aktennummer = wanted ?? (await someAkte(context, config))
  const checks = [
    checkRedis(context, config),
    checkWatcher(context, config, aktennummer),
    checkAdvoware(context, config, aktennummer),
    checkEspo(context, config),
    checkWebhookRoute(config),
    checkFolders(config),
  ]
  return (await Promise.all(checks)).flat()
}

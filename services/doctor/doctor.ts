import type { Config } from '../config'
import type { ConfigError } from '../errors'
import { EspoService } from '../espo/espo-service'
import type { Finding } from '../model/finding'
import type { Language } from '../model/reasons'
import type { ServiceContext } from '../model/service-context'
import { doctorText } from '../text/doctor'
import { checkAdvoware } from './advoware-check'
import { envFileWarnings } from './env-check'
import { checkEspo } from './espo-check'
import { checkFolders } from './folder-check'
import { checkRedis } from './redis-check'
import { checkSecretFiles } from './secrets-check'
import { checkWatcher } from './watcher-check'
import { checkWebhookRoute } from './webhook-route-check'

/** Some Akte that is synced, to ask Windows and Advoware for; undefined where EspoCRM names none. */
async function someAkte(context: ServiceContext, { espo }: Config): Promise<string | undefined> {
  try {
    return (await new EspoService(context, espo).findSyncedAkte())?.aktennummer
  } catch {
    return undefined // the check of EspoCRM says why
  }
}

/**
 * Tests every connection with the real settings, all at once. Nothing is changed, except that a file
 * is written to each folder and removed again. Windows and Advoware are asked for `wanted`, or for any synced Akte; in
 * `envFile` and the environment, what looks like a mistake is found.
 */
export async function examine(
  context: ServiceContext,
  config: Config,
  wanted: string | undefined,
  envFile = '.env',
): Promise<Finding[]> {
  const aktennummer = wanted ?? (await someAkte(context, config))
  const checks = [
    checkRedis(context, config),
    checkWatcher(context, config, aktennummer),
    checkAdvoware(context, config, aktennummer),
    checkEspo(context, config),
    checkWebhookRoute(config),
    checkFolders(context, config),
    checkSecretFiles(config),
  ]
  return [...mistakesIn(envFile, config.sync.language), ...(await Promise.all(checks)).flat()]
}

/** Settings that are missing or malformed, as findings, beside what in `envFile` may be the reason. */
export function settingFindings({ problems }: ConfigError, language: Language, envFile = '.env'): Finding[] {
  const { about, advice } = doctorText(language).settings
  const errors = problems.map((text): Finding => ({ level: 'error', about, text, advice }))
  return [...errors, ...mistakesIn(envFile, language)]
}

function mistakesIn(envFile: string, language: Language): Finding[] {
  const { about, envAdvice: advice } = doctorText(language).settings
  return envFileWarnings(envFile, language).map((text) => ({ level: 'warning', about, text, advice }))
}

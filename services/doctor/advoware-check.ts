import { AdvowareClient } from '../advoware/advoware-client'
import { AdvowareService } from '../advoware/advoware-service'
import { HistoryService } from '../advoware/history-service'
import type { Config } from '../config'
import { NotFoundError } from '../errors'
import { type Finding, Findings } from '../model/finding'
import type { ServiceContext } from '../model/service-context'
import { doctorText } from '../text/doctor'
import { checkClock } from './clock-check'
import { addressAdvice, adviceAfter, problemText } from './identity'
import { probe } from './probe'

const WITHOUT_LOGIN = 401

/** A cache of its own for the token, so that the login itself is tested and nothing in Redis is touched. */
function ownCache() {
  let token: string | null = null
  return {
    get: async () => token,
    set: async (_key: unknown, value: unknown) => {
      token = String(value)
      return 'OK' as const
    },
    del: async () => {
      token = null
      return 1
    },
  }
}

/** Advoware issues a token, its API is where the settings say, and it returns one Akte with its History. */
export async function checkAdvoware(
  context: ServiceContext,
  config: Config,
  aktennummer: string | undefined,
): Promise<Finding[]> {
  const { language } = config.sync
  const { advoware: text, systems, anotherAkte } = doctorText(language)
  const { securityUrl, apiBaseUrl, apiPrefix, user } = config.advoware
  const findings = new Findings(systems.advoware)
  const about = { system: 'advoware', login: text.login, reach: text.reach } as const
  const client = new AdvowareClient(context, ownCache(), config.advoware)
  try {
    checkClock(findings, (await probe(securityUrl)).date, context.clock.now(), language)
    await client.authenticate()
    findings.ok(text.token(user))
  } catch (error) {
    const asked = { ...about, variable: 'ADVOWARE_SECURITY_URL', url: securityUrl }
    findings.error(problemText(error, language), await adviceAfter(error, asked, config))
    return findings.all
  }
  const asked = { ...about, variable: 'ADVOWARE_API_BASE_URL', url: apiBaseUrl }
  try {
    // Without a login, only the API itself wants one; everything else does not know the path.
    const { status } = await probe(`${apiBaseUrl}${apiPrefix}/Akten/doctor`)
    const other = await addressAdvice('advoware', asked.variable, apiBaseUrl, config)
    if (other !== null || status !== WITHOUT_LOGIN) {
      findings.error(text.prefix(`${apiBaseUrl}${apiPrefix}`), other ?? text.prefixAdvice)
      return findings.all
    }
    if (aktennummer === undefined) {
      findings.warning(text.noAkte, anotherAkte)
      return findings.all
    }
    const { ablage } = await new AdvowareService(context, client).getAkte(aktennummer)
    const history = await new HistoryService(context, client, config.advoware).getAkteHistory(aktennummer)
    const withFile = history.filter(({ datei }) => datei !== null).length
    findings.ok(text.akte(aktennummer, ablage, history.length, withFile))
    if (history.length > 0 && withFile === 0) findings.warning(text.noFiles, text.noFilesAdvice)
  } catch (error) {
    if (error instanceof NotFoundError) findings.warning(text.unknown(aktennummer ?? ''), anotherAkte)
    else findings.error(problemText(error, language), await adviceAfter(error, asked, config))
  }
  return findings.all
}

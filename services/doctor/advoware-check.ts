import { AdvowareClient } from '../advoware/advoware-client'
import { AdvowareService } from '../advoware/advoware-service'
import { HistoryService } from '../advoware/history-service'
import type { Config } from '../config'
import { describeError, FixAccessError, NotFoundError } from '../errors'
import { type Finding, Findings } from '../model/finding'
import type { ServiceContext } from '../model/service-context'
import { checkClock } from './clock-check'
import { probe } from './probe'

const ANOTHER_AKTE = 'Name one that all systems have: npm run doctor -- --akte 123/24'

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

/** Advoware issues a token and returns one Akte with its History. */
export async function checkAdvoware(
  context: ServiceContext,
  { advoware: config }: Config,
  aktennummer: string | undefined,
): Promise<Finding[]> {
  const findings = new Findings('Advoware')
  try {
    checkClock(findings, (await probe(config.securityUrl)).date, context.clock.now())
    const client = new AdvowareClient(context, ownCache(), config)
    await client.authenticate()
    findings.ok(`issues a token to ${config.user}`)
    if (aktennummer === undefined) {
      findings.warning('no Akte was read', ANOTHER_AKTE)
      return findings.all
    }
    const { ablage } = await new AdvowareService(context, client).getAkte(aktennummer)
    const history = await new HistoryService(context, client, config).getAkteHistory(aktennummer)
    const withFile = history.filter(({ datei }) => datei !== null).length
    const archived = ablage ? 'archived, ' : ''
    findings.ok(`Akte ${aktennummer}: ${archived}${history.length} History entries, ${withFile} name a file`)
    if (history.length > 0 && withFile === 0)
      findings.warning(
        'no History entry of this Akte names a file: nothing would be synced',
        'Is this right for the Akte? If not, this installation names the field differently, not "datei"',
      )
  } catch (error) {
    if (error instanceof NotFoundError) findings.warning(`does not know Akte ${aktennummer}`, ANOTHER_AKTE)
    else findings.error(describeError(error), adviceFor(error))
  }
  return findings.all
}

function adviceFor(error: unknown): string {
  if (error instanceof FixAccessError)
    return 'Compare ADVOWARE_APP_ID, _API_KEY, _KANZLEI, _DATABASE, _USER, _PASSWORD, _ROLE and _PRODUCT'
  return 'Does the Advoware connector run in the firm, and are ADVOWARE_API_BASE_URL and ADVOWARE_SECURITY_URL right?'
}

import type { Config } from '../config'
import { describeError, NotFoundError } from '../errors'
import { statusOf } from '../http/http-client'
import { type Finding, Findings } from '../model/finding'
import type { ServiceContext } from '../model/service-context'
import { WatcherService } from '../watcher/watcher-service'
import { checkClock } from './clock-check'
import { probe } from './probe'

/** An Aktennummer that no office has: enough to see whether the token is accepted. */
const NO_AKTE = 'doctor'

/** The watcher answers, accepts the token and lists the Akte. */
export async function checkWatcher(
  context: ServiceContext,
  { watcher: config }: Config,
  aktennummer: string | undefined,
): Promise<Finding[]> {
  const findings = new Findings('Windows watcher')
  try {
    checkClock(findings, (await probe(config.url)).date, context.clock.now())
    const { files } = await new WatcherService(context, config).getAkteFiles(aktennummer ?? NO_AKTE)
    findings.ok(`accepts the token; Akte ${aktennummer ?? NO_AKTE} has ${files.length} files`)
    const unhashed = files.filter(({ blake3Hash }) => blake3Hash === null).length
    if (unhashed > 0) findings.ok(`${unhashed} of them have no hash yet: they are read to compare them`)
  } catch (error) {
    if (error instanceof NotFoundError && aktennummer === undefined) findings.ok('accepts the token')
    else if (error instanceof NotFoundError)
      findings.warning(
        `has no folder for Akte ${aktennummer}`,
        'Name one that all systems have: npm run doctor -- --akte 123/24',
      )
    else findings.error(describeError(error), adviceFor(error, config.url))
  }
  return findings.all
}

function adviceFor(error: unknown, url: string): string {
  const status = statusOf(error)
  if (status === 401 || status === 403)
    return 'Compare ADVOWARE_WATCHER_AUTH_TOKEN with the setting of the watcher on the file server'
  return `Does the watcher run on the file server, and can this machine reach ${url} (ADVOWARE_WATCHER_URL)?`
}

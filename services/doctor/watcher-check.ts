import type { Config } from '../config'
import { NotFoundError } from '../errors'
import { type Finding, Findings } from '../model/finding'
import type { ServiceContext } from '../model/service-context'
import { doctorText } from '../text/doctor'
import { WatcherService } from '../watcher/watcher-service'
import { checkClock } from './clock-check'
import { adviceAfter, problemText } from './identity'
import { probe } from './probe'

/** An Aktennummer that no office has: enough to see whether the token is accepted. */
const NO_AKTE = 'doctor'
/** The watcher looks at nothing before it has seen its token (docs/security.md). */
const WITHOUT_TOKEN = 401

/** The watcher is the watcher, accepts the token and lists the files of the Akte. */
export async function checkWatcher(
  context: ServiceContext,
  config: Config,
  aktennummer: string | undefined,
): Promise<Finding[]> {
  const { language } = config.sync
  const { watcher: text, systems, anotherAkte, address } = doctorText(language)
  const { url } = config.watcher
  const findings = new Findings(systems.watcher)
  const advice = (error: unknown) =>
    adviceAfter(
      error,
      { system: 'watcher', variable: 'ADVOWARE_WATCHER_URL', url, login: text.token, reach: text.reach(url) },
      config,
    )
  try {
    const { status, date } = await probe(`${url}/akte-details?akte=${NO_AKTE}`)
    if (status !== WITHOUT_TOKEN) {
      findings.error(address.notThis(status), await advice(undefined))
      return findings.all
    }
    checkClock(findings, date, context.clock.now(), language)
    const akte = aktennummer ?? NO_AKTE
    const { files } = await new WatcherService(context, config.watcher).getAkteFiles(akte)
    findings.ok(text.lists(akte, files.length))
    const unhashed = files.filter(({ blake3Hash }) => blake3Hash === null).length
    if (unhashed > 0) findings.ok(text.unhashed(unhashed))
  } catch (error) {
    if (error instanceof NotFoundError && aktennummer === undefined) findings.ok(text.accepts)
    else if (error instanceof NotFoundError) findings.warning(text.noFolder(aktennummer ?? ''), anotherAkte)
    else findings.error(problemText(error, language), await advice(error))
  }
  return findings.all
}

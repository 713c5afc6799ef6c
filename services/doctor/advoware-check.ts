import { AdvowareClient } from '../advoware/advoware-client'
import { AkteLookup } from '../advoware/akte-lookup'
import { isFieldName, readConnectorSwagger } from '../advoware/connector-swagger'
import { HistoryService } from '../advoware/history-service'
import { type Config, HISTORY_FIELDS } from '../config'
import { ContractError, NotFoundError } from '../errors'
import { type Finding, Findings } from '../model/finding'
import type { HistoryEntry } from '../model/model'
import { isNeverSynced } from '../model/paths'
import type { ServiceContext } from '../model/service-context'
import { SyncUtils } from '../sync/decide/sync-utils'
import { doctorText } from '../text/doctor'
import { WatcherService } from '../watcher/watcher-service'
import { checkClock } from './clock-check'
import { adviceAfter, problemText } from './identity'
import { probe } from './probe'

/** So many entries are looked at for the names of their fields. */
const FIRST_ENTRIES = 20
const MOST_NAMES = 40

/** A cache of its own, so that login and addresses themselves are tested and nothing in Redis is touched. */
function ownCache() {
  const values = new Map<string, string>()
  return {
    get: async (key: unknown) => values.get(String(key)) ?? null,
    set: async (key: unknown, value: unknown) => {
      values.set(String(key), String(value))
      return 'OK' as const
    },
    del: async (...keys: unknown[]) => keys.filter((key) => values.delete(String(key))).length,
  }
}

/** What the checks of Advoware share. */
interface Check {
  context: ServiceContext
  config: Config
  client: AdvowareClient
  findings: Findings
}

/**
 * Advoware's addresses, its token, how it addresses an Akte, and whether the fields of its History are read under the
 * names that they have there.
 */
export async function checkAdvoware(
  context: ServiceContext,
  config: Config,
  aktennummer: string | undefined,
): Promise<Finding[]> {
  const { language } = config.sync
  const { advoware: text, systems, anotherAkte } = doctorText(language)
  const findings = new Findings(systems.advoware)
  const client = new AdvowareClient(context, ownCache(), config.advoware)
  const check: Check = { context, config, client, findings }
  let asked = { variable: 'ADVOWARE_SECURITY_URL', url: config.advoware.securityUrl ?? '' }
  try {
    const { api, security } = await checkAddresses(check)
    asked = { ...asked, url: security }
    checkClock(findings, (await probe(security)).date, context.clock.now(), language)
    await client.authenticate()
    findings.ok(text.token(config.advoware.user))
    asked = { variable: 'ADVOWARE_API_BASE_URL', url: api }
    if (aktennummer === undefined) findings.warning(text.noAkte, anotherAkte)
    else if (await proveAkte(check, aktennummer)) await checkHistory(check, aktennummer)
    await compareSwagger(check, api)
  } catch (error) {
    if (error instanceof NotFoundError) findings.warning(text.unknown(aktennummer ?? ''), anotherAkte)
    else {
      const about = { ...asked, system: 'advoware', login: text.login, reach: text.reach } as const
      findings.error(problemText(error, language), await adviceAfter(error, about, config))
    }
  }
  return findings.all
}

/** Says which addresses are used and why, and where the configurator names others than those that are set. */
async function checkAddresses({ client, config: { advoware }, findings }: Check) {
  const used = await client.addresses.current()
  const named = await client.addresses.discover().catch(() => null)
  const compare = (
    what: string,
    setting: string,
    { set, url, other }: { set: string | undefined; url: string; other: string | null | undefined },
  ) => {
    const isSame = other != null && new URL(other).href === new URL(url).href
    if (set === undefined) findings.ok(`${what} at ${url}, as the vendor's configurator says`)
    else if (other == null)
      findings.ok(`${what} at ${url} (${setting}); the vendor's configurator names none`)
    else if (isSame) findings.ok(`${what} at ${url} (${setting}), as the vendor's configurator says`)
    else
      findings.warning(
        `${what} at ${url} (${setting}), but the vendor's configurator names ${other}`,
        `The connector's own address must be used where there is one: clear ${setting}, unless you know better`,
      )
  }
  const { apiBaseUrl, securityUrl } = advoware
  compare('data API', 'ADVOWARE_API_BASE_URL', { set: apiBaseUrl, url: used.api, other: named?.api })
  compare('token service', 'ADVOWARE_SECURITY_URL', {
    set: securityUrl,
    url: used.security,
    other: named?.security,
  })
  return used
}

/** Proves what the address of an Akte ends with. False: another setting of `ADVOWARE_AKTE_ID` is needed first. */
async function proveAkte(
  { client, config: { advoware }, findings }: Check,
  aktennummer: string,
): Promise<boolean> {
  const by = (akteId: typeof advoware.akteId) =>
    new AkteLookup(client, { ...advoware, akteId }).read(aktennummer)
  const { akteId, akteFields } = advoware
  try {
    const { aktennummer: said, fields } = await by(akteId)
    findings.ok(`answers below ${client.prefix}`)
    if (said !== null)
      findings.ok(`Akte ${aktennummer} is found by its ${nameOf(akteId)}, and says that it is this one`)
    else
      findings.warning(
        `Akte ${aktennummer} does not say its Aktennummer, so nobody can tell whether it is the right one`,
        `ADVOWARE_AKTE_FIELDS: which of its fields is the Aktennummer? ${namesIn(fields)}`,
      )
    return true
  } catch (error) {
    if (!(error instanceof NotFoundError) && !(error instanceof ContractError)) throw error
    const other = akteId === 'id' ? 'aktennummer' : 'id'
    const found = await by(other).catch(() => null)
    if (found === null || found.aktennummer === null) throw error
    findings.error(
      `Akte ${aktennummer} is found by its ${nameOf(other)}, not by its ${nameOf(akteId)}`,
      `ADVOWARE_AKTE_ID=${other} (${akteFields.aktennummer} is its field for the Aktennummer)`,
    )
    return false
  }
}

const nameOf = (akteId: Config['advoware']['akteId']) => (akteId === 'id' ? 'own id' : 'Aktennummer')

/** Whether the History is read under the names that it has: entries name files, and files that are there. */
async function checkHistory(
  { context, config, client, findings }: Check,
  aktennummer: string,
): Promise<void> {
  const lookup = new AkteLookup(client, config.advoware)
  const { ablage } = await lookup.read(aktennummer)
  const history = await new HistoryService(context, client, lookup, config.advoware).getRawHistory(
    aktennummer,
  )
  const files = await filesOf(context, config, aktennummer)
  const utils = new SyncUtils(context, config.sync)
  const matched = (entries: HistoryEntry[]) => utils.matchHistory(files ?? [], entries).size
  const entries = history.map(({ entry }) => entry)
  const withFile = entries.filter(({ datei }) => datei !== null).length
  const matching = matched(entries)

  const archived = ablage ? 'archived, ' : ''
  const compared =
    files === null ? '' : `; ${matching} of the ${files.length} files in the Aktenordner are named`
  findings.ok(
    `Akte ${aktennummer}: ${archived}${history.length} History entries, ${withFile} name a file${compared}`,
  )
  if (history.length === 0) return
  const names = [...new Set(history.slice(0, FIRST_ENTRIES).flatMap(({ raw }) => Object.keys(raw)))]
  findings.ok(`the first entries have the fields ${namesIn(names)}`)
  if (files !== null && files.length > 0 && matching === 0) {
    const better = names
      .filter(isFieldName)
      .map((name) => ({
        name,
        count: matched(history.map(({ raw, entry }) => ({ ...entry, datei: textOf(raw[name]) }))),
      }))
      .sort((a, b) => b.count - a.count)[0]
    findings.error(
      'no History entry names a file of the Aktenordner: the sync of this Akte stops',
      better !== undefined && better.count > 0
        ? `ADVOWARE_HISTORY_FIELDS=datei=${better.name}: with it, ${better.count} of them are named`
        : 'Is the watcher’s folder the one of this Akte? Which field names the file (ADVOWARE_HISTORY_FIELDS)?',
    )
  } else if (withFile === 0)
    findings.warning(
      'no History entry of this Akte names a file: nothing would be synced',
      `Is this right for the Akte? If not, ADVOWARE_HISTORY_FIELDS tells which field does, not "${config.advoware.historyFields.datei}"`,
    )
}

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)

/** Names as a line, those that cannot be shown left out. */
function namesIn(names: string[]): string {
  const shown = names.filter(isFieldName)
  return `${shown.slice(0, MOST_NAMES).join(', ')}${shown.length > MOST_NAMES ? ' …' : ''}`
}

/** Paths of the files in the Aktenordner; null where the watcher does not tell, which its own check reports. */
async function filesOf(
  context: ServiceContext,
  { watcher }: Config,
  aktennummer: string,
): Promise<string[] | null> {
  try {
    const { files } = await new WatcherService(context, watcher).getAkteFiles(aktennummer)
    return files.map(({ path }) => path).filter((path) => !isNeverSynced(path))
  } catch {
    return null
  }
}

/** Whether the connector documents the names that are read. */
async function compareSwagger(
  { context, config: { advoware }, findings }: Check,
  api: string,
): Promise<void> {
  const documented = await readConnectorSwagger(context, api)
  if (documented === null || documented.fields.length === 0) {
    findings.ok('shows no Swagger that documents the History: the names of its fields were not compared')
    return
  }
  const { path, fields } = documented
  findings.ok(`its Swagger documents ${path} with the fields ${namesIn(fields)}`)
  const missing = HISTORY_FIELDS.map((ours) => advoware.historyFields[ours]).filter(
    (name) => !fields.includes(name),
  )
  if (missing.length > 0)
    findings.warning(
      `its Swagger knows no ${missing.join(', ')} in a History entry`,
      'ADVOWARE_HISTORY_FIELDS: which of the documented names mean the same?',
    )
}

import { AdvowareClient, prefixesOf } from '../advoware/advoware-client'
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
import { addressAdvice, adviceAfter, problemText } from './identity'
import { probe } from './probe'

/** So many entries are looked at for the names of their fields. */
const FIRST_ENTRIES = 20
const MOST_NAMES = 40
/** What the API says to somebody who did not log in. */
const WITHOUT_LOGIN = 401

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
  text: ReturnType<typeof doctorText>['advoware']
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
  const check: Check = { context, config, client, findings, text }
  let asked = { variable: 'ADVOWARE_SECURITY_URL', url: config.advoware.securityUrl ?? '' }
  try {
    const { api, security } = await checkAddresses(check)
    asked = { ...asked, url: security }
    checkClock(findings, (await probe(security)).date, context.clock.now(), language)
    await client.authenticate()
    findings.ok(text.token(config.advoware.user))
    asked = { variable: 'ADVOWARE_API_BASE_URL', url: api }
    const unanswered = await missingPrefix(check, api)
    if (unanswered !== null) {
      const advice = await addressAdvice('advoware', asked.variable, api, config)
      findings.error(text.prefix(unanswered), advice ?? text.prefixAdvice)
      return findings.all
    }
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

/** The address at which no interface wants a login, as the API itself does; null where there is one. */
async function missingPrefix({ config: { advoware } }: Check, api: string): Promise<string | null> {
  const addresses = prefixesOf(advoware).map((prefix) => `${api}${prefix}`)
  const statuses = await Promise.all(addresses.map((address) => probe(`${address}/Akten/doctor`)))
  return statuses.some(({ status }) => status === WITHOUT_LOGIN) ? null : addresses.join(', ')
}

/** Says which addresses are used and why, and where the configurator names others than those that are set. */
async function checkAddresses({ client, config: { advoware }, findings, text }: Check) {
  const used = await client.addresses.current()
  const named = await client.addresses.discover().catch(() => null)
  const compare = (
    service: 'api' | 'token',
    setting: string,
    { set, url, other }: { set: string | undefined; url: string; other: string | null | undefined },
  ) => {
    const isSame = other != null && new URL(other).href === new URL(url).href
    const place = text.usedAt(service, url)
    if (set === undefined) findings.ok(`${place}, ${text.asNamed}`)
    else if (other == null) findings.ok(`${place} (${setting}); ${text.namedNothing}`)
    else if (isSame) findings.ok(`${place} (${setting}), ${text.asNamed}`)
    else findings.warning(`${place} (${setting}), ${text.namedOther(other)}`, text.namedOtherAdvice(setting))
  }
  const { apiBaseUrl, securityUrl } = advoware
  const { api, security } = used
  compare('api', 'ADVOWARE_API_BASE_URL', { set: apiBaseUrl, url: api, other: named?.api })
  compare('token', 'ADVOWARE_SECURITY_URL', { set: securityUrl, url: security, other: named?.security })
  return used
}

/** Proves what the address of an Akte ends with. False: another setting of `ADVOWARE_AKTE_ID` is needed first. */
async function proveAkte(
  { client, config: { advoware }, findings, text }: Check,
  aktennummer: string,
): Promise<boolean> {
  const by = (akteId: typeof advoware.akteId) =>
    new AkteLookup(client, { ...advoware, akteId }).read(aktennummer)
  const { akteId, akteFields } = advoware
  try {
    const { aktennummer: said, fields } = await by(akteId)
    findings.ok(text.below(client.prefix ?? ''))
    if (said !== null) findings.ok(text.foundBy(aktennummer, akteId))
    else findings.warning(text.unnumbered(aktennummer), text.unnumberedAdvice(namesIn(fields)))
    return true
  } catch (error) {
    if (!(error instanceof NotFoundError) && !(error instanceof ContractError)) throw error
    const other = akteId === 'id' ? 'aktennummer' : 'id'
    const found = await by(other).catch(() => null)
    if (found === null || found.aktennummer === null) throw error
    findings.error(
      text.foundOtherwise(aktennummer, other, akteId),
      text.foundOtherwiseAdvice(other, akteFields.aktennummer),
    )
    return false
  }
}

/** Whether the History is read under the names that it has: entries name files, and files that are there. */
async function checkHistory(
  { context, config, client, findings, text }: Check,
  aktennummer: string,
): Promise<void> {
  const lookup = new AkteLookup(client, config.advoware)
  const { ablage } = await lookup.read(aktennummer)
  const service = new HistoryService(context, client, lookup, config.advoware)
  const history = await service.getRawHistory(aktennummer)
  const root = service.fileRoot(aktennummer)
  const files = await filesOf(context, config, aktennummer)
  const utils = new SyncUtils(context, config.sync)
  const matched = (entries: HistoryEntry[]) => utils.matchHistory(files ?? [], entries, root).size
  const entries = history.map(({ entry }) => entry)
  const withFile = entries.filter(({ datei }) => datei !== null).length
  const matching = matched(entries)

  const told = text.akte(aktennummer, ablage === true, history.length, withFile)
  findings.ok(files === null ? told : `${told}; ${text.named(matching, files.length)}`)
  if (history.length === 0) return
  const names = [...new Set(history.slice(0, FIRST_ENTRIES).flatMap(({ raw }) => Object.keys(raw)))]
  findings.ok(text.fields(namesIn(names)))
  if (files !== null && files.length > 0 && matching === 0) {
    const better = names
      .filter(isFieldName)
      .map((name) => ({
        name,
        count: matched(history.map(({ raw, entry }) => ({ ...entry, datei: textOf(raw[name]) }))),
      }))
      .sort((a, b) => b.count - a.count)[0]
    const isFound = better !== undefined && better.count > 0
    findings.error(
      text.noneNamed,
      isFound ? text.betterField(better.name, better.count) : text.noneNamedAdvice,
    )
  } else if (withFile === 0)
    findings.warning(text.noFiles, text.noFilesAdvice(config.advoware.historyFields.datei))
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
  { context, config: { advoware }, findings, text }: Check,
  api: string,
): Promise<void> {
  const documented = await readConnectorSwagger(context, api)
  if (documented === null || documented.fields.length === 0) {
    findings.ok(text.noSwagger)
    return
  }
  const { path, fields } = documented
  findings.ok(text.swagger(path, namesIn(fields)))
  const missing = HISTORY_FIELDS.map((ours) => advoware.historyFields[ours]).filter(
    (name) => !fields.includes(name),
  )
  if (missing.length > 0) findings.warning(text.undocumented(missing.join(', ')), text.undocumentedAdvice)
}

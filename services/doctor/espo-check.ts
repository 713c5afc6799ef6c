import { z } from 'zod'
import type { Config } from '../config'
import { contentInMemory, DiskSpool } from '../content/spool'
import { FixAddressError, MaintenanceError } from '../errors'
import { CHUNK_BYTES, megabytes, requestBytes } from '../espo/espo-attachments'
import { EspoClient } from '../espo/espo-client'
import { espoRequirements, type RequiredEntity, type RequiredField } from '../espo/espo-requirements'
import { type EspoUser, espoUserSchema, missingRights } from '../espo/espo-rights'
import { EspoService } from '../espo/espo-service'
import { EXTENSION_MAPPING } from '../espo-mapping'
import { parseAnswer, serverOf, statusOf } from '../http/http-client'
import { FlagError } from '../model/file-errors'
import { type Finding, Findings } from '../model/finding'
import { type Language, reasonText } from '../model/reasons'
import type { ServiceContext } from '../model/service-context'
import { type DoctorText, doctorText } from '../text/doctor'
import { WebhookRegistry } from '../webhooks/webhook-registry'
import { checkClock } from './clock-check'
import { nearestOf } from './env-check'
import { adviceAfter, espoBelow, isWatcher, problemText } from './identity'

const SYSTEM = 'EspoCRM'
const MEGABYTE = 1024 * 1024
const indexSchema = z.object({
  type: z.string().nullish(),
  unique: z.boolean().nullish(),
  columns: z.array(z.string()).nullish(),
})
const defsSchema = z.object({
  fields: z.record(
    z.string(),
    z.object({ type: z.string(), dbType: z.string().nullish(), options: z.array(z.string()).nullish() }),
  ),
  links: z.record(z.string(), z.object({ type: z.string().nullish() })).nullish(),
  indexes: z.record(z.string(), indexSchema).nullish(),
  optimisticConcurrencyControl: z.boolean().nullish(),
})

/**
 * Everything that the sync needs of EspoCRM: that it answers and knows the key, the rights of the role, both entities
 * with every field, the webhooks. Changes nothing, but for a test upload
 * and a webhook that are removed again. What EspoCRM refuses becomes a finding, never an exception.
 */
export async function checkEspo(
  context: ServiceContext,
  config: Pick<Config, 'espo' | 'sync' | 'advoware'>,
): Promise<Finding[]> {
  const client = new EspoClient(context, config.espo)
  const findings = new Findings(SYSTEM)
  const { language, windowsDeletions } = config.sync
  const text = doctorText(language).espo
  const isOwn = config.espo.mapping.dokument.attributes === EXTENSION_MAPPING.dokument.attributes
  const check: Check = { findings, text, language, isOwn }
  try {
    const answer = await client.request('GET', 'App/user')
    const user = parseAnswer(SYSTEM, 'App/user', espoUserSchema, answer.data)
    checkUser(check, user, config.espo)
    findings.ok(text.loginLog)
    checkClock(findings, answer.headers.date, context.clock.now(), language)
    for (const entity of espoRequirements(config.espo, windowsDeletions)) {
      checkRights(check, entity, user)
      await checkEntity(check, entity, client, user)
    }
    if (config.espo.mapping.dokument.base === 'redis')
      findings.warning(text.baseInRedis(config.sync.baseDir), text.baseInRedisAdvice)
    await checkUpload(check, context, config.espo)
    await checkWebhooks(check, context, config.espo, user)
  } catch (error) {
    findings.error(problemOf(error, language), await adviceFor(error, config))
  }
  return findings.all
}

/** What every part of the check works with. */
interface Check {
  findings: Findings
  text: DoctorText['espo']
  language: Language
  /** The installation has the names of the product's own extension. */
  isOwn: boolean
}

async function adviceFor(
  error: unknown,
  config: Pick<Config, 'espo' | 'sync' | 'advoware'>,
): Promise<string> {
  const { url } = config.espo
  const text = doctorText(config.sync.language).espo
  const wanted = 'ESPOCRM_API_BASE_URL'
  if (error instanceof MaintenanceError) return text.maintenanceAdvice
  if (error instanceof FixAddressError) return text.redirectAdvice(baseOf(error.target))
  if (statusOf(error) === 403) return text.right
  // EspoCRM counts every request without a valid login: a wrong key is no reason for more of them.
  const isElsewhere = await isWatcher(url)
  if (statusOf(error) === 401 && !isElsewhere) return text.key
  const elsewhere = isElsewhere ? null : await espoBelow(url)
  if (elsewhere !== null) return doctorText(config.sync.language).address.otherScheme(wanted, elsewhere)
  const about = { system: 'espocrm', variable: wanted, url, login: text.key, reach: text.reach(url) } as const
  return adviceAfter(error, about, config)
}

/** What keeps EspoCRM from answering: named as what it is, with the technical text behind it. */
function problemOf(error: unknown, language: Language): string {
  const text = doctorText(language).espo
  const technical = problemText(error, language)
  if (error instanceof MaintenanceError) return `${text.maintenance} [${technical}]`
  if (error instanceof FixAddressError) return `${text.redirect(error.target)} [${technical}]`
  return technical
}

/** The base of the API in an address that EspoCRM sent us to for one of its paths; null where that shows none. */
function baseOf(target: string | null): string | null {
  return target?.match(/^.*\/api\/v1(?=\/|$)/)?.[0] ?? null
}

function checkUser({ findings, text }: Check, { user }: EspoUser, { secretKey }: Config['espo']): void {
  const name = user.userName ?? user.id
  findings.ok(text.loggedIn(name, secretKey !== undefined))
  if (user.type !== 'api') findings.warning(text.noApiUser(name), text.noApiUserAdvice)
}

function checkRights({ findings, text, language }: Check, required: RequiredEntity, user: EspoUser): void {
  if (user.user.type === 'admin') return
  const { entity } = required
  if (user.acl.table[entity] === undefined) return // there is no such entity, which checkEntity says
  const missing = missingRights(required, user)
  if (missing.length === 0) findings.ok(text.allowed(entity))
  for (const { action, level, why, later } of missing) {
    const what = text.lacks(action, level, entity)
    const advice = text.roles(entity, action, level, why[language])
    if (later) findings.warning(what, advice)
    else findings.error(what, advice)
  }
}

async function checkEntity(
  check: Check,
  { side, entity, fields, link, unique, index, unmapped }: RequiredEntity,
  client: EspoClient,
  { acl }: EspoUser,
): Promise<void> {
  const { findings, text, isOwn } = check
  const key = `entityDefs.${entity}`
  const { data } = await client.request('GET', 'Metadata', { params: { key } })
  const defs = defsSchema.safeParse(data)
  if (!defs.success) {
    const variable = !isOwn
      ? text.mapping
      : side === 'akte'
        ? 'ESPOCRM_ENTITY_AKTE'
        : 'ESPOCRM_ENTITY_DOKUMENT'
    const nearest = nearestOf(
      entity,
      Object.keys(acl.table).filter((one) => one !== entity),
    )
    findings.error(text.noEntity(entity), text.noEntityAdvice(entity, variable, nearest))
    return
  }
  const before = findings.all.length
  for (const [name, required] of Object.entries(fields))
    checkField(check, `${entity}.${name}`, required, defs.data.fields[name])
  if (link !== undefined && defs.data.links?.[link]?.type !== 'hasMany')
    findings.error(text.noLink(entity, link), text.noLinkAdvice)
  if (unique !== undefined) {
    const isUnique = Object.values(defs.data.indexes ?? {}).some(
      (index) => (index.type === 'unique' || index.unique) && index.columns?.[0] === unique,
    )
    if (!isUnique) findings.warning(text.notUnique(`${entity}.${unique}`), text.notUniqueAdvice(isOwn))
    const isIndexed = Object.values(defs.data.indexes ?? {}).some(({ columns }) =>
      index?.every((column, at) => columns?.[at] === column),
    )
    if (index && !isIndexed)
      findings.warning(text.noIndex(entity, index.join(', ')), text.noIndexAdvice(isOwn))
  } else if (defs.data.optimisticConcurrencyControl !== true) {
    findings.warning(text.noControl(entity), text.noControlAdvice(entity, isOwn))
  }
  for (const { key: name, loss } of unmapped)
    findings.warning(text.unmapped(entity, name, text.loss(loss)), text.install(false))
  if (findings.all.length === before) findings.ok(text.fields(entity, Object.keys(fields).length))
}

function checkField(
  { findings, text, isOwn }: Check,
  name: string,
  { type, dbType, options, later, loss }: RequiredField,
  found: z.output<typeof defsSchema>['fields'][string] | undefined,
): void {
  if (found === undefined) {
    if (later) findings.warning(text.missingLater(name, text.loss(loss)), text.install(isOwn))
    else findings.error(text.missing(name, text.loss(loss)), text.install(isOwn))
    return
  }
  if (found.type !== type) findings.error(text.wrongType(name, found.type, type), text.install(isOwn))
  if (dbType !== undefined && found.dbType !== dbType)
    findings.error(text.narrow(name, dbType), text.install(isOwn))
  const lacking = (options ?? []).filter((option) => !(found.options ?? []).includes(option))
  if (lacking.length > 0)
    findings.error(text.lacksOption(name, lacking.join(', ')), text.lacksOptionAdvice(isOwn))
}

/**
 * Uploads a file that needs the largest request the sync sends, reads it back and deletes it: only so a web server in front
 * of EspoCRM shows what it takes.
 */
async function checkUpload(
  { findings, text, language }: Check,
  context: ServiceContext,
  config: Config['espo'],
): Promise<void> {
  const { attachments } = new EspoService(context, config)
  const limit = await attachments.sizeLimit()
  if (limit !== null) findings.ok(text.sizeLimit(limit / MEGABYTE))
  const size = Math.min(limit ?? Number.POSITIVE_INFINITY, CHUNK_BYTES + 1)
  const { bytes: _allAtOnce, ...content } = await contentInMemory(Buffer.alloc(size, 'Document Sync '))
  const request = megabytes(requestBytes(size))
  const spool = await DiskSpool.open()
  try {
    await attachments.delete(await attachments.upload(content, 'Document Sync.txt', spool))
    findings.ok(text.upload(request))
  } catch (error) {
    if (!(error instanceof FlagError)) throw error
    if (statusOf(error.cause) === 413)
      findings.error(text.proxy(serverOf(error.cause) ?? null, request), text.proxyAdvice)
    else
      findings.warning(
        text.uploadRefused(reasonText(error.reason, language), error.detail),
        text.uploadRefusedAdvice,
      )
  } finally {
    await spool.close()
  }
}

async function checkWebhooks(
  { findings, text, language }: Check,
  context: ServiceContext,
  config: Config['espo'],
  { user, acl }: EspoUser,
): Promise<void> {
  if (config.webhookUrl === undefined) findings.warning(text.noHooks, text.noHooksAdvice)
  else if (user.type !== 'admin' && acl.table.Webhook !== true)
    findings.error(text.noHookRight, text.noHookRightAdvice)
  else findings.all.push(...(await new WebhookRegistry(context, config, language).check()))
}

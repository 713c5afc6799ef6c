import { z } from 'zod'
import type { Config } from '../config'
import { describeError, FixAccessError } from '../errors'
import { EspoClient } from '../espo/espo-client'
import { espoRequirements, type RequiredEntity, type RequiredField } from '../espo/espo-requirements'
import { type EspoUser, espoUserSchema, missingRights } from '../espo/espo-rights'
import { EXTENSION_MAPPING } from '../espo-mapping'
import { parseAnswer, statusOf } from '../http/http-client'
import { type Finding, Findings } from '../model/finding'
import type { ServiceContext } from '../model/service-context'
import { WebhookRegistry } from '../webhooks/webhook-registry'
import { checkClock } from './clock-check'

const SYSTEM = 'EspoCRM'
const INSTALL =
  'Install the extension package (npm run build:espocrm-extension, then Administration → Extensions)'

const INSTALL_MAPPED =
  'Build the extension for this mapping (npm run build:espocrm-extension -- --mapping FILE) and install it, or correct the mapping'

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
 * with every field, the webhooks. Reads only. What EspoCRM refuses becomes a finding, never an exception.
 */
export async function checkEspo(
  context: ServiceContext,
  config: Pick<Config, 'espo' | 'sync'>,
): Promise<Finding[]> {
  const client = new EspoClient(context, config.espo)
  const findings = new Findings(SYSTEM)
  try {
    const answer = await client.request('GET', 'App/user')
    const user = parseAnswer(SYSTEM, 'App/user', espoUserSchema, answer.data)
    checkUser(findings, user, config.espo)
    checkClock(findings, answer.headers.date, context.clock.now())
    for (const entity of espoRequirements(config.espo, config.sync.windowsDeletions)) {
      checkRights(findings, entity, user)
      await checkEntity(findings, entity, client, isExtension(config.espo))
    }
    if (config.espo.mapping.dokument.base === 'redis')
      findings.warning(
        `the base of each document is kept in Redis, beside a copy in ${config.sync.baseDir}: without both, every document meets its file for the first time`,
        'Save SYNC_BASE_DIR with the archive; several servers need it in one place. Better: attributes in EspoCRM (docs/espocrm.md)',
      )
    await checkSizeLimit(findings, client)
    await checkWebhooks(findings, context, config.espo, user)
  } catch (error) {
    findings.error(describeError(error), adviceFor(error, config.espo))
  }
  return findings.all
}

/** The installation has the names of the product's own extension. */
const isExtension = ({ mapping }: Config['espo']) =>
  mapping.dokument.attributes === EXTENSION_MAPPING.dokument.attributes

function adviceFor(error: unknown, { url }: Config['espo']): string {
  if (statusOf(error) === 401)
    return 'Compare ESPOCRM_API_KEY (and ESPOCRM_SECRET_KEY for HMAC) with the API user in Administration → API Users'
  if (error instanceof FixAccessError) return 'Give the role of the API user this right'
  return `Is ESPOCRM_API_BASE_URL right (${url}), does it end in /api/v1, and can this machine reach it?`
}

function checkUser(findings: Findings, { user }: EspoUser, { secretKey }: Config['espo']): void {
  const how = secretKey === undefined ? 'API key' : 'HMAC'
  findings.ok(`${user.userName ?? user.id} is logged in by ${how}`)
  if (user.type !== 'api')
    findings.warning(
      `${user.userName ?? user.id} is not an API user`,
      "Create one in Administration → API Users: only for an API user can a webhook skip the sync's own changes",
    )
}

function checkRights(findings: Findings, required: RequiredEntity, user: EspoUser): void {
  if (user.user.type === 'admin') return
  const { entity } = required
  const missing = missingRights(required, user)
  if (missing.length === 0) findings.ok(`the role allows everything needed on ${entity}`)
  for (const { action, level, why } of missing) {
    findings.error(
      `the role lacks ${action}: ${level} on ${entity}`,
      `Administration → Roles → ${entity} → ${action} → ${level} (${why})`,
    )
  }
}

async function checkEntity(
  findings: Findings,
  { entity, fields, link, unique, unmapped }: RequiredEntity,
  client: EspoClient,
  isOwn: boolean,
): Promise<void> {
  const key = `entityDefs.${entity}`
  const { data } = await client.request('GET', 'Metadata', { params: { key } })
  const defs = defsSchema.safeParse(data)
  if (!defs.success) {
    findings.error(
      `shows no entity ${entity} to this user`,
      `${isOwn ? INSTALL : 'Correct the entity in the mapping'}, or give the role access to ${entity}`,
    )
    return
  }
  const before = findings.all.length
  const install = isOwn ? INSTALL : INSTALL_MAPPED
  for (const [name, required] of Object.entries(fields))
    checkField(findings, `${entity}.${name}`, required, defs.data.fields[name], install)
  if (link !== undefined && defs.data.links?.[link]?.type !== 'hasMany')
    findings.error(`${entity} has no link ${link} to several Akten`, 'Correct dokument.akte in the mapping')
  if (unique !== undefined) {
    const isUnique = Object.values(defs.data.indexes ?? {}).some(
      (index) => (index.type === 'unique' || index.unique) && index.columns?.[0] === unique,
    )
    if (!isUnique)
      findings.warning(
        `${entity}.${unique} is not unique: two Akten can have one number`,
        isOwn
          ? `${INSTALL}; of two Akten with one number, remove one first`
          : 'Look for numbers that two Akten have; the sync takes the one that EspoCRM shows first',
      )
  } else if (defs.data.optimisticConcurrencyControl !== true) {
    findings.warning(
      `${entity} has no optimistic concurrency control: a file replaced in the same second may be overwritten`,
      isOwn
        ? `${INSTALL}, or switch it on in Administration → Entity Manager → ${entity}`
        : `Switch it on in Administration → Entity Manager → ${entity}`,
    )
  }
  for (const { key, loss } of unmapped)
    findings.warning(`${entity}: the mapping has no ${key}: ${loss}`, INSTALL_MAPPED)
  if (findings.all.length === before) findings.ok(`${entity} has all ${Object.keys(fields).length} fields`)
}

function checkField(
  findings: Findings,
  name: string,
  { type, dbType, options, later, loss }: RequiredField,
  found: z.output<typeof defsSchema>['fields'][string] | undefined,
  install: string,
): void {
  if (found === undefined) {
    if (later) findings.warning(`${name} is missing: the sync works, but ${loss}`, install)
    else findings.error(`${name} is missing: ${loss}`, install)
    return
  }
  if (found.type !== type) findings.error(`${name} is of type ${found.type} instead of ${type}`, install)
  if (dbType !== undefined && found.dbType !== dbType)
    findings.error(`${name} takes 31 bits only; a USN has 64 (dbType ${dbType} is missing)`, install)
  const lacking = (options ?? []).filter((option) => !(found.options ?? []).includes(option))
  if (lacking.length > 0)
    findings.error(
      `${name} lacks the option ${lacking.join(', ')}`,
      `${install}, or add it in the Entity Manager`,
    )
}

async function checkSizeLimit(findings: Findings, client: EspoClient): Promise<void> {
  const schema = z.object({ attachmentUploadMaxSize: z.number().nullish() })
  const { data } = await client.request('GET', 'Settings')
  const limit = schema.safeParse(data).data?.attachmentUploadMaxSize
  if (limit) findings.ok(`accepts files up to ${limit} MB (Administration → Settings)`)
}

async function checkWebhooks(
  findings: Findings,
  context: ServiceContext,
  config: Config['espo'],
  { user, acl }: EspoUser,
): Promise<void> {
  if (config.webhookUrl === undefined) {
    findings.warning(
      'sends no webhooks: an Akte is synced only on request',
      'Set ESPOCRM_WEBHOOK_URL to where EspoCRM reaches this server, then npm run espocrm -- setup',
    )
    return
  }
  if (user.type !== 'admin' && acl.table.Webhook !== true) {
    findings.error('the role has no access to Webhooks', 'Administration → Roles → Webhooks → enabled')
    return
  }
  findings.all.push(...(await new WebhookRegistry(context, config).check()))
}

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mappingFile, type SchemaName } from '../../sandbox/espo/predecessor'
import { documentedRights } from '../../sandbox/espo/rights'
import { EspoStandIn } from '../../sandbox/espo/server'
import { ESPO_VERSIONS, type EspoVersion, LATEST_VERSION } from '../../sandbox/espo/webhooks'
import { freePort } from '../../scripts/motia-process'
import { EXTENSION_MAPPING, readMapping } from '../../services/espo-mapping'
import { type EspoAddress, type Installation, Wire } from './wire'

interface UnderContract {
  name: string
  open: () => Promise<Installation>
  /** EspoCRM can reach a listener on this machine, and delivers within two minutes. */
  delivers: boolean
  /** The login throttle may be tried: it shuts out this address for a minute. */
  throttles: boolean
}

const SANDBOX = { delivers: true, throttles: true }
/** For webhooks that are never delivered: an address for documentation, which no EspoCRM takes for an internal one. */
const NOWHERE: Installation['listen'] = { host: '192.0.2.1', port: 9 }
const DEFAULT_LISTEN = '127.0.0.1:18987'

/** What is put under contract: the sandbox in every version, a real EspoCRM where the environment names one. */
export function installations(env = process.env): UnderContract[] {
  const sandboxes = ESPO_VERSIONS.map((version) => ({
    ...SANDBOX,
    name: `the sandbox as ${version}`,
    open: () => openSandbox('extension', version),
  }))
  return [...sandboxes, ...realInstallations(env)]
}

/** The product's own part: also against the predecessor's names, n:1 and m:n. */
export function productInstallations(env = process.env): UnderContract[] {
  const sandboxes = (['extension', 'predecessor', 'predecessor-mn'] as const).map((mapping) => ({
    ...SANDBOX,
    name: `the sandbox as the ${mapping}`,
    open: () => openSandbox(mapping),
  }))
  return [...sandboxes, ...realInstallations(env)]
}

function realInstallations(env: NodeJS.ProcessEnv): UnderContract[] {
  const url = env.CONTRACT_ESPOCRM_API_BASE_URL
  if (!url) return []
  const delivers = env.CONTRACT_ESPOCRM_WEBHOOKS === '1'
  const throttles = env.CONTRACT_ESPOCRM_THROTTLE === '1'
  return [{ name: url, open: () => openReal(url, env), delivers, throttles }]
}

async function openSandbox(name: SchemaName, version: EspoVersion = LATEST_VERSION): Promise<Installation> {
  const folder = await mkdtemp(join(tmpdir(), 'contract-'))
  const espo = await EspoStandIn.create(folder, name)
  await espo.listen()
  espo.version = version
  espo.rights = documentedRights(espo.schema.akten, espo.schema.dokumente)
  const listen = { host: '127.0.0.1', port: await freePort() }
  espo.webhooks.allowedAddresses = [`${listen.host}:${listen.port}`]
  const config = {
    url: `${espo.url}/api/v1`,
    apiKey: espo.apiUser.apiKey,
    secretKey: undefined,
    ...(name === 'extension' ? { mapping: EXTENSION_MAPPING } : fromFile(mappingFile(name))),
  }
  return {
    config,
    office: { ...config, apiKey: espo.officeUser.apiKey },
    listen,
    deliverWebhooks: async () => espo.webhooks.deliver(),
    resetThrottle: () => espo.resetThrottle(),
    close: async () => {
      await espo.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function fromFile(mappingFile: string) {
  const read = readMapping(mappingFile)
  if ('problems' in read) throw new Error(read.problems.join('\n'))
  return { mapping: read.mapping, mappingFile }
}

async function openReal(url: string, env: NodeJS.ProcessEnv): Promise<Installation> {
  const { akte, dokument } = EXTENSION_MAPPING
  const config = {
    url,
    apiKey: env.CONTRACT_ESPOCRM_API_KEY ?? '',
    secretKey: env.CONTRACT_ESPOCRM_SECRET_KEY || undefined,
    mapping: {
      akte: { ...akte, entity: env.CONTRACT_ESPOCRM_ENTITY_AKTE || akte.entity },
      dokument: { ...dokument, entity: env.CONTRACT_ESPOCRM_ENTITY_DOKUMENT || dokument.entity },
    },
  }
  const office = {
    ...config,
    apiKey: env.CONTRACT_ESPOCRM_OFFICE_API_KEY ?? '',
    secretKey: env.CONTRACT_ESPOCRM_OFFICE_SECRET_KEY || undefined,
  }
  await assertMayPrepare(office)
  return {
    config,
    office,
    listen: env.CONTRACT_ESPOCRM_WEBHOOKS === '1' ? listenAddress(env.CONTRACT_ESPOCRM_LISTEN) : NOWHERE,
    deliverWebhooks: async () => {}, // by its own scheduled job
    resetThrottle: () => {},
    close: async () => {},
  }
}

/** The tests make Akten and take them away again, which the sync's own role does not allow. */
async function assertMayPrepare(office: EspoAddress): Promise<void> {
  const advice = 'see CONTRACT_ESPOCRM_OFFICE_API_KEY in docs/espocrm.md#contract-test'
  const { json, status } = await new Wire(office).get('App/user')
  if (status !== 200) throw new Error(`EspoCRM answers ${status} to the API user of the office: ${advice}`)
  const { akte, dokument } = office.mapping
  const lacking = [akte.entity, dokument.entity].flatMap((entity) =>
    ['create', 'delete'].flatMap((action) =>
      ['yes', 'all'].includes(json.acl.table[entity]?.[action]) ? [] : [`${action} on ${entity}`],
    ),
  )
  if (lacking.length > 0)
    throw new Error(`The role of the office's API user lacks ${lacking.join(', ')}: ${advice}`)
}

function listenAddress(given: string | undefined): Installation['listen'] {
  const { hostname, port } = new URL(`http://${given || DEFAULT_LISTEN}`)
  return { host: hostname, port: Number(port) }
}

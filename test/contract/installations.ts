import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mappingFile, type SchemaName } from '../../sandbox/espo/predecessor'
import { EspoStandIn } from '../../sandbox/espo/server'
import { EXTENSION_MAPPING, readMapping } from '../../services/espo-mapping'
import type { Installation } from './wire'

interface UnderContract {
  name: string
  open: () => Promise<Installation>
  /** EspoCRM can reach a listener on this machine, and delivers within two minutes. */
  delivers: boolean
  /** The login throttle may be tried: it shuts out this address for a minute. */
  throttles: boolean
}

/** What is put under contract: the sandbox always, a real EspoCRM where the environment names one. */
export function installations(env = process.env): UnderContract[] {
  const sandbox = { name: 'the sandbox', open: () => openSandbox(), delivers: true, throttles: true }
  const url = env.CONTRACT_ESPOCRM_API_BASE_URL
  if (!url) return [sandbox]
  const delivers = env.CONTRACT_ESPOCRM_WEBHOOKS === '1'
  const throttles = env.CONTRACT_ESPOCRM_THROTTLE === '1'
  return [sandbox, { name: url, open: async () => realInstallation(url, env), delivers, throttles }]
}

/** The same, with the product's own part also against the predecessor's names, n:1 and m:n. */
export function productInstallations(env = process.env): UnderContract[] {
  const predecessors = (['predecessor', 'predecessor-mn'] as const).map((mapping) => ({
    name: `the sandbox as the ${mapping}`,
    open: () => openSandbox(mapping),
    delivers: true,
    throttles: true,
  }))
  return [...installations(env), ...predecessors]
}

async function openSandbox(name: SchemaName = 'extension'): Promise<Installation> {
  const folder = await mkdtemp(join(tmpdir(), 'contract-'))
  const espo = await EspoStandIn.create(folder, name)
  await espo.listen()
  const { apiKey } = espo.apiUser
  return {
    config: {
      url: `${espo.url}/api/v1`,
      apiKey,
      secretKey: undefined,
      ...(name === 'extension' ? { mapping: EXTENSION_MAPPING } : fromFile(mappingFile(name))),
    },
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

function realInstallation(url: string, env: NodeJS.ProcessEnv): Installation {
  const { akte, dokument } = EXTENSION_MAPPING
  return {
    config: {
      url,
      apiKey: env.CONTRACT_ESPOCRM_API_KEY ?? '',
      secretKey: env.CONTRACT_ESPOCRM_SECRET_KEY || undefined,
      mapping: {
        akte: { ...akte, entity: env.CONTRACT_ESPOCRM_ENTITY_AKTE || akte.entity },
        dokument: { ...dokument, entity: env.CONTRACT_ESPOCRM_ENTITY_DOKUMENT || dokument.entity },
      },
    },
    deliverWebhooks: async () => {}, // by its own scheduled job
    resetThrottle: () => {},
    close: async () => {},
  }
}

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EspoStandIn } from '../../sandbox/espo/server'
import { EXTENSION_MAPPING } from '../../services/espo-mapping'
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
  const sandbox = { name: 'the sandbox', open: openSandbox, delivers: true, throttles: true }
  const url = env.CONTRACT_ESPOCRM_API_BASE_URL
  if (!url) return [sandbox]
  const delivers = env.CONTRACT_ESPOCRM_WEBHOOKS === '1'
  const throttles = env.CONTRACT_ESPOCRM_THROTTLE === '1'
  return [sandbox, { name: url, open: async () => realInstallation(url, env), delivers, throttles }]
}

async function openSandbox(): Promise<Installation> {
  const folder = await mkdtemp(join(tmpdir(), 'contract-'))
  const espo = await EspoStandIn.create(folder)
  await espo.listen()
  const { apiKey } = espo.apiUser
  return {
    config: {
      url: `${espo.url}/api/v1`,
      apiKey,
      secretKey: undefined,
      mapping: EXTENSION_MAPPING,
    },
    deliverWebhooks: async () => espo.webhooks.deliver(),
    resetThrottle: () => espo.resetThrottle(),
    close: async () => {
      await espo.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
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

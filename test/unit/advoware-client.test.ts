import { AxiosError, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios'
import { describe, expect, it } from 'vitest'
import { AdvowareClient } from '../../services/advoware/advoware-client'
import { loadConfig } from '../../services/config'
import { RetryLaterError } from '../../services/errors'
import { SETTINGS } from '../../testkit/settings'
import { silentContext } from '../support/context'

const OLD = 'https://old.example'
const NEW = 'https://new.example'
const CONFIGURATOR = 'https://vendor.example'

/** A firm whose connector moved from one host to another; `later` lets time pass. */
function movedFirm() {
  let at = OLD
  let now = Date.parse('2026-11-26T08:00:00Z')
  const sent: string[] = []
  const kept = new Map<string, string>()
  const redis = {
    get: async (key: unknown) => kept.get(String(key)) ?? null,
    set: async (key: unknown, value: unknown) => {
      kept.set(String(key), String(value))
      return 'OK' as const
    },
    del: async (...keys: unknown[]) => keys.filter((key) => kept.delete(String(key))).length,
  }
  const transport = async (config: InternalAxiosRequestConfig): Promise<AxiosResponse> => {
    sent.push(`${config.method} ${config.baseURL}${config.url}`.toUpperCase())
    const answered = (data: unknown) => ({ status: 200, data, headers: {}, config, statusText: '' })
    if (config.baseURL === CONFIGURATOR)
      return answered({ connectorUrl: at, securityGateway: `${CONFIGURATOR}/gate` })
    if (config.baseURL === `${CONFIGURATOR}/gate`)
      return answered({ access_token: 'token', expires_in: 3600 })
    if (config.baseURL === at) return answered([])
    throw new AxiosError('connect ECONNREFUSED', 'ECONNREFUSED', config)
  }
  const config = loadConfig({
    ...SETTINGS,
    ADVOWARE_API_BASE_URL: '',
    ADVOWARE_SECURITY_URL: '',
    ADVOWARE_CONFIGURATOR_URL: `${CONFIGURATOR}/Url`,
  }).advoware
  const clock = { ...silentContext.clock, now: () => new Date(now), wait: async () => {} }
  const makeClient = () => new AdvowareClient({ ...silentContext, clock, transport }, redis, config)
  return {
    sent,
    makeClient,
    move: () => {
      at = NEW
    },
    later: (ms: number) => {
      now += ms
    },
    to: (host: string) => sent.filter((line) => line.includes(host.toUpperCase())),
  }
}

describe('A connector that moved', () => {
  it('gets a GET at its new address, and so does the next process without asking', async () => {
    const firm = movedFirm()
    await firm.makeClient().request('GET', '/Akten/1')
    firm.move()
    firm.later(61_000)

    await firm.makeClient().request('GET', '/Akten/1')
    await firm.makeClient().request('GET', '/Akten/2')

    expect(firm.to(`${CONFIGURATOR}/URL`)).toHaveLength(2)
    expect(firm.to(NEW)).toHaveLength(2)
  })

  it('gets no POST a second time: it may have arrived where it was sent first', async () => {
    const firm = movedFirm()
    const client = firm.makeClient()
    await client.request('GET', '/Akten/1')
    firm.move()
    firm.later(61_000)

    await expect(client.request('POST', '/Akten/1/History', { data: {} })).rejects.toThrow(RetryLaterError)

    expect(firm.sent.filter((line) => line.startsWith('POST') && line.includes('HISTORY'))).toHaveLength(1)
    await client.request('GET', '/Akten/1')
    expect(firm.to(NEW)).toHaveLength(1)
  })

  it('is asked about once by requests that meet silence at the same time, and once a minute at most', async () => {
    const firm = movedFirm()
    const client = firm.makeClient()
    await client.request('GET', '/Akten/1')
    firm.move()

    await expect(client.request('GET', '/Akten/1')).rejects.toThrow(RetryLaterError)
    expect(firm.to(`${CONFIGURATOR}/URL`)).toHaveLength(1)
    firm.later(61_000)
    await Promise.all([1, 2, 3].map((akte) => client.request('GET', `/Akten/${akte}`)))

    expect(firm.to(`${CONFIGURATOR}/URL`)).toHaveLength(2)
  })
})

import { AxiosError, type AxiosResponse } from 'axios'
import { describe, expect, it } from 'vitest'
import { FixAccessError } from '../../services/errors'
import { EspoClient } from '../../services/espo/espo-client'
import { silentContext } from '../support/context'

/** A client whose every request is refused so; counts them. */
function refusedClient(status: number, reason: string) {
  const sent: string[] = []
  const client = new EspoClient(
    {
      ...silentContext,
      transport: async (config) => {
        sent.push(`${config.method} ${config.url}`)
        const headers = reason ? { 'x-status-reason': reason } : {}
        const response = { status, data: '', headers, config, statusText: '' } as AxiosResponse
        throw new AxiosError(
          `Request failed with status code ${status}`,
          'ERR_BAD_REQUEST',
          config,
          {},
          response,
        )
      },
    },
    { url: 'http://crm.example/api/v1', apiKey: 'geheim', secretKey: undefined },
  )
  return { client, sent }
}

describe('EspoCRM refuses: the missing right is named, and nothing is repeated', () => {
  it.each([
    [401, '', 'GET', 'CAkten', 'is ESPOCRM_API_KEY right'],
    [403, 'No edit access.', 'PUT', 'CDokumente/65f', 'lacks edit on CDokumente'],
    [403, 'No create access.', 'POST', 'Webhook', 'lacks create on Webhook'],
    [403, "No 'read' access.", 'GET', 'CDokumente/65f', 'lacks read on CDokumente'],
    [403, 'No access to CDokumente.', 'POST', 'Attachment', 'No access to CDokumente.'],
    [403, '', 'GET', 'CAkten', 'too many failed logins shut an address out for a minute'],
  ])('%i %s', async (status, reason, method, path, expected) => {
    const { client, sent } = refusedClient(status, reason)
    const refused = client.request(method, path)
    await expect(refused).rejects.toThrow(FixAccessError)
    await expect(refused).rejects.toThrow(expected)
    await expect(refused).rejects.not.toThrow('geheim')
    expect(sent).toHaveLength(1)
  })
})

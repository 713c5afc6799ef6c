import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seedTypicalAkte } from '../../sandbox/seed'
import { verifyInSync } from '../../scripts/verify'
import { type Installation, install, sync } from '../../testkit/installation'

const AKTE = '12345'

describe("Akte 12345 in an office with the predecessor's EspoCRM, with a real Redis and a real Motia", () => {
  let firm: Installation
  beforeAll(async () => {
    firm = await install({ seed: seedTypicalAkte, mapping: 'predecessor' })
  })
  afterAll(() => firm?.close())

  it('brings all three systems into agreement, and its hooks lead to nothing more', async () => {
    const { office, redis } = firm
    await sync(firm, AKTE)
    expect(await verifyInSync(office, AKTE)).toEqual([])
    const report = JSON.parse((await redis.lindex(`advoware:reports:${AKTE}`, 0)) ?? '{}')
    expect(report.counts).toMatchObject({ created: 3, updated: 1, uploaded: 3, skipped: 2, failed: 0 })
    const [akte] = office.espo.records.all('CAdvowareAkten')
    expect(akte).toMatchObject({ aktennummer: 12345, aktivierungsstatus: 'active', syncStatus: 'synced' })

    office.espo.requests.reset()
    await sync(firm, AKTE)
    const writes = office.espo.requests.filter(({ method }) => method !== 'GET')
    expect(writes.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `PUT /api/v1/CAdvowareAkten/${akte?.id}`,
    ])
  })
})

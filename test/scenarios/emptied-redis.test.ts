import { describe, expect, it } from 'vitest'
import { KEYS } from '../../services/redis/keys'
import { ScenarioOffice } from './office'

const pending = (office: ScenarioOffice) => office.redis.smembers(KEYS.pending)

describe('a tick finds a Redis without a mark', () => {
  it('of an office that was never synced: it is new, and nobody is asked for', async () => {
    const office = await ScenarioOffice.open()
    office.addAkte('new/26')
    await office.redis.flushall()
    await office.tick()
    expect(await pending(office)).toEqual([])
    expect(await office.redis.get(KEYS.marker)).toMatch(/^new /)
    expect(await office.redis.get(KEYS.emptied)).toBeNull()
  })

  it('of an office that was synced before: what EspoCRM shows as unclean or failed is asked for again', async () => {
    const office = await ScenarioOffice.open()
    await office.agreed({ 'Klage.docx': 'text' })
    const known = [
      { aktennummer: 'unclean/26', aktivierungsstatus: 'Aktiv', syncStatus: 'unclean' },
      { aktennummer: 'failed/26', aktivierungsstatus: 'Neu', syncStatus: 'failed' },
      { aktennummer: 'synced/26', aktivierungsstatus: 'Aktiv', syncStatus: 'synced' },
      { aktennummer: 'closed/26', aktivierungsstatus: 'Abgelegt', syncStatus: 'unclean' },
    ]
    for (const akte of known) office.espo.addAkte({ ...akte, name: akte.aktennummer })
    await office.redis.flushall()
    const { log } = await office.tick()
    expect(log.join('\n')).toContain('2 Akte(n) that EspoCRM shows as unclean or failed are asked for again')
    expect((await pending(office)).sort()).toEqual(['failed/26', 'unclean/26'])
    expect(await office.redis.get(KEYS.marker)).toMatch(/^emptied /)
  })

  it('and EspoCRM does not answer: nothing is marked, and the next tick tries again', async () => {
    const office = await ScenarioOffice.open()
    await office.agreed({ 'Klage.docx': 'text' })
    await office.redis.flushall()
    office.espo.faults.set({ mode: '503' })
    const { log } = await office.tick()
    expect(log.join('\n')).toContain('what was asked for before is still forgotten')
    expect(await office.redis.get(KEYS.marker)).toBeNull()
    office.espo.faults.clear()
    await office.tick()
    expect(await office.redis.get(KEYS.marker)).toMatch(/^emptied /)
  })
})

it('a run that loses its lease to nobody puts its Akte back', async () => {
  const office = await ScenarioOffice.open()
  office.addAkte()
  await office.filed({ 'Klage.docx': 'text' })
  office.meanwhile('watcher', 'GET', /akte-details/, () => office.redis.flushall())
  const { log } = await office.sync()
  expect(log.join('\n')).toContain('lost its lease to nobody, pending again')
  expect(await pending(office)).toEqual(['12345'])
})

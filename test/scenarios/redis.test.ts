import { expect, it } from 'vitest'
import { ScenarioOffice } from './office'

it('a Redis that refuses to write ends the run loudly, and the Akte is synced when it accepts again', async () => {
  const office = await ScenarioOffice.open()
  office.addAkte()
  await office.filed({ 'Klage.docx': 'Klage' })
  office.espo.faults.set({ mode: 'slow', ms: 500, match: { path: /CDokumente/ } })
  const sync = office.sync()
  await expect.poll(() => office.espo.requests.some(({ path }) => path.includes('CDokumente'))).toBe(true)
  await office.redis.config('SET', 'maxmemory', '1')
  const run = await sync
  expect(run.error?.name).toBe('ReplyError')
  expect(run.text).toMatch(/❌ Redis: (OOM|EXECABORT)/)

  await office.redis.config('SET', 'maxmemory', '0')
  expect(await office.snapshot()).toMatchObject({ processing: true })
  await office.redis.del('advoware:leases') // its lease is over
  office.espo.faults.clear()
  await office.tick() // the reaper
  const again = await office.tick()
  expect(again.report?.result).toBe('synced')
  await office.expectAgreement('Klage.docx', 'Klage')
  expect(await office.snapshot()).toMatchObject({ pending: false, processing: false, lock: null })
})

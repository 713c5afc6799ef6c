import { expect, it } from 'vitest'
import { withRuntime } from '../../services/app/runtime'
import { AktenOperations } from '../../services/queue/akten-operations'
import { readDrift } from '../../services/queue/drift'
import { FirstImport, readFirstImport } from '../../services/queue/first-import'
import { KEYS } from '../../services/redis/keys'
import { runJob } from '../../services/sync/akte-run'
import { FreshnessCounter } from '../../services/sync/freshness'
import { startFirstImport } from '../../services/sync/sweep'
import { AKTE, collector, minutesAgo, openOffice, type ScenarioOffice } from './office'

const clock = { now: () => new Date() }
const driftOf = async (office: ScenarioOffice) =>
  Object.fromEntries((await readDrift(office.redis)).map(({ side, changes }) => [side, changes]))
const job = (aktennummer: string, log: string[]) =>
  withRuntime({ logger: collector(log) }, (runtime) =>
    runJob({ ...runtime, isClosing: () => false }, aktennummer),
  )
const countedAs = (office: ScenarioOffice, side: string) =>
  office.redis.hget(KEYS.metrics, `document_sync_drift_total{side="${side}"}`)

it('a lawyer saves, the watcher has died: within a day the sweep carries it over, and it is shown as drift', async () => {
  const office = await openOffice()
  await office.agreed({ 'Klage.docx': 'Klage' })
  await office.watcher.write('12345', 'Klage.docx', 'Klage, geändert', minutesAgo(5))
  await office.age(23)
  await office.sweep()
  expect((await office.tick()).emitted).toEqual([])

  await office.age(25)
  const { text } = await office.sweep()
  expect(text).toContain('🧺 The sweep found 1 Akte that was not synced')
  const run = await office.tick()
  expect(run.text).toContain('📋 Processing: 12345 (not synced for long)')
  expect(run.polled).toEqual([])
  expect(run.report).toMatchObject({ result: 'synced', origin: 'sweep' })
  await office.expectAgreement('Klage.docx', 'Klage, geändert')
  expect(await driftOf(office)).toEqual({ Windows: 1, EspoCRM: 0, Advoware: 0 })
  expect(await countedAs(office, 'Windows')).toBe('1')

  await office.sweep()
  expect((await office.tick()).emitted).toEqual([])
})

it('a side that announces something again has no drift any more; the sum stays', async () => {
  const office = await openOffice()
  await office.agreed({ 'Klage.docx': 'Klage' })
  await office.watcher.write('12345', 'Klage.docx', 'Klage 2', minutesAgo(5))
  await office.age(25)
  await office.sweep()
  await office.tick()
  expect(await driftOf(office)).toMatchObject({ Windows: 1 })

  await office.watcher.write('12345', 'Klage.docx', 'Klage 3', minutesAgo(4))
  expect((await office.sync()).report).toMatchObject({ origin: 'direct' })
  const [windows] = await readDrift(office.redis)
  expect(windows).toMatchObject({ side: 'Windows', changes: 0, since: null, announcedAt: expect.any(String) })
  expect(await countedAs(office, 'Windows')).toBe('1')
})

it('what is announced is no drift, and neither is what an Akte brings to its first sync', async () => {
  const office = await openOffice()
  office.addAkte()
  await office.filed({ 'Klage.docx': 'Klage' })
  await office.sweep()
  expect((await office.tick()).report).toMatchObject({ origin: 'sweep', counts: { created: 1 } })
  await new AktenOperations(office.redis).retry(['12345'])
  await office.watcher.write('12345', 'Klage.docx', 'Klage 2', minutesAgo(5))
  expect((await office.tick()).report).toMatchObject({ origin: 'person', counts: { updated: 1 } })
  expect(await driftOf(office)).toEqual({ Windows: 0, EspoCRM: 0, Advoware: 0 })
})

it('a new entry in the History and the Ablage are noticed without anybody’s doing', async () => {
  const office = await openOffice()
  await office.agreed({ 'Klage.docx': 'Klage' })
  await office.filed({ 'Replik.docx': 'Replik' })
  await office.age(25)
  await office.sweep()
  await office.tick()
  await office.expectAgreement('Replik.docx', 'Replik')

  office.advoware.setAblage('12345', true)
  await office.age(25)
  await office.sweep()
  const run = await office.tick()
  expect(run.text).toContain('📦 Akte 12345 is archived in Advoware, closed in EspoCRM')
  expect(office.espo.akte('12345')?.aktivierungsstatus).toBe('Deaktiviert')
  expect(await driftOf(office)).toEqual({ Windows: 0, EspoCRM: 0, Advoware: 2 })

  await office.age(25)
  await office.sweep()
  expect(await office.swept()).toEqual([])
})

it('the stalest come first, those that were never synced before them; closed Akten do not come', async () => {
  const office = await openOffice()
  for (const akte of ['1', '2', '3', '4']) office.addAkte(akte)
  office.addAkte('5', 'Abgelegt')
  await office.age(30, '1')
  await office.age(90, '2')
  await office.age(2, '3')
  const { requests } = await office.sweep()
  expect(await office.swept()).toEqual(['4', '2', '1'])
  expect(requests).toHaveLength(3)
})

it('an Akte that was synced while a clock was ahead does not wait until that time', async () => {
  const office = await openOffice()
  await office.agreed({ 'Klage.docx': 'Klage' })
  office.addAkte('1')
  await office.age(-0.5, '1')
  await office.age(-24 * 365)
  await office.sweep()
  expect(await office.swept()).toEqual([AKTE])
  expect((await office.tick()).report).toMatchObject({ result: 'synced' })
  await office.sweep()
  expect(await office.swept()).toEqual([])
})

it('a person’s Akte overtakes what the sweep took, by the next job that begins', async () => {
  const office = await openOffice()
  for (const akte of ['1', '2', '3']) office.addAkte(akte)
  await office.sweep()
  await withRuntime({ logger: collector([]) }, async ({ queue }) => {
    expect((await queue.take(100)).swept).toEqual(['1', '2', '3'])
  })
  office.addAkte('9')
  await office.redis.sadd(KEYS.pending, '9')
  const log: string[] = []
  await job('1', log)
  const started = log.filter((line) => line.startsWith('🔄')).map((line) => line.split(' ').at(-1))
  expect(started).toEqual(['9', '1', '2', '3'])
})

it('a job that goes on takes what the sweep found after what was announced, also after a system did not answer', async () => {
  const office = await openOffice()
  for (const akte of ['1', '2', '3', '4']) office.addAkte(akte)
  await office.sweep()
  await office.redis.sadd(KEYS.pending, '4')
  const log: string[] = []
  await withRuntime({ logger: collector([]) }, ({ queue }) => queue.take(1))
  await office.redis.set(KEYS.sweepHold, '{}')
  await job('4', log)
  const started = () => log.filter((line) => line.startsWith('🔄')).map((line) => line.split(' ').at(-1))
  expect(started()).toEqual(['4', '1', '2', '3'])
  expect(await office.redis.exists(KEYS.swept, KEYS.processing, KEYS.sweepHold)).toBe(0)
})

it('ten that fail for good do not keep the sweep from the others, and do not come back by it', async () => {
  const office = await openOffice()
  for (let at = 0; at < 215; at++) {
    office.addAkte(`${at}`)
    await office.age(1000 - at, `${at}`)
    if (at < 210) await office.redis.hset(KEYS.failed, `${at}`, '{"reason":"x","attempts":8}')
  }
  const { requests } = await office.sweep()
  expect(await office.swept()).toEqual(['210', '211', '212', '213', '214'])
  expect(requests).toHaveLength(4)
})

it('an Akte that fails waits for its own back-off, whatever EspoCRM’s lastSync says', async () => {
  const office = await openOffice()
  await office.agreed({ 'Klage.docx': 'Klage' })
  await office.age(25)
  await office.sweep()
  office.advoware.faults.set({ mode: 'status', status: 500, match: { path: /\/Akten\// } })
  await office.tick()
  expect(await office.snapshot()).toMatchObject({
    pending: true,
    attempts: expect.stringContaining('"attempts":1'),
  })
  await office.sweep()
  expect(await office.swept()).toEqual([])
  expect((await office.tick()).emitted).toEqual([])
})

it('EspoCRM is down during a sweep: one line, nothing is lost, no attempt counts', async () => {
  const office = await openOffice()
  await office.agreed({ 'Klage.docx': 'Klage' })
  await office.age(25)
  office.espo.faults.set('down')
  const { text } = await office.sweep()
  expect(text).toContain(
    '❌ The sweep could not ask EspoCRM, the next one begins anew: EspoCRM not reachable',
  )
  office.espo.faults.clear()
  await office.sweep()
  office.espo.faults.set('down')
  const run = await office.tick()
  expect(run.text).toContain('❌ Sync failed for Akte 12345, which the sweep will find again')
  office.espo.faults.clear()
  expect(await office.snapshot()).toMatchObject({ pending: false, attempts: null, failed: null })

  await office.redis.zadd(KEYS.lastRuns, minutesAgo(61).getTime(), '12345')
  await office.sweep()
  expect((await office.tick()).report?.result).toBe('synced')
})

it('an Akte without a well-formed Aktennummer is listed once', async () => {
  const office = await openOffice()
  for (const akte of ['1', '2', '3']) office.addAkte(akte)
  const [first, second] = office.espo.records.all(office.espo.schema.akten)
  Object.assign(first ?? {}, { aktennummer: '12 345' })
  Object.assign(second ?? {}, { aktennummer: null })
  const { text } = await office.sweep()
  expect(text).toContain('❌ Akte "12 345" goes to the failed list: Das ist keine Aktennummer')
  expect(text).toContain('hat keine Aktennummer')
  expect(await office.swept()).toEqual(['3'])
  expect((await office.redis.hkeys(KEYS.failed)).sort()).toEqual(['12 345', `EspoCRM ${second?.id}`].sort())
  expect((await office.sweep()).text).not.toContain('goes to the failed list')
})

it('outside its window, or switched off, the sweep asks nothing and forgets what it found', async () => {
  const office = await openOffice()
  office.addAkte()
  const hour = new Date().getUTCHours()
  const at = (hours: number) => `${String((hour + hours + 24) % 24).padStart(2, '0')}:00`
  office.set({ SYNC_TIME_ZONE: 'UTC', SYNC_SWEEP_WINDOW: `${at(-1)}-${at(2)}` })
  await office.sweep()
  expect(await office.swept()).toEqual(['12345'])
  office.set({ SYNC_SWEEP_WINDOW: `${at(3)}-${at(4)}` })
  expect((await office.sweep()).requests).toEqual([])
  expect(await office.swept()).toEqual([])
  office.set({ SYNC_SWEEP_WINDOW: '', SYNC_SWEEP_HOURS: '0' })
  expect((await office.sweep()).requests).toEqual([])
})

it('no more are found than a minute may take', async () => {
  const office = await openOffice()
  for (const akte of ['1', '2', '3']) office.addAkte(akte)
  office.set({ SYNC_SWEEP_PER_MINUTE: '2' })
  await office.sweep()
  expect(await office.swept()).toEqual(['1', '2'])
})

it('a firm begins: all that was never synced is imported at any hour, with progress, pause and an end', async () => {
  const office = await openOffice()
  for (const akte of ['1', '2', '3']) {
    office.addAkte(akte)
    await office.filed({ 'Klage.docx': `Klage ${akte}` }, akte)
  }
  await office.age(48, '3')
  office.addAkte('4')
  await office.redis.hset(KEYS.failed, '4', '{"reason":"EspoCRM knows no Akte 4","attempts":8}')
  office.set({ SYNC_SWEEP_HOURS: '0' })
  const firstImport = new FirstImport(office.redis, clock)
  const start = () => withRuntime({ logger: collector([]) }, startFirstImport)

  expect(await start()).toMatchObject({ total: 3, left: 3, done: 0, finishedAt: null, paused: null })
  expect(await office.swept()).toEqual(['1', '2'])
  await firstImport.pause('Umzug')
  expect(await office.swept()).toEqual([])
  await office.sweep()
  expect((await office.tick()).emitted).toEqual([])

  expect(await start()).toMatchObject({ total: 3, paused: null })
  for (const akte of ['1', '2']) expect((await office.tick()).emitted).toEqual([akte])
  await office.expectAgreement('Klage.docx', 'Klage 2', '2')
  const { text } = await office.sweep()
  expect(text).toContain('🏁 The first import is over, 1 Akten need a person')
  expect(await readFirstImport(office.redis, Date.now())).toMatchObject({
    total: 3,
    left: 1,
    done: 2,
    finishedAt: expect.any(String),
  })
  expect(await driftOf(office)).toEqual({ Windows: 0, EspoCRM: 0, Advoware: 0 })
})

it('freshness is counted in three cheap requests, once in a minute, and stays while EspoCRM is down', async () => {
  const office = await openOffice()
  await office.agreed({ 'Klage.docx': 'Klage' })
  for (const akte of ['1', '2']) office.addAkte(akte)
  await office.age(48, '2')
  office.addAkte('3', 'Deaktiviert')
  let now = Date.now()
  const read = () =>
    withRuntime({ logger: collector([]) }, ({ redis, systems }) =>
      new FreshnessCounter(redis, { now: () => new Date(now) }, systems.espo, 'de').refresh(),
    )
  office.resetRequests()
  const expected = { total: 3, agreed: 1, never: 1, oldest: expect.any(String) }
  expect(await read()).toMatchObject(expected)
  expect(office.requests()).toHaveLength(3)
  await read()
  expect(office.requests()).toHaveLength(3)
  now += 61_000
  office.espo.faults.set('down')
  expect(await read()).toMatchObject(expected)
})

it('a freshly saved file waits exactly until its quiet time is over', async () => {
  const office = await openOffice()
  office.set({ SYNC_QUIET_SECONDS: '8' })
  await office.agreed({ 'Klage.docx': 'Klage' })
  await office.watcher.write('12345', 'Klage.docx', 'Klage 2', new Date())
  const run = await office.sync()
  expect(run.report?.result).toBe('deferred')
  const { dueInSeconds } = await office.snapshot()
  expect(dueInSeconds).toBeGreaterThan(4)
  expect(dueInSeconds).toBeLessThanOrEqual(9)
})

import { expect, it } from 'vitest'
import type { Fault, FaultMode } from '../../sandbox/faults'
import { type Runtime, withRuntime } from '../../services/app/runtime'
import { AktenOperations } from '../../services/queue/akten-operations'
import { KEYS } from '../../services/redis/keys'
import { ReportStore } from '../../services/redis/report-store'
import { runJob } from '../../services/sync/akte-run'
import { collector, ScenarioOffice } from './office'

/** An office whose Akten wait, the first one taken by a tick and the others pending, in this order. */
async function officeWith(...akten: string[]): Promise<ScenarioOffice> {
  const office = await ScenarioOffice.open()
  for (const akte of akten) {
    office.addAkte(akte)
    await office.filed({ 'Klage.docx': `Klage in ${akte}` }, akte)
  }
  await waitFor(office, ...akten)
  return office
}

async function waitFor(office: ScenarioOffice, ...akten: string[]): Promise<void> {
  await office.redis.sadd(KEYS.pending, ...akten)
  await office.redis.zadd(KEYS.waitingSince, ...akten.flatMap((akte, at) => [at + 1, akte]))
  await withRuntime({ logger: collector([]) }, ({ queue }) => queue.take(1))
}

/** What a job's process does; resolves to its log, and what it threw. */
async function job(akte: string, change: (runtime: Runtime) => Partial<Runtime> = () => ({})) {
  const log: string[] = []
  const work = withRuntime({ logger: collector(log) }, (runtime) =>
    runJob({ ...runtime, isClosing: () => false, ...change(runtime) }, akte),
  )
  const error = await work.then(
    () => null,
    (thrown: Error) => thrown,
  )
  const started = log.filter((line) => line.startsWith('🔄')).map((line) => line.split(' ').at(-1))
  return { log, text: log.join('\n'), started, error }
}

it.each(['akte', 'global'])(
  'a job that has finished its Akte takes the next ones, each with a report of its own, under the lock %s',
  async (scope) => {
    const office = await officeWith('1', '2', '3')
    office.set({ SYNC_LOCK_SCOPE: scope })
    const { started } = await job('1')
    expect(started).toEqual(['1', '2', '3'])
    for (const akte of ['1', '2', '3']) {
      await office.expectAgreement('Klage.docx', `Klage in ${akte}`, akte)
      expect(await new ReportStore(office.redis).list(akte)).toMatchObject([{ result: 'synced' }])
    }
    expect(await office.redis.hget(KEYS.metrics, 'document_sync_runs_total{result="synced"}')).toBe('3')
    expect(await office.redis.exists(KEYS.pending, KEYS.processing, KEYS.leases, KEYS.begunRuns)).toBe(0)
  },
)

it('who asks in person while a job goes on comes next, before all that waits', async () => {
  const office = await officeWith('1', '2', '3')
  office.addAkte('asked')
  office.meanwhile('watcher', 'GET', /akte-details/, () => new AktenOperations(office.redis).retry(['asked']))
  expect((await job('1')).started).toEqual(['1', 'asked', '2', '3'])
})

it('an Akte that a job goes on with is checked like any other: closed ones leave, unknown ones are listed', async () => {
  const office = await officeWith('1', '3')
  office.addAkte('closed', 'Abgelegt')
  await waitFor(office, '1', 'closed', 'unknown', '3')
  const { started, text } = await job('1')
  expect(started).toEqual(['1', '3'])
  expect(text).toContain('⚠️ Akte closed has invalid status: Abgelegt, removing')
  expect(await office.redis.hget(KEYS.failed, 'unknown')).toContain('EspoCRM kennt keine Akte unknown')
  expect(await office.redis.exists(KEYS.pending, KEYS.processing)).toBe(0)
})

it('one that fails does not keep a job from going on', async () => {
  const office = await officeWith('1', '2', '3')
  office.advoware.faults.set({ mode: 'status', status: 500, match: { path: /Akten\/2\/History/ } })
  const { started, text } = await job('1')
  expect(started).toEqual(['1', '2', '3'])
  expect(text).toContain('❌ Sync failed for Akte 2, attempt 1')
  await office.expectAgreement('Klage.docx', 'Klage in 3', '3')
})

it('one that the API user may not read does not keep a job from going on', async () => {
  const office = await ScenarioOffice.open()
  for (const akte of ['1', '2', '3']) office.addAkte(akte)
  await waitFor(office, '1', '2', '3')
  for (const akte of ['1', '3'])
    office.espo.records.get('CAkten', office.espo.akte(akte)?.id ?? '').createdById = office.espo.apiUser.id
  const right = office.espo.rights.CAkten
  if (typeof right === 'object') office.espo.rights.CAkten = { ...right, read: 'own' }
  const { started, text } = await job('1')
  expect(started).toEqual(['1', '3'])
  expect(text).toContain('❌ Akte 2 is pending again')
  expect(await office.redis.smembers(KEYS.pending)).toEqual(['2'])
})

it.each<[string, Fault | FaultMode]>([
  ['refuses the key', { mode: 'status', status: 401 }],
  ['is down', 'down'],
])(
  'a job stops where EspoCRM %s: no other Akte is tried, and no attempt is counted',
  async (_what, fault) => {
    const office = await officeWith('1', '2', '3')
    const { started, text } = await job('1', () => ({
      flushMetrics: async () => office.espo.faults.set(fault), // after the first one
    }))
    expect(started).toEqual(['1'])
    expect(text).toContain('❌ Akte 2 is pending again')
    expect(text).not.toContain('Akte 3')
    expect(await office.redis.exists(KEYS.attempts, KEYS.failed, KEYS.begunRuns)).toBe(0)
    expect((await office.redis.smembers(KEYS.pending)).sort()).toEqual(['2', '3'])
    expect(await office.redis.hget(KEYS.causes, '2')).toContain('"beforeRun":true')
  },
)

it('its own failure ends a job at once, so that Motia shows it', async () => {
  const office = await officeWith('1', '2')
  office.watcher.faults.set('down')
  const { started, error } = await job('1')
  expect(started).toEqual(['1'])
  expect(error?.message).toContain('Windows watcher not reachable')
})

it('a process that has used its memory takes no further Akte', async () => {
  const office = await officeWith('1', '2')
  const { started } = await job('1', () => ({ isClosing: () => true }))
  expect(started).toEqual(['1'])
  expect(await office.redis.smembers(KEYS.pending)).toEqual(['2'])
})

it('nor does one whose time is over', async () => {
  await officeWith('1', '2')
  let minutes = 0
  const { started } = await job('1', ({ clock }) => ({
    clock: { ...clock, monotonic: () => clock.monotonic() + minutes * 60_000 },
    flushMetrics: async () => {
      minutes = 6
    },
  }))
  expect(started).toEqual(['1'])
})

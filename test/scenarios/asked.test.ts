import { expect, it } from 'vitest'
import { withRuntime } from '../../services/app/runtime'
import { AktenOperations } from '../../services/queue/akten-operations'
import { readCauses, readQueue } from '../../services/queue/queue-snapshot'
import { KEYS } from '../../services/redis/keys'
import { runJob } from '../../services/sync/akte-run'
import { pollPendingAkten } from '../../services/sync/akten-poller'
import { collector, ScenarioOffice } from './office'

it('an Akte that a lawyer asks for does not wait behind the five hundred of the night', async () => {
  const office = await ScenarioOffice.open()
  for (const akte of ['night-1', 'night-2', 'asked']) {
    office.addAkte(akte)
    await office.filed({ 'Klage.docx': `Klage in ${akte}` }, akte)
  }
  await office.redis.sadd(KEYS.pending, 'night-1', 'night-2')
  await new AktenOperations(office.redis).retry(['asked'])
  const log: string[] = []
  const job = (akte: string) => withRuntime({ logger: collector(log) }, (runtime) => runJob(runtime, akte))

  await job('night-1')
  const started = () => log.filter((line) => line.startsWith('🔄')).map((line) => line.split(' ').at(-1))
  expect(started()).toEqual(['asked', 'night-1'])

  await job('asked') // its own job comes late and finds nothing to do
  await job('night-2')
  expect(started()).toEqual(['asked', 'night-1', 'night-2'])
  await office.expectAgreement('Klage.docx', 'Klage in asked', 'asked')
  expect(await office.redis.exists(KEYS.pending, KEYS.processing, KEYS.priority)).toBe(0)
})

it('an Akte that was asked for and fails does not keep the others from being synced', async () => {
  const office = await ScenarioOffice.open()
  office.addAkte('night')
  await office.filed({ 'Klage.docx': 'Klage' }, 'night')
  await office.redis.sadd(KEYS.pending, 'night')
  await new AktenOperations(office.redis).retry(['unknown'])
  const log: string[] = []

  await withRuntime({ logger: collector(log) }, (runtime) => runJob(runtime, 'night'))

  await office.expectAgreement('Klage.docx', 'Klage', 'night')
  expect(await office.redis.hexists(KEYS.failed, 'unknown')).toBe(1)
  expect(log.join('\n')).toContain('EspoCRM kennt keine Akte unknown')
  expect(await office.redis.exists(KEYS.pending, KEYS.processing, KEYS.priority)).toBe(0)
})

it('an Akte that cannot be synced has one reason, whether the poller, a job or its own run finds out', async () => {
  const office = await ScenarioOffice.open()
  office.addAkte('night')
  office.addAkte('closed', 'Abgelegt')
  const ask = () => new AktenOperations(office.redis).retry(['unknown', 'closed'])
  const told = async () => {
    const { akten } = await readQueue(office.redis)
    const [[, dropped] = []] = await readCauses(office.redis, ['closed'])
    return [...akten.map(({ aktennummer, state, reason }) => [aktennummer, state, reason]), dropped?.reason]
  }
  await ask()
  await withRuntime({ logger: collector([]) }, (runtime) => pollPendingAkten(runtime, async () => {}))
  const byPoller = await told()
  expect(byPoller).toEqual([
    ['unknown', 'failed', 'EspoCRM kennt keine Akte unknown'],
    expect.stringContaining('Wird nicht abgeglichen: In EspoCRM ist der Aktivierungsstatus „Abgelegt“'),
  ])

  await ask()
  await office.redis.sadd(KEYS.pending, 'night')
  await withRuntime({ logger: collector([]) }, (runtime) => runJob(runtime, 'night'))
  expect(await told()).toEqual(byPoller)

  office.espo.updateAkte('closed', { aktivierungsstatus: 'Aktiv' })
  await office.redis.sadd(KEYS.pending, 'closed')
  await withRuntime({ logger: collector([]) }, (runtime) =>
    pollPendingAkten(runtime, async (akte) => {
      if (akte === 'closed') office.espo.updateAkte(akte, { aktivierungsstatus: 'Abgelegt' })
    }),
  )
  await withRuntime({ logger: collector([]) }, (runtime) => runJob(runtime, 'closed'))
  expect(await told()).toEqual(byPoller)
  expect(await office.redis.hexists(KEYS.lastResults, 'closed')).toBe(0)
})

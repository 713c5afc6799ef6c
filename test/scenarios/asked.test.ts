import { expect, it } from 'vitest'
import { withRuntime } from '../../services/app/runtime'
import { AktenOperations } from '../../services/queue/akten-operations'
import { readCauses, readQueue } from '../../services/queue/queue-snapshot'
import { KEYS } from '../../services/redis/keys'
import { runAkte, runJob } from '../../services/sync/akte-run'
import { pollPendingAkten } from '../../services/sync/akten-poller'
import { AKTE, collector, openOffice, ScenarioOffice } from './office'

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

it('a person who forces an Akte while it runs has answered the stop that this run ends with', async () => {
  const office = await openOffice()
  office.set({ SYNC_WINDOWS_DELETIONS: 'delete' })
  const files = Object.fromEntries(['1', '2', '3', '4', '5'].map((name) => [`${name}.docx`, name]))
  await office.agreed(files)
  for (const path of Object.keys(files)) await office.watcher.remove(AKTE, path)
  const ask = (isForced: boolean) => new AktenOperations(office.redis).retry([AKTE], isForced)
  office.meanwhile('advoware', 'GET', /History/i, () => ask(true))
  expect((await office.sync()).report).toMatchObject({ result: 'stopped', forced: false })
  expect((await office.tick()).report).toMatchObject({ result: 'synced', forced: true })
  expect(office.espo.dokumente(AKTE)).toEqual([])
  expect(await office.redis.exists(KEYS.force, KEYS.pending, KEYS.stopped)).toBe(0)
})

it('an Akte that cannot be synced ends in one way, whether the poller, a job or its own run finds out', async () => {
  const office = await ScenarioOffice.open()
  office.addAkte('closed', 'Abgelegt')
  const ask = () => new AktenOperations(office.redis).retry(['unknown', 'closed'], true)
  const told = async () => {
    const { akten } = await readQueue(office.redis)
    const causes = await readCauses(office.redis, ['unknown', 'closed'])
    return {
      lists: akten.map(({ aktennummer, state, attempts }) => [aktennummer, state, attempts]),
      causes: [...causes].map(([akte, { reason, beforeRun }]) => [akte, reason, beforeRun]),
      forced: await office.redis.smembers(KEYS.force),
      runs: await office.redis.hkeys(KEYS.lastResults),
    }
  }
  await ask()
  await withRuntime({ logger: collector([]) }, (runtime) => pollPendingAkten(runtime, async () => {}))
  const byPoller = await told()
  const notSynced = 'Wird nicht abgeglichen: In EspoCRM ist der Aktivierungsstatus „Abgelegt“'
  expect(byPoller).toEqual({
    lists: [['unknown', 'failed', 0]],
    causes: [
      ['unknown', 'EspoCRM kennt keine Akte unknown', true],
      ['closed', expect.stringContaining(notSynced), true],
    ],
    forced: [],
    runs: [],
  })

  await ask()
  await withRuntime({ logger: collector([]) }, (runtime) => runJob(runtime, 'night'))
  expect(await told()).toEqual(byPoller)

  // Their status changes, and one of them is removed, while their own jobs wait.
  office.espo.updateAkte('closed', { aktivierungsstatus: 'Aktiv' })
  office.addAkte('unknown')
  await ask()
  await withRuntime({ logger: collector([]) }, (runtime) => pollPendingAkten(runtime, async () => {}))
  office.espo.updateAkte('closed', { aktivierungsstatus: 'Abgelegt' })
  office.espo.records.remove('CAkten', office.espo.akte('unknown')?.id ?? '')
  for (const akte of ['closed', 'unknown'])
    await withRuntime({ logger: collector([]) }, (runtime) => runAkte(runtime, akte))
  expect(await told()).toEqual(byPoller)
})

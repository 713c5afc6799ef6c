import { expect, it } from 'vitest'
import { ByHand } from '../../services/api/by-hand'
import { importAnswer } from '../../services/api/import-api'
import { withRuntime } from '../../services/app/runtime'
import { loadConfig } from '../../services/config'
import { checkEspo } from '../../services/doctor/espo-check'
import { announce } from '../../services/queue/announce'
import { KEYS } from '../../services/redis/keys'
import { run } from '../support/commands'
import { silentContext } from '../support/context'
import { collector, minutesAgo, openOffice, type ScenarioOffice } from './office'

/** Four Akten that nobody synced yet: two files each from Windows, one of them a conflict with EspoCRM. */
async function newFirm(): Promise<ScenarioOffice> {
  const office = await openOffice()
  for (const akte of ['1', '2', '3', '4']) {
    office.addAkte(akte)
    await office.filed({ 'Klage.docx': `Klage ${akte}`, 'Replik.docx': 'Replik' }, akte)
  }
  await office.espo.addDokument({ akte: '1', name: 'Klage.docx', dateipfad: 'Klage.docx', content: 'Anders' })
  return office
}

it('plan --all shows what the first import would do to a sample, and changes nothing', async () => {
  const office = await newFirm()
  const { out, code, err } = await run('plan', '--all', '--sample', '2')
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toContain('Stichprobe: 2 Akten von 4 (nichts wurde geändert)')
  expect(out).toContain('3 neu in EspoCRM · 0 nach EspoCRM · 1 nach Windows · 1 Konflikt')
  expect(out).toContain('Hochgerechnet auf alle: 6 neu in EspoCRM, 2 nach Windows, 2 Konflikte')
  expect(office.espo.dokumente('2')).toEqual([])
  const json = JSON.parse((await run('plan', '--all', '--sample', '9', '--json')).out)
  expect(json).toMatchObject({ total: 4, summary: { akten: 4, files: { created: 7, conflicts: 1 } } })
})

it('sync --all starts the first import, says how far it is, pauses and resumes; status tells it too', async () => {
  const office = await newFirm()
  const started = await run('sync', '--all', '--no-wait')
  expect(started, started.err).toMatchObject({ code: 0 })
  expect(started.out).toContain('Erstabgleich: 0 von 4 Akten, noch 4')
  expect(await office.swept()).toEqual(['1', '2', '3', '4'])
  expect((await run('sync', '--all', '--pause', 'nur abends')).out).toContain('angehalten: nur abends')
  expect(await office.swept()).toEqual([])
  await run('sync', '--all', '--no-wait')
  for (let akte = 1; akte <= 4; akte++) await office.tick()
  await office.sweep()
  const status = await run('status')
  expect(status.out).toContain('📊 4 von 4 Akten in den letzten 24 Stunden übereinstimmend')
  expect(status.out).toMatch(/📥 Erstabgleich beendet .*: 4 von 4 Akten/)
  const { freshness, firstImport } = JSON.parse((await run('status', '--json')).out)
  expect(freshness).toMatchObject({ total: 4, agreed: 4, never: 0 })
  expect(firstImport).toMatchObject({ total: 4, done: 4, left: 0 })
})

it.each([
  [['--all', '12345'], 'sync'],
  [['--all', '--force'], 'sync'],
  [['--pause', '12345'], 'sync'],
  [['--all', '12345'], 'plan'],
  [['--all', '--sample', '0'], 'plan'],
  [[], 'plan'],
])('%j of %s is a wrong usage, said in one line', async (args, script) => {
  await openOffice()
  const { code, err } = await run(script, ...args)
  expect(code).toBe(2)
  expect(err.trim().split('\n')).toHaveLength(1)
})

it('drift is a line of status and of the doctor, with what to check', async () => {
  const office = await openOffice()
  await office.agreed({ 'Klage.docx': 'Klage' })
  await announce(office.redis, 'webhook', ['12345'])
  await office.tick()
  await office.redis.hset(KEYS.drift, 'EspoCRM:told', minutesAgo(3 * 24 * 60 + 5).getTime())
  await office.espo.replaceFile(office.dokument('Klage.docx').id, 'neu')
  await office.age(25)
  await office.sweep()
  await office.tick()
  const said = 'EspoCRM hat seit 3 Tagen nichts gemeldet, der Rundgang fand 1 Änderung'
  expect((await run('status')).out).toContain(`⚠️  ${said}`)
  const { out } = await run('doctor')
  expect(out).toContain(said)
  expect(out).toContain('→ Kommen die Webhooks an?')
})

it('POST /akten/import starts, pauses and resumes; without an import there is nothing to pause', async () => {
  await newFirm()
  const ask = (body: unknown) =>
    withRuntime({ logger: collector([]) }, (runtime) =>
      importAnswer(
        runtime,
        new ByHand(runtime.systems.audit, runtime.clock, { name: 'anna', role: 'operate' }),
        body,
      ),
    )
  expect(await ask({ paused: true })).toMatchObject({ status: 404 })
  expect(await ask(undefined)).toMatchObject({ status: 202, body: { total: 4, left: 4, paused: null } })
  expect(await ask({ paused: true, reason: 'Umzug' })).toMatchObject({
    status: 200,
    body: { paused: 'Umzug' },
  })
  expect(await ask({})).toMatchObject({ status: 202, body: { paused: null } })
})

it('an older extension lacks the index: the sweep works, and check says what to update', async () => {
  const office = await openOffice()
  const texts = async () => (await checkEspo(silentContext, loadConfig())).map(({ text }) => text).join('\n')
  expect(await texts()).not.toContain('Index')
  const { indexes } = office.espo.schema.defs.CAkten ?? {}
  const index = indexes?.aktivierungsstatusLastSync
  delete indexes?.aktivierungsstatusLastSync
  try {
    expect(await texts()).toContain('CAkten hat keinen Index über aktivierungsstatus, lastSync')
  } finally {
    if (indexes && index) indexes.aktivierungsstatusLastSync = index
  }
})

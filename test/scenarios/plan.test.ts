import { rm } from 'node:fs/promises'
import pino from 'pino'
import { describe, expect, test } from 'vitest'
import { withRuntime } from '../../services/app/runtime'
import { KEYS } from '../../services/redis/keys'
import { type AktePlan, planAkte } from '../../services/sync/plan'
import { run as runCommand } from '../support/commands'
import { AKTE, minutesAgo, openOffice, type ScenarioOffice } from './office'

const silent = pino({ level: 'silent' })

async function plan(akte = AKTE): Promise<AktePlan> {
  return withRuntime({ logger: silent as never }, (runtime) => planAkte(runtime, akte))
}

/** Each file as `outcome action path: reason`. */
const told = ({ files }: AktePlan) =>
  files.map(({ outcome, action, path, reason }) => `${outcome} ${action} ${path}: ${reason}`)

/** Everything that a plan must leave as it is. */
async function stateOf(office: ScenarioOffice, akte = AKTE): Promise<string> {
  const windows = (await office.watcher.list(akte)).map(({ path, usn }) => [path, usn])
  const state = [office.espo.akte(akte), office.espo.dokumente(akte), office.advoware.history(akte), windows]
  const measurements = `${KEYS.metrics} `
  const redis = (await office.redisText()).split('\n').filter((line) => !line.startsWith(measurements))
  return JSON.stringify([state, redis])
}

/** An office in which one of each is waiting. */
async function busyOffice(): Promise<ScenarioOffice> {
  const office = await openOffice()
  await office.agreed({
    'Alt.docx': 'alt',
    'Beide.docx': 'alt',
    'Espo.docx': 'alt',
    'Offen.docx': 'alt',
    'Ruhe.docx': 'x',
  })
  await office.filed({ 'Neu.docx': 'neu', 'Frisch.docx': '' })
  office.set({ SYNC_QUIET_SECONDS: '60' }) // it stays fresh, however slow the machine is
  await office.watcher.write(AKTE, 'Frisch.docx', 'eben gespeichert', new Date())
  await office.watcher.write(AKTE, 'Alt.docx', 'neuer', minutesAgo(2))
  await office.watcher.write(AKTE, 'Beide.docx', 'Kanzlei', minutesAgo(30))
  await office.watcher.write(AKTE, '~$Offen.docx', 'wer')
  await office.watcher.write(AKTE, 'Privat.docx', 'nicht in der Historie')
  for (const path of ['Espo.docx', 'Offen.docx'])
    await office.espo.replaceFile(office.dokument(path).id, 'neu')
  await office.espo.replaceFile(office.dokument('Beide.docx').id, 'Mandantin', minutesAgo(10))
  await office.espo.addDokument({ akte: AKTE, name: 'Dokument', dateipfad: 'CON.txt', content: 'x' })
  await office.watcher.remove(AKTE, 'Ruhe.docx')
  return office
}

const EXPECTED = [
  'act UPDATE_ESPO Alt.docx: changed in Windows',
  'act UPLOAD_WINDOWS Beide.docx: conflict, EspoCRM is newer',
  'flagged SKIP CON.txt: a name Windows cannot have',
  'act UPLOAD_WINDOWS Espo.docx: changed in EspoCRM',
  'deferred CREATE Frisch.docx: just modified',
  'act CREATE Neu.docx: new file in Windows',
  'deferred UPLOAD_WINDOWS Offen.docx: open in another program',
  'nothing SKIP Privat.docx: not in the History',
  'act UPLOAD_WINDOWS Ruhe.docx: missing in Windows, restored from EspoCRM',
]

describe('A plan', () => {
  test('tells every file with its action and reason, what would move, and writes nothing anywhere', async () => {
    const office = await busyOffice()
    const before = await stateOf(office)
    office.resetRequests()

    const asked = await plan()

    expect(told(asked)).toEqual(EXPECTED)
    expect(asked).toMatchObject({ state: 'ready', message: null, ablage: false })
    const file = (path: string) => asked.files.find((one) => one.path === path)
    expect(file('Alt.docx')).toMatchObject({ bytes: 5, message: 'In Windows geändert' })
    expect(file('Beide.docx')).toMatchObject({ bytes: 9, archive: 'Windows' })
    expect(file('CON.txt')?.message).toContain('Bitte')
    expect(
      office.requests().filter(({ method, path }) => method !== 'GET' && !path.endsWith('/Token')),
    ).toEqual([])
    expect(await stateOf(office)).toBe(before)
  })

  test('is what the sync then does', async () => {
    const office = await busyOffice()

    const asked = await plan()
    const run = await office.sync()

    for (const { path, action, reason } of asked.files)
      expect(run.item(path), path).toMatchObject({ action, reason })
  })

  test('says the safety stop that a sync would meet, and what lies behind it', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'A' })
    await rm(office.watcher.folder(AKTE), { recursive: true })

    const asked = await plan()

    expect(asked).toMatchObject({ state: 'stopped', message: expect.stringContaining('Sicherheitsstopp') })
    expect(told(asked)).toEqual(['act UPLOAD_WINDOWS A.docx: missing in Windows, restored from EspoCRM'])
    expect(await office.snapshot()).toMatchObject({ stopped: null })
  })

  test('flags what the sync flags, and moves nothing in its stead', async () => {
    const office = await openOffice()
    await office.agreed({ 'Klage.docx': 'alt' })
    await office.filed({ 'Ordner\\Anlage.pdf': 'x', 'Gross.pdf': Buffer.alloc(3 * 1024 * 1024, 1) })
    await office.espo.addDokument({ akte: AKTE, name: 'Ordner', dateipfad: 'Ordner', content: 'im Weg' })
    office.espo.sizeLimit = 2 * 1024 * 1024
    const asked = await plan()
    const run = await office.sync()
    expect(told(asked).filter((line) => line.startsWith('flagged'))).toEqual([
      'flagged SKIP Gross.pdf: too large for EspoCRM',
      'flagged SKIP Ordner: path taken in Windows',
    ])
    for (const { path, outcome } of asked.files.filter((file) => file.outcome === 'flagged'))
      expect(run.item(path), path).toMatchObject({ outcome })
  })

  test('says the safety stop also where documents may be hidden as well', async () => {
    const office = await openOffice()
    await office.agreed(Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`D${n}.docx`, `Inhalt ${n}`])))
    await office.filed({ 'Neu.docx': 'neu' })
    for (const n of [1, 2, 3, 4]) await office.watcher.remove(AKTE, `D${n}.docx`)
    const right = office.espo.rights.CDokumente
    if (typeof right === 'object') office.espo.rights.CDokumente = { ...right, read: 'own' }
    for (const { id } of office.espo.dokumente(AKTE))
      office.espo.records.get('CDokumente', id).createdById = office.espo.apiUser.id
    const run = await office.sync()
    expect(run.report?.result).toBe('stopped')
    expect(await plan()).toMatchObject({ state: 'stopped', message: run.report?.message })
  })

  test('says that an Akte is not synced, and whether Advoware archived it', async () => {
    const office = await openOffice()
    office.addAkte(AKTE, 'Abgelegt')
    expect(await plan()).toMatchObject({
      state: 'inactive',
      message: expect.stringContaining('Abgelegt'),
      files: [],
    })

    office.espo.updateAkte(AKTE, { aktivierungsstatus: 'Aktiv' })
    office.advoware.setAblage(AKTE, true)
    expect(await plan()).toMatchObject({ state: 'ready', ablage: true })
  })

  test('names an Aktennummer that is unknown or malformed', async () => {
    await openOffice()
    await expect(plan('99999')).rejects.toThrow('EspoCRM knows no Akte 99999')
    await expect(plan('../etc')).rejects.toThrow('is not an Aktennummer')
  })
})

describe('npm run plan', () => {
  const run = (...args: string[]) => runCommand('plan', ...args)

  test('shows a table in German or English, or JSON, for several Akten', async () => {
    const office = await busyOffice()
    office.addAkte('7')

    const table = await run(AKTE, '7')
    expect(table, table.err).toMatchObject({ code: 0, err: '' })
    expect(table.out).toContain('5 zu tun, 2 warten, 1 zu klären, 1 in Ordnung')
    expect(table.out).toMatch(/⬇️ nach EspoCRM +Alt\.docx +In Windows geändert \(5 B\)/)
    expect(table.out).toMatch(/Beide\.docx.*die Windows-Fassung kommt ins Archiv/)
    expect(table.out).toContain('Akte 7 ')

    office.set({ SYNC_LANGUAGE: 'en' })
    expect((await run(AKTE)).out).toMatch(/⬇️ to EspoCRM +Alt\.docx +changed in Windows \(5 B\)/)

    const json = JSON.parse((await run(AKTE, '--json')).out) as AktePlan[]
    expect(json.map(told)).toEqual([EXPECTED])
  }, 60_000)

  test('ends with 1 for an unknown Akte, 2 for a wrong usage, 3 for a safety stop', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'A' })
    await rm(office.watcher.folder(AKTE), { recursive: true })

    expect(await run('99999')).toMatchObject({ code: 1, err: expect.stringContaining('99999') })
    expect(await run()).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^❌ name Akten, or --all [^\n]*--help\)\n$/),
    })
    expect(await run('--nonsense', AKTE)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^❌ unknown option[^\n]*\n$/),
    })
    expect(await run(AKTE)).toMatchObject({ code: 3, out: expect.stringContaining('🛑 Sicherheitsstopp') })
  }, 60_000)
})

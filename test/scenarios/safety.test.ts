import { mkdir, rm } from 'node:fs/promises'
import { describe, expect, test, vi } from 'vitest'
import { KEYS } from '../../services/redis/keys'
import { AKTE, minutesAgo, openOffice, type Run, type ScenarioOffice, transfers, writes } from './office'

const numbered = (count: number, text = 'Inhalt'): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`Dokument ${i + 1}.docx`, `${text} ${i + 1}`]))

/** A stop moves no bytes, writes the Akte alone, and waits for a person. */
async function expectStopped(office: ScenarioOffice, run: Run, akte = AKTE): Promise<void> {
  expect(run.report).toMatchObject({ result: 'stopped', items: [] })
  expect(transfers(run)).toEqual([])
  expect(writes(run)).toEqual([`PUT CAkten/${office.espo.akte(akte)?.id}`])
  expect(office.espo.akte(akte)).toMatchObject({
    syncStatus: 'failed',
    syncMessage: expect.stringContaining('Sicherheitsstopp'),
  })
  const snapshot = await office.snapshot(akte)
  expect(snapshot).toMatchObject({ pending: false, processing: false, failed: null, lock: null })
  expect(JSON.parse(snapshot.stopped ?? 'null')).toMatchObject({
    reason: run.report?.message,
    time: expect.any(String),
  })
}

describe('A share that is not mounted', () => {
  test('the Aktenordner is missing: stopped', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'A', 'B.docx': 'B' })
    await rm(office.watcher.folder(AKTE), { recursive: true })

    await expectStopped(office, await office.sync())
  })

  test('the Aktenordner is empty: stopped, also where deletions would be carried over', async () => {
    const office = await openOffice()
    office.set({ SYNC_WINDOWS_DELETIONS: 'delete' })
    await office.agreed({ 'A.docx': 'A' })
    await rm(office.watcher.folder(AKTE), { recursive: true })
    await mkdir(office.watcher.folder(AKTE))

    await expectStopped(office, await office.sync())
    expect(await office.inEspo('A.docx')).toBe('A')
  })

  test('an Akte that never was synced has no folder yet: no stop', async () => {
    const office = await openOffice()
    office.addAkte()
    await office.espo.addDokument({ akte: AKTE, name: 'Brief.docx', content: 'Brief' })

    const run = await office.sync()

    expect(run.report?.result).toBe('synced')
    await office.expectAgreement('Brief.docx', 'Brief')
  })
})

describe('A share that goes away in the middle of a run', () => {
  test('is not taken for deleted files: the file waits, and the next run is stopped', async () => {
    const office = await openOffice()
    office.set({ SYNC_WINDOWS_DELETIONS: 'delete' })
    await office.agreed({ 'A.docx': 'alt', 'B.docx': 'B' })
    await office.watcher.write(AKTE, 'A.docx', 'neu', minutesAgo(2))
    office.watcher.faults.set({ mode: 'slow', ms: 500, match: { path: /^\/file$/ } })

    office.resetRequests()
    const running = office.sync()
    await vi.waitUntil(() => office.watcher.requests.some(({ path }) => path === '/file'), {
      timeout: 20_000,
    })
    for (const path of ['A.docx', 'B.docx']) await office.watcher.remove(AKTE, path)
    const run = await running

    expect(run.item('A.docx')).toMatchObject({ outcome: 'deferred', reason: 'vanished during the sync' })
    expect(await office.inEspo('A.docx')).toBe('alt')
    expect((await office.sync()).report?.result).toBe('stopped')
    expect(await office.inEspo('A.docx')).toBe('alt')
    expect(await office.inEspo('B.docx')).toBe('B')
  })
})

describe('Files that vanish', () => {
  test('three of four: stopped', async () => {
    const office = await openOffice()
    await office.agreed(numbered(4))
    for (const i of [1, 2, 3]) await office.watcher.remove(AKTE, `Dokument ${i}.docx`)

    await expectStopped(office, await office.sync())
  })

  test('two of four are not more than half: restored', async () => {
    const office = await openOffice()
    await office.agreed(numbered(4))
    for (const i of [1, 2]) await office.watcher.remove(AKTE, `Dokument ${i}.docx`)

    const run = await office.sync()

    expect(run.report).toMatchObject({ result: 'synced', counts: { uploaded: 2 } })
  })

  test('two of four with SYNC_MAX_DELETE_PERCENT=25: stopped', async () => {
    const office = await openOffice()
    office.set({ SYNC_MAX_DELETE_PERCENT: '25' })
    await office.agreed(numbered(4))
    for (const i of [1, 2]) await office.watcher.remove(AKTE, `Dokument ${i}.docx`)

    await expectStopped(office, await office.sync())
  })
})

describe('All files change at once, as an encryption trojan does it', () => {
  test('ten of ten on the share: stopped, EspoCRM keeps the good versions', async () => {
    const office = await openOffice()
    await office.agreed(numbered(10))
    for (const [path, text] of Object.entries(numbered(10, 'verschlüsselt')))
      await office.watcher.write(AKTE, path, text, minutesAgo(2))

    await expectStopped(office, await office.sync())
    expect(await office.inEspo('Dokument 7.docx')).toBe('Inhalt 7')
  })

  test('ten of ten in EspoCRM: stopped, the share keeps the good versions', async () => {
    const office = await openOffice()
    await office.agreed(numbered(10))
    for (const [path, text] of Object.entries(numbered(10, 'verschlüsselt')))
      await office.espo.replaceFile(office.dokument(path).id, text)

    await expectStopped(office, await office.sync())
    expect(await office.onWindows('Dokument 7.docx')).toBe('Inhalt 7')
  })

  test('nine of ten: work, not a trojan', async () => {
    const office = await openOffice()
    await office.agreed(numbered(10))
    for (const [path, text] of Object.entries(numbered(9, 'neu')))
      await office.watcher.write(AKTE, path, text, minutesAgo(2))

    expect((await office.sync()).report).toMatchObject({ result: 'synced', counts: { updated: 9 } })
  })

  test('ten of ten only touched (a restored backup, a new journal): no stop', async () => {
    const office = await openOffice()
    await office.agreed(numbered(10))
    for (const [path, text] of Object.entries(numbered(10)))
      await office.watcher.write(AKTE, path, text, minutesAgo(2))

    const run = await office.sync()

    expect(run.report?.result).toBe('synced')
    expect(transfers(run)).toEqual([])
  })

  test('ten of ten only touched, while the watcher has not hashed them yet: no stop', async () => {
    const office = await openOffice()
    await office.agreed(numbered(10))
    for (const [path, text] of Object.entries(numbered(10)))
      await office.watcher.write(AKTE, path, text, minutesAgo(2))
    office.watcher.hideHashes = true

    expect((await office.sync()).report?.result).toBe('synced')
  })
})

describe('A person decides', () => {
  test('force lets one run pass, and only one', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'A', 'B.docx': 'B' })
    await rm(office.watcher.folder(AKTE), { recursive: true })
    await expectStopped(office, await office.sync())

    await office.redis.sadd(KEYS.force, AKTE)
    const forced = await office.sync()

    expect(forced.report).toMatchObject({ result: 'synced', counts: { uploaded: 2 } })
    await office.expectAgreement('A.docx', 'A')
    expect(await office.snapshot()).toMatchObject({ stopped: null, pending: false })
    expect(await office.redis.sismember(KEYS.force, AKTE)).toBe(0)

    await rm(office.watcher.folder(AKTE), { recursive: true })
    await expectStopped(office, await office.sync())
  })

  test('a stopped Akte is not taken again by itself', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'A' })
    await rm(office.watcher.folder(AKTE), { recursive: true })
    await office.sync()

    const idle = await office.tick()

    expect(idle.emitted).toEqual([])
    expect(idle.polled).toEqual([])
  })

  test('three stops within ten minutes pause everything until DEL', async () => {
    const office = await openOffice()
    const akten = ['1', '2', '3', '4']
    for (const akte of akten) await office.agreed({ 'A.docx': `A ${akte}` }, akte)
    for (const akte of ['1', '2', '3']) {
      expect(await office.redis.get(KEYS.paused)).toBeNull()
      await rm(office.watcher.folder(akte), { recursive: true })
      await expectStopped(office, await office.sync(akte), akte)
    }
    expect(await office.redis.get(KEYS.paused)).toContain('3')

    const paused = await office.sync('4')

    expect(paused.emitted).toEqual([])
    expect(paused.polled).toEqual([])
    expect((await office.snapshot('4')).pending).toBe(true)
    expect(paused.text).toContain('paused')

    await office.redis.del(KEYS.paused)
    expect((await office.sync('4')).report?.result).toBe('synced')
  })
})

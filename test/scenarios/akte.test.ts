import { describe, expect, test } from 'vitest'
import { KEYS } from '../../services/redis/keys'
import {
  AKTE,
  expectQuiet,
  minutesAgo,
  openOffice,
  reads,
  type ScenarioOffice,
  transfers,
  writes,
} from './office'

const ORDER = [
  '🔍 Polling Redis for pending Aktennummern',
  '📋 Processing: 12345',
  '✅ Emitted sync event for 12345 (status: Aktiv)',
  '🔄 Starting document sync for Akte 12345',
  '🔒 Global lock acquired',
  '📥 Fetching data...',
  '📊 Data fetched: 0 EspoCRM docs, 2 Windows files, 1 History entries',
  '🧹 After cleanup: 1 Windows files with History',
  '✅ Sync complete for Akte 12345',
]

describe('One run', () => {
  test('reads as a story in the log and leaves the queue and the lock empty', async () => {
    const office = await openOffice()
    office.addAkte()
    await office.filed({ 'Klage.docx': 'Klage' })
    await office.watcher.write(AKTE, 'Notiz.docx', 'Notiz')

    const run = await office.sync()

    const places = ORDER.map((line) => run.log.findIndex((said) => said.startsWith(line)))
    expect(places, run.text).toEqual([...places].sort((a, b) => a - b))
    expect(places).not.toContain(-1)
    expect(await office.snapshot()).toMatchObject({
      pending: false,
      processing: false,
      failed: null,
      lock: null,
    })
    expect(office.espo.akte(AKTE)).toMatchObject({
      syncStatus: 'synced',
      syncMessage: null,
      lastSync: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
    })
  })

  test('a second run moves no bytes and writes nothing but the Akte', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'A', 'Unterordner\\B.docx': 'B', 'C.pdf': 'C' })

    const run = await office.sync()

    expectQuiet(office, run)
    expect(reads(run).length).toBeLessThanOrEqual(4 + 1)
    expect(run.report?.counts).toMatchObject({ created: 0, updated: 0, uploaded: 0, skipped: 3 })
  })

  test('450 documents are listed completely, beyond the 200 of one page', async () => {
    const office = await openOffice()
    office.addAkte()
    for (let i = 1; i <= 450; i++) {
      const path = `Dokument ${i}.txt`
      const { usn, blake3Hash } = await office.watcher.write(AKTE, path, `Inhalt ${i}`)
      const entry = office.advoware.addHistory(AKTE, { dat: '2026-03-24', text: path, datei: path })
      const base = { syncHash: blake3Hash, blake3hash: blake3Hash, sync_usn: usn, fileStatus: 'synced' }
      const metadata = { hnr: entry.hnr, historyArt: entry.art, historyText: path, historyDatum: entry.dat }
      const fields = { ...base, ...metadata, syncStatus: 'synced', lastSync: '2026-03-25 10:00:00' }
      const created = await office.espo.addDokument({
        akte: AKTE,
        name: path,
        content: `Inhalt ${i}`,
        fields,
      })
      office.espo.updateDokument(created.id, {
        syncAttachmentId: created.dokumentId ?? null,
        dateipfad: path,
      })
    }

    const run = await office.sync()

    expect(run.text).toContain('📊 Data fetched: 450 EspoCRM docs, 450 Windows files, 450 History entries')
    expect(run.report?.counts).toMatchObject({ created: 0, updated: 0, uploaded: 0, skipped: 450 })
    expect(run.report).toMatchObject({ items: [], reasons: { unchanged: 450 } })
    expectQuiet(office, run)
    expect(reads(run).length).toBeLessThanOrEqual(4 + Math.ceil(450 / 200))
  })
})

describe('The status of the Akte', () => {
  test('archived in Advoware: synced once more, then Deaktiviert, then never again', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'alt' })
    await office.watcher.write(AKTE, 'A.docx', 'neu', minutesAgo(2))
    office.advoware.setAblage(AKTE, true)

    await office.sync()

    expect(office.espo.akte(AKTE)).toMatchObject({
      aktivierungsstatus: 'Deaktiviert',
      syncStatus: 'synced',
      syncMessage: expect.stringContaining('In Advoware abgelegt'),
    })
    await office.expectAgreement('A.docx', 'neu')

    const next = await office.sync()

    expect(next.text).toContain('⚠️ Akte 12345 has invalid status: Deaktiviert, removing')
    expect(next.requests).toEqual([])
    expect(await office.snapshot()).toMatchObject({ pending: false, processing: false })
  })

  test('taken out of Deaktiviert while Advoware has it archived: what changed meanwhile is carried over, then it goes back and says why', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'alt', 'B.docx': 'alt' })
    office.advoware.setAblage(AKTE, true)
    await office.sync()
    await office.watcher.write(AKTE, 'A.docx', 'in Word', minutesAgo(2))
    await office.espo.replaceFile(office.dokument('B.docx').id, 'in EspoCRM')
    office.espo.updateAkte(AKTE, { aktivierungsstatus: 'Aktiv', syncMessage: null })

    const run = await office.sync()

    await office.expectAgreement('A.docx', 'in Word')
    await office.expectAgreement('B.docx', 'in EspoCRM')
    const reason = expect.stringContaining('holt sie zuerst in Advoware aus der Ablage')
    expect(office.espo.akte(AKTE)).toMatchObject({ aktivierungsstatus: 'Deaktiviert', syncMessage: reason })
    expect(run.report).toMatchObject({ result: 'synced', message: reason })

    office.advoware.setAblage(AKTE, false)
    office.espo.updateAkte(AKTE, { aktivierungsstatus: 'Aktiv' })
    await office.sync()
    expect(office.espo.akte(AKTE)).toMatchObject({ aktivierungsstatus: 'Aktiv', syncMessage: null })
  })

  test.each(['Deaktiviert', 'Abgelegt'])(
    '%s: removed from the queue, nothing is read or written',
    async (status) => {
      const office = await openOffice()
      office.addAkte(AKTE, status)
      await office.filed({ 'A.docx': 'A' })

      const run = await office.sync()

      expect(run.text).toContain(`⚠️ Akte 12345 has invalid status: ${status}, removing`)
      expect(run.emitted).toEqual([])
      expect(run.polled.map(({ method }) => method)).toEqual(['GET'])
      expect(office.espo.dokumente(AKTE)).toEqual([])
      expect(await office.snapshot()).toMatchObject({ pending: false, processing: false, failed: null })
    },
  )

  test.each(['Neu', 'Aktiv', 'Import'])('%s: synced', async (status) => {
    const office = await openOffice()
    office.addAkte(AKTE, status)
    await office.filed({ 'A.docx': 'A' })

    const run = await office.sync()

    expect(run.text).toContain(`✅ Emitted sync event for 12345 (status: ${status})`)
    await office.expectAgreement('A.docx', 'A')
  })
})

describe('The Aktennummer', () => {
  test('123/24 is one segment of every address', async () => {
    const office = await openOffice()
    office.addAkte('123/24')
    await office.filed({ 'Erbschein.pdf': 'Erbschein' }, '123/24')
    const brief = { akte: '123/24', name: 'Brief.docx', dateipfad: 'Post\\Brief.docx', content: 'Brief' }
    await office.espo.addDokument(brief)

    const run = await office.sync('123/24')

    expect(run.report?.result).toBe('synced')
    await office.expectAgreement('Erbschein.pdf', 'Erbschein', '123/24')
    await office.expectAgreement('Post\\Brief.docx', 'Brief', '123/24')
    const put = run.requests.filter(({ method, system }) => method === 'PUT' && system === 'watcher')
    expect(put.map(({ path }) => path)).toEqual(['/files/123%2F24/Post/Brief.docx'])
  })

  test.each(['../etc', 'DROP TABLE', '', 'ä1', '1'.repeat(33)])(
    'malformed ("%s"): in the failed list with its reason, no system is asked',
    async (malformed) => {
      const office = await openOffice()

      const run = await office.sync(malformed)

      expect(run.polled).toEqual([])
      expect(run.emitted).toEqual([])
      const { failed, pending, processing } = await office.snapshot(malformed)
      expect(JSON.parse(failed ?? 'null')).toMatchObject({
        reason: expect.any(String),
        time: expect.any(String),
      })
      expect([pending, processing]).toEqual([false, false])
    },
  )

  test('unknown to EspoCRM: in the failed list; a person who creates it and adds it again is served', async () => {
    const office = await openOffice()

    const run = await office.sync('99999')

    const { failed, pending, processing } = await office.snapshot('99999')
    expect(JSON.parse(failed ?? 'null')).toMatchObject({ reason: expect.stringContaining('99999') })
    expect([pending, processing]).toEqual([false, false])
    expect(run.text).toContain('99999')
    expect((await office.tick('99999')).polled).toEqual([])

    office.addAkte('99999')
    await office.filed({ 'A.docx': 'A' }, '99999')
    await office.sync('99999')
    expect((await office.snapshot('99999')).failed).toBeNull()
    await office.expectAgreement('A.docx', 'A', '99999')
  })
})

describe('The queue', () => {
  test('an idle tick asks nobody and writes one line', async () => {
    const office = await openOffice()

    const run = await office.tick()

    expect(run.polled).toEqual([])
    expect(run.log).toEqual(['🔍 Polling Redis for pending Aktennummern'])
  })

  test('the lock is held by another Akte: requeued, visible, no attempt counted', async () => {
    const office = await openOffice()
    office.addAkte()
    await office.redis.set(KEYS.globalLock, '77777')

    const run = await office.sync()

    expect(run.text).toContain('⏸️ Global lock busy (held by: 77777), requeueing 12345')
    expect(run.error).toBeInstanceOf(Error)
    expect(run.requests).toEqual([])
    const snapshot = await office.snapshot()
    expect(snapshot).toMatchObject({ pending: true, processing: false, attempts: null, lock: '77777' })
  })

  test('after the last attempt the Akte is in the failed list, from which SADD brings it back', async () => {
    const office = await openOffice()
    office.set({ SYNC_MAX_ATTEMPTS: '2' })
    await office.agreed({ 'A.docx': 'A' })
    office.watcher.faults.set({ mode: 'status', status: 400 })

    await office.sync()
    expect(await office.snapshot()).toMatchObject({ pending: true, failed: null })
    await office.sync()

    const { failed, pending, processing } = await office.snapshot()
    expect(JSON.parse(failed ?? 'null')).toMatchObject({
      attempts: 2,
      reason: expect.stringContaining('400'),
    })
    expect([pending, processing]).toEqual([false, false])

    office.watcher.faults.clear()
    expect((await office.sync()).report?.result).toBe('synced')
    expect(await office.snapshot()).toMatchObject({ pending: false, failed: null, attempts: null })
  })
})

describe('An installation of the predecessor', () => {
  test('without the later attributes it syncs as well, and its second run is as quiet', async () => {
    const office = await openOffice()
    office.espo.lacksLaterFields = true
    office.addAkte()
    await office.filed({ 'A.docx': 'alt' })
    await office.sync()
    expect(await office.inEspo('A.docx')).toBe('alt')

    const quiet = await office.sync()

    expect(transfers(quiet).filter(({ method }) => method !== 'GET')).toEqual([])
    expect(writes(quiet)).toEqual([`PUT CAkten/${office.espo.akte(AKTE)?.id}`])
  })

  test('without the later attributes a file replaced a day after the last sync is noticed', async () => {
    const office = await openOffice()
    office.espo.lacksLaterFields = true
    office.addAkte()
    await office.filed({ 'A.docx': 'alt' })
    await office.sync()
    const { id } = office.dokument('A.docx')
    office.espo.updateDokument(id, { lastSync: '2026-03-25 10:00:00' })
    await office.espo.replaceFile(id, 'in EspoCRM ersetzt')

    await office.sync()

    expect(await office.onWindows('A.docx')).toBe('in EspoCRM ersetzt')
  })

  test('without the later attributes a file replaced in the second of the sync is not lost either', async () => {
    const office = await openOffice()
    office.espo.lacksLaterFields = true
    office.addAkte()
    await office.filed({ 'A.docx': 'alt' })
    await office.sync()
    const replaced = await office.espo.replaceFile(office.dokument('A.docx').id, 'in EspoCRM ersetzt')
    // The times of EspoCRM have whole seconds: a change in the same one looks as old as the sync.
    office.espo.updateDokument(replaced.id, { lastSync: replaced.modifiedAt ?? null })

    await office.sync()

    expect(await office.onWindows('A.docx')).toBe('in EspoCRM ersetzt')
  })
})

describe("The Akte's page sums up", () => {
  const page = (office: ScenarioOffice) => office.espo.akte(AKTE)

  test('documents, what waits and what needs a person, in the one write of the run', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'a', 'B.docx': 'b', 'C.docx': 'c' })
    expect(page(office)).toMatchObject({
      ...{ dokumenteGesamt: 3, dokumenteWartend: 0, dokumenteKlaerung: 0, brauchtPerson: false },
    })
    await office.watcher.write(AKTE, '~$A.docx', 'x')
    await office.espo.replaceFile(office.dokument('A.docx').id, 'neu')
    await office.espo.addDokument({ akte: AKTE, name: 'x', dateipfad: 'CON.docx', content: 'x' })
    await office.filed({ 'D.docx': 'd' })

    const run = await office.sync()

    expect(page(office)).toMatchObject({
      ...{ dokumenteGesamt: 5, dokumenteWartend: 1, dokumenteKlaerung: 1, brauchtPerson: true },
    })
    expect(writes(run).filter((one) => one.startsWith('PUT CAkten'))).toHaveLength(1)
  })

  test('a stop needs a person, and so does a missing right; an outage does not', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'a', 'B.docx': 'b' })
    office.watcher.faults.set('500')
    await office.sync()
    expect(page(office)).toMatchObject({ syncStatus: 'failed', brauchtPerson: false })
    office.watcher.faults.set({ mode: 'status', status: 401 })
    await office.sync()
    expect(page(office)).toMatchObject({ syncStatus: 'failed', brauchtPerson: true })
    office.watcher.faults.clear()
    await office.sync()
    expect(page(office)).toMatchObject({ syncStatus: 'synced', brauchtPerson: false })
    for (const path of ['A.docx', 'B.docx']) await office.watcher.remove(AKTE, path)
    expect((await office.sync()).report?.result).toBe('stopped')
    expect(page(office)).toMatchObject({ syncStatus: 'failed', brauchtPerson: true })
  })

  test('a document that is removed counts no more, one that is only marked does', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'a', 'B.docx': 'b', 'C.docx': 'c' })
    office.set({ SYNC_WINDOWS_DELETIONS: 'mark' })
    await office.watcher.remove(AKTE, 'A.docx')
    await office.sync()
    expect(page(office)?.dokumenteGesamt).toBe(3)
    office.set({ SYNC_WINDOWS_DELETIONS: 'delete' })
    await office.watcher.remove(AKTE, 'B.docx')
    await office.sync()
    expect(page(office)?.dokumenteGesamt).toBe(office.espo.dokumente(AKTE).length)
  })

  test('an EspoCRM without the later fields is synced as before', async () => {
    const office = await openOffice()
    office.espo.lacksLaterFields = true
    office.addAkte()
    await office.filed({ 'A.docx': 'a' })
    expect((await office.sync()).report?.result).toBe('synced')
  })
})

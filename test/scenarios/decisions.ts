import { describe, expect, test } from 'vitest'
import type { SchemaName } from '../../sandbox/espo/predecessor'
import { AKTE, expectQuiet, minutesAgo, openOffice, playInstallation, transfers, writes } from './office'

const KLAGE = 'Schriftsätze\\Klage.docx'
/** What a calendar in the office shows now. */
const today = () => new Date().toLocaleDateString('sv-SE', { timeZone: 'Europe/Berlin' })

/** Every decision, told as stories in an office with this installation of EspoCRM. */
export function tellDecisions(installation: SchemaName): void {
  playInstallation(installation)

  describe('A new document', () => {
    test('row 1: a file that the History names appears in EspoCRM, with the metadata of its entry', async () => {
      const office = await openOffice()
      office.addAkte()
      await office.filed({ [KLAGE]: 'Klage wegen Werklohns' })

      const run = await office.sync()

      expect(run.item(KLAGE)).toMatchObject({
        action: 'CREATE',
        reason: 'new file in Windows',
        outcome: 'done',
      })
      await office.expectAgreement(KLAGE, 'Klage wegen Werklohns')
      expect(office.dokument(KLAGE)).toMatchObject({
        name: 'Klage.docx',
        dateipfad: KLAGE,
        dokumentName: 'Klage.docx',
        hnr: 1,
        historyArt: 'Schreiben',
        historyText: `Zu ${KLAGE}`,
        historyDatum: '2026-03-24',
      })
      expect(office.advoware.history(AKTE)).toHaveLength(1)
      expectQuiet(office, await office.sync())
    })

    test('row 2: a file that no History entry names stays where it is', async () => {
      const office = await openOffice()
      office.addAkte()
      await office.watcher.write(AKTE, 'Notizen.docx', 'nur für mich')

      const run = await office.sync()

      expect(run.item('Notizen.docx')).toMatchObject({ action: 'SKIP', reason: 'not in the History' })
      expect(office.espo.dokumente(AKTE)).toEqual([])
      expect(office.advoware.history(AKTE)).toEqual([])
      expect(await office.onWindows('Notizen.docx')).toBe('nur für mich')
    })

    test('row 3: a document made in EspoCRM appears on the share and, once, in the History', async () => {
      const office = await openOffice()
      office.addAkte()
      const path = 'Korrespondenz\\Brief an Müller.docx'
      await office.espo.addDokument({
        akte: AKTE,
        name: 'Brief an Müller.docx',
        dateipfad: path,
        content: 'Sehr geehrte',
      })

      const days = [today()]
      const run = await office.sync()
      days.push(today())

      expect(run.item(path)).toMatchObject({ action: 'UPLOAD_WINDOWS', reason: 'new file in EspoCRM' })
      await office.expectAgreement(path, 'Sehr geehrte')
      const [entry, ...more] = office.advoware.history(AKTE)
      expect(more).toEqual([])
      expect(entry).toEqual({
        hnr: 1,
        dat: expect.toSatisfy((dat: string) => days.includes(dat)),
        art: 'Dokument',
        text: 'Brief an Müller.docx',
        datei: `V:\\Akten\\12345\\${path}`,
      })
      expect(office.dokument(path)).toMatchObject({
        hnr: 1,
        historyArt: 'Dokument',
        historyDatum: entry?.dat,
      })
      expectQuiet(office, await office.sync())
      expect(office.advoware.history(AKTE)).toHaveLength(1)
    })

    test("row 3: the new History entry's remark is the document's name", async () => {
      const office = await openOffice()
      office.addAkte()
      const given = { akte: AKTE, name: 'Mandantenbrief', dateipfad: 'brief-0815.docx', content: 'x' }
      await office.espo.addDokument(given)

      await office.sync()

      expect(office.advoware.history(AKTE)).toMatchObject([{ text: 'Mandantenbrief' }])
    })
  })

  describe('A file that vanished from the share (row 4)', () => {
    test('restore, the default: it comes back from EspoCRM', async () => {
      const office = await openOffice()
      await office.agreed({ 'A.docx': 'Inhalt A', 'B.docx': 'Inhalt B' })
      await office.watcher.remove(AKTE, 'A.docx')

      const run = await office.sync()

      expect(run.item('A.docx')).toMatchObject({ action: 'UPLOAD_WINDOWS', outcome: 'done' })
      await office.expectAgreement('A.docx', 'Inhalt A')
      expect(office.advoware.history(AKTE)).toHaveLength(2)
      expectQuiet(office, await office.sync())
    })

    test('mark: the document says so, record and file are kept, and a file that returns is synced again', async () => {
      const office = await openOffice()
      office.set({ SYNC_WINDOWS_DELETIONS: 'mark' })
      await office.agreed({ 'A.docx': 'Inhalt A', 'B.docx': 'Inhalt B' })
      await office.watcher.remove(AKTE, 'A.docx')

      const run = await office.sync()

      expect(run.item('A.docx')).toMatchObject({ action: 'DELETE', outcome: 'done' })
      expect(office.dokument('A.docx')).toMatchObject({ fileStatus: 'deleted' })
      expect(await office.inEspo('A.docx')).toBe('Inhalt A')
      expect(await office.onWindows('A.docx')).toBeNull()
      expectQuiet(office, await office.sync())

      await office.watcher.write(AKTE, 'A.docx', 'Inhalt A')
      expect(transfers(await office.sync())).toEqual([])
      await office.expectAgreement('A.docx', 'Inhalt A')
    })

    test('delete: the record is removed, its content is in the archive', async () => {
      const office = await openOffice()
      office.set({ SYNC_WINDOWS_DELETIONS: 'delete' })
      await office.agreed({ 'A.docx': 'Inhalt A', 'B.docx': 'Inhalt B' })
      const hash = await office.hashOf('A.docx')
      await office.watcher.remove(AKTE, 'A.docx')

      const run = await office.sync()

      expect(run.item('A.docx')).toMatchObject({ action: 'DELETE', outcome: 'done' })
      expect(run.report?.counts.deleted).toBe(1)
      expect(office.dokumente('A.docx')).toEqual([])
      expect(await office.archived(hash)).toMatchObject({
        content: 'Inhalt A',
        records: [{ aktennummer: AKTE, path: 'A.docx', side: 'EspoCRM', espoHash: hash }],
      })
      await office.expectAgreement('B.docx', 'Inhalt B')
      expectQuiet(office, await office.sync())
    })

    test.each(['mark', 'delete'])(
      '%s: a document changed in EspoCRM since then is restored',
      async (deletions) => {
        const office = await openOffice()
        office.set({ SYNC_WINDOWS_DELETIONS: deletions })
        await office.agreed({ 'A.docx': 'alt', 'B.docx': 'Inhalt B' })
        await office.watcher.remove(AKTE, 'A.docx')
        await office.espo.replaceFile(office.dokument('A.docx').id, 'neu')

        await office.sync()

        await office.expectAgreement('A.docx', 'neu')
      },
    )
  })

  describe('A document that meets a file for the first time', () => {
    test('row 5: the same content is adopted, nothing is transferred to either side', async () => {
      const office = await openOffice()
      office.addAkte()
      await office.filed({ 'Vollmacht.pdf': 'gleich' })
      await office.espo.addDokument({ akte: AKTE, name: 'Vollmacht.pdf', content: 'gleich' })
      const before = office.dokument('Vollmacht.pdf').dokumentId

      const run = await office.sync()

      expect(run.item('Vollmacht.pdf')).toMatchObject({
        action: 'SKIP',
        reason: 'same content on both sides, adopted',
      })
      await office.expectAgreement('Vollmacht.pdf', 'gleich')
      expect(office.dokument('Vollmacht.pdf').dokumentId).toBe(before)
      expect(transfers(run).filter(({ method }) => method !== 'GET')).toEqual([])
      expectQuiet(office, await office.sync())
    })

    test('row 5: another content is a conflict, and the older version is kept in the archive', async () => {
      const office = await openOffice()
      office.addAkte()
      await office.filed({ 'Vollmacht.pdf': 'Kanzlei' })
      await office.espo.addDokument({
        akte: AKTE,
        name: 'Vollmacht.pdf',
        content: 'Mandantin',
        createdAt: minutesAgo(5),
      })
      const loser = await office.hashOf('Vollmacht.pdf')

      await office.sync()

      await office.expectAgreement('Vollmacht.pdf', 'Mandantin')
      expect(await office.archived(loser)).toMatchObject({
        content: 'Kanzlei',
        records: [{ side: 'Windows' }],
      })
      expect(office.advoware.history(AKTE)).toHaveLength(1)
    })

    test('row 6: the same content outside the History is an interrupted upload, which is finished', async () => {
      const office = await openOffice()
      office.addAkte()
      await office.watcher.write(AKTE, 'Brief.docx', 'halb fertig')
      await office.espo.addDokument({ akte: AKTE, name: 'Brief.docx', content: 'halb fertig' })

      const run = await office.sync()

      expect(run.item('Brief.docx').reason).toBe('interrupted upload, finished')
      await office.expectAgreement('Brief.docx', 'halb fertig')
      expect(office.entries('Brief.docx')).toHaveLength(1)
      expectQuiet(office, await office.sync())
    })

    test('row 6: another content outside the History means that the name is taken; a person is told', async () => {
      const office = await openOffice()
      office.addAkte()
      await office.watcher.write(AKTE, 'Brief.docx', 'privat')
      await office.espo.addDokument({ akte: AKTE, name: 'Brief.docx', content: 'dienstlich' })

      const run = await office.sync()

      expect(run.item('Brief.docx')).toMatchObject({
        action: 'SKIP',
        reason: 'name taken',
        outcome: 'flagged',
      })
      expect(await office.onWindows('Brief.docx')).toBe('privat')
      expect(await office.inEspo('Brief.docx')).toBe('dienstlich')
      expect(office.dokument('Brief.docx')).toMatchObject({
        fileStatus: 'conflict',
        syncMessage: expect.stringContaining('Name belegt'),
      })
      expect(office.espo.akte(AKTE)).toMatchObject({
        syncStatus: 'synced',
        syncMessage: expect.stringContaining('Brief.docx'),
      })
      expect(office.advoware.history(AKTE)).toEqual([])
    })
  })

  describe('A document that both sides had agreed on', () => {
    test('row 7: nothing changed, nothing happens', async () => {
      const office = await openOffice()
      await office.agreed({ [KLAGE]: 'Klage' })

      const run = await office.sync()

      expect(run.item(KLAGE)).toMatchObject({ action: 'SKIP', reason: 'unchanged', outcome: 'skipped' })
      expectQuiet(office, run)
    })

    test('row 7: a file saved again with the same content is only touched: the new USN is noted', async () => {
      const office = await openOffice()
      await office.agreed({ [KLAGE]: 'Klage' })
      const before = office.dokument(KLAGE).sync_usn
      await office.watcher.write(AKTE, KLAGE, 'Klage', minutesAgo(2))

      const run = await office.sync()

      expect(run.item(KLAGE).reason).toBe('touched, same content')
      expect(transfers(run)).toEqual([])
      expect(office.dokument(KLAGE).sync_usn).not.toBe(before)
      await office.expectAgreement(KLAGE, 'Klage')
      expectQuiet(office, await office.sync())
    })

    test('row 8: changed in Word, it is replaced in EspoCRM', async () => {
      const office = await openOffice()
      await office.agreed({ [KLAGE]: 'Entwurf' })
      await office.watcher.write(AKTE, KLAGE, 'Reinschrift', minutesAgo(2))

      const run = await office.sync()

      expect(run.item(KLAGE)).toMatchObject({ action: 'UPDATE_ESPO', reason: 'changed in Windows' })
      await office.expectAgreement(KLAGE, 'Reinschrift')
      expect(office.espo.records.all('Attachment')).toHaveLength(1)
      expectQuiet(office, await office.sync())
    })

    test('row 9: replaced in the EspoCRM user interface, where every hash field keeps its old value', async () => {
      const office = await openOffice()
      await office.agreed({ [KLAGE]: 'Entwurf' })
      const before = office.dokument(KLAGE)
      const after = await office.espo.replaceFile(before.id, 'unterschrieben')
      expect(after.syncHash).toBe(before.syncHash)
      if (!office.espo.schema.hooks) expect(after.blake3hash).toBe(before.blake3hash)

      const run = await office.sync()

      expect(run.item(KLAGE)).toMatchObject({ action: 'UPLOAD_WINDOWS', reason: 'changed in EspoCRM' })
      await office.expectAgreement(KLAGE, 'unterschrieben')
      expect(office.advoware.history(AKTE)).toHaveLength(1)
      expectQuiet(office, await office.sync())
    })

    test('row 9: a replacement under another file name keeps the path of the document', async () => {
      const office = await openOffice()
      await office.agreed({ [KLAGE]: 'Entwurf' })
      await office.espo.replaceFile(office.dokument(KLAGE).id, 'gescannt', undefined, 'scan_001.docx')

      await office.sync()

      await office.expectAgreement(KLAGE, 'gescannt')
      expect(await office.watcher.list(AKTE)).toHaveLength(1)
      expectQuiet(office, await office.sync())
    })

    test('row 10: the same change on both sides is the new base, without a transfer to either', async () => {
      const office = await openOffice()
      await office.agreed({ [KLAGE]: 'Entwurf' })
      await office.watcher.write(AKTE, KLAGE, 'Endfassung', minutesAgo(2))
      await office.espo.replaceFile(office.dokument(KLAGE).id, 'Endfassung')

      const run = await office.sync()

      expect(run.item(KLAGE)).toMatchObject({ action: 'SKIP', reason: 'changed on both sides, same content' })
      expect(transfers(run).filter(({ method }) => method !== 'GET')).toEqual([])
      await office.expectAgreement(KLAGE, 'Endfassung')
      expectQuiet(office, await office.sync())
    })

    test('row 11: EspoCRM is newer and wins; the Windows version is in the archive', async () => {
      const office = await openOffice()
      await office.agreed({ [KLAGE]: 'Entwurf' })
      const { blake3Hash } = await office.watcher.write(AKTE, KLAGE, 'Fassung Kanzlei', minutesAgo(30))
      await office.espo.replaceFile(office.dokument(KLAGE).id, 'Fassung Mandantin', minutesAgo(10))

      const run = await office.sync()

      expect(run.item(KLAGE)).toMatchObject({
        action: 'UPLOAD_WINDOWS',
        reason: 'conflict, EspoCRM is newer',
      })
      await office.expectAgreement(KLAGE, 'Fassung Mandantin')
      const kept = await office.archived(blake3Hash)
      expect(kept?.content).toBe('Fassung Kanzlei')
      expect(kept?.records).toMatchObject([
        { aktennummer: AKTE, path: 'Schriftsätze/Klage.docx', side: 'Windows', windowsHash: blake3Hash },
      ])
      expect(kept?.records[0]?.espoHash).toBe(await office.hashOf(KLAGE))
      expectQuiet(office, await office.sync())
    })

    test('row 11: Windows is newer and wins; the EspoCRM version is in the archive', async () => {
      const office = await openOffice()
      await office.agreed({ [KLAGE]: 'Entwurf', 'Probe.docx': 'Fassung Mandantin' })
      const loser = await office.hashOf('Probe.docx')
      await office.watcher.write(AKTE, KLAGE, 'Fassung Kanzlei', minutesAgo(10))
      await office.espo.replaceFile(office.dokument(KLAGE).id, 'Fassung Mandantin', minutesAgo(30))

      const run = await office.sync()

      expect(run.item(KLAGE)).toMatchObject({ action: 'UPDATE_ESPO', reason: 'conflict, Windows is newer' })
      await office.expectAgreement(KLAGE, 'Fassung Kanzlei')
      expect(await office.archived(loser)).toMatchObject({
        content: 'Fassung Mandantin',
        records: [{ side: 'EspoCRM', espoHash: loser, windowsHash: await office.hashOf(KLAGE) }],
      })
      expectQuiet(office, await office.sync())
    })

    test('row 11: changed in the same second, Windows wins', async () => {
      const office = await openOffice()
      await office.agreed({ [KLAGE]: 'Entwurf' })
      const second = new Date(Math.floor(minutesAgo(10).getTime() / 1000) * 1000)
      await office.watcher.write(AKTE, KLAGE, 'Fassung Kanzlei', second)
      await office.espo.replaceFile(office.dokument(KLAGE).id, 'Fassung Mandantin', second)

      await office.sync()

      await office.expectAgreement(KLAGE, 'Fassung Kanzlei')
    })

    test('row 12: what left the History is never overwritten, never deleted, on either side', async () => {
      const office = await openOffice()
      await office.agreed({ [KLAGE]: 'Entwurf', 'B.docx': 'B' })
      office.advoware.removeHistory(AKTE, 1)
      await office.watcher.write(AKTE, KLAGE, 'weiter bearbeitet', minutesAgo(30))
      await office.espo.replaceFile(office.dokument(KLAGE).id, 'in EspoCRM ersetzt', minutesAgo(1))

      const run = await office.sync()

      expect(run.item(KLAGE)).toMatchObject({ action: 'SKIP', reason: 'left the History' })
      expect(await office.onWindows(KLAGE)).toBe('weiter bearbeitet')
      expect(await office.inEspo(KLAGE)).toBe('in EspoCRM ersetzt')
      expect(office.advoware.history(AKTE)).toHaveLength(1)
    })

    test.each(['restore', 'mark', 'delete'])(
      'row 12: gone from share and History, %s does nothing',
      async (mode) => {
        const office = await openOffice()
        office.set({ SYNC_WINDOWS_DELETIONS: mode })
        await office.agreed({ [KLAGE]: 'Entwurf', 'B.docx': 'B' })
        office.advoware.removeHistory(AKTE, 1)
        await office.watcher.remove(AKTE, KLAGE)

        const run = await office.sync()

        expect(run.item(KLAGE).reason).toBe('left the History')
        expect(await office.onWindows(KLAGE)).toBeNull()
        expect(await office.inEspo(KLAGE)).toBe('Entwurf')
      },
    )

    test('row 13: emptied by a person in EspoCRM, it comes back', async () => {
      const office = await openOffice()
      await office.agreed({ [KLAGE]: 'Klage' })
      office.espo.updateDokument(office.dokument(KLAGE).id, { dokumentId: null })

      const run = await office.sync()

      expect(run.item(KLAGE)).toMatchObject({ action: 'UPDATE_ESPO', reason: 'document without a file' })
      await office.expectAgreement(KLAGE, 'Klage')
      expectQuiet(office, await office.sync())
    })

    test('row 13: a document without a file, and no file on the share: nothing to do', async () => {
      const office = await openOffice()
      office.addAkte()
      await office.espo.addDokument({ akte: AKTE, name: 'Leer.docx' })

      const run = await office.sync()

      expect(run.item('Leer.docx')).toMatchObject({ action: 'SKIP', reason: 'no file' })
      expect(await office.watcher.list(AKTE)).toEqual([])
      expect(office.advoware.history(AKTE)).toEqual([])
    })

    test('row 1: removed by a person in EspoCRM, it comes back while its file and History entry exist', async () => {
      const office = await openOffice()
      await office.agreed({ [KLAGE]: 'Klage', 'B.docx': 'B' })
      office.espo.removeDokument(office.dokument(KLAGE).id)

      const run = await office.sync()

      expect(run.item(KLAGE).action).toBe('CREATE')
      await office.expectAgreement(KLAGE, 'Klage', AKTE, expect.stringContaining('In EspoCRM gelöscht'))
    })
  })

  describe('No version is lost, without a setting', () => {
    test('the version both sides had agreed on is kept, whichever side brings the newer one', async () => {
      const office = await openOffice()
      await office.agreed({ 'A.docx': 'A alt', 'B.docx': 'B alt' })
      const [a, b] = [await office.hashOf('A.docx'), await office.hashOf('B.docx')]
      await office.watcher.write(AKTE, 'A.docx', 'A neu', minutesAgo(2))
      await office.espo.replaceFile(office.dokument('B.docx').id, 'B neu')

      const run = await office.sync()

      await office.expectAgreement('A.docx', 'A neu')
      await office.expectAgreement('B.docx', 'B neu')
      const kept = { records: [{ kind: 'agreed' }] }
      expect(await office.archived(a)).toMatchObject({ content: 'A alt', ...kept })
      expect(await office.archived(b)).toMatchObject({ content: 'B alt', ...kept })
      expect(run.item('A.docx')).toMatchObject({ archived: 'EspoCRM' })
      // The cost: each replaced version is read once.
      const read = run.requests.filter(({ method }) => method === 'GET').map(({ path }) => path)
      expect(read.filter((path) => path.includes('/Attachment/file/'))).toHaveLength(3)
      expect(read.filter((path) => path === '/file')).toHaveLength(2)
    })

    test.each(['file', 'record'])(
      'a version of which EspoCRM has lost the %s keeps the next one from nothing',
      async (what) => {
        const office = await openOffice()
        await office.agreed({ 'A.docx': 'alt' })
        await office.watcher.write(AKTE, 'A.docx', 'neu', minutesAgo(2))
        const lost = String(office.dokument('A.docx').dokumentId)
        const pattern = what === 'file' ? `Attachment/file/${lost}` : `Attachment/(file/)?${lost}`
        const file = { method: 'GET', path: new RegExp(pattern) }
        office.espo.faults.set({ mode: 'status', status: 404, match: file })

        const run = await office.sync()

        expect(run.item('A.docx').outcome).toBe('done')
        expect(await office.inEspo('A.docx')).toBe('neu')
        expect(office.dokument('A.docx').syncMessage).toContain('liegt nicht im Archiv')
      },
    )

    test('SYNC_ARCHIVE=conflicts keeps nothing of an ordinary change', async () => {
      const office = await openOffice()
      office.set({ SYNC_ARCHIVE: 'conflicts' })
      await office.agreed({ 'A.docx': 'A alt' })
      const hash = await office.hashOf('A.docx')
      await office.watcher.write(AKTE, 'A.docx', 'A neu', minutesAgo(2))

      await office.sync()

      expect(await office.archived(hash)).toBeNull()
    })
  })

  describe('A content that got worse is carried over, and told', () => {
    const day = 24 * 60

    test.each([
      ['emptied', '', 2, 'Die Datei ist jetzt leer'],
      ['only zeros', Buffer.alloc(300_000), 2, 'besteht jetzt nur noch aus Nullbytes'],
      ['a restored snapshot of yesterday', 'von gestern', day, 'Älter als die Fassung, die sie ersetzt hat'],
    ])('in Windows: %s', async (_what, content, minutes, said) => {
      const office = await openOffice()
      await office.agreed({ 'A.docx': 'alt', 'B.docx': 'B' })
      const former = await office.hashOf('A.docx')
      await office.watcher.write(AKTE, 'A.docx', content, minutesAgo(minutes))
      await office.watcher.write(AKTE, 'B.docx', 'B neu', minutesAgo(2))

      const run = await office.sync()

      expect(run.report).toMatchObject({ result: 'synced', counts: { updated: 2, flagged: 0 } })
      expect(run.item('A.docx').message).toContain(said)
      expect(run.item('B.docx').message).toBeUndefined()
      expect(office.dokument('A.docx').syncMessage).toContain(said)
      expect(office.akteSays()).toContain(`A.docx: ${run.item('A.docx').message}`)
      expect((await office.archived(former))?.content).toBe('alt')
      expectQuiet(office, await office.sync())
      expect(office.dokument('A.docx').syncMessage).toContain(said)

      await office.watcher.write(AKTE, 'A.docx', 'wieder gut', minutesAgo(1))
      await office.sync()
      await office.expectAgreement('A.docx', 'wieder gut')
    })

    test.each([
      ['emptied', '', 1, 'Die Datei ist jetzt leer'],
      ['only zeros', Buffer.alloc(1000), 1, 'besteht jetzt nur noch aus Nullbytes'],
      ['an older attachment', 'von gestern', day, 'Älter als die Fassung, die sie ersetzt hat'],
    ])('in EspoCRM: %s', async (_what, content, minutes, said) => {
      const office = await openOffice()
      await office.agreed({ 'A.docx': 'alt' })
      await office.espo.replaceFile(office.dokument('A.docx').id, content, minutesAgo(minutes))

      const run = await office.sync()

      expect(run.item('A.docx')).toMatchObject({ action: 'UPLOAD_WINDOWS', outcome: 'done' })
      expect(run.item('A.docx').message).toContain(said)
      expect(office.dokument('A.docx').syncMessage).toContain(said)
      expect(await office.onWindows('A.docx')).toBe(content.toString())
      expectQuiet(office, await office.sync())
    })

    test('an empty new file is nothing to tell', async () => {
      const office = await openOffice()
      await office.agreed({ 'A.docx': '' })
      expect(office.espo.akte(AKTE)?.syncMessage).toBeNull()
    })
  })

  describe('Metadata from the History', () => {
    test('a newer entry for the same file is written on the document, once, without moving bytes', async () => {
      const office = await openOffice()
      await office.agreed({ [KLAGE]: 'Klage', 'B.docx': 'B' })
      const { id } = office.dokument(KLAGE)
      office.advoware.addHistory(AKTE, {
        dat: '2026-04-01',
        art: 'Klage',
        text: 'eingereicht',
        datei: 'Klage.docx',
      })

      const run = await office.sync()

      expect(office.dokument(KLAGE)).toMatchObject({
        hnr: 3,
        historyArt: 'Klage',
        historyText: 'eingereicht',
        historyDatum: '2026-04-01',
      })
      expect(transfers(run)).toEqual([])
      expect(writes(run)).toEqual([`PUT CDokumente/${id}`, `PUT CAkten/${office.espo.akte(AKTE)?.id}`])
      expectQuiet(office, await office.sync())
    })
  })
}

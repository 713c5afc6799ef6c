import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { officeOwnerFile } from '../unit/samples'
import { AKTE, expectQuiet, minutesAgo, openOffice, type Run, reads, transfers } from './office'

describe('Paths and names', () => {
  test('subfolders exist on both sides: EspoCRM keeps the path in dateipfad', async () => {
    const office = await openOffice()
    office.addAkte()
    const path = 'Gutachten\\Anlagen\\Dr. Weiß\\Plan.pdf'
    await office.filed({ [path]: 'Plan' })
    const given = { akte: AKTE, name: 'Rechnung', dateipfad: 'Kosten/2026/Rechnung.pdf', content: 'Rechnung' }
    await office.espo.addDokument(given)

    await office.sync()

    await office.expectAgreement(path, 'Plan')
    expect(office.dokument(path).dateipfad).toBe(path)
    await office.expectAgreement('Kosten\\2026\\Rechnung.pdf', 'Rechnung')
    expect(office.entries('Kosten\\2026\\Rechnung.pdf')).toHaveLength(1)
    expectQuiet(office, await office.sync())
  })

  test('the path is dateipfad, else the name of the file, never the title where there is a file', async () => {
    const office = await openOffice()
    office.addAkte()
    const titled = { akte: AKTE, name: 'Titel ohne Endung', attachmentName: 'Scan.pdf', content: 'Scan' }
    await office.espo.addDokument(titled)

    await office.sync()

    expect(await office.onWindows('Scan.pdf')).toBe('Scan')
    expect((await office.watcher.list(AKTE)).map(({ path }) => path)).toEqual(['Scan.pdf'])
    expectQuiet(office, await office.sync())
  })

  test('a name with "=" on the share gets a title without, and stays itself on the share', async () => {
    const office = await openOffice()
    office.addAkte()
    await office.filed({ 'Streitwert = 9.500.docx': 'alt' })

    await office.sync()

    const [dokument, ...more] = office.espo.dokumente(AKTE)
    expect(more).toEqual([])
    expect(dokument?.name).not.toContain('=')
    expect(dokument?.dateipfad).toBe('Streitwert = 9.500.docx')
    await office.watcher.write(AKTE, 'Streitwert = 9.500.docx', 'neu', minutesAgo(2))
    await office.sync()
    await office.expectAgreement('Streitwert = 9.500.docx', 'neu')
    expectQuiet(office, await office.sync())
  })

  test('names from EspoCRM that Windows cannot have are flagged; everything else is synced', async () => {
    const office = await openOffice()
    office.addAkte()
    const bad = [
      'a:b.docx',
      '../x',
      'CON.txt',
      'Ordner/aux.pdf',
      'C:\\Windows\\x.dll',
      '/etc/passwd',
      'Ende.',
    ]
    for (const dateipfad of bad)
      await office.espo.addDokument({
        akte: AKTE,
        name: 'Dokument',
        attachmentName: 'x.bin',
        dateipfad,
        content: 'x',
      })
    await office.espo.addDokument({ akte: AKTE, name: 'gut.docx', content: 'gut' })

    const run = await office.sync()

    expect(run.report).toMatchObject({ result: 'synced', counts: { flagged: bad.length, uploaded: 1 } })
    for (const path of bad) {
      expect(office.dokument(path), path).toMatchObject({
        fileStatus: 'conflict',
        syncMessage: expect.stringContaining('Windows'),
      })
    }
    expect(office.espo.akte(AKTE)).toMatchObject({ syncStatus: 'synced' })
    expect(office.espo.akte(AKTE)?.syncMessage).toContain('CON.txt')
    expect((await office.watcher.list(AKTE)).map(({ path }) => path)).toEqual(['gut.docx'])
    expect(office.advoware.history(AKTE)).toHaveLength(1)
    expectQuiet(office, await office.sync())

    office.espo.updateDokument(office.dokument('a:b.docx').id, { dateipfad: 'a-b.docx' })
    await office.sync()
    await office.expectAgreement('a-b.docx', 'x')
  })

  test('two documents with one name: the older is matched, the other flagged, neither ping-pongs', async () => {
    const office = await openOffice()
    await office.agreed({ 'Brief.docx': 'der erste' })
    const later = await office.espo.addDokument({ akte: AKTE, name: 'BRIEF.docx', content: 'der zweite' })

    const run = await office.sync()

    expect(run.report?.counts).toMatchObject({ flagged: 1, uploaded: 0, updated: 0 })
    await office.expectAgreement('Brief.docx', 'der erste')
    expect(office.espo.dokument(later.id)).toMatchObject({
      fileStatus: 'conflict',
      syncMessage: expect.stringContaining('demselben Namen'),
    })
    expect((await office.espo.content(later.id))?.toString()).toBe('der zweite')
    expect(office.espo.akte(AKTE)?.syncMessage).toContain('BRIEF.docx')
    expectQuiet(office, await office.sync())
    expectQuiet(office, await office.sync())
  })

  test('one name in another case and another Unicode form is one file', async () => {
    const office = await openOffice()
    office.addAkte()
    await office.filed({ ['Übersicht.docx'.normalize('NFD')]: 'alt' })
    await office.espo.addDokument({ akte: AKTE, name: 'übersicht.DOCX'.normalize('NFC'), content: 'alt' })

    const run = await office.sync()

    expect(run.report?.items).toHaveLength(1)
    expect(await office.watcher.list(AKTE)).toHaveLength(1)
    expect(office.espo.dokumente(AKTE)).toHaveLength(1)
    expectQuiet(office, await office.sync())
  })

  test('owner files, temporary files and system files are never synced', async () => {
    const office = await openOffice()
    office.addAkte()
    const names = [
      '~$Brief.docx',
      '.~lock.Brief.odt#',
      'x.tmp',
      '~x.tmp',
      'x.part',
      'Thumbs.db',
      'desktop.ini',
    ]
    for (const name of [...names, '.DS_Store']) await office.filed({ [name]: 'x' })
    await office.filed({ 'Echt.docx': 'echt' })

    await office.sync()

    expect(office.espo.dokumente(AKTE).map(({ dateipfad }) => dateipfad)).toEqual(['Echt.docx'])
  })
})

describe('Large files', () => {
  test('9 MB from the share travel in chunks and arrive byte for byte', async () => {
    const office = await openOffice()
    office.addAkte()
    const scan = randomBytes(9 * 1024 * 1024)
    await office.filed({ 'Scan.pdf': scan })

    const run = await office.sync()

    await office.expectAgreement('Scan.pdf', scan)
    expect(run.requests.filter(({ path }) => path.includes('/Attachment/chunk/'))).toHaveLength(3)
    expect(run.item('Scan.pdf').bytes).toBe(scan.length)
    expectQuiet(office, await office.sync())
  })

  test('9 MB from EspoCRM arrive byte for byte', async () => {
    const office = await openOffice()
    office.addAkte()
    const scan = randomBytes(9 * 1024 * 1024)
    await office.espo.addDokument({ akte: AKTE, name: 'Scan.pdf', content: scan })

    await office.sync()

    await office.expectAgreement('Scan.pdf', scan)
    expectQuiet(office, await office.sync())
  })

  test('a chunk whose answer was lost is not appended twice', async () => {
    const office = await openOffice()
    office.addAkte()
    const scan = randomBytes(5 * 1024 * 1024)
    await office.filed({ 'Scan.pdf': scan })
    office.espo.faults.set({
      mode: 'timeout-after-effect',
      match: { path: /\/Attachment\/chunk\// },
      times: 1,
    })

    await office.sync()

    await office.expectAgreement('Scan.pdf', scan)
    expect(office.espo.records.all('Attachment')).toHaveLength(1)
  })

  test('too large for EspoCRM: flagged, the rest is synced', async () => {
    const office = await openOffice()
    office.addAkte()
    office.espo.sizeLimit = 1024 * 1024
    await office.filed({ 'Film.mp4': randomBytes(1024 * 1024 + 1), 'Brief.docx': 'Brief' })

    const run = await office.sync()

    expect(run.report).toMatchObject({ result: 'synced', counts: { flagged: 1, created: 1 } })
    expect(office.espo.akte(AKTE)?.syncMessage).toContain('Film.mp4')
    await office.expectAgreement('Brief.docx', 'Brief')
  })
})

describe('What EspoCRM keeps otherwise than it was sent', () => {
  test('a file with a blank in front, a History entry with blanks and lengths: written once, then quiet', async () => {
    const office = await openOffice()
    office.addAkte()
    await office.watcher.write(AKTE, ' Klage.docx', 'Klage')
    const datei = `V:\\Akten\\${AKTE}\\ Klage.docx`
    office.advoware.addHistory(AKTE, { dat: '2026-02-31', art: ` ${'ä'.repeat(300)} `, text: ' ', datei })

    expect((await office.sync()).report?.result).toBe('synced')
    expect(office.espo.dokumente(AKTE)).toHaveLength(1)
    expectQuiet(office, await office.sync())
    expect(office.espo.dokumente(AKTE)).toHaveLength(1)
  })
})

describe('What EspoCRM cannot take is not downloaded in vain', () => {
  const downloads = (run: Run) => run.requests.filter(({ path }) => path === '/file')

  test.each([false, true])(
    'above its limit: the listing tells the size (hashes hidden: %s)',
    async (hidden) => {
      const office = await openOffice()
      await office.agreed({ 'Scan.pdf': randomBytes(1000), 'Brief.docx': 'Brief' })
      office.espo.sizeLimit = 2 * 1024 * 1024
      await office.filed({ 'Film.mp4': randomBytes(2 * 1024 * 1024 + 1) })
      await office.watcher.write(AKTE, 'Scan.pdf', randomBytes(3 * 1024 * 1024))
      office.watcher.hideHashes = hidden

      for (const run of [await office.sync(), await office.sync()]) {
        expect(downloads(run)).toEqual([])
        expect(run.item('Film.mp4')).toMatchObject({ outcome: 'flagged', reason: 'too large for EspoCRM' })
        expect(run.item('Scan.pdf')).toMatchObject({ outcome: 'flagged', detail: '3 MB > 2 MB' })
      }
      expect(office.dokument('Scan.pdf')).toMatchObject({ fileStatus: 'conflict' })

      office.espo.sizeLimit = 8 * 1024 * 1024
      expect((await office.sync()).report?.counts).toMatchObject({ created: 1, updated: 1 })
    },
  )

  test.each([0, -1])('a limit of %i is none', async (limit) => {
    const office = await openOffice()
    office.addAkte()
    office.espo.sizeLimit = limit * 1024 * 1024
    await office.filed({ 'Scan.pdf': randomBytes(5 * 1024 * 1024) })
    expect((await office.sync()).report?.counts).toMatchObject({ created: 1, flagged: 0 })
  })

  test('413 of a proxy in front names the proxy; what is as large is not downloaded any more in this run', async () => {
    const office = await openOffice()
    office.addAkte()
    office.set({ SYNC_TRANSFER_CONCURRENCY: '1' })
    const files = Object.fromEntries(
      ['A', 'B', 'C'].map((name) => [`${name}.pdf`, randomBytes(5 * 1024 * 1024)]),
    )
    await office.filed({ ...files, 'Brief.docx': 'Brief' })
    const chunks = { path: /Attachment\/chunk/ }
    office.espo.faults.set({ mode: 'status', status: 413, server: 'nginx/1.24.0', match: chunks })

    const run = await office.sync()

    expect(run.report).toMatchObject({ result: 'synced', counts: { flagged: 3, created: 1 } })
    expect(downloads(run)).toHaveLength(2)
    expect(run.item('C.pdf').reason).toBe('too large for the web server in front of EspoCRM')
    expect(office.espo.akte(AKTE)?.syncMessage).toContain(
      'A.pdf: Zu groß für den Webserver oder Proxy vor EspoCRM (nginx/1.24.0, 5.4 MB)',
    )
    expect(office.espo.records.all('Attachment')).toHaveLength(1)
  })
})

describe('EspoCRM accepts files up to a limit', () => {
  test('a larger one is flagged with both sizes before a byte is sent; the rest is synced', async () => {
    const office = await openOffice()
    office.addAkte()
    office.espo.sizeLimit = 6 * 1024 * 1024
    await office.filed({
      'Film.mp4': randomBytes(7 * 1024 * 1024),
      'Scan.pdf': randomBytes(6 * 1024 * 1024),
      'Brief.docx': 'Brief',
    })

    const run = await office.sync()

    expect(run.report).toMatchObject({ result: 'synced', counts: { flagged: 1, created: 2 } })
    expect(office.espo.akte(AKTE)?.syncMessage).toContain('7 MB > 6 MB')
    expect(run.requests.filter(({ path }) => path.includes('/Attachment/chunk/'))).toHaveLength(2)
    expect(office.espo.records.all('Attachment')).toHaveLength(2)
  })

  test('where it does not report its limit, the refusal of a chunk says it, and nothing is left behind', async () => {
    const office = await openOffice()
    office.addAkte()
    office.espo.sizeLimit = 6 * 1024 * 1024
    office.espo.faults.set({ mode: '500', match: { path: /Settings|Metadata/ } })
    await office.filed({ 'Film.mp4': randomBytes(7 * 1024 * 1024) })

    const run = await office.sync()

    expect(run.item('Film.mp4')).toMatchObject({ outcome: 'flagged', reason: 'too large for EspoCRM' })
    expect(office.espo.records.all('Attachment')).toEqual([])
  })

  test('an EspoCRM in maintenance is given the time it asks for, and the upload starts anew', async () => {
    const office = await openOffice()
    office.addAkte()
    await office.filed({ 'Scan.pdf': randomBytes(5 * 1024 * 1024) })
    const chunks = { match: { path: /\/Attachment\/chunk\// }, times: 1 }
    office.espo.faults.set({ mode: '503', retryAfter: 2, ...chunks })
    const started = Date.now()

    const run = await office.sync()

    expect(run.report?.result).toBe('synced')
    expect(Date.now() - started).toBeGreaterThanOrEqual(2000)
    expect(office.espo.records.all('Attachment')).toHaveLength(1)
  })
})

describe('What the watcher may leave out', () => {
  test('no hashes: the download is hashed, and an unchanged file is not read again', async () => {
    const office = await openOffice()
    office.watcher.hideHashes = true
    await office.agreed({ 'A.docx': 'alt', 'B.docx': 'B' })
    expectQuiet(office, await office.sync())

    await office.watcher.write(AKTE, 'A.docx', 'neu', minutesAgo(2))
    await office.watcher.write(AKTE, 'B.docx', 'B', minutesAgo(2))
    const run = await office.sync()

    await office.expectAgreement('A.docx', 'neu')
    await office.expectAgreement('B.docx', 'B')
    expect(run.item('B.docx').reason).toBe('touched, same content')
    expectQuiet(office, await office.sync())
  })

  test('no hashes: a document from EspoCRM is uploaded and agreed on', async () => {
    const office = await openOffice()
    office.watcher.hideHashes = true
    office.addAkte()
    await office.espo.addDokument({ akte: AKTE, name: 'Brief.docx', content: 'Brief' })

    await office.sync()

    await office.expectAgreement('Brief.docx', 'Brief')
    expectQuiet(office, await office.sync())
  })

  test('no answer to a PUT: listed again to learn the new USN', async () => {
    const office = await openOffice()
    office.watcher.emptyPutAnswers = true
    office.addAkte()
    await office.espo.addDokument({ akte: AKTE, name: 'Brief.docx', content: 'Brief' })

    await office.sync()

    await office.expectAgreement('Brief.docx', 'Brief')
    expectQuiet(office, await office.sync())
  })

  test('neither hashes nor answers to a PUT: agreed on after the next run at the latest', async () => {
    const office = await openOffice()
    Object.assign(office.watcher, { hideHashes: true, emptyPutAnswers: true })
    office.addAkte()
    await office.espo.addDokument({ akte: AKTE, name: 'Brief.docx', content: 'Brief' })

    await office.sync()
    office.set({ SYNC_QUIET_SECONDS: '0' })
    await office.sync()

    await office.expectAgreement('Brief.docx', 'Brief')
    expect(office.advoware.history(AKTE)).toHaveLength(1)
    expectQuiet(office, await office.sync())
  })

  test('USNs as strings and a bare array are understood, and an Akte in an array, and expires_in', async () => {
    const office = await openOffice()
    Object.assign(office.watcher, { usnAsString: true, bareArray: true })
    Object.assign(office.advoware.records, { akteAsArray: true, tokenAnswer: 'expires_in' })

    await office.agreed({ 'A.docx': 'A' })

    const quiet = await office.sync()
    expectQuiet(office, quiet)
    expect(reads(quiet).length).toBeLessThanOrEqual(5)
  })
})

describe('Files in use wait', () => {
  const OWNERS = [
    ['Brief.docx', '~$Brief.docx'],
    ['Vertrag.docx', '~$ertrag.docx'],
    ['Schriftsatz.docx', '~$hriftsatz.docx'],
    ['Brief.odt', '.~lock.Brief.odt#'],
  ] as const

  test.each(OWNERS)('%s is open (%s): writing to it waits, other files do not', async (name, owner) => {
    const office = await openOffice()
    await office.agreed({ [name]: 'alt', 'Andere.pdf': 'alt' })
    await office.watcher.write(AKTE, owner, 'wer')
    for (const path of [name, 'Andere.pdf']) await office.espo.replaceFile(office.dokument(path).id, 'neu')

    const run = await office.sync()

    expect(run.item(name)).toMatchObject({ outcome: 'deferred', reason: 'open in another program' })
    expect(await office.onWindows(name)).toBe('alt')
    expect(office.dokument(name)).toMatchObject({ fileStatus: 'deferred' })
    expect(office.dokument(name).syncMessage).toBeTruthy()
    expect(await office.onWindows('Andere.pdf')).toBe('neu')
    expect(office.espo.akte(AKTE)).toMatchObject({ syncStatus: 'unclean' })
    expect(office.espo.akte(AKTE)?.syncMessage).toContain(name)
    const { pending, processing, attempts, dueInSeconds } = await office.snapshot()
    expect([pending, processing, attempts]).toEqual([true, false, null])
    expect(dueInSeconds).toBeGreaterThan(25)
    expect(dueInSeconds).toBeLessThanOrEqual(30)
    expect(run.error).toBeNull()

    await office.watcher.remove(AKTE, owner)
    await office.sync()
    await office.expectAgreement(name, 'neu')
  })

  test('the document says who has it open, where the watcher hands the owner file out; nothing else does', async () => {
    const office = await openOffice()
    await office.agreed({ 'Klage.docx': 'alt', 'Brief.odt': 'alt' })
    await office.watcher.write(AKTE, '~$Klage.docx', officeOwnerFile('Anna Müller-Lüdenscheidt', 'word'))
    await office.watcher.write(
      AKTE,
      '.~lock.Brief.odt#',
      'Bert Bäcker,bert,PC-7,26.11.2026 09:12,file:///C:/x;',
    )
    for (const path of ['Klage.docx', 'Brief.odt'])
      await office.espo.replaceFile(office.dokument(path).id, 'neu')

    const run = await office.sync()

    const since = /seit \d\d\.\d\d\.\d{4}, \d\d:\d\d\. Wird übertragen, sobald die Datei geschlossen ist\.$/
    expect(office.dokument('Klage.docx').syncMessage).toMatch(/^Geöffnet von Anna Müller-Lüdenscheidt seit /)
    expect(office.dokument('Klage.docx').syncMessage).toMatch(since)
    expect(office.dokument('Brief.odt').syncMessage).toMatch(/^Geöffnet von Bert Bäcker seit /)
    expect(run.item('Klage.docx')).toMatchObject({ outcome: 'deferred', reason: 'open in another program' })
    const elsewhere = [run.text, JSON.stringify(run.report), await office.redisText()].join('\n')
    expect(elsewhere).not.toMatch(/Lüdenscheidt|Bäcker/)
    expect(`${office.espo.akte(AKTE)?.syncMessage}`).not.toMatch(/Lüdenscheidt|Bäcker/)

    // Word may hold its owner file so that nobody else can read it.
    office.watcher.lock(AKTE, '~$Klage.docx')
    await office.espo.replaceFile(office.dokument('Klage.docx').id, 'neuer')
    await office.sync()
    expect(office.dokument('Klage.docx').syncMessage).toMatch(/^In einem anderen Programm geöffnet \(seit /)

    for (const owner of ['~$Klage.docx', '.~lock.Brief.odt#']) await office.watcher.remove(AKTE, owner)
    await office.sync()
    await office.expectAgreement('Klage.docx', 'neuer')
    await office.expectAgreement('Brief.odt', 'neu')
  })

  test('423 when writing: deferred, and done when the program is closed', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'alt' })
    office.watcher.lock(AKTE, 'A.docx')
    await office.espo.replaceFile(office.dokument('A.docx').id, 'neu')

    const run = await office.sync()

    expect(run.item('A.docx')).toMatchObject({ outcome: 'deferred', reason: 'open in another program' })
    expect(office.dokument('A.docx')).toMatchObject({ fileStatus: 'deferred' })
    expect(await office.snapshot()).toMatchObject({ pending: true, attempts: null })
    expect(run.requests.filter(({ status }) => status === 423)).toHaveLength(1)

    office.watcher.unlock(AKTE, 'A.docx')
    await office.sync()
    await office.expectAgreement('A.docx', 'neu')
    expect(await office.snapshot()).toMatchObject({ pending: false })
  })

  test('423 when reading: deferred', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'alt' })
    await office.watcher.write(AKTE, 'A.docx', 'neu', minutesAgo(2))
    office.watcher.lock(AKTE, 'A.docx')

    const run = await office.sync()

    expect(run.item('A.docx').outcome).toBe('deferred')
    expect(office.dokument('A.docx')).toMatchObject({ fileStatus: 'deferred' })
    expect(await office.inEspo('A.docx')).toBe('alt')
    expect(await office.snapshot()).toMatchObject({ pending: true, attempts: null })
  })

  test('a file saved a moment ago waits, until it has been quiet for SYNC_QUIET_SECONDS', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'alt' })
    await office.watcher.write(AKTE, 'A.docx', 'wird gerade geschrieben', new Date())
    await office.filed({ 'Neu.docx': 'x' })
    await office.watcher.write(AKTE, 'Neu.docx', 'wird gerade geschrieben', new Date())

    const run = await office.sync()

    expect(run.item('A.docx')).toMatchObject({ outcome: 'deferred', reason: 'just modified' })
    expect(run.item('Neu.docx')).toMatchObject({ outcome: 'deferred', reason: 'just modified' })
    expect(office.dokument('A.docx')).toMatchObject({ fileStatus: 'deferred' })
    expect(transfers(run)).toEqual([])
    expect(office.espo.akte(AKTE)).toMatchObject({ syncStatus: 'unclean' })
    expect(await office.snapshot()).toMatchObject({ pending: true, attempts: null })

    office.set({ SYNC_QUIET_SECONDS: '0' })
    await office.sync()
    await office.expectAgreement('A.docx', 'wird gerade geschrieben')
    await office.expectAgreement('Neu.docx', 'wird gerade geschrieben')
  })
})

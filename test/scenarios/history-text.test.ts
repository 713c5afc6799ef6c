import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { KEYS } from '../../services/redis/keys'
import { AKTE, expectQuiet, minutesAgo, openOffice, type ScenarioOffice } from './office'

describe('What the History writes is text of people', () => {
  test('an entry with blanks, quotation marks or doubled separators names its file, not its namesake', async () => {
    const office = await openOffice()
    office.set({ ADVOWARE_FILE_ROOT: '' })
    office.addAkte()
    for (const folder of ['', 'A\\', 'B\\', 'C\\', 'D\\'])
      await office.watcher.write(AKTE, `${folder}Klage.docx`, `in ${folder}`)
    office.advoware.addHistory(AKTE, { datei: 'V:\\Akten\\12345\\A\\Klage.docx\u00a0\r\n' })
    office.advoware.addHistory(AKTE, { datei: '"V:\\\\Akten\\\\12345\\\\B\\\\Klage.docx"' })
    office.advoware.addHistory(AKTE, { datei: 'file:///V:/Akten/12345/C/Klage.docx.' })

    const run = await office.sync()

    expect(run.report?.counts).toMatchObject({ created: 3, failed: 0, flagged: 0 })
    for (const folder of ['A\\', 'B\\', 'C\\'])
      await office.expectAgreement(`${folder}Klage.docx`, `in ${folder}`)
    expect(office.dokumente('Klage.docx')).toEqual([])
    expect(office.dokumente('D\\Klage.docx')).toEqual([])
    expectQuiet(office, await office.sync())
  })

  test('where the Aktenordner is known, an entry for a file that is gone does not mean its namesake elsewhere', async () => {
    const office = await openOffice()
    office.addAkte()
    await office.filed({ 'Brief.docx': 'Brief' })
    await office.watcher.write(AKTE, 'Klage.docx', 'private Notiz')
    office.advoware.addHistory(AKTE, { datei: 'V:\\Akten\\12345\\Schriftsätze\\Klage.docx' })

    const run = await office.sync()

    expect(run.report?.counts).toMatchObject({ created: 1, skipped: 1 })
    expect(office.dokumente('Klage.docx')).toEqual([])
  })
})

describe('What the History says never keeps a content from arriving', () => {
  test('half an emoji and control characters are cleaned on the way to EspoCRM', async () => {
    const office = await openOffice()
    office.addAkte()
    await office.watcher.write(AKTE, 'A.docx', 'eins')
    office.advoware.addHistory(AKTE, {
      datei: 'A.docx',
      art: 'Fax\u0000\r\nan Gericht',
      text: 'Danke \ud83d\u0007\nGruß',
    })

    await office.sync()

    await office.expectAgreement('A.docx', 'eins')
    const metadata = { historyArt: 'Fax an Gericht', historyText: 'Danke \ufffd\nGruß' }
    expect(office.dokument('A.docx')).toMatchObject(metadata)
    expectQuiet(office, await office.sync())
  })

  test('an emoji arrives where the database takes it, and without it where it does not', async () => {
    const office = await openOffice()
    office.addAkte()
    for (const path of ['A.docx', 'B.docx']) {
      await office.watcher.write(AKTE, path, path)
      office.advoware.addHistory(AKTE, { datei: path, text: 'Danke 😀' })
      await office.sync()
      office.espo.records.takesFourByteCharacters = false
    }

    expect(office.dokument('A.docx').historyText).toBe('Danke 😀')
    expect(office.dokument('B.docx').historyText).toBe('Danke \ufffd')
    await office.expectAgreement('B.docx', 'B.docx')
    expectQuiet(office, await office.sync())
  }, 60_000)

  test.each([
    ['a new file', async () => {}],
    [
      'a changed one',
      async (office: ScenarioOffice) => {
        await office.agreed({ 'A.docx': 'alt' })
      },
    ],
  ])('what EspoCRM refuses of it is left out, and said: %s', async (_what, before) => {
    const office = await openOffice()
    office.addAkte()
    await before(office)
    office.espo.records.refusedFields.add('historyArt')
    await office.watcher.write(AKTE, 'A.docx', 'neu', minutesAgo(2))
    office.advoware.addHistory(AKTE, {
      datei: 'A.docx',
      art: 'Unbekannte Art',
      text: 'Bemerkung',
      dat: '2027-01-01',
    })

    const run = await office.sync()

    expect(run.report).toMatchObject({ result: 'synced', counts: { failed: 0, flagged: 0 } })
    expect(await office.inEspo('A.docx')).toBe('neu')
    const said = 'Die Angaben aus der Advoware-Historie nimmt EspoCRM nicht an'
    expect(office.dokument('A.docx')).toMatchObject({ fileStatus: 'synced', syncStatus: 'synced' })
    expect(office.dokument('A.docx').syncMessage).toContain(said)
    expect(office.akteSays()).toContain(`A.docx: ${said}`)
    expect(office.espo.dokumente(AKTE)).toHaveLength(1)
    expectQuiet(office, await office.sync())

    office.espo.records.refusedFields.clear()
    // A day later, with others that were refused since.
    const yesterday = Date.now() - 25 * 3_600_000
    for (const value of await office.redis.hkeys(KEYS.refusedValues))
      await office.redis.hset(KEYS.refusedValues, value, yesterday, 'CDokumente.other 0', Date.now())
    await office.sync()
    expect(office.dokument('A.docx')).toMatchObject({ historyArt: 'Unbekannte Art', syncMessage: null })
    expect(await office.redis.hkeys(KEYS.refusedValues)).toEqual(['CDokumente.other 0'])
  })

  test('a 500 that passes is no refusal', async () => {
    const office = await openOffice()
    office.addAkte()
    await office.filed({ 'A.docx': 'eins' })
    office.espo.faults.set({
      mode: 'status',
      status: 500,
      times: 1,
      match: { method: 'POST', path: /CDokumente$/ },
    })

    await office.sync()

    await office.expectAgreement('A.docx', 'eins')
    expect(office.dokument('A.docx').historyArt).toBe('Schreiben')
    expect(office.espo.dokumente(AKTE)).toHaveLength(1)
  })
})

describe('A file name that EspoCRM cannot have is flagged, the rest is synced', () => {
  test('an emoji in a database without them', async () => {
    const path = 'Danke 😀.docx'
    const office = await openOffice()
    office.espo.records.takesFourByteCharacters = false
    office.addAkte()
    await office.filed({ [path]: 'eins', 'B.docx': 'zwei' })

    const run = await office.sync()

    expect(run.item(path)).toMatchObject({ outcome: 'flagged', reason: 'name refused by EspoCRM' })
    expect(run.report?.result).toBe('synced')
    await office.expectAgreement('B.docx', 'zwei')
    expect(office.akteSays()).toContain('Diesen Dateinamen kann EspoCRM nicht speichern')
    expect((await office.snapshot()).pending).toBe(false)
    expect(office.espo.records.all('Attachment')).toHaveLength(1)
  }, 60_000)

  test('half a character, which a Windows name can have', async () => {
    const office = await openOffice()
    office.addAkte()
    await office.filed({ 'A.docx': 'eins', 'B.docx': 'zwei' })
    office.advoware.addHistory(AKTE, { datei: 'A\ud83d.docx' })
    const list = office.watcher.list.bind(office.watcher)
    const halved = { path: 'A\ud83d.docx', filename: 'A\ud83d.docx' }
    vi.spyOn(office.watcher, 'list').mockImplementation(async (akte) =>
      (await list(akte)).map((file) => (file.path === 'A.docx' ? { ...file, ...halved } : file)),
    )

    const run = await office.sync()

    expect(run.item('A\ud83d.docx')).toMatchObject({ outcome: 'flagged', reason: 'name refused by EspoCRM' })
    expect(run.report?.result).toBe('synced')
    await office.expectAgreement('B.docx', 'zwei')
    expect(office.akteSays()).toContain('A\\ud83d.docx: Diesen Dateinamen')
  })
})

test('a date in the German way is that day, and tells which entry is the newest', async () => {
  const office = await openOffice()
  office.addAkte()
  await office.watcher.write(AKTE, 'A.docx', 'eins')
  office.advoware.addHistory(AKTE, { datei: 'A.docx', dat: '11.12.2026', text: 'Dezember' })
  office.advoware.addHistory(AKTE, { datei: 'A.docx', dat: '26.11.2026 09:30', text: 'November' })

  await office.sync()

  expect(office.dokument('A.docx')).toMatchObject({ historyDatum: '2026-12-11', historyText: 'Dezember' })
})

test('a new entry has the date of the office, also past midnight', async () => {
  const office = await openOffice()
  office.addAkte()
  await office.espo.addDokument({ akte: AKTE, name: 'Vollmacht.pdf', content: 'unterschrieben' })
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-06-30T22:30:00Z') })
  onTestFinished(() => void vi.useRealTimers())

  await office.sync()

  expect(office.entries('Vollmacht.pdf')).toMatchObject([{ dat: '2026-07-01' }])
})

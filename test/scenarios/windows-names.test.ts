import { rm } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { AKTE, expectQuiet, minutesAgo, openOffice, transfers } from './office'

const LONG = `${'x'.repeat(120)}\\${'y'.repeat(115)}.docx`

describe('A file that Windows has, under a name that the product would not give', () => {
  test.each([
    ['a path of 240 characters and more', LONG],
    ['a device name', 'Aux.docx'],
    ['a device name in front of a dot', 'Con.Tract.pdf'],
    ['a device name as a folder', 'LPT1\\Brief.docx'],
    ['a trailing blank', 'Brief.docx '],
    ['a trailing dot', 'Brief.docx.'],
    ['a folder with a trailing dot', 'Müller & Co.\\Brief.docx'],
    ['a folder with a trailing blank', 'Müller \\Brief.docx'],
    ['characters that macOS allows', 'Frage?.pdf'],
    ['a blank in front', ' Brief.docx'],
    ['a control character of a wrong code page', 'Brief \u0096 neu.docx'],
    ['a line separator', 'Brief\u2028neu.docx'],
    ['a delete character', 'Anlagen\\Brief\u007f.docx'],
  ])('%s: is one document, once and for all', async (_what, path) => {
    const office = await openOffice()
    office.addAkte()
    await office.filed({ [path]: 'Brief', 'B.docx': 'B' })

    const first = await office.sync()
    const second = await office.sync()

    expect(first.report).toMatchObject({ result: 'synced', counts: { created: 2, flagged: 0 } })
    expect(office.espo.dokumente(AKTE)).toHaveLength(2)
    expectQuiet(office, second)
    expect(second.report?.counts).toMatchObject({ created: 0, flagged: 0, skipped: 2 })
  })

  test.each(['Aux.docx', 'Müller & Co.\\Brief.docx', 'Brief.docx ', 'Brief \u0096 neu.docx', LONG])(
    '%s: what a lawyer saves there reaches EspoCRM',
    async (path) => {
      const office = await openOffice()
      office.addAkte()
      await office.filed({ [path]: 'alt', 'B.docx': 'B' })
      await office.sync()
      await office.watcher.write(AKTE, path, 'neu', minutesAgo(2))

      const run = await office.sync()

      expect(run.report?.counts).toMatchObject({ updated: 1, created: 0, flagged: 0 })
      const document = office.espo.dokumente(AKTE).find(({ name }) => name !== 'B.docx')
      expect((await office.espo.content(document ?? ''))?.toString()).toBe('neu')
      expectQuiet(office, await office.sync())
    },
  )

  test.each([
    ['Aux.docx', 'Auskunft.docx'],
    ['Müller & Co.\\Brief.docx', 'Müller\\Brief.docx'],
    [LONG, 'kurz.docx'],
  ])('%s: renamed to %s in Windows and the History, it is the same document', async (from, to) => {
    const office = await openOffice()
    await office.agreed({ [from]: 'Inhalt', 'B.docx': 'B' })
    const { id } = office.dokument(from)
    await office.watcher.remove(AKTE, from)
    office.advoware.removeHistory(AKTE, 1)
    await office.filed({ [to]: 'Inhalt' })

    expect((await office.sync()).report?.counts).toMatchObject({ created: 0, flagged: 0 })
    expect(office.dokument(to).id).toBe(id)
    expectQuiet(office, await office.sync())
  })

  test.each(['mark', 'delete'])(
    'Aux.docx: deleted in Windows, it goes in EspoCRM as any other (%s)',
    async (how) => {
      const office = await openOffice()
      office.set({ SYNC_WINDOWS_DELETIONS: how })
      await office.agreed({ 'Aux.docx': 'Inhalt', 'B.docx': 'B' })
      await office.watcher.remove(AKTE, 'Aux.docx')
      expect((await office.sync()).report?.counts).toMatchObject({ flagged: 0, failed: 0 })
      const left = office.espo.dokumente(AKTE).filter(({ fileStatus }) => fileStatus !== 'deleted')
      expect(left.map(({ dateipfad }) => dateipfad)).toEqual(['B.docx'])
    },
  )

  test('Aux.docx: gone from Windows, it is not asked to have it again', async () => {
    const office = await openOffice()
    await office.agreed({ 'Aux.docx': 'Inhalt', 'B.docx': 'B' })
    await office.watcher.remove(AKTE, 'Aux.docx')
    for (const _again of [1, 2]) {
      const run = await office.sync()
      expect(run.item('Aux.docx')).toMatchObject({ outcome: 'flagged', reason: 'a name Windows cannot have' })
      expect(transfers(run)).toEqual([])
    }
    expect(await office.inEspo('Aux.docx')).toBe('Inhalt')
  })

  test('a folder of them that a listing leaves out: they wait', async () => {
    const office = await openOffice()
    await office.agreed({ 'Müller & Co.\\1.docx': '1', 'Müller & Co.\\2.docx': '2', 'B.docx': 'B' })
    const { list } = office.watcher
    office.watcher.list = async (akte) =>
      (await list.call(office.watcher, akte)).filter(({ path }) => !path.startsWith('Müller'))
    expect((await office.sync()).report?.counts).toMatchObject({ deferred: 2, flagged: 0 })
  })

  test('files that nobody filed are flagged for nothing; filed, a person has to rename them', async () => {
    const office = await openOffice()
    await office.agreed({ 'B.docx': 'B' })
    const long = `${'x'.repeat(130)}\\${'y'.repeat(140)}.docx`
    await office.watcher.write(AKTE, long, 'privat')
    await office.watcher.write(AKTE, 'notiz.docx', 'privat')
    const { list } = office.watcher
    office.watcher.list = async (akte) => {
      const files = await list.call(office.watcher, akte)
      const twins = files.filter(({ path }) => path === 'notiz.docx')
      return [...files, ...twins.map((file) => ({ ...file, path: 'Notiz.docx', filename: 'Notiz.docx' }))]
    }
    expect((await office.sync()).report).toMatchObject({ result: 'synced', counts: { flagged: 0 } })
    expect(office.akteSays()).not.toContain('Notiz')

    await office.filed({ [long]: 'privat', 'notiz.docx': 'privat' })
    expect((await office.sync()).report?.counts).toMatchObject({ flagged: 2, created: 1 })
  })

  test('ten of them cause no safety stop, and neither does an eleventh', async () => {
    const office = await openOffice()
    office.addAkte()
    await office.filed(
      Object.fromEntries(Array.from({ length: 11 }, (_, at) => [`Müller & Co.\\Brief ${at}.docx`, `${at}`])),
    )

    for (const expected of [11, 0, 0]) {
      const { report } = await office.sync()
      expect(report).toMatchObject({ result: 'synced', counts: { created: expected, flagged: 0 } })
    }
  })
})

describe('A name that EspoCRM alone has', () => {
  test.each(['Aux.docx', 'Ordner.\\Brief.docx', 'Frage?.pdf', `${'x'.repeat(240)}.pdf`])(
    '%s is still refused with the reason, and nothing else is held up',
    async (dateipfad) => {
      const office = await openOffice()
      await office.agreed({ 'B.docx': 'B' })
      await office.espo.addDokument({ akte: AKTE, name: 'x', dateipfad, content: 'x' })
      await office.watcher.write(AKTE, 'B.docx', 'B neu', minutesAgo(2))

      const run = await office.sync()

      expect(run.report).toMatchObject({ result: 'synced', counts: { flagged: 1, updated: 1 } })
      expect(office.espo.akte(AKTE)?.syncMessage).toContain('Diesen Dateinamen kann Windows nicht führen')
    },
  )

  test.each([
    ['Rechnung 03/2026.pdf', '/'],
    ['Rechnung 03\\2026.pdf', '\\'],
  ])(
    'an attachment called %s: the %s is part of its name, and no folder is made of it',
    async (name, character) => {
      const office = await openOffice()
      await office.agreed({ 'B.docx': 'B' })
      const { id } = await office.espo.addDokument({
        akte: AKTE,
        name: 'Rechnung',
        attachmentName: name,
        content: 'x',
      })

      const run = await office.sync()

      expect(run.report).toMatchObject({ result: 'synced', counts: { flagged: 1, uploaded: 0 } })
      expect(office.espo.dokument(id)).toMatchObject({
        fileStatus: 'conflict',
        syncMessage: expect.stringContaining(`enthält ${JSON.stringify(character)}`),
      })
      expect(await office.watcher.list(AKTE)).toHaveLength(1)

      office.espo.updateDokument(id, { dateipfad: 'Rechnungen\\Rechnung 03-2026.pdf' })
      await office.sync()
      await office.expectAgreement('Rechnungen\\Rechnung 03-2026.pdf', 'x')
    },
  )

  test('such a document never takes the file that really lies in a folder of that name', async () => {
    const office = await openOffice()
    await office.agreed({ 'Rechnung 03\\2026.pdf': 'die echte' })
    await office.espo.addDokument({
      akte: AKTE,
      name: 'Rechnung',
      attachmentName: 'Rechnung 03/2026.pdf',
      content: 'eine andere',
    })

    const run = await office.sync()

    expect(run.report?.counts).toMatchObject({ flagged: 1, uploaded: 0, updated: 0, created: 0 })
    expect(await office.onWindows('Rechnung 03\\2026.pdf')).toBe('die echte')
  })

  test('a synced file replaced by one called so keeps its path when it is of the same kind', async () => {
    const office = await openOffice()
    await office.agreed({ 'Rechnung.pdf': 'alt' })
    await office.espo.replaceFile(
      office.dokument('Rechnung.pdf').id,
      'neu',
      undefined,
      'Rechnung 03/2026.pdf',
    )

    await office.sync()

    await office.expectAgreement('Rechnung.pdf', 'neu')
  })

  test('replaced by one of another kind that is called so: flagged, nothing is lost', async () => {
    const office = await openOffice()
    await office.agreed({ 'Rechnung.docx': 'alt' })
    const { id } = office.dokument('Rechnung.docx')
    await office.espo.replaceFile(id, 'neu', undefined, 'Rechnung 03/2026.pdf')

    const run = await office.sync()

    expect(run.report?.counts).toMatchObject({ flagged: 1, uploaded: 0 })
    expect(await office.onWindows('Rechnung.docx')).toBe('alt')
    expect((await office.espo.content(id))?.toString()).toBe('neu')
  })
})

describe('Flagged documents', () => {
  test('claim their path: their file never becomes another document', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'A', 'B.docx': 'B' })
    for (const content of ['A zwei', 'A drei'])
      await office.espo.addDokument({ akte: AKTE, name: 'A.docx', content })

    for (let round = 0; round < 3; round++) {
      const run = await office.sync()
      expect(run.report?.counts).toMatchObject({ flagged: 2, created: 0, uploaded: 0 })
    }
    expect(office.espo.dokumente(AKTE)).toHaveLength(4)
  })

  test('count for nothing in safety stops: neither as vanished nor as changed', async () => {
    const office = await openOffice()
    const names = Array.from({ length: 10 }, (_, at) => `Dokument ${at}.docx`)
    await office.agreed(Object.fromEntries(names.map((name) => [name, name])))
    for (const name of names.slice(1))
      office.espo.updateDokument(office.dokument(name).id, { fileStatus: 'conflict' })
    for (const name of names.slice(1)) await office.watcher.write(AKTE, name, `${name} neu`, minutesAgo(2))
    await office.watcher.write(AKTE, names[0] ?? '', 'auch neu', minutesAgo(2))

    expect((await office.sync()).report).toMatchObject({ result: 'synced', counts: { updated: 10 } })
  })

  test('an Akte whose only synced documents are flagged is not stopped by a missing folder', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'A' })
    office.espo.updateDokument(office.dokument('A.docx').id, { fileStatus: 'conflict' })
    await rm(office.watcher.folder(AKTE), { recursive: true })

    const run = await office.sync()

    expect(run.report?.result).toBe('synced')
    expect(transfers(run)).not.toEqual([])
    await office.expectAgreement('A.docx', 'A')
  })
})

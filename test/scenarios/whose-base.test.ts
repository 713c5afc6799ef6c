import { describe, expect, test } from 'vitest'
import { KEYS } from '../../services/redis/keys'
import { AKTE, expectQuiet, minutesAgo, openOffice, type ScenarioOffice, writes } from './office'

const OTHER = '67890'
const onShare = async (office: ScenarioOffice, akte = AKTE) =>
  (await office.watcher.list(akte)).map(({ path }) => path).sort()
const paths = (office: ScenarioOffice, akte = AKTE) =>
  office.espo
    .dokumente(akte)
    .map(({ dateipfad }) => dateipfad)
    .sort()

/** Somebody gives a document to another Akte in EspoCRM. */
function give(office: ScenarioOffice, path: string, to = OTHER): string {
  const { id } = office.dokument(path)
  office.espo.updateDokument(id, { cAktenId: office.espo.akte(to)?.id ?? '' })
  return id
}

describe('A synced document that is given to another Akte', () => {
  async function twoAkten(): Promise<ScenarioOffice> {
    const office = await openOffice()
    office.addAkte(OTHER)
    await office.agreed({ 'Klage.docx': 'Mandant A', 'B.docx': 'B' })
    return office
  }

  test.each([false, true])('is new there, and its file stays here (replaced: %s)', async (isReplaced) => {
    const office = await twoAkten()
    const id = give(office, 'Klage.docx')
    if (isReplaced) await office.espo.replaceFile(id, 'Mandant B')

    const there = await office.sync(OTHER)
    const here = await office.sync(AKTE)

    expect(there.item('Klage.docx')).toMatchObject({ reason: 'new file in EspoCRM', outcome: 'done' })
    await office.expectAgreement('Klage.docx', isReplaced ? 'Mandant B' : 'Mandant A', OTHER)
    expect(office.dokument('Klage.docx', OTHER).id).toBe(id)
    expect(office.entries('Klage.docx', OTHER)).toHaveLength(1)
    expect(here.item('Klage.docx')).toMatchObject({ action: 'CREATE', reason: 'new file in Windows' })
    await office.expectAgreement('Klage.docx', 'Mandant A', AKTE)
    expect(office.dokument('Klage.docx', AKTE).id).not.toBe(id)
    for (const akte of [AKTE, OTHER]) expectQuiet(office, await office.sync(akte), akte)
  })

  test.each([false, true])(
    'meets a file of that name there: a conflict, both are kept (replaced: %s)',
    async (isReplaced) => {
      const office = await twoAkten()
      await office.agreed({ 'X.docx': 'X' }, OTHER)
      await office.filed({ 'Klage.docx': 'Mandant B, Windows' }, OTHER)
      const loser = await office.hashOf('Klage.docx', OTHER)
      const id = give(office, 'Klage.docx')
      if (isReplaced) await office.espo.replaceFile(id, 'Mandant B, EspoCRM')

      await office.sync(OTHER)
      await office.sync(AKTE)

      const winner = isReplaced ? 'Mandant B, EspoCRM' : 'Mandant A'
      await office.expectAgreement('Klage.docx', winner, OTHER)
      expect((await office.archived(loser))?.records).toMatchObject([{ aktennummer: OTHER, side: 'Windows' }])
      await office.expectAgreement('Klage.docx', 'Mandant A', AKTE)
    },
  )

  test('meets the same content there: adopted', async () => {
    const office = await twoAkten()
    await office.filed({ 'Klage.docx': 'Mandant A' }, OTHER)
    give(office, 'Klage.docx')

    const run = await office.sync(OTHER)

    expect(run.item('Klage.docx').reason).toBe('same content on both sides, adopted')
    await office.expectAgreement('Klage.docx', 'Mandant A', OTHER)
  })

  test('meets a file that the History there does not name: the name is taken', async () => {
    const office = await twoAkten()
    await office.watcher.write(OTHER, 'Klage.docx', 'privat')
    give(office, 'Klage.docx')

    const run = await office.sync(OTHER)

    expect(run.item('Klage.docx')).toMatchObject({ reason: 'name taken', outcome: 'flagged' })
    expect(await office.onWindows('Klage.docx', OTHER)).toBe('privat')
    expect(await office.inEspo('Klage.docx', OTHER)).toBe('Mandant A')
  })

  test('left the History here: its file is nobody’s document any more', async () => {
    const office = await twoAkten()
    office.advoware.removeHistory(AKTE, 1)
    give(office, 'Klage.docx')

    const here = await office.sync(AKTE)

    expect(here.item('Klage.docx').reason).toBe('not in the History')
    expect(paths(office)).toEqual(['B.docx'])
  })

  test('many at once stop nobody, in whatever order the two Akten are synced', async () => {
    const office = await openOffice()
    office.addAkte(OTHER)
    const files = Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`Band ${at}.docx`, `A ${at}`]))
    await office.agreed(files)
    for (const path of Object.keys(files)) give(office, path)

    const runs = [await office.sync(AKTE), await office.sync(OTHER)]

    expect(runs.map(({ report }) => report?.result)).toEqual(['synced', 'synced'])
    expect(await office.redis.get(KEYS.paused)).toBeNull()
    for (const akte of [AKTE, OTHER]) {
      await office.expectAgreement('Band 7.docx', 'A 7', akte)
      expect(office.espo.dokumente(akte)).toHaveLength(12)
    }
  })

  test('while the run that saw it here is under way: nothing of it reaches either folder in its name', async () => {
    const office = await twoAkten()
    await office.watcher.write(AKTE, 'Klage.docx', 'Mandant A, neu', minutesAgo(2))
    let id = ''
    office.meanwhile('espo', 'POST', /Attachment$/, async () => {
      id = give(office, 'Klage.docx')
      await office.espo.replaceFile(id, 'Mandant B')
    })

    await office.sync(AKTE)
    await office.sync(OTHER)
    await office.sync(AKTE)

    await office.expectAgreement('Klage.docx', 'Mandant A, neu', AKTE)
    await office.expectAgreement('Klage.docx', 'Mandant B', OTHER)
    expect(office.dokument('Klage.docx', OTHER).id).toBe(id)
  })

  test.each([false, true])(
    'in the moment before it is written to this folder: it arrives there alone (synced before: %s)',
    async (isSynced) => {
      const office = await twoAkten()
      office.set({ SYNC_QUIET_SECONDS: '0' })
      const { id } = isSynced
        ? office.dokument('Klage.docx')
        : await office.espo.addDokument({
            akte: AKTE,
            name: 'Neu',
            dateipfad: 'Neu.docx',
            content: 'Mandant B',
          })
      const path = isSynced ? 'Klage.docx' : 'Neu.docx'
      if (isSynced) await office.espo.replaceFile(id, 'Mandant B')
      office.meanwhile('espo', 'GET', /Attachment\/file/, () => give(office, path))

      await office.sync(AKTE)
      expect(await office.onWindows(path)).toBe(isSynced ? 'Mandant A' : null)
      expect(office.entries(path)).toHaveLength(isSynced ? 1 : 0)

      await office.sync(OTHER)
      await office.sync(AKTE)
      await office.expectAgreement(path, 'Mandant B', OTHER)
      expect(office.dokument(path, OTHER).id).toBe(id)
      if (isSynced) await office.expectAgreement(path, 'Mandant A', AKTE)
    },
  )

  test('and back again: its own base holds once more', async () => {
    const office = await twoAkten()
    const id = give(office, 'Klage.docx')
    office.espo.updateDokument(id, { cAktenId: office.espo.akte(AKTE)?.id ?? '' })

    expectQuiet(office, await office.sync())
  })
})

describe('Documents that exchange their paths in EspoCRM', () => {
  const TOLD = expect.stringContaining('In EspoCRM umbenannt')

  test.each([
    ['two', ['A.docx', 'B.docx'], null],
    ['three', ['A.docx', 'Ordner\\B.docx', 'C.pdf'], null],
    ['two, one replaced meanwhile', ['A.docx', 'B.docx'], 'EspoCRM'],
    ['three, one replaced meanwhile', ['A.docx', 'B.docx', 'C.docx'], 'EspoCRM'],
    ['two, one saved in Windows meanwhile', ['A.docx', 'B.docx'], 'Windows'],
    ['two, one only touched in Windows meanwhile', ['A.docx', 'B.docx'], 'touched'],
  ] as const)(
    '%s: each stays with its file and gets its path back, with a word',
    async (_what, names, changed) => {
      const office = await openOffice()
      await office.agreed(Object.fromEntries(names.map((name) => [name, `Inhalt ${name}`])))
      const ids = names.map((name) => office.dokument(name).id)
      const first = names[0]
      if (changed === 'EspoCRM') await office.espo.replaceFile(ids[0] ?? '', 'neu')
      if (changed === 'Windows') await office.watcher.write(AKTE, first, 'neu', minutesAgo(2))
      if (changed === 'touched') await office.watcher.write(AKTE, first, `Inhalt ${first}`, minutesAgo(2))
      for (const [at, id] of ids.entries())
        office.espo.updateDokument(id, { dateipfad: names[(at + 1) % names.length] ?? '' })

      const run = await office.sync()

      expect(run.report?.result).toBe('synced')
      for (const [at, name] of names.entries()) {
        const isNew = at === 0 && (changed === 'EspoCRM' || changed === 'Windows')
        const content = isNew ? 'neu' : `Inhalt ${name}`
        expect(office.dokument(name), name).toMatchObject({ id: ids[at], syncMessage: TOLD })
        expect(await office.onWindows(name)).toBe(content)
        expect(await office.inEspo(name)).toBe(content)
      }
      await office.sync() // the word about it goes
      expectQuiet(office, await office.sync())
    },
  )

  test('one takes the path of another that gives it up for a new one', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'A', 'B.docx': 'B' })
    const [a, b] = [office.dokument('A.docx').id, office.dokument('B.docx').id]
    office.espo.updateDokument(a, { dateipfad: 'B.docx' })
    office.espo.updateDokument(b, { dateipfad: 'Neu.docx' })
    await office.filed({ 'Neu.docx': 'neu' })

    await office.sync()

    expect(office.dokument('A.docx').id).toBe(a)
    expect(office.dokument('B.docx').id).toBe(b)
    await office.expectAgreement('Neu.docx', 'neu')
    expect(await office.inEspo('A.docx')).toBe('A')
    expect(await office.inEspo('B.docx')).toBe('B')
  })

  test('records of older versions, which do not say their path, are told by USN and content', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'A', 'B.docx': 'B' })
    const [a, b] = [office.dokument('A.docx').id, office.dokument('B.docx').id]
    office.espo.updateDokument(a, { dateipfad: 'B.docx', syncAkteId: null, syncPfad: null })
    office.espo.updateDokument(b, { dateipfad: 'A.docx', syncAkteId: null, syncPfad: null })

    await office.sync()

    expect(office.dokument('A.docx')).toMatchObject({ id: a, syncPfad: 'A.docx' })
    expect(office.dokument('B.docx')).toMatchObject({ id: b, syncAkteId: office.espo.akte(AKTE)?.id ?? '' })
    expect(await office.inEspo('A.docx')).toBe('A')
    expect(await office.onWindows('B.docx')).toBe('B')
  })

  test('renamed on both sides, with work in Windows meanwhile: it goes with its file', async () => {
    const office = await openOffice()
    await office.agreed({ 'Alt.docx': 'alt', 'B.docx': 'B' })
    const { id } = office.dokument('Alt.docx')
    office.espo.updateDokument(id, { dateipfad: 'Neu.docx' })
    await office.watcher.remove(AKTE, 'Alt.docx')
    office.advoware.removeHistory(AKTE, 1)
    await office.filed({ 'Neu.docx': 'weiter bearbeitet' })

    await office.sync()

    expect(office.dokument('Neu.docx').id).toBe(id)
    expect(await office.onWindows('Neu.docx')).toBe(await office.inEspo('Neu.docx'))
    expectQuiet(office, await office.sync())
  })
})

describe('A second document with one name gets another path, as it was told to', () => {
  async function flagged(make: (office: ScenarioOffice, id: string) => Promise<string>) {
    const office = await openOffice()
    office.addAkte(OTHER)
    await office.agreed({ 'A.docx': 'A', 'B.docx': 'B' })
    const id = await make(office, office.dokument('A.docx').id)
    const run = await office.sync()
    expect(run.report?.counts.flagged).toBe(1)
    expect(office.espo.dokument(id)).toMatchObject({
      fileStatus: 'conflict',
      syncMessage: expect.stringContaining('anderen „Pfad in der Akte“'),
    })
    office.espo.updateDokument(id, { dateipfad: 'A (2).docx' })
    return { office, id }
  }

  test.each<[string, (office: ScenarioOffice, id: string) => Promise<string>]>([
    [
      'new',
      async (office) => (await office.espo.addDokument({ akte: AKTE, name: 'A.docx', content: 'A zwei' })).id,
    ],
    [
      'a copy of the first one, base and all',
      async (office, id) => {
        const copied = ['syncHash', 'sync_usn', 'syncAttachmentId', 'syncAkteId', 'syncPfad', 'blake3hash']
        const original = office.espo.dokument(id)
        const fields = Object.fromEntries(copied.map((name) => [name, original?.[name] ?? null]))
        const given = { akte: AKTE, name: 'A.docx', dateipfad: 'A.docx', content: 'A zwei', fields }
        return (await office.espo.addDokument(given)).id
      },
    ],
    [
      'synced before in another Akte',
      async (office) => {
        await office.agreed({ 'A.docx': 'A zwei' }, OTHER)
        const { id } = office.dokument('A.docx', OTHER)
        office.espo.updateDokument(id, { cAktenId: office.espo.akte(AKTE)?.id ?? '' })
        return id
      },
    ],
  ])('%s', async (_what, make) => {
    const { office, id } = await flagged(make)

    const run = await office.sync()

    expect(run.item('A (2).docx')).toMatchObject({ reason: 'new file in EspoCRM', outcome: 'done' })
    await office.expectAgreement('A (2).docx', 'A zwei')
    await office.expectAgreement('A.docx', 'A')
    expect(office.dokument('A (2).docx').id).toBe(id)
    expectQuiet(office, await office.sync())
  })

  test('the one whose file it is keeps it, also when the other is older', async () => {
    const office = await openOffice()
    office.addAkte(OTHER)
    const older = await office.espo.addDokument({ akte: OTHER, name: 'A.docx', content: 'fremd' })
    await office.agreed({ 'A.docx': 'A' })
    const { id } = office.dokument('A.docx')
    office.espo.updateDokument(older.id, { cAktenId: office.espo.akte(AKTE)?.id ?? '' })

    const run = await office.sync()

    expect(run.report?.counts).toMatchObject({ flagged: 1, uploaded: 0, updated: 0 })
    expect(await office.onWindows('A.docx')).toBe('A')
    expect(office.espo.dokument(older.id)).toMatchObject({ fileStatus: 'conflict' })
    expect(office.espo.dokument(id)).toMatchObject({ fileStatus: 'synced' })
  })
})

describe('A file replaced by one of another kind in EspoCRM', () => {
  test.each([
    ['Entwurf.docx', 'Vertrag unterschrieben.pdf', 'Vertrag unterschrieben.pdf'],
    ['Schriftsätze\\Entwurf.docx', 'Vertrag.pdf', 'Schriftsätze\\Vertrag.pdf'],
    ['Mail.msg', 'Mail.eml', 'Mail.eml'],
    ['Notiz', 'Notiz.txt', 'Notiz.txt'],
  ])('%s by %s: a new file beside it, and the old one stays', async (before, name, after) => {
    const office = await openOffice()
    await office.agreed({ [before]: 'Entwurf', 'B.docx': 'B' })
    const { id } = office.dokument(before)
    await office.espo.replaceFile(id, 'unterschrieben', undefined, name)

    const run = await office.sync()

    expect(run.item(after)).toMatchObject({ action: 'UPLOAD_WINDOWS', reason: 'new file in EspoCRM' })
    expect(run.item(before)).toMatchObject({ action: 'CREATE' })
    await office.expectAgreement(after, 'unterschrieben')
    await office.expectAgreement(before, 'Entwurf')
    expect(office.dokument(after)).toMatchObject({ id, name, dateipfad: after, syncPfad: after })
    expect(office.entries(after)).toHaveLength(1)
    expectQuiet(office, await office.sync())
  })

  test('a file of the new name is there already: nothing is overwritten', async () => {
    const office = await openOffice()
    await office.agreed({ 'Entwurf.docx': 'Entwurf' })
    await office.watcher.write(AKTE, 'Vertrag.pdf', 'etwas anderes')
    await office.espo.replaceFile(office.dokument('Entwurf.docx').id, 'Vertrag', undefined, 'Vertrag.pdf')

    const run = await office.sync()

    expect(run.item('Vertrag.pdf')).toMatchObject({ outcome: 'flagged', reason: 'name taken' })
    expect(await office.onWindows('Vertrag.pdf')).toBe('etwas anderes')
    expect(await office.onWindows('Entwurf.docx')).toBe('Entwurf')

    const flagged = office.espo.dokumente(AKTE).find(({ fileStatus }) => fileStatus === 'conflict')
    office.espo.updateDokument(flagged?.id ?? '', { dateipfad: 'Vertrag (2).pdf' })
    await office.sync()
    await office.expectAgreement('Vertrag (2).pdf', 'Vertrag')
    await office.expectAgreement('Entwurf.docx', 'Entwurf')
  })

  test('with a path that fits, given in the same edit: it gets that path', async () => {
    const office = await openOffice()
    await office.agreed({ 'Entwurf.docx': 'Entwurf' })
    const { id } = office.dokument('Entwurf.docx')
    await office.espo.replaceFile(id, 'PDF', undefined, 'scan.pdf')
    office.espo.updateDokument(id, { dateipfad: 'Verträge\\Vertrag.pdf' })

    await office.sync()

    await office.expectAgreement('Verträge\\Vertrag.pdf', 'PDF')
    await office.expectAgreement('Entwurf.docx', 'Entwurf')
    expect(office.dokument('Verträge\\Vertrag.pdf').id).toBe(id)
  })

  test.each([
    ['another name of the same kind', 'scan_001.docx'],
    ['the same kind in capitals', 'KLAGE.DOCX'],
    ['a name without a kind', 'scan'],
  ])('%s keeps the path', async (_what, name) => {
    const office = await openOffice()
    await office.agreed({ 'Klage.docx': 'Entwurf' })
    await office.espo.replaceFile(office.dokument('Klage.docx').id, 'neu', undefined, name)

    await office.sync()

    await office.expectAgreement('Klage.docx', 'neu')
    expect(await onShare(office)).toEqual(['Klage.docx'])
    expectQuiet(office, await office.sync())
  })

  test.each([
    ['', {}],
    [', from an older version', { syncPfad: null, syncAkteId: null }],
  ])('in a record without a path of its own%s: the same', async (_what, change) => {
    const office = await openOffice()
    await office.agreed({ 'Anlagen\\Entwurf.docx': 'Entwurf', 'B.docx': 'B' })
    const { id } = office.dokument('Anlagen\\Entwurf.docx')
    office.espo.updateDokument(id, { dateipfad: null, ...change })
    await office.espo.replaceFile(id, 'PDF', undefined, 'Vertrag.pdf')

    const run = await office.sync()

    expect(run.report?.counts).toMatchObject({ uploaded: 1, created: 1, conflicts: 0 })
    await office.expectAgreement('Anlagen\\Vertrag.pdf', 'PDF')
    await office.expectAgreement('Anlagen\\Entwurf.docx', 'Entwurf')
    expect(office.dokument('Anlagen\\Vertrag.pdf').id).toBe(id)
    expect(await onShare(office)).toEqual(['Anlagen\\Entwurf.docx', 'Anlagen\\Vertrag.pdf', 'B.docx'])
    expectQuiet(office, await office.sync())
  })

  test('and given to another Akte: it arrives there under its new name', async () => {
    const office = await openOffice()
    office.addAkte(OTHER)
    await office.agreed({ 'Entwurf.docx': 'Entwurf' })
    const id = give(office, 'Entwurf.docx')
    await office.espo.replaceFile(id, 'PDF', undefined, 'Vertrag.pdf')

    await office.sync(OTHER)
    await office.sync(AKTE)

    await office.expectAgreement('Vertrag.pdf', 'PDF', OTHER)
    expect(await onShare(office, OTHER)).toEqual(['Vertrag.pdf'])
    await office.expectAgreement('Entwurf.docx', 'Entwurf', AKTE)
  })
})

describe('A record of an older version', () => {
  test('works as before, and says whose base it has with the next write', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'A', 'B.docx': 'B' })
    const { id } = office.dokument('A.docx')
    office.espo.updateDokument(id, { syncAkteId: null, syncPfad: null })

    expectQuiet(office, await office.sync())
    expect(office.dokument('A.docx').syncPfad).toBeNull()
    await office.watcher.write(AKTE, 'A.docx', 'A neu', minutesAgo(2))
    await office.sync()

    await office.expectAgreement('A.docx', 'A neu')
    expect(office.dokument('A.docx')).toMatchObject({
      syncAkteId: office.espo.akte(AKTE)?.id ?? '',
      syncPfad: 'A.docx',
    })
  })

  test('so does an installation that lacks the attributes', async () => {
    const office = await openOffice()
    office.espo.lacksLaterFields = true
    await office.agreed({ 'A.docx': 'A', 'B.docx': 'B' }).catch(() => undefined)
    office.advoware.removeHistory(AKTE, 1)

    const run = await office.sync()

    expect(run.item('A.docx').reason).toBe('left the History')
    expect(office.dokument('A.docx').fileStatus).toBe('left')
    expect(writes(await office.sync())).toEqual([`PUT CAkten/${office.espo.akte(AKTE)?.id}`])
  })
})

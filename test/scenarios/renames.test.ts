import { describe, expect, test } from 'vitest'
import { KEYS } from '../../services/redis/keys'
import { AKTE, expectQuiet, minutesAgo, openOffice, type ScenarioOffice, transfers } from './office'

const OLD = 'Entwurf.docx'
const NEW = 'Schriftsätze\\Klage.docx'

/** A lawyer renames or moves a file in Windows; Advoware names the new path. */
async function renameInWindows(
  office: ScenarioOffice,
  from: string,
  to: string,
  content: string,
): Promise<void> {
  await office.watcher.remove(AKTE, from)
  await office.watcher.write(AKTE, to, content)
  office.advoware.addHistory(AKTE, { dat: '2026-04-01', text: 'Klage', datei: `V:\\Akten\\${AKTE}\\${to}` })
}

const paths = (office: ScenarioOffice) =>
  office.espo
    .dokumente(AKTE)
    .map(({ dateipfad }) => dateipfad)
    .sort()
const onShare = async (office: ScenarioOffice) =>
  (await office.watcher.list(AKTE)).map(({ path }) => path).sort()

describe('A file renamed or moved in Windows', () => {
  test.each(['restore', 'mark', 'delete'])(
    'stays the same document (SYNC_WINDOWS_DELETIONS=%s)',
    async (deletions) => {
      const office = await openOffice()
      office.set({ SYNC_WINDOWS_DELETIONS: deletions })
      await office.agreed({ [OLD]: 'Klage', 'B.docx': 'B' })
      const { id, dokumentId } = office.dokument(OLD)
      await renameInWindows(office, OLD, NEW, 'Klage')

      const run = await office.sync()

      expect(run.item(NEW)).toMatchObject({ action: 'SKIP', reason: 'renamed in Windows', outcome: 'done' })
      expect(transfers(run)).toEqual([])
      expect(paths(office)).toEqual(['B.docx', NEW])
      expect(office.dokument(NEW)).toMatchObject({ id, dokumentId, name: 'Klage.docx', historyText: 'Klage' })
      expect(await onShare(office)).toEqual(['B.docx', NEW])
      await office.expectAgreement(NEW, 'Klage')
      expectQuiet(office, await office.sync())
    },
  )

  test('keeps the title that a person gave the document', async () => {
    const office = await openOffice()
    await office.agreed({ [OLD]: 'Klage', 'B.docx': 'B' })
    office.espo.updateDokument(office.dokument(OLD).id, { name: 'Unsere Klage' })
    await renameInWindows(office, OLD, NEW, 'Klage')

    await office.sync()

    expect(office.dokument(NEW).name).toBe('Unsere Klage')
  })

  test('is recognised while the watcher has no hash yet, by reading what has the size', async () => {
    const office = await openOffice()
    await office.agreed({ [OLD]: 'Klage', 'B.docx': 'B' })
    const { id } = office.dokument(OLD)
    await renameInWindows(office, OLD, NEW, 'Klage')
    await office.filed({ 'Anderes.docx': 'ganz anderer Inhalt' })
    office.watcher.hideHashes = true

    const run = await office.sync()

    expect(run.item(NEW).reason).toBe('renamed in Windows')
    expect(office.dokument(NEW).id).toBe(id)
    const reads = run.requests.filter(({ path }) => path === '/file')
    expect(reads.filter(({ query }) => query.includes('Klage'))).toHaveLength(1)
    expectQuiet(office, await office.sync())
  })

  test('waits while it cannot be read and nobody knows its content', async () => {
    const office = await openOffice()
    await office.agreed({ [OLD]: 'Klage', 'B.docx': 'B' })
    const { id } = office.dokument(OLD)
    await renameInWindows(office, OLD, NEW, 'Klage')
    office.watcher.hideHashes = true
    office.watcher.lock(AKTE, NEW)

    const run = await office.sync()

    expect(run.item(OLD)).toMatchObject({ outcome: 'deferred' })
    expect(await onShare(office)).toEqual(['B.docx', NEW])
    office.watcher.unlock(AKTE, NEW)
    await office.sync()
    expect(office.dokument(NEW).id).toBe(id)
    expect(paths(office)).toEqual(['B.docx', NEW])
  })

  test('and replaced in EspoCRM as well: one document, the new content under the new name', async () => {
    const office = await openOffice()
    await office.agreed({ [OLD]: 'Klage', 'B.docx': 'B' })
    const { id } = office.dokument(OLD)
    await renameInWindows(office, OLD, NEW, 'Klage')
    await office.espo.replaceFile(id, 'Klage, unterschrieben')

    await office.sync()

    expect(office.dokument(NEW).id).toBe(id)
    await office.expectAgreement(NEW, 'Klage, unterschrieben')
    expect(await onShare(office)).toEqual(['B.docx', NEW])
    expectQuiet(office, await office.sync())
  })

  test('only in its case: the document is spelled like the file', async () => {
    const office = await openOffice()
    await office.agreed({ 'klage.docx': 'Klage' })
    await office.watcher.remove(AKTE, 'klage.docx')
    await office.watcher.write(AKTE, 'Klage.docx', 'Klage')

    await office.sync()

    expect(office.dokument('Klage.docx')).toMatchObject({ name: 'Klage.docx' })
    expectQuiet(office, await office.sync())
  })

  test('a folder that was moved: every document goes with it, also those of one content', async () => {
    const office = await openOffice()
    await office.agreed({
      'Alt\\A.docx': 'leer',
      'Alt\\B.docx': 'leer',
      'C.docx': 'C',
      'D.docx': 'D',
      'E.docx': 'E',
    })
    const ids = ['Alt\\A.docx', 'Alt\\B.docx'].map((path) => office.dokument(path).id)
    for (const name of ['A.docx', 'B.docx'])
      await renameInWindows(office, `Alt\\${name}`, `Neu\\${name}`, 'leer')

    const run = await office.sync()

    expect(transfers(run)).toEqual([])
    expect(['Neu\\A.docx', 'Neu\\B.docx'].map((path) => office.dokument(path).id)).toEqual(ids)
    expectQuiet(office, await office.sync())
  })

  test('is no vanished one for the safety stop', async () => {
    const office = await openOffice()
    const names = ['A', 'B', 'C', 'D']
    await office.agreed(Object.fromEntries(names.map((name) => [`${name}.docx`, name])))
    for (const name of names) await renameInWindows(office, `${name}.docx`, `Neu\\${name}.docx`, name)

    expect((await office.sync()).report?.result).toBe('synced')
    expect(paths(office)).toEqual(names.map((name) => `Neu\\${name}.docx`))
  })

  test('two candidates with the same content: nothing is guessed, nothing is lost', async () => {
    const office = await openOffice()
    office.set({ SYNC_WINDOWS_DELETIONS: 'delete' })
    await office.agreed({ [OLD]: 'Klage', 'B.docx': 'B' })
    await renameInWindows(office, OLD, 'Eins.docx', 'Klage')
    await renameInWindows(office, OLD, 'Zwei.docx', 'Klage')

    await office.sync()

    expect(paths(office)).toEqual(['B.docx', 'Eins.docx', 'Zwei.docx'])
    await office.expectAgreement('Eins.docx', 'Klage')
    await office.expectAgreement('Zwei.docx', 'Klage')
    expectQuiet(office, await office.sync())
  })

  test('a copy is a new document', async () => {
    const office = await openOffice()
    await office.agreed({ [OLD]: 'Klage' })
    await office.filed({ 'Kopie.docx': 'Klage' })

    await office.sync()

    expect(paths(office)).toEqual([OLD, 'Kopie.docx'])
  })
})

describe('A document renamed in EspoCRM', () => {
  const TOLD = expect.stringContaining('In EspoCRM umbenannt')

  test('gets its path back and says so: Windows keeps the name, no file and no document is doubled', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'A', 'B.docx': 'B' })
    const { id } = office.dokument('A.docx')
    office.espo.updateDokument(id, { dateipfad: 'Anders.docx' })

    const run = await office.sync()

    expect(transfers(run)).toEqual([])
    expect(paths(office)).toEqual(['A.docx', 'B.docx'])
    expect(office.dokument('A.docx')).toMatchObject({ id, fileStatus: 'synced', syncMessage: TOLD })
    expect(office.espo.akte(AKTE)).toMatchObject({ syncStatus: 'synced', syncMessage: TOLD })
    expect(await onShare(office)).toEqual(['A.docx', 'B.docx'])
    expect(office.advoware.history(AKTE)).toHaveLength(2)
    await office.sync() // the word about it goes with its cause
    expectQuiet(office, await office.sync())
    expect(office.dokument('A.docx').syncMessage).toBeNull()
  })

  test('and replaced there: the new content reaches the file under its old name', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'A', 'B.docx': 'B' })
    const { id } = office.dokument('A.docx')
    await office.espo.replaceFile(id, 'A neu')
    office.espo.updateDokument(id, { dateipfad: 'Ordner\\Anders.docx' })

    await office.sync()

    expect(await office.onWindows('A.docx')).toBe('A neu')
    expect(await office.inEspo('A.docx')).toBe('A neu')
    expect(await onShare(office)).toEqual(['A.docx', 'B.docx'])
    expect(office.dokument('A.docx').syncMessage).toEqual(TOLD)
    await office.sync() // the word about it goes with its cause
    expectQuiet(office, await office.sync())
  })

  test.each([
    ['that Windows cannot have', 'CON.docx'],
    ['that is never synced', 'A.tmp'],
    ['outside the Aktenordner', '..\\..\\A.docx'],
    ['of another document', 'B.docx'],
  ])('to a name %s: the same', async (_, dateipfad) => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'A', 'B.docx': 'B' })
    const ids = ['A.docx', 'B.docx'].map((path) => office.dokument(path).id)
    office.espo.updateDokument(ids[0] ?? '', { dateipfad })

    await office.sync()

    expect(['A.docx', 'B.docx'].map((path) => office.dokument(path).id)).toEqual(ids)
    expect(await office.inEspo('A.docx')).toBe('A')
    expect(await office.inEspo('B.docx')).toBe('B')
    await office.sync() // the word about it goes with its cause
    expectQuiet(office, await office.sync())
  })

  test('to the name of a new file in Windows: each keeps its own content', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'A', 'B.docx': 'B' })
    const { id } = office.dokument('A.docx')
    office.espo.updateDokument(id, { dateipfad: 'Neu.docx' })
    await office.filed({ 'Neu.docx': 'etwas Neues' })

    await office.sync()

    expect(office.dokument('A.docx').id).toBe(id)
    expect(await office.inEspo('A.docx')).toBe('A')
    await office.expectAgreement('Neu.docx', 'etwas Neues')
    expect(paths(office)).toEqual(['A.docx', 'B.docx', 'Neu.docx'])
    await office.sync() // the word about it goes with its cause
    expectQuiet(office, await office.sync())
  })

  test('a new title alone is its own affair', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'A' })
    office.espo.updateDokument(office.dokument('A.docx').id, { name: 'Klageerwiderung' })

    expectQuiet(office, await office.sync())

    expect(office.dokument('A.docx').name).toBe('Klageerwiderung')
  })

  test('before it was ever synced it simply has that path', async () => {
    const office = await openOffice()
    office.addAkte()
    await office.espo.addDokument({
      akte: AKTE,
      name: 'A.docx',
      dateipfad: 'Ordner\\Anders.docx',
      content: 'A',
    })

    await office.sync()

    await office.expectAgreement('Ordner\\Anders.docx', 'A')
  })
})

describe('Names on the share', () => {
  test('two that differ only in normalisation: one is synced, the other is flagged, neither ping-pongs', async () => {
    const office = await openOffice()
    office.addAkte()
    await office.filed({ ['Übersicht.docx'.normalize('NFC')]: 'erste' })
    await office.sync()
    await office.watcher.write(AKTE, 'Übersicht.docx'.normalize('NFD'), 'zweite', minutesAgo(2))

    const run = await office.sync()

    expect(run.report).toMatchObject({
      result: 'synced',
      counts: { flagged: 1, created: 0, updated: 0, uploaded: 0 },
    })
    expect(office.espo.akte(AKTE)?.syncMessage).toContain('Umlautkodierung')
    expect(office.espo.dokumente(AKTE)).toHaveLength(1)
    expect(await office.inEspo('Übersicht.docx'.normalize('NFC'))).toBe('erste')
    expectQuiet(office, await office.sync())

    await office.espo.replaceFile(office.dokument('Übersicht.docx'.normalize('NFC')).id, 'neu')
    await office.sync()
    expect(await office.onWindows('Übersicht.docx'.normalize('NFC'))).toBe('neu')
    expect(await office.onWindows('Übersicht.docx'.normalize('NFD'))).toBe('zweite')
    expectQuiet(office, await office.sync())
  })

  test('paths that lead out of the Aktenordner are refused, from the watcher and from the History', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'A' })
    const { list } = office.watcher
    office.watcher.list = async (akte) => {
      const [file, ...more] = await list.call(office.watcher, akte)
      const outside = ['..\\..\\geheim.docx', '/etc/passwd', 'C:\\x.docx', 'Ordner\\..\\..\\x.docx']
      return [...(file ? [file, ...outside.map((path) => ({ ...file, path, filename: path }))] : []), ...more]
    }
    for (const datei of ['..\\..\\geheim.docx', '..\\A.docx'])
      office.advoware.addHistory(AKTE, { dat: '2026-04-01', datei })

    const run = await office.sync()

    expect(run.report?.result).toBe('synced')
    expect(run.log.filter((line) => line.includes('Refused a file of the Windows watcher'))).toHaveLength(4)
    expect(paths(office)).toEqual(['A.docx'])
    expect(transfers(run)).toEqual([])
  })

  test('a path longer than EspoCRM keeps is flagged', async () => {
    const office = await openOffice()
    office.addAkte()
    const path = `${'x'.repeat(120)}\\${'y'.repeat(120)}\\${'z'.repeat(20)}.docx`
    await office.filed({ [path]: 'A', 'B.docx': 'B' })

    const run = await office.sync()

    expect(run.report).toMatchObject({ result: 'synced', counts: { flagged: 1, created: 1 } })
    expect(office.espo.akte(AKTE)?.syncMessage).toContain('zu lang')
  })

  test('documents without a file may be called anything', async () => {
    const office = await openOffice()
    office.addAkte()
    for (const name of ['Telefonat: Rückruf?', 'Telefonat: Rückruf?', 'CON'])
      await office.espo.addDokument({ akte: AKTE, name })

    const run = await office.sync()

    expect(run.report).toMatchObject({ result: 'synced', message: null, counts: { flagged: 0 } })
    expect(await office.redis.sismember(KEYS.pending, AKTE)).toBe(0)
  })
})

import { beforeEach, describe, expect, it } from 'vitest'
import { AKTE, expectQuiet, minutesAgo, openOffice, type ScenarioOffice, writes } from './office'

const KLAGE = 'Schriftsätze\\Klage.docx'
let office: ScenarioOffice

beforeEach(async () => {
  office = await openOffice()
  office.set({ SYNC_TIME_ZONE: 'Europe/Berlin' })
  await office.agreed({ [KLAGE]: 'eins', 'Replik.docx': 'unverändert' })
})

const both = async (windowsAt: string, espoAt: string) => {
  await office.watcher.write(AKTE, KLAGE, 'in Word', new Date(windowsAt))
  await office.espo.replaceFile(office.dokument(KLAGE).id, 'im Browser', new Date(espoAt))
}
const notes = () => office.espo.notes(office.dokument(KLAGE).id)
const all = () => office.espo.records.all('Note').length

describe('A conflict reaches the person whose version lost, by a note in the stream of the document', () => {
  it('EspoCRM is newer: the version from Word lost, with both times as the office knows them', async () => {
    await both('2026-03-24T10:15:00+01:00', '2026-03-24T09:20:00Z')
    await office.sync()
    await office.expectAgreement(KLAGE, 'im Browser')
    expect(notes()).toEqual([
      expect.stringMatching(
        /Ihre Fassung aus Windows vom 24\.03\.2026, 10:15 .*EspoCRM vom 24\.03\.2026, 10:20/,
      ),
    ])
  })

  it('Windows is newer: the version from EspoCRM lost', async () => {
    await both('2026-03-24T10:30:00+01:00', '2026-03-24T09:20:00Z')
    await office.sync()
    expect(notes()).toEqual([
      expect.stringMatching(
        /Ihre Fassung aus EspoCRM vom 24\.03\.2026, 10:20 .*Windows vom 24\.03\.2026, 10:30/,
      ),
    ])
  })

  it('once: later syncs write none, and an unchanged one writes nothing but the Akte', async () => {
    await both('2026-03-24T10:15:00+01:00', '2026-03-24T09:20:00Z')
    await office.sync()
    for (const _again of [1, 2]) expectQuiet(office, await office.sync())
    expect(all()).toBe(1)
  })

  it('once, although the answer to the upload was lost', async () => {
    await both('2026-03-24T10:15:00+01:00', '2026-03-24T09:20:00Z')
    office.watcher.faults.set({ mode: 'timeout-after-effect', times: 1, match: { method: 'PUT' } })
    await office.sync()
    await office.sync()
    expect(all()).toBe(1)
  })

  it('not of a version that was not replaced after all: a lawyer saves again before the upload', async () => {
    await both('2026-03-24T10:15:00+01:00', '2026-03-24T09:20:00Z')
    office.meanwhile('espo', 'GET', /Attachment\/file\//, () =>
      office.watcher.write(AKTE, KLAGE, 'noch später', minutesAgo(3)),
    )
    await office.sync()
    await office.sync()
    await office.expectAgreement(KLAGE, 'noch später')
    expect(notes()).toEqual([expect.stringContaining('Ihre Fassung aus EspoCRM')])
  })

  it('says where the version lies now', async () => {
    await both('2026-03-24T10:15:00+01:00', '2026-03-24T09:20:00Z')
    await office.sync()
    expect(notes()).toEqual([expect.stringContaining('am Dokument unter „Frühere Fassungen“')])
    expect(office.dokument(KLAGE).syncFassungen).toContain('aus Windows')
  })

  it('mentions whoever uploaded the version that lost, where the role may read users', async () => {
    Object.assign(office.espo.rights, { User: { read: 'all' } })
    await both('2026-03-24T10:30:00+01:00', '2026-03-24T09:20:00Z')
    await office.sync()
    expect(notes()).toEqual([
      expect.stringMatching(/^@anna\.muster Auf beiden Seiten geändert: Ihre Fassung/),
    ])
  })

  it('mentions nobody where it may not', async () => {
    await both('2026-03-24T10:30:00+01:00', '2026-03-24T09:20:00Z')
    await office.sync()
    expect(notes()).toEqual([expect.stringMatching(/^Auf beiden Seiten geändert/)])
  })

  it('mentions nobody for a version from Windows: the watcher does not say whose it was', async () => {
    Object.assign(office.espo.rights, { User: { read: 'all' } })
    await both('2026-03-24T10:15:00+01:00', '2026-03-24T09:20:00Z')
    await office.sync()
    expect(notes()).toEqual([expect.stringMatching(/^Auf beiden Seiten geändert: Ihre Fassung aus Windows/)])
  })

  it('in English where the office speaks it', async () => {
    office.set({ SYNC_LANGUAGE: 'en' })
    await both('2026-03-24T10:15:00+01:00', '2026-03-24T09:20:00Z')
    await office.sync()
    expect(notes()).toEqual([expect.stringContaining('your version from Windows of 24 Mar 2026, 10:15')])
  })

  it.each([
    [
      'the role has no right to the stream',
      () => Object.assign(office.espo.rights.CDokumente ?? {}, { stream: 'no' }),
    ],
    ['EspoCRM has no answer', () => office.espo.faults.set({ mode: 'down', match: { path: /\/Note$/ } })],
    [
      'EspoCRM refuses it',
      () => office.espo.faults.set({ mode: 'status', status: 400, match: { path: /\/Note$/ } }),
    ],
  ])('%s: the log says so, and the sync is done all the same', async (_why, make) => {
    await both('2026-03-24T10:15:00+01:00', '2026-03-24T09:20:00Z')
    make()
    const run = await office.sync()
    expect(run.report?.result).toBe('synced')
    expect(run.text).toContain('📝 EspoCRM takes no note on the document')
    expect(all()).toBe(0)
    await office.expectAgreement(KLAGE, 'im Browser')
  })
})

describe('Nothing else writes notes', () => {
  it('changes, new files, restored ones, renamed ones, flagged ones', async () => {
    await office.watcher.write(AKTE, KLAGE, 'zwei', minutesAgo(2))
    await office.filed({ 'Neu.docx': 'neu' })
    await office.watcher.remove(AKTE, 'Replik.docx')
    office.espo.updateDokument(office.dokument(KLAGE).id, { dateipfad: 'Umbenannt.docx' })
    await office.espo.addDokument({ akte: AKTE, name: 'x', dateipfad: 'CON.docx', content: 'x' })
    await office.espo.addDokument({ akte: AKTE, name: 'y', dateipfad: 'Brief.docx', content: 'y' })
    const run = await office.sync()
    expect(writes(run).length).toBeGreaterThan(5)
    expect(all()).toBe(0)
  })
})

describe('Messages go when their cause is gone', () => {
  const message = (path = KLAGE) => office.dokument(path).syncMessage

  it('a renaming that was taken back is told once', async () => {
    office.espo.updateDokument(office.dokument(KLAGE).id, { dateipfad: 'Anders.docx' })
    await office.sync()
    expect(message()).toContain('In EspoCRM umbenannt')
    await office.sync()
    expect(message()).toBeNull()
    expectQuiet(office, await office.sync())
  })

  it('what is wrong with the present content stays as long as it is there', async () => {
    await office.watcher.write(AKTE, KLAGE, '', minutesAgo(2))
    office.espo.updateDokument(office.dokument(KLAGE).id, { dateipfad: 'Anders.docx' })
    await office.sync()
    expect(message()).toContain('Die Datei ist jetzt leer')
    await office.sync()
    expect(message()).toBe('Die Datei ist jetzt leer. Bitte prüfen, ob das gewollt ist.')
    await office.watcher.write(AKTE, KLAGE, 'wieder da', minutesAgo(1))
    await office.sync()
    expect(message()).toBeNull()
  })

  it('a file with a name that was taken is removed from its document', async () => {
    await office.watcher.write(AKTE, 'Brief.docx', 'fremd')
    const { id } = await office.espo.addDokument({
      akte: AKTE,
      name: 'Brief',
      dateipfad: 'Brief.docx',
      content: 'neu',
    })
    await office.sync()
    expect(office.espo.dokument(id)).toMatchObject({
      fileStatus: 'conflict',
      syncMessage: expect.any(String),
    })
    office.espo.updateDokument(id, { dokumentId: null })
    await office.sync()
    expect(office.espo.dokument(id)).toMatchObject({ fileStatus: 'new', syncMessage: null })
  })
})

describe('Files that are never synced', () => {
  it.each([
    '~$Klage.docx',
    '.~lock.Klage.odt#',
    'Thumbs.db',
    'Anlagen\\desktop.ini',
    'x.tmp',
    '~WRL01.tmp',
    'a.part',
    '.DS_Store',
  ])(
    '%s was uploaded in EspoCRM: the document says so, once, and nobody has to do anything',
    async (dateipfad) => {
      const { id } = await office.espo.addDokument({
        akte: AKTE,
        name: 'Hilfsdatei',
        dateipfad,
        content: 'x',
      })
      const run = await office.sync()
      expect(run.report).toMatchObject({ result: 'synced', counts: { flagged: 0 } })
      expect(office.espo.dokument(id)?.syncMessage).toContain('Dateien dieser Art werden nie abgeglichen')
      expect(await office.onWindows(dateipfad)).toBeNull()
      expect(office.espo.akte(AKTE)?.syncMessage).toBeNull()
      expectQuiet(office, await office.sync())
      office.espo.updateDokument(id, { dateipfad: 'Gutachten.docx' })
      await office.sync()
      await office.expectAgreement('Gutachten.docx', 'x')
    },
  )
})

describe('A document that was deleted in EspoCRM while the History names its file', () => {
  const path = 'Replik.docx'
  const message = 'In EspoCRM gelöscht, steht aber noch in der Advoware-Historie'
  const remove = (one = path) => office.espo.removeDokument(office.dokument(one).id)

  it('comes back, and the new record says so', async () => {
    remove()
    const run = await office.sync()
    expect(run.item(path)).toMatchObject({ action: 'CREATE', outcome: 'done' })
    expect(run.item(path).reason).toBe('deleted in EspoCRM, still in the History')
    expect(await office.inEspo(path)).toBe('unverändert')
    expect(office.dokument(path)).toMatchObject({
      fileStatus: 'synced',
      syncStatus: 'synced',
      syncMessage: `${message}. Soll sie aus der Akte verschwinden, bitte den Eintrag in Advoware löschen.`,
    })
    expectQuiet(office, await office.sync())
  })

  it('also the one that just came back, and one that was just uploaded', async () => {
    office.set({ SYNC_QUIET_SECONDS: '0' })
    remove()
    await office.sync()
    remove()
    await office.espo.addDokument({ akte: AKTE, name: 'Brief', dateipfad: 'Brief.docx', content: 'neu' })
    await office.sync()
    expect(office.dokument(path).syncMessage).toContain(message)
    remove('Brief.docx')
    await office.sync()
    expect(office.dokument('Brief.docx').syncMessage).toContain(message)
  })

  it('with SYNC_ESPO_DELETIONS=flag nothing comes back, and the Akte says that the History still names it', async () => {
    office.set({ SYNC_ESPO_DELETIONS: 'flag' })
    remove()
    for (const _again of [1, 2]) {
      const run = await office.sync()
      expect(run.item(path)).toMatchObject({ outcome: 'flagged' })
      expect(office.dokumente(path)).toEqual([])
      expect(office.espo.akte(AKTE)).toMatchObject({
        syncStatus: 'synced',
        syncMessage: expect.stringContaining(`${path}: ${message}`),
      })
      expect(writes(run)).toHaveLength(1)
    }
    expect(await office.onWindows(path)).toBe('unverändert')
    for (const { hnr } of office.entries(path)) office.advoware.removeHistory(AKTE, hnr)
    await office.sync()
    expect(office.espo.akte(AKTE)?.syncMessage).toBeNull()
    await office.filed({ [path]: 'wieder da' })
    await office.sync()
    await office.expectAgreement(path, 'wieder da')
  })

  it.each(['restore', 'flag'])(
    'also while the run that brings it a new version is under way (%s)',
    async (mode) => {
      office.set({ SYNC_ESPO_DELETIONS: mode })
      await office.watcher.write(AKTE, path, 'neu', minutesAgo(5))
      office.meanwhile('espo', 'POST', /Attachment$/, () => remove())
      const run = await office.sync()
      expect(office.dokumente(path)).toHaveLength(mode === 'flag' ? 0 : 1)
      if (mode === 'flag') expect(run.item(path)).toMatchObject({ outcome: 'flagged' })
      else expect(office.dokument(path).syncMessage).toContain(message)
      expect(office.espo.akte(AKTE)?.syncMessage).toContain(message)
    },
  )

  it('while a second one has its name: that one is the document of the file from now on', async () => {
    office.set({ SYNC_QUIET_SECONDS: '0' })
    const second = { akte: AKTE, name: path, dateipfad: path, content: 'unverändert' }
    const { id } = await office.espo.addDokument(second)
    await office.sync()
    await office.watcher.write(AKTE, path, 'neu', new Date())
    office.meanwhile('espo', 'POST', /Attachment$/, () => {
      for (const one of office.dokumente(path)) if (one.id !== id) office.espo.removeDokument(one.id)
    })
    const { report } = await office.sync()
    expect(report?.items).toContainEqual(expect.objectContaining({ path, reason: 'keeps changing' }))
    await office.sync()
    expect(office.dokumente(path).map((one) => one.id)).toEqual([id])
    await office.expectAgreement(path, 'neu')
  })

  it('before it is written to Windows: nothing is written', async () => {
    office.set({ SYNC_ESPO_DELETIONS: 'flag' })
    await office.espo.replaceFile(office.dokument(path).id, 'ersetzt')
    office.meanwhile('espo', 'GET', /Attachment\/file/, () => remove())
    expect((await office.sync()).item(path)).toMatchObject({ outcome: 'flagged' })
    expect(await office.onWindows(path)).toBe('unverändert')
  })

  it('an Akte that never saw the document has a new file, also with flag', async () => {
    office.set({ SYNC_ESPO_DELETIONS: 'flag' })
    await office.filed({ 'Neu.docx': 'neu' })
    await office.sync()
    await office.expectAgreement('Neu.docx', 'neu')
  })

  it('one that was given to another Akte was not deleted', async () => {
    office.set({ SYNC_ESPO_DELETIONS: 'flag' })
    office.addAkte('123/24')
    office.espo.updateDokument(office.dokument(path).id, { cAktenId: office.espo.akte('123/24')?.id ?? '' })
    const run = await office.sync()
    expect(run.item(path)).toMatchObject({ action: 'CREATE', reason: 'new file in Windows' })
  })
})

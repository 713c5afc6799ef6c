import { join } from 'node:path'
import { blake3 } from 'hash-wasm'
import { describe, expect, test } from 'vitest'
import { readAudit } from '../../services/audit/audit-reader'
import { AKTE, expectQuiet, minutesAgo, openOffice, type ScenarioOffice } from './office'

const attachments = (office: ScenarioOffice) => office.espo.records.all('Attachment').length

/** Both sides agree in the end, nothing is left over, and nothing moves again. */
async function expectSettled(office: ScenarioOffice, path: string, content: string): Promise<void> {
  await office.expectAgreement(path, content)
  expect(attachments(office)).toBe(1)
  expectQuiet(office, await office.sync())
}

describe('Somebody saves while the sync is under way', () => {
  test('in Word, after the decision to overwrite the file: decided again, both versions are kept', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'alt' })
    await office.espo.replaceFile(office.dokument('A.docx').id, 'aus EspoCRM', minutesAgo(5))
    office.meanwhile('espo', 'GET', /Attachment\/file/, () =>
      office.watcher.write(AKTE, 'A.docx', 'aus Word', minutesAgo(1)),
    )
    const loser = await blake3('aus EspoCRM')

    const run = await office.sync()

    expect(run.item('A.docx').reason).toBe('conflict, Windows is newer')
    expect((await office.archived(loser))?.content).toBe('aus EspoCRM')
    await expectSettled(office, 'A.docx', 'aus Word')
  })

  test('in EspoCRM, after the decision to replace the file: decided again, the upload is removed', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'alt' })
    const { id } = office.dokument('A.docx')
    const { blake3Hash } = await office.watcher.write(AKTE, 'A.docx', 'aus Word', minutesAgo(5))
    office.meanwhile('espo', 'POST', /Attachment$/, () =>
      office.espo.replaceFile(id, 'aus EspoCRM', minutesAgo(1)),
    )

    const run = await office.sync()

    expect(run.item('A.docx').reason).toBe('conflict, EspoCRM is newer')
    expect((await office.archived(blake3Hash))?.content).toBe('aus Word')
    await expectSettled(office, 'A.docx', 'aus EspoCRM')
  })

  test('in EspoCRM, between the last look and the write: 409, the orphan is removed, decided again', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'alt' })
    const { id } = office.dokument('A.docx')
    await office.watcher.write(AKTE, 'A.docx', 'aus Word', minutesAgo(5))
    office.meanwhile('espo', 'PUT', new RegExp(`CDokumente/${id}`), () =>
      office.espo.updateDokument(id, { name: 'Mein Titel' }),
    )

    const run = await office.sync()

    expect(run.requests.filter(({ status }) => status === 409)).toHaveLength(1)
    expect(run.item('A.docx')).toMatchObject({ outcome: 'done', reason: 'changed in Windows' })
    expect(office.dokument('A.docx').name).toBe('Mein Titel')
    await expectSettled(office, 'A.docx', 'aus Word')
  })

  test('in EspoCRM, while only metadata is written: 409, and both changes stand', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'alt' })
    const { id } = office.dokument('A.docx')
    office.advoware.addHistory(AKTE, { dat: '2026-04-01', text: 'eingereicht', datei: 'A.docx' })
    office.meanwhile('espo', 'PUT', new RegExp(`CDokumente/${id}`), () =>
      office.espo.updateDokument(id, { name: 'Mein Titel' }),
    )

    const run = await office.sync()

    expect(run.requests.filter(({ status }) => status === 409)).toHaveLength(1)
    expect(office.dokument('A.docx')).toMatchObject({ name: 'Mein Titel', historyText: 'eingereicht' })
    expectQuiet(office, await office.sync())
  })

  test('a path that gets a document while its file is uploaded: no second document', async () => {
    const office = await openOffice()
    office.addAkte()
    await office.filed({ 'A.docx': 'gleich' })
    office.meanwhile('espo', 'POST', /Attachment$/, () =>
      office.espo.addDokument({ akte: AKTE, name: 'a.DOCX', content: 'gleich' }),
    )

    const run = await office.sync()

    expect(run.item('A.docx').reason).toBe('same content on both sides, adopted')
    expect(office.espo.dokumente(AKTE)).toHaveLength(1)
    await expectSettled(office, 'A.docx', 'gleich')
  })

  test('a path that gets a file while a new document is uploaded to it: the file is not overwritten', async () => {
    const office = await openOffice()
    office.addAkte()
    await office.espo.addDokument({ akte: AKTE, name: 'A.docx', content: 'aus EspoCRM' })
    office.meanwhile('espo', 'GET', /Attachment\/file/, () => office.watcher.write(AKTE, 'A.docx', 'privat'))

    const run = await office.sync()

    expect(run.item('A.docx')).toMatchObject({ outcome: 'flagged', reason: 'name taken' })
    expect(await office.onWindows('A.docx')).toBe('privat')
    expect(office.advoware.history(AKTE)).toEqual([])
  })

  test('a vanished file that is back before it is restored: nothing is overwritten', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'alt', 'B.docx': 'B' })
    await office.watcher.remove(AKTE, 'A.docx')
    office.meanwhile('espo', 'GET', /Attachment\/file/, () =>
      office.watcher.write(AKTE, 'A.docx', 'neu', minutesAgo(1)),
    )

    const run = await office.sync()

    expect(run.item('A.docx')).toMatchObject({ action: 'UPDATE_ESPO', reason: 'changed in Windows' })
    await office.expectAgreement('A.docx', 'neu')
  })

  test('a vanished file that is back before its document is deleted: nothing is deleted', async () => {
    const office = await openOffice()
    office.set({ SYNC_WINDOWS_DELETIONS: 'delete' })
    await office.agreed({ 'A.docx': 'alt', 'B.docx': 'B' })
    await office.watcher.remove(AKTE, 'A.docx')
    office.meanwhile('espo', 'GET', /Attachment\/file/, () => office.watcher.write(AKTE, 'A.docx', 'alt'))

    await office.sync()

    await office.expectAgreement('A.docx', 'alt')
  })

  test('a document changed in EspoCRM just before it is deleted is not deleted', async () => {
    const office = await openOffice()
    office.set({ SYNC_WINDOWS_DELETIONS: 'delete' })
    await office.agreed({ 'A.docx': 'alt', 'B.docx': 'B' })
    const { id } = office.dokument('A.docx')
    await office.watcher.remove(AKTE, 'A.docx')
    office.meanwhile('espo', 'GET', new RegExp(`CDokumente/${id}`), () => office.espo.replaceFile(id, 'neu'))

    await office.sync()

    await office.expectAgreement('A.docx', 'neu')
  })
})

describe('A deletion whose answer does not come', () => {
  const openWithVanished = async () => {
    const office = await openOffice()
    office.set({ SYNC_WINDOWS_DELETIONS: 'delete' })
    await office.agreed({ 'A.docx': 'alt', 'B.docx': 'B' })
    const { id } = office.dokument('A.docx')
    await office.watcher.remove(AKTE, 'A.docx')
    return { office, id }
  }

  test('is not repeated blindly: what a person saved meanwhile stays', async () => {
    const { office, id } = await openWithVanished()
    const match = { method: 'DELETE', path: /CDokumente/ }
    office.espo.faults.set({ mode: 'status', status: 500, match, times: 1 })
    office.meanwhile('espo', 'GET', new RegExp(`CDokumente/${id}`), () =>
      office.meanwhile('espo', 'GET', new RegExp(`CDokumente/${id}`), () =>
        office.espo.replaceFile(id, 'neu'),
      ),
    )

    await office.sync()

    await office.expectAgreement('A.docx', 'neu')
  })

  test('but happened is done, and told in the audit log', async () => {
    const { office } = await openWithVanished()
    const match = { method: 'DELETE', path: /CDokumente/ }
    office.espo.faults.set({ mode: 'timeout-after-effect', match, times: 1 })

    const run = await office.sync()

    expect(run.item('A.docx')).toMatchObject({ action: 'DELETE', outcome: 'done' })
    expect(office.dokumente('A.docx')).toEqual([])
    const actions: string[] = []
    for await (const { action } of readAudit(join(office.dir, 'audit'))) actions.push(action)
    expect(actions).toContain('DELETE')
  })
})

describe('A file that moves while it is read', () => {
  test('saved whole between listing and reading: the new version is taken', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'alt' })
    await office.watcher.write(AKTE, 'A.docx', 'neu', minutesAgo(5))
    office.meanwhile('watcher', 'GET', /^\/file$/, () =>
      office.watcher.write(AKTE, 'A.docx', 'noch neuer', minutesAgo(1)),
    )

    await office.sync()

    await expectSettled(office, 'A.docx', 'noch neuer')
  })

  test('growing while it is read: waits, no attempt is counted', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'alt' })
    await office.watcher.write(AKTE, 'A.docx', 'neu', minutesAgo(5))
    let length = 3
    const grow = () => office.watcher.write(AKTE, 'A.docx', 'x'.repeat(++length), minutesAgo(1))
    office.meanwhile('watcher', 'GET', /^\/file$/, async () => {
      await grow()
      office.meanwhile('watcher', 'GET', /akte-details/, grow)
    })

    const run = await office.sync()

    expect(run.item('A.docx')).toMatchObject({ outcome: 'deferred', reason: 'changed while being read' })
    expect(office.dokument('A.docx')).toMatchObject({
      fileStatus: 'deferred',
      syncMessage: expect.stringContaining('geschrieben'),
    })
    expect(await office.inEspo('A.docx')).toBe('alt')
    expect(await office.snapshot()).toMatchObject({ pending: true, attempts: null })
    await office.sync()
    await expectSettled(office, 'A.docx', 'x'.repeat(length))
  })

  test('cut off while it shrinks: waits', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'alt' })
    await office.watcher.write(AKTE, 'A.docx', 'x'.repeat(100_000), minutesAgo(5))
    office.watcher.faults.set({ mode: 'cut-off', match: { path: /^\/file$/ }, times: 1 })
    office.meanwhile('watcher', 'GET', /akte-details/, () =>
      office.meanwhile('watcher', 'GET', /akte-details/, () =>
        office.watcher.write(AKTE, 'A.docx', 'kurz', minutesAgo(1)),
      ),
    )

    const run = await office.sync()

    expect(run.item('A.docx')).toMatchObject({ outcome: 'deferred', reason: 'changed while being read' })
    expect(await office.inEspo('A.docx')).toBe('alt')
  })

  test('gone from its place while Word saves it: not taken for deleted', async () => {
    const office = await openOffice()
    office.set({ SYNC_WINDOWS_DELETIONS: 'delete' })
    await office.agreed({ 'Schriftsatz.docx': 'alt', 'B.docx': 'B' })
    await office.watcher.remove(AKTE, 'Schriftsatz.docx')
    await office.watcher.write(AKTE, '~$hriftsatz.docx', 'wer')

    const run = await office.sync()

    expect(run.item('Schriftsatz.docx')).toMatchObject({
      outcome: 'deferred',
      reason: 'open in another program',
    })
    expect(await office.inEspo('Schriftsatz.docx')).toBe('alt')
  })
})

describe('What EspoCRM delivers', () => {
  test('damaged once on its way to the share: read again, then right', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'unversehrt', 'B.docx': 'B' })
    await office.watcher.remove(AKTE, 'A.docx')
    office.espo.faults.set({ mode: 'hash-mismatch', match: { path: /Attachment\/file/ }, times: 1 })

    await office.sync()

    await office.expectAgreement('A.docx', 'unversehrt')
  })

  test('cut off once: read again', async () => {
    const office = await openOffice()
    office.addAkte()
    const content = 'Seite '.repeat(5000)
    await office.espo.addDokument({ akte: AKTE, name: 'A.docx', content })
    office.espo.faults.set({ mode: 'cut-off', match: { path: /Attachment\/file/ }, times: 1 })

    expect((await office.sync()).report?.result).toBe('synced')
    await office.expectAgreement('A.docx', content)
  })

  test('too large for the share: flagged, the rest is synced', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'alt', 'B.docx': 'alt' })
    for (const path of ['A.docx', 'B.docx']) await office.espo.replaceFile(office.dokument(path).id, 'neu')
    office.watcher.faults.set({ mode: 'status', status: 413, match: { method: 'PUT', path: /A\.docx$/ } })

    const run = await office.sync()

    expect(run.report?.result).toBe('synced')
    expect(run.item('A.docx')).toMatchObject({ outcome: 'flagged', reason: 'too large for Windows' })
    await office.expectAgreement('B.docx', 'neu')
  })
})

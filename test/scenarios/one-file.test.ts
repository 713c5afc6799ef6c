import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { AKTE, expectQuiet, minutesAgo, openOffice, transfers } from './office'

const notCounted = { pending: false, processing: false, failed: null, attempts: null }

describe('The watcher has no right to one file', () => {
  test('in reading: that file fails with its name and the reason, the rest is synced', async () => {
    const office = await openOffice()
    office.addAkte()
    await office.filed({ 'A.docx': 'eins', 'Geheim.docx': 'x', 'C.docx': 'drei' })
    office.watcher.lock(AKTE, 'Geheim.docx', 'denied')

    const run = await office.sync()

    await office.expectAgreement('A.docx', 'eins')
    await office.expectAgreement('C.docx', 'drei')
    expect(run.item('Geheim.docx')).toMatchObject({ outcome: 'failed' })
    expect(run.report).toMatchObject({ result: 'failed', counts: { created: 2, failed: 1 } })
    expect(office.espo.akte(AKTE)?.syncMessage).toMatch(
      /^Geheim\.docx: Der Windows-Dateiserver darf auf diese Datei nicht zugreifen.*403.*access denied/,
    )

    office.watcher.unlock(AKTE, 'Geheim.docx')
    await office.sync()
    await office.expectAgreement('Geheim.docx', 'x')
  })

  test('in writing: the same', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'alt', 'Geheim.docx': 'alt' })
    for (const path of ['A.docx', 'Geheim.docx'])
      await office.espo.replaceFile(office.dokument(path).id, 'neu', minutesAgo(1))
    office.watcher.lock(AKTE, 'Geheim.docx', 'denied')

    const run = await office.sync()

    await office.expectAgreement('A.docx', 'neu')
    expect(await office.onWindows('Geheim.docx')).toBe('alt')
    expect(run.item('Geheim.docx').outcome).toBe('failed')
    expect(office.dokument('Geheim.docx')).toMatchObject({ fileStatus: 'failed', syncStatus: 'failed' })
    expect(office.dokument('Geheim.docx').syncMessage).toContain('darf auf diese Datei nicht zugreifen')
  })

  test('to the whole folder: the run fails and names the right', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'alt' })
    office.watcher.faults.set({ mode: 'status', status: 403, match: { path: /akte-details/ } })
    const run = await office.sync()
    expect(run.report).toMatchObject({ result: 'failed' })
    expect(run.text).toContain('403')
  })
})

describe('What has to be read before files and documents can be brought together', () => {
  const numbered = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`D${at}.docx`, `Inhalt ${at}`]))

  test('a renamed file of unknown hash that the watcher may not read: the rest is synced', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'eins', 'B.docx': 'alt', 'C.docx': 'c' })
    await office.watcher.remove(AKTE, 'A.docx')
    await office.filed({ 'Neu.docx': 'eins' })
    office.watcher.hideHashes = true
    await office.watcher.write(AKTE, 'B.docx', 'neu', minutesAgo(2))
    office.watcher.lock(AKTE, 'Neu.docx', 'denied')

    const run = await office.sync()

    expect(await office.inEspo('B.docx')).toBe('neu')
    for (const path of ['A.docx', 'Neu.docx'])
      expect(run.item(path), path).toMatchObject({ outcome: 'failed' })
    expect(office.dokument('A.docx').syncMessage).toContain('Neu.docx')
    expect(await office.onWindows('A.docx'), 'not restored: it may be the renamed one').toBeNull()

    office.watcher.unlock(AKTE, 'Neu.docx')
    const { id } = office.dokument('A.docx')
    await office.sync()
    expect(office.dokument('Neu.docx').id).toBe(id)
  })

  test('a renamed file that the watcher refuses for good: the rest is synced', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'eins', 'B.docx': 'alt', 'C.docx': 'c' })
    await office.watcher.remove(AKTE, 'A.docx')
    await office.watcher.write(AKTE, 'B.docx', 'neu', minutesAgo(2))
    await office.filed({ 'Neu.docx': 'eins' })
    const { list } = office.watcher
    office.watcher.list = async (akte) =>
      (await list.call(office.watcher, akte)).map((file) =>
        file.path === 'Neu.docx' ? { ...file, blake3Hash: null } : file,
      )
    const match = { method: 'GET', path: /^\/file$/ }
    office.watcher.faults.set({ mode: 'status', status: 400, text: 'invalid path', times: 1, match })

    const run = await office.sync()

    expect(await office.inEspo('B.docx')).toBe('neu')
    expect(run.item('A.docx')).toMatchObject({ outcome: 'flagged' })
  })

  test('the attachment of a document whose file is gone is lost: the rest is synced', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'eins', 'B.docx': 'alt', 'C.docx': 'c' })
    const lost = office.dokument('A.docx').dokumentId
    await office.watcher.remove(AKTE, 'A.docx')
    await office.filed({ 'Neu.docx': 'eins' })
    office.watcher.hideHashes = true
    await office.watcher.write(AKTE, 'B.docx', 'neu', minutesAgo(2))
    const match = { path: new RegExp(`Attachment/(file/)?${lost}`) }
    office.espo.faults.set({ mode: 'status', status: 404, match })
    await office.sync()
    expect(await office.inEspo('B.docx')).toBe('neu')
  })

  test.each([404, 500])(
    'ten that do not say what was synced, and one attachment answers %i: the rest is synced',
    async (status) => {
      const office = await openOffice()
      await office.agreed(numbered(10))
      for (const { id } of office.espo.dokumente(AKTE))
        office.espo.updateDokument(id, { syncAttachmentId: null })
      await office.watcher.write(AKTE, 'D5.docx', 'neu', minutesAgo(2))
      const match = { path: new RegExp(`Attachment/(file/)?${office.dokument('D0.docx').dokumentId}`) }
      office.espo.faults.set({ mode: 'status', status, match })
      await office.sync()
      expect(await office.inEspo('D5.docx')).toBe('neu')
    },
  )

  test('many files are not listed, and one of them may not be asked for: no stop, the rest is synced', async () => {
    const office = await openOffice()
    await office.agreed({ ...numbered(6), 'B.docx': 'alt' })
    const { list } = office.watcher
    office.watcher.list = async (akte) =>
      (await list.call(office.watcher, akte)).filter(({ path }) => !path.startsWith('D'))
    await office.watcher.write(AKTE, 'B.docx', 'neu', minutesAgo(2))
    office.watcher.lock(AKTE, 'D0.docx', 'denied')
    const run = await office.sync()
    expect(await office.inEspo('B.docx')).toBe('neu')
    expect(run.item('D0.docx')).toMatchObject({ outcome: 'failed' })
    expect(run.item('D1.docx')).toMatchObject({ outcome: 'deferred' })
  })
})

describe('EspoCRM refuses one document or its file, though the role may do that to all', () => {
  test.each(['GET of the file', 'PUT of the document'])(
    '%s: it fails with the reason, the rest is synced',
    async (what) => {
      const office = await openOffice()
      const names = Array.from({ length: 8 }, (_, at) => `D${at}.docx`)
      await office.agreed(Object.fromEntries(names.map((name) => [name, 'alt'])))
      const { id, dokumentId } = office.dokument('D0.docx')
      const path = what.startsWith('GET')
        ? new RegExp(`Attachment/(file/)?${dokumentId}`)
        : new RegExp(`CDokumente/${id}$`)
      for (const name of names) await office.watcher.write(AKTE, name, `${name} neu`, minutesAgo(2))
      const [method = ''] = what.split(' ')
      office.espo.faults.set({ mode: 'status', status: 403, match: { method, path } })

      const run = await office.sync()

      for (const name of names.slice(1)) expect(await office.inEspo(name), name).toBe(`${name} neu`)
      expect(run.item('D0.docx')).toMatchObject({ outcome: 'failed' })
      expect(office.akteSays()).toContain('D0.docx: EspoCRM darf auf diese Datei nicht zugreifen')
      expect(run.requests.filter((one) => one.path.endsWith('/App/user'))).toHaveLength(1)
    },
  )

  test('but a role that may not edit documents concerns the whole run', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'alt', 'B.docx': 'alt' })
    for (const name of ['A.docx', 'B.docx']) await office.watcher.write(AKTE, name, 'neu', minutesAgo(2))
    const right = office.espo.rights.CDokumente
    if (typeof right === 'object') office.espo.rights.CDokumente = { ...right, edit: 'no' }
    const run = await office.sync()
    expect(run.report).toMatchObject({
      result: 'failed',
      message: expect.stringContaining('edit on CDokumente'),
    })
  })
})

describe('A refusal for good is flagged, not repeated eight times', () => {
  test('a folder lies where the file should be, a file where its folder should be', async () => {
    const office = await openOffice()
    await office.agreed({ 'Vertrag.docx': 'v' })
    await mkdir(join(office.watcher.folder(AKTE), 'Leer.docx'), { recursive: true })
    await office.watcher.write(AKTE, 'Voll.docx\\Notiz.txt', 'n')
    const paths = ['Leer.docx', 'Voll.docx', 'Vertrag.docx\\Anlage.pdf']
    for (const dateipfad of paths)
      await office.espo.addDokument({ akte: AKTE, name: 'Neu', dateipfad, content: 'neu' })
    await office.espo.addDokument({ akte: AKTE, name: 'Rest.docx', content: 'rest' })

    const run = await office.sync()

    expect(run.report).toMatchObject({ result: 'synced', counts: { uploaded: 1, flagged: 3, failed: 0 } })
    expect(run.item('Leer.docx').reason).toBe('refused by the Windows file server')
    expect(run.item('Voll.docx').reason).toBe('path taken in Windows')
    expect(run.item('Vertrag.docx\\Anlage.pdf').reason).toBe('path taken in Windows')
    for (const path of paths) expect(office.dokument(path)).toMatchObject({ fileStatus: 'conflict' })
    expect(office.dokument('Leer.docx').syncMessage).toContain('name taken')
    expect(office.dokument('Vertrag.docx\\Anlage.pdf').syncMessage).toContain('Vertrag.docx')
    expect(office.advoware.history(AKTE)).toHaveLength(2)
    await office.expectAgreement('Rest.docx', 'rest')
    expect(await office.snapshot()).toMatchObject(notCounted)

    const again = await office.sync()
    expect(again.requests.filter(({ method }) => method === 'PUT' && method.includes('files'))).toEqual([])
    office.espo.removeDokument(office.dokument('Leer.docx').id)
    expect(transfers(await office.sync())).toEqual([])
  })

  test.each([400, 409, 410, 413, 414, 415, 451])('the watcher answers %i to a PUT', async (status) => {
    const office = await openOffice()
    office.addAkte()
    await office.espo.addDokument({ akte: AKTE, name: 'A.docx', content: 'eins' })
    await office.espo.addDokument({ akte: AKTE, name: 'B.docx', content: 'zwei' })
    office.watcher.faults.set({ mode: 'status', status, match: { method: 'PUT', path: /A\.docx/ } })

    const run = await office.sync()

    expect(run.item('A.docx').outcome).toBe('flagged')
    expect(office.dokument('A.docx')).toMatchObject({ fileStatus: 'conflict', syncStatus: 'unclean' })
    await office.expectAgreement('B.docx', 'zwei')
    expect(await office.snapshot()).toMatchObject(notCounted)
  })

  test.each([
    [400, 'Blake3 hash differs'],
    [409, 'hash mismatch'],
    [422, ''],
    [429, ''],
  ])('%i "%s" is no refusal for good: tried again', async (status, text) => {
    const office = await openOffice()
    office.addAkte()
    await office.espo.addDokument({ akte: AKTE, name: 'Hash.docx', content: 'eins' })
    office.watcher.faults.set({ mode: 'status', status, text, match: { method: 'PUT' } })

    const run = await office.sync()

    expect(run.item('Hash.docx').outcome).toBe('failed')
    expect((await office.snapshot()).pending).toBe(true)
    office.watcher.faults.clear()
    await office.sync()
    await office.expectAgreement('Hash.docx', 'eins')
  })

  test('nor is the name of a file that sounds like one', async () => {
    const office = await openOffice()
    office.addAkte()
    await office.espo.addDokument({ akte: AKTE, name: 'Hash.docx', content: 'eins' })
    office.watcher.faults.set({ mode: 'status', status: 409, text: 'name taken', match: { method: 'PUT' } })
    expect((await office.sync()).item('Hash.docx').outcome).toBe('flagged')
  })

  test('the watcher refuses to hand out a file', async () => {
    const office = await openOffice()
    office.addAkte()
    await office.filed({ 'A.docx': 'eins' })
    office.watcher.faults.set({
      mode: 'status',
      status: 400,
      text: 'invalid path',
      match: { path: /^\/file$/ },
    })
    const run = await office.sync()
    expect(run.item('A.docx')).toMatchObject({
      outcome: 'flagged',
      reason: 'refused by the Windows file server',
    })
    expect(office.espo.akte(AKTE)?.syncMessage).toContain('invalid path')
    expect(await office.snapshot()).toMatchObject(notCounted)
  })

  test('EspoCRM refuses a document, or has it locked', async () => {
    const office = await openOffice()
    office.addAkte()
    await office.filed({ 'A.docx': 'alt', 'B.docx': 'alt' })
    office.espo.records.refusedFields.add('syncHash')

    const refused = await office.sync()

    expect(refused.report?.counts).toMatchObject({ flagged: 2, failed: 0 })
    expect(refused.item('A.docx')).toMatchObject({ reason: 'refused by EspoCRM' })
    expect(office.espo.records.all('Attachment')).toEqual([])
    office.espo.records.refusedFields.clear()
    await office.sync()

    await office.watcher.write(AKTE, 'A.docx', 'neu', minutesAgo(2))
    await office.watcher.write(AKTE, 'B.docx', 'neu', minutesAgo(2))
    const locked = office.dokument('A.docx').id
    const fault = { mode: 'status', status: 409, text: 'cannotModifyLockedRecord' } as const
    office.espo.faults.set({ ...fault, match: { method: 'PUT', path: new RegExp(locked) } })
    const run = await office.sync()
    expect(run.item('A.docx')).toMatchObject({ outcome: 'flagged', reason: 'locked in EspoCRM' })
    await office.expectAgreement('B.docx', 'neu')
    office.espo.faults.clear()
    await office.sync()
    await office.expectAgreement('A.docx', 'neu')
    expectQuiet(office, await office.sync())
  })
})

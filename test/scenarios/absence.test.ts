import { describe, expect, test } from 'vitest'
import type { Exchange } from '../../sandbox/stand-in'
import type { ListedFile } from '../../sandbox/watcher-rules'
import { KEYS } from '../../services/redis/keys'
import {
  AKTE,
  expectQuiet,
  minutesAgo,
  openOffice,
  type Run,
  reads,
  type ScenarioOffice,
  transfers,
  writes,
} from './office'

const OTHER = '67890'
const names = (count: number) => Array.from({ length: count }, (_, at) => `Dokument ${at}.docx`)
const files = (count: number) => Object.fromEntries(names(count).map((name) => [name, `Inhalt ${name}`]))

/** From now on the watcher's listings are changed like this; single files are answered as ever. */
function listingsShow(office: ScenarioOffice, change: (files: ListedFile[]) => ListedFile[]): () => void {
  const list = office.watcher.list
  office.watcher.list = async (akte) => change(await list.call(office.watcher, akte))
  return () => {
    office.watcher.list = list
  }
}

/** From now on EspoCRM's lists of documents lack this one. */
function listsLack({ espo: { records } }: ScenarioOffice, id: string): () => void {
  const { ofAkte } = records
  records.ofAkte = (akteId) => ofAkte.call(records, akteId).filter((one) => one.id !== id)
  return () => {
    records.ofAkte = ofAkte
  }
}

function restrict(office: ScenarioOffice, entity: 'CAkten' | 'CDokumente', read: 'own' | 'team'): void {
  const right = office.espo.rights[entity]
  if (typeof right === 'object') office.espo.rights[entity] = { ...right, read }
}

function giveBack(office: ScenarioOffice, entity: 'CAkten' | 'CDokumente'): void {
  const right = office.espo.rights[entity]
  if (typeof right === 'object') office.espo.rights[entity] = { ...right, read: 'all' }
}

/** Asks for the rights of the API user. */
const proofs = ({ requests }: Run) => requests.filter(({ path }) => path.endsWith('/App/user'))

describe('Documents that the API user may not read', () => {
  /** People added these documents themselves: a role with read `own` hides them. */
  async function hidden(read: 'own' | 'team', isRemembered: boolean): Promise<ScenarioOffice> {
    const office = await openOffice()
    office.addAkte()
    for (const [path, content] of Object.entries(files(3)))
      await office.espo.addDokument({ akte: AKTE, name: path, content })
    expect((await office.sync()).report?.result).toBe('synced')
    if (!isRemembered) await office.redis.flushall()
    restrict(office, 'CDokumente', read)
    return office
  }

  test.each([
    ['own', true],
    ['team', true],
    ['own', false],
    ['team', false],
  ] as const)(
    'read %s (documents remembered: %s): nothing is created again, the right is named',
    async (read, isRemembered) => {
      const office = await hidden(read, isRemembered)

      const run = await office.sync()

      expect(run.report).toMatchObject({ result: 'failed', items: [] })
      expect(run.report?.message).toContain('lacks read: all on CDokumente')
      expect(writes(run)).toEqual([`PUT CAkten/${office.espo.akte(AKTE)?.id}`])
      expect(transfers(run)).toEqual([])
      expect(office.espo.akte(AKTE)).toMatchObject({
        syncStatus: 'failed',
        syncMessage: expect.stringContaining('zeigt möglicherweise nicht alles'),
      })
      expect(office.espo.dokumente(AKTE)).toHaveLength(3)
      const { pending, failed, stopped, attempts, dueInSeconds } = await office.snapshot()
      expect({ pending, failed, stopped, attempts }).toEqual({
        ...{ pending: true, failed: null, stopped: null, attempts: null },
      })
      expect(dueInSeconds).toBeGreaterThan(60)

      giveBack(office, 'CDokumente')
      expectQuiet(office, await office.sync())
    },
  )

  test('nothing else of the Akte is touched, also what could be synced', async () => {
    const office = await hidden('own', true)
    await office.espo.addDokument({ akte: AKTE, name: 'Neu.docx', content: 'neu' })
    const [mine] = office.espo.dokumente(AKTE)
    const record = office.espo.records.get('CDokumente', mine?.id ?? '')
    record.createdById = office.espo.apiUser.id
    await office.watcher.write(AKTE, 'Dokument 0.docx', 'neu', minutesAgo(2))

    const run = await office.sync()

    expect(run.report?.result).toBe('failed')
    expect(await office.inEspo('Dokument 0.docx')).toBe('Inhalt Dokument 0.docx')
  })

  test('one document alone that answers 403, with all rights otherwise: the same', async () => {
    const office = await openOffice()
    await office.agreed(files(3))
    const { id } = office.dokument('Dokument 1.docx')
    listsLack(office, id)
    const match = { method: 'GET', path: new RegExp(`CDokumente/${id}$`) }
    office.espo.faults.set({ mode: 'status', status: 403, match })

    const run = await office.sync()

    expect(run.report?.message).toContain(`hides the document ${id}`)
    expect(writes(run)).toEqual([`PUT CAkten/${office.espo.akte(AKTE)?.id}`])
    expect((await office.snapshot()).attempts).toBeNull()
  })

  test('a list that lacks a document which is there: the Akte waits', async () => {
    const office = await openOffice()
    await office.agreed(files(3))
    const { id } = office.dokument('Dokument 1.docx')
    const showAll = listsLack(office, id)

    const run = await office.sync()

    expect(run.report?.message).toContain(`lacks the document ${id}`)
    showAll()
    expectQuiet(office, await office.sync())
    expect(office.espo.dokumente(AKTE)).toHaveLength(3)
  })

  test('a document that was deleted is asked for once, and its file gets another one', async () => {
    const office = await openOffice()
    await office.agreed(files(3))
    const { id } = office.dokument('Dokument 1.docx')
    office.espo.removeDokument(id)

    const run = await office.sync()

    expect(run.report).toMatchObject({ result: 'synced', counts: { created: 1 } })
    const asked = (one: Run) => one.requests.filter(({ path }) => path.endsWith(`/CDokumente/${id}`))
    expect(asked(run)).toHaveLength(1)
    office.espo.removeDokument(office.dokument('Dokument 2.docx').id)
    expect(asked(await office.sync())).toEqual([])
    const said = expect.stringContaining('In EspoCRM gelöscht')
    await office.expectAgreement('Dokument 1.docx', 'Inhalt Dokument 1.docx', AKTE, said)
  })

  test('the proof is asked for once per run, and never by a run that creates nothing', async () => {
    const office = await openOffice()
    office.addAkte()
    await office.filed(files(8))
    const first = await office.sync()
    expect(first.report?.counts.created).toBe(8)
    expect(proofs(first)).toHaveLength(1)

    const unchanged = await office.sync()
    expect(proofs(unchanged)).toEqual([])
    expect(reads(unchanged).length).toBeLessThanOrEqual(4 + 1)

    await office.watcher.write(AKTE, 'Dokument 0.docx', 'neu', minutesAgo(2))
    await office.espo.addDokument({ akte: AKTE, name: 'Brief.docx', content: 'Brief' })
    const changed = await office.sync()
    expect(changed.report?.counts).toMatchObject({ updated: 1, uploaded: 1 })
    expect(proofs(changed)).toEqual([])
  })
})

describe('An Akte that the API user may not read', () => {
  test.each(['own', 'team'] as const)(
    'read %s: it is not unknown, it waits, and the right is named',
    async (read) => {
      const office = await openOffice()
      office.addAkte()
      restrict(office, 'CAkten', read)

      const run = await office.sync()

      expect(run.emitted).toEqual([])
      expect(run.text).toContain('lacks read: all on CAkten')
      expect(await office.snapshot()).toMatchObject({ pending: true, failed: null, attempts: null })

      giveBack(office, 'CAkten')
      expect((await office.sync()).report?.result).toBe('synced')
    },
  )

  test('the others of the same tick are synced', async () => {
    const office = await openOffice()
    office.addAkte()
    office.addAkte(OTHER)
    office.espo.records.get('CAkten', office.espo.akte(OTHER)?.id ?? '').createdById = office.espo.apiUser.id
    restrict(office, 'CAkten', 'own')
    await office.redis.sadd(KEYS.pending, OTHER)

    expect((await office.sync()).emitted).toEqual([OTHER])
  })

  test('one that EspoCRM really does not know goes to the failed list, as before', async () => {
    const office = await openOffice()

    await office.sync('99999')

    expect((await office.snapshot('99999')).failed).toContain('EspoCRM kennt keine Akte 99999')
  })
})

describe('A file that the listing lacks', () => {
  test.each(['restore', 'mark', 'delete'])(
    'but is there, %s: it waits, and a day of work is not overwritten',
    async (deletions) => {
      const office = await openOffice()
      office.set({ SYNC_WINDOWS_DELETIONS: deletions })
      await office.agreed({ 'A.docx': 'alt', 'B.docx': 'B', 'Anlagen\\C.pdf': 'C' })
      await office.watcher.write(AKTE, 'A.docx', 'ein Tag Arbeit', minutesAgo(2))
      const showAll = listingsShow(office, (all) => all.filter(({ path }) => path !== 'A.docx'))

      const run = await office.sync()

      expect(run.report?.result).toBe('deferred')
      expect(run.item('A.docx')).toMatchObject({ outcome: 'deferred', reason: 'not listed, but there' })
      expect(office.dokument('A.docx')).toMatchObject({
        fileStatus: 'deferred',
        syncMessage: expect.stringContaining('liegt aber auf dem Dateiserver'),
      })
      expect(office.akteSays()).toContain('A.docx: Fehlt in der Dateiliste')
      expect(await office.onWindows('A.docx')).toBe('ein Tag Arbeit')
      expect(await office.snapshot()).toMatchObject({ pending: true, attempts: null })

      showAll()
      await office.sync()
      await office.expectAgreement('A.docx', 'ein Tag Arbeit')
    },
  )

  test('but is there, under a name that EspoCRM cannot spell: it waits', async () => {
    const office = await openOffice()
    office.addAkte()
    await office.filed({ 'Brief.docx ': 'Brief', ' Anlage.pdf': 'Anlage', 'B.docx': 'B' })
    await office.sync()
    const showAll = listingsShow(office, (all) => all.filter(({ path }) => path === 'B.docx'))

    const run = await office.sync()

    expect(run.report).toMatchObject({ result: 'deferred', counts: { deferred: 2 } })
    expect(await office.onWindows('Brief.docx')).toBeNull()
    showAll()
    await office.sync()
    expect(office.espo.dokumente(AKTE).map(({ fileStatus }) => fileStatus)).toEqual(Array(3).fill('synced'))
  })

  test('a subfolder left out: no stop, no restoration, the rest is synced', async () => {
    const office = await openOffice()
    const below = Object.fromEntries(names(6).map((name) => [`Anlagen\\${name}`, name]))
    await office.agreed({ ...below, 'A.docx': 'alt' })
    await office.watcher.write(AKTE, 'A.docx', 'neu', minutesAgo(2))
    listingsShow(office, (all) => all.filter(({ path }) => !path.startsWith('Anlagen')))

    const run = await office.sync()

    expect(run.report).toMatchObject({ result: 'deferred', counts: { deferred: 6, uploaded: 0, updated: 1 } })
    await office.expectAgreement('A.docx', 'neu')
    expect(await office.redis.get(KEYS.paused)).toBeNull()
  })

  test('no document exists yet under its name in EspoCRM: a new one does not overwrite it', async () => {
    const office = await openOffice()
    await office.agreed({ 'B.docx': 'B' })
    await office.watcher.write(AKTE, 'Brief.docx', 'ein anderer Brief')
    await office.espo.addDokument({ akte: AKTE, name: 'Brief.docx', content: 'Brief' })
    listingsShow(office, (all) => all.filter(({ path }) => path !== 'Brief.docx'))

    const run = await office.sync()

    expect(run.item('Brief.docx')).toMatchObject({ outcome: 'deferred' })
    expect(await office.onWindows('Brief.docx')).toBe('ein anderer Brief')
  })

  test('appears in the moment before a new document is written over it: the document waits', async () => {
    const office = await openOffice()
    await office.agreed({ 'B.docx': 'B' })
    await office.espo.addDokument({ akte: AKTE, name: 'Brief.docx', content: 'Brief' })
    listingsShow(office, (all) => all.filter(({ path }) => path !== 'Brief.docx'))
    office.meanwhile('espo', 'GET', /Attachment\/file/, () =>
      office.watcher.write(AKTE, 'Brief.docx', 'ein anderer Brief'),
    )

    const run = await office.sync()

    expect(run.item('Brief.docx')).toMatchObject({ outcome: 'deferred', reason: 'not listed, but there' })
    expect(await office.onWindows('Brief.docx')).toBe('ein anderer Brief')
  })

  test('and a copy of it is new: the document stays with its file', async () => {
    const office = await openOffice()
    await office.agreed({ 'Vorlage.docx': 'Vorlage', 'B.docx': 'B' })
    const { id } = office.dokument('Vorlage.docx')
    await office.filed({ 'Kopie.docx': 'Vorlage' })
    const showAll = listingsShow(office, (all) => all.filter(({ path }) => path !== 'Vorlage.docx'))

    await office.sync()
    showAll()
    await office.sync()

    expect(office.dokument('Vorlage.docx').id).toBe(id)
    await office.expectAgreement('Kopie.docx', 'Vorlage')
    expect(office.espo.dokumente(AKTE)).toHaveLength(3)
  })

  test('is open in another program: it is there as well', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'A', 'B.docx': 'B' })
    office.watcher.lock(AKTE, 'A.docx')
    listingsShow(office, (all) => all.filter(({ path }) => path !== 'A.docx'))

    expect((await office.sync()).item('A.docx')).toMatchObject({ outcome: 'deferred' })
  })

  test('may not be read: that file fails with the missing right, the rest is synced', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'A', 'B.docx': 'alt' })
    await office.watcher.write(AKTE, 'B.docx', 'neu', minutesAgo(2))
    listingsShow(office, (all) => all.filter(({ path }) => path !== 'A.docx'))
    office.watcher.lock(AKTE, 'A.docx', 'denied')

    const run = await office.sync()

    expect(run.report).toMatchObject({ result: 'failed', counts: { failed: 1, updated: 1, uploaded: 0 } })
    expect(run.item('A.docx')).toMatchObject({ outcome: 'failed' })
    expect(office.akteSays()).toMatch(
      /^A\.docx: Der Windows-Dateiserver darf auf diese Datei nicht zugreifen.*403/,
    )
    await office.expectAgreement('B.docx', 'neu')
    expect(await office.onWindows('A.docx')).toBe('A')
  })

  test('is gone: restored as ever, asked for before that is decided and again before it is written', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'A', 'B.docx': 'B' })
    await office.watcher.remove(AKTE, 'A.docx')

    const run = await office.sync()

    expect(run.item('A.docx')).toMatchObject({ action: 'UPLOAD_WINDOWS', outcome: 'done' })
    expect(run.requests.filter(({ path }) => path === '/file')).toHaveLength(2)
    await office.expectAgreement('A.docx', 'A')
  })

  test('marked as deleted before: nobody asks again', async () => {
    const office = await openOffice()
    office.set({ SYNC_WINDOWS_DELETIONS: 'mark' })
    await office.agreed({ 'A.docx': 'A', 'B.docx': 'B' })
    await office.watcher.remove(AKTE, 'A.docx')
    await office.sync()

    const run = await office.sync()

    expectQuiet(office, run)
    expect(reads(run).length).toBeLessThanOrEqual(5)
  })
})

describe('An entry of the listing that cannot be read', () => {
  type Wrong = Partial<Record<keyof ListedFile, unknown>>
  test.each<[string, Wrong, string]>([
    ['a USN below zero', { usn: -5 }, 'usn'],
    ['a USN in words', { usn: 'viele' }, 'usn'],
    ['no size', { size: null }, 'size'],
    ['a hash of another kind', { blake3Hash: 'd41d8cd98f00b204e9800998ecf8427e' }, 'blake3Hash'],
    ['no time', { modified: undefined }, 'modified'],
  ])('%s: that file waits and names the field, the others are synced', async (_what, wrong, field) => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'alt', 'B.docx': 'alt' })
    await office.espo.replaceFile(office.dokument('A.docx').id, 'EspoCRM', minutesAgo(9))
    await office.watcher.write(AKTE, 'A.docx', 'Windows', minutesAgo(8))
    await office.watcher.write(AKTE, 'B.docx', 'neu', minutesAgo(8))
    const showRight = listingsShow(office, (all) =>
      all.map((file) => (file.path === 'A.docx' ? { ...file, ...(wrong as object) } : file)),
    )

    const run = await office.sync()

    await office.expectAgreement('B.docx', 'neu')
    expect(run.item('A.docx')).toMatchObject({ outcome: 'failed' })
    expect(office.dokument('A.docx').syncMessage).toContain(`.${field}: `)
    expect(office.akteSays()).toContain(`.${field}: `)
    expect([await office.onWindows('A.docx'), await office.inEspo('A.docx')]).toEqual(['Windows', 'EspoCRM'])

    showRight()
    await office.sync()
    expect(await office.inEspo('A.docx')).toBe('Windows')
  })

  test('comes up between the decision and the overwrite: nothing is overwritten', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'alt', 'B.docx': 'alt' })
    await office.espo.replaceFile(office.dokument('A.docx').id, 'EspoCRM', minutesAgo(9))
    office.meanwhile('espo', 'GET', /Attachment\/file\//, async () => {
      await office.watcher.write(AKTE, 'A.docx', 'Windows', minutesAgo(8))
      listingsShow(office, (all) => all.map((file) => (file.path === 'A.docx' ? { ...file, usn: -1 } : file)))
    })

    await office.sync()

    expect([await office.onWindows('A.docx'), await office.inEspo('A.docx')]).toEqual(['Windows', 'EspoCRM'])
  })

  test('is of a file that nobody filed: it concerns nobody', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'alt', 'B.docx': 'alt' })
    await office.watcher.write(AKTE, 'Notiz.txt', 'nebenbei', minutesAgo(8))
    listingsShow(office, (all) =>
      all.map((file) => (file.path === 'Notiz.txt' ? { ...file, usn: -1 } : file)),
    )

    expectQuiet(office, await office.sync())
  })

  test('names no file: the run fails, and nothing is touched', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'alt', 'B.docx': 'alt' })
    await office.watcher.write(AKTE, 'B.docx', 'neu', minutesAgo(8))
    listingsShow(office, (all) => [...all, { ...(all[0] as ListedFile), filename: '', path: '' }])

    const run = await office.sync()

    expect(run.report).toMatchObject({ result: 'failed' })
    expect(run.report?.message).toContain('files.2.filename')
    expect(transfers(run)).toEqual([])
  })
})

test('a file that the listing has twice is one file, as it was saved last', async () => {
  const office = await openOffice()
  await office.agreed({ 'Anlagen\\A.docx': 'alt', 'B.docx': 'B' })
  const before = await office.watcher.list(AKTE)
  const spelled = (all: ListedFile[]) =>
    all.map((file) => ({ ...file, path: file.path.replaceAll('\\', '/') }))
  listingsShow(office, (all) => [...all, ...spelled(before)])
  expectQuiet(office, await office.sync())
  await office.watcher.write(AKTE, 'Anlagen\\A.docx', 'neu', minutesAgo(2))

  const run = await office.sync()

  expect(run.report).toMatchObject({ result: 'synced', counts: { updated: 1, flagged: 0 } })
  expect(await office.inEspo('Anlagen\\A.docx')).toBe('neu')
  expectQuiet(office, await office.sync())
})

test('a list of documents that counts them all instead of saying that more follow is read to its end', async () => {
  const office = await openOffice()
  office.addAkte()
  for (const path of names(201)) await office.espo.addDokument({ akte: AKTE, name: path, content: path })
  expect((await office.sync()).report?.result).toBe('synced')
  const espo = office.espo as unknown as { handle(exchange: Exchange): Promise<void> }
  const handle = espo.handle.bind(espo)
  espo.handle = async (exchange) => {
    delete exchange.req.headers['x-no-total'] // as a proxy in between may do
    await handle(exchange)
  }

  const run = await office.sync()

  expect(run.report?.counts).toMatchObject({ created: 0, flagged: 0, skipped: 201 })
}, 60_000)

describe('A History that cannot be believed', () => {
  const answers = (office: ScenarioOffice, change: (entries: object[]) => unknown) => {
    const advoware = office.advoware as unknown as {
      handle(exchange: {
        path: string
        method: string
        send(status: number, body: unknown): void
      }): Promise<void>
    }
    const handle = advoware.handle.bind(advoware)
    advoware.handle = async (exchange) => {
      if (exchange.method !== 'GET' || !exchange.path.endsWith('/History')) return handle(exchange)
      const body = change(office.advoware.history(AKTE))
      return exchange.send(200, body === '' ? '' : JSON.stringify(body ?? null))
    }
    return () => {
      advoware.handle = handle
    }
  }

  test.each<[string, number, (entries: object[]) => unknown]>([
    ['an empty list', 1, () => []],
    ['an empty list, ten documents', 10, () => []],
    ['null', 2, () => null],
    ['nothing at all', 2, () => ''],
    ['three of four missing', 4, (all) => all.slice(0, 1)],
    ['six of ten missing', 10, (all) => all.slice(6)],
    ['entries without files', 4, () => [{ hnr: 1, dat: '2026-03-24', art: 'Telefonat', text: 'Rückruf' }]],
  ])('%s (%s documents): stopped, and the Akte is not closed', async (_what, count, change) => {
    const office = await openOffice()
    await office.agreed(files(count))
    office.advoware.setAblage(AKTE, true)
    const whole = answers(office, change)

    const run = await office.sync()

    expect(run.report).toMatchObject({ result: 'stopped', items: [] })
    expect(writes(run)).toEqual([`PUT CAkten/${office.espo.akte(AKTE)?.id}`])
    expect(office.espo.akte(AKTE)).toMatchObject({
      aktivierungsstatus: 'Aktiv',
      syncMessage: expect.stringContaining('Advoware-Historie'),
    })
    expect(office.dokument('Dokument 0.docx').fileStatus).toBe('synced')

    whole()
    expect((await office.sync()).report?.result).toBe('synced')
    expect(office.espo.akte(AKTE)?.aktivierungsstatus).toBe('Deaktiviert')
  })

  test('forced by a person: the documents count as left, and the Akte is closed only by the run after that', async () => {
    const office = await openOffice()
    await office.agreed(files(4))
    office.advoware.setAblage(AKTE, true)
    answers(office, () => [])
    await office.sync()

    await office.redis.sadd(KEYS.force, AKTE)
    expect((await office.sync()).report?.result).toBe('synced')
    expect(office.espo.akte(AKTE)?.aktivierungsstatus).toBe('Aktiv')
    expect(office.dokument('Dokument 0.docx').fileStatus).toBe('left')

    await office.sync()
    expect(office.espo.akte(AKTE)?.aktivierungsstatus).toBe('Deaktiviert')
  })

  test.each<[string, number, (entries: object[]) => unknown]>([
    ['two of four missing', 4, (all) => all.slice(0, 2)],
    ['two of three missing', 3, (all) => all.slice(0, 1)],
  ])('%s: what people do', async (_what, count, change) => {
    const office = await openOffice()
    await office.agreed(files(count))
    answers(office, change)

    expect((await office.sync()).report?.result).toBe('synced')
  })

  test('an Akte that never was synced may have an empty History', async () => {
    const office = await openOffice()
    office.addAkte()
    await office.espo.addDokument({ akte: AKTE, name: 'Brief.docx', content: 'Brief' })

    expect((await office.sync()).report).toMatchObject({ result: 'synced', counts: { uploaded: 1 } })
  })
})

describe('A document that left the History', () => {
  const SAID = expect.stringContaining('unterscheiden sich')

  async function left(change: (office: ScenarioOffice) => Promise<unknown>): Promise<ScenarioOffice> {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'A', 'B.docx': 'B' })
    office.advoware.removeHistory(AKTE, 1)
    await change(office)
    return office
  }

  test('says so, without a word as long as both sides are alike', async () => {
    const office = await left(async () => undefined)

    await office.sync()

    expect(office.dokument('A.docx')).toMatchObject({
      fileStatus: 'left',
      syncStatus: 'synced',
      syncMessage: null,
    })
    expect(office.espo.akte(AKTE)).toMatchObject({ syncStatus: 'synced', syncMessage: null })
    expectQuiet(office, await office.sync())
  })

  test.each<[string, (office: ScenarioOffice) => Promise<unknown>]>([
    ['saved in Windows', (office) => office.watcher.write(AKTE, 'A.docx', 'neu', minutesAgo(2))],
    ['replaced in EspoCRM', (office) => office.espo.replaceFile(office.dokument('A.docx').id, 'neu')],
    [
      'changed on both sides',
      async (office) => {
        await office.watcher.write(AKTE, 'A.docx', 'so', minutesAgo(2))
        await office.espo.replaceFile(office.dokument('A.docx').id, 'anders')
      },
    ],
  ])(
    '%s: it says that its sides differ, as long as they do, and moves no bytes for that',
    async (_what, change) => {
      const office = await left(change)

      await office.sync()

      expect(office.dokument('A.docx')).toMatchObject({ fileStatus: 'left', syncMessage: SAID })
      for (let round = 0; round < 2; round++) {
        expectQuiet(office, await office.sync())
        expect(office.espo.akte(AKTE)).toMatchObject({ syncStatus: 'synced', syncMessage: SAID })
      }

      office.advoware.addHistory(AKTE, { datei: 'A.docx', dat: '2026-04-01' })
      await office.sync()
      expect(office.dokument('A.docx')).toMatchObject({ fileStatus: 'synced', syncMessage: null })
      expect(await office.onWindows('A.docx')).toBe(await office.inEspo('A.docx'))
    },
  )

  test('only touched in Windows: both sides are alike', async () => {
    const office = await left((office) => office.watcher.write(AKTE, 'A.docx', 'A', minutesAgo(2)))

    await office.sync()

    expect(office.dokument('A.docx')).toMatchObject({ fileStatus: 'left', syncMessage: null })
  })

  test('gone from Windows as well: it simply left', async () => {
    const office = await left((office) => office.watcher.remove(AKTE, 'A.docx'))

    await office.sync()

    expect(office.dokument('A.docx')).toMatchObject({ fileStatus: 'left', syncMessage: null })
    expectQuiet(office, await office.sync())
  })
})

describe('A second look before an overwrite, where the USN says nothing', () => {
  test.each<[string, (usn: ListedFile['usn']) => ListedFile['usn']]>([
    ['is always 0', () => 0],
    ['stands still', () => 5_368_709_120],
  ])('%s: a save in between is noticed by hash, size and time', async (_what, usnOf) => {
    const office = await openOffice()
    listingsShow(office, (all) => all.map((file) => ({ ...file, usn: usnOf(file.usn) })))
    office.addAkte()
    await office.filed({ 'A.docx': 'alt', 'B.docx': 'B' })
    office.watcher.emptyPutAnswers = true
    await office.sync()
    await office.espo.replaceFile(office.dokument('A.docx').id, 'EspoCRM', minutesAgo(5))
    office.meanwhile('espo', 'GET', /Attachment\/file\//, () =>
      office.watcher.write(AKTE, 'A.docx', 'Windows', minutesAgo(1)),
    )

    await office.sync()

    expect(await office.onWindows('A.docx')).toBe('Windows')
    expect(await office.inEspo('A.docx')).toBe('Windows')
  })

  test('the same size, and no hash: the time tells', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'alt', 'B.docx': 'B' })
    const { usn } = await office.listed('A.docx')
    office.watcher.hideHashes = true
    listingsShow(office, (all) => all.map((file) => (file.path === 'A.docx' ? { ...file, usn } : file)))
    await office.espo.replaceFile(office.dokument('A.docx').id, 'xxx', minutesAgo(9))
    office.meanwhile('espo', 'GET', /Attachment\/file\//, () =>
      office.watcher.write(AKTE, 'A.docx', 'neu', minutesAgo(1)),
    )

    const run = await office.sync()

    expect(run.requests.filter(({ method, path }) => method === 'PUT' && path.startsWith('/files'))).toEqual(
      [],
    )
    expect(await office.onWindows('A.docx')).toBe('neu')
  })

  test('USN 0 without hashes: a change is found by reading', async () => {
    const office = await openOffice()
    listingsShow(office, (all) => all.map((file) => ({ ...file, usn: 0 })))
    office.addAkte()
    await office.filed({ 'A.docx': 'alt' })
    await office.sync()
    office.watcher.hideHashes = true
    await office.watcher.write(AKTE, 'A.docx', 'neu', minutesAgo(2))

    await office.sync()

    expect(await office.inEspo('A.docx')).toBe('neu')
  })
})

describe('A file that keeps vanishing', () => {
  test('is flagged after the third restoration within a day, and restored again a day later', async () => {
    const office = await openOffice()
    await office.agreed({ 'Virus.docm': 'Makro', 'B.docx': 'B' })
    for (let round = 1; round <= 3; round++) {
      await office.watcher.remove(AKTE, 'Virus.docm')
      expect((await office.sync()).item('Virus.docm')).toMatchObject({
        action: 'UPLOAD_WINDOWS',
        outcome: 'done',
      })
    }
    await office.watcher.remove(AKTE, 'Virus.docm')

    for (let round = 1; round <= 2; round++) {
      const run = await office.sync()
      expect(run.report?.result).toBe('synced')
      expect(run.item('Virus.docm')).toMatchObject({ outcome: 'flagged', reason: 'keeps vanishing' })
      expect(transfers(run)).toEqual([])
    }
    expect(office.dokument('Virus.docm')).toMatchObject({
      fileStatus: 'conflict',
      syncMessage: expect.stringContaining('Virenschutz'),
    })
    expect(await office.inEspo('Virus.docm')).toBe('Makro')

    const key = KEYS.restores(AKTE)
    for (const member of await office.redis.zrange(key, 0, -1))
      await office.redis.zadd(key, Date.now() - 25 * 3600 * 1000, member)
    await office.sync()
    await office.expectAgreement('Virus.docm', 'Makro')
  })

  test('others are restored meanwhile, and one that comes back is synced again', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'A', 'B.docx': 'B', 'C.docx': 'C' })
    for (let round = 1; round <= 4; round++) {
      await office.watcher.remove(AKTE, 'A.docx')
      await office.sync()
    }
    expect(office.dokument('A.docx').fileStatus).toBe('conflict')
    await office.watcher.remove(AKTE, 'B.docx')
    await office.sync()
    await office.expectAgreement('B.docx', 'B')

    await office.watcher.write(AKTE, 'A.docx', 'A', minutesAgo(2))
    await office.sync()
    await office.expectAgreement('A.docx', 'A')
  })
})

describe('An owner file', () => {
  async function replaced(hoursOld: number): Promise<ScenarioOffice> {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'alt', 'B.docx': 'B' })
    await office.watcher.write(AKTE, '~$A.docx', 'wer', minutesAgo(hoursOld * 60))
    await office.espo.replaceFile(office.dokument('A.docx').id, 'neu')
    return office
  }

  test('says since when the document has been open', async () => {
    const office = await replaced(23)

    await office.sync()

    const { syncMessage } = office.dokument('A.docx')
    expect(syncMessage).toMatch(/^In einem anderen Programm geöffnet \(seit \d\d\.\d\d\.\d{4}, \d\d:\d\d\)\./)
    expect(await office.onWindows('A.docx')).toBe('alt')
    const again = await office.sync()
    expect(writes(again)).toEqual([`PUT CAkten/${office.espo.akte(AKTE)?.id}`])
  })

  test.each([
    ['older than a day', 25],
    ['more than a day ahead of the clock', -25],
  ])('%s is no proof: the watcher decides', async (_what, hoursOld) => {
    const office = await replaced(hoursOld)
    office.watcher.lock(AKTE, 'A.docx')

    expect((await office.sync()).item('A.docx')).toMatchObject({
      outcome: 'deferred',
      reason: 'open in another program',
    })
    office.watcher.unlock(AKTE, 'A.docx')
    await office.sync()

    await office.expectAgreement('A.docx', 'neu')
  })
})

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pino from 'pino'
import { describe, expect, test } from 'vitest'
import { mappingFile, type SchemaName } from '../../sandbox/espo/predecessor'
import { systemClock } from '../../services/clock'
import { loadConfig } from '../../services/config'
import { espoTime } from '../../services/espo/espo-values'
import { KEYS } from '../../services/redis/keys'
import { WebhookIntake } from '../../services/webhooks/webhook-intake'
import { WebhookRegistry } from '../../services/webhooks/webhook-registry'
import {
  AKTE,
  expectQuiet,
  minutesAgo,
  openOffice,
  reads,
  type ScenarioOffice,
  transfers,
  writes,
} from './office'

const KLAGE = 'Schriftsätze\\Klage.docx'
const OFFICES: SchemaName[] = ['predecessor', 'predecessor-mn']
// biome-ignore lint/suspicious/noExplicitAny: a mapping file is changed as a person changes it, key by key
type Change = (mapping: any) => void

const openPredecessor = () => openOffice({ mapping: 'predecessor' })

/** The product works with a mapping of its own from now on. */
async function useMapping(office: ScenarioOffice, change: Change, name: SchemaName = 'predecessor') {
  const mapping = JSON.parse(await readFile(mappingFile(name), 'utf8'))
  change(mapping)
  const path = join(office.dir, 'espocrm.mapping.json')
  await writeFile(path, JSON.stringify(mapping, null, 2))
  office.set({ ESPOCRM_MAPPING: path })
}

const errorsOf = (log: string[]) => log.filter((line) => line.startsWith('❌ EspoCRM refuses a value'))

describe.each(OFFICES)("An office with the predecessor's EspoCRM: %s", (mapping) => {
  test('an unchanged Akte costs as many reads as with the extension, and one write', async () => {
    const office = await openOffice({ mapping })
    await office.agreed({ [KLAGE]: 'Klage', 'B.docx': 'B' })
    const run = await office.sync()
    expect(reads(run)).toHaveLength(5)
    expectQuiet(office, run)
  })

  test('an Akte that Advoware archived gets the status that closes it there', async () => {
    const office = await openOffice({ mapping })
    await office.agreed({ [KLAGE]: 'Klage' })
    office.advoware.setAblage(AKTE, true)
    await office.sync()
    const [record] = office.espo.records.all('CAdvowareAkten')
    expect(record).toMatchObject({ aktennummer: 12345, aktivierungsstatus: 'deactivated' })
    const again = await office.sync()
    expect(again.text).toContain('has invalid status: deactivated, removing')
    const cause = await office.redis.hget(KEYS.causes, AKTE)
    expect(cause).toContain('deactivated')
    expect(cause).toContain('new, active')
    expect(again.emitted).toEqual([])
  })

  test('webhooks have the names of this EspoCRM, and a replaced file asks for a sync', async () => {
    const office = await openOffice({ mapping })
    await office.agreed({ [KLAGE]: 'Klage' })
    office.set({
      ESPOCRM_WEBHOOK_URL: 'http://127.0.0.1:9/webhooks/espocrm',
      ESPOCRM_WEBHOOK_SECRETS: 'hook:secret',
      ESPOCRM_WEBHOOK_SECRETS_FILE: join(office.dir, 'webhooks.json'),
    })
    const config = loadConfig()
    const context = { logger: pino({ level: 'silent' }), clock: systemClock }
    const lines = await new WebhookRegistry(context, config.espo, 'en').setUp()
    const link = mapping === 'predecessor' ? ['CDokumente.fieldUpdate.cAdvowareAkten'] : []
    expect(lines.map((line) => line.split(': ')[1]).sort()).toEqual(
      [
        'CDokumente.create',
        'CDokumente.fieldUpdate.dokument',
        ...link,
        'CDokumente.delete',
        'CAdvowareAkten.create',
        'CAdvowareAkten.fieldUpdate.aktivierungsstatus',
        'CAdvowareAkten.fieldUpdate.syncAngefordert',
      ].sort(),
    )
    const { id } = office.dokument(KLAGE)
    const deliver = async () => {
      await office.redis.del(KEYS.pending)
      await new WebhookIntake(context, config, office.redis).take([id])
      return office.redis.smembers(KEYS.pending)
    }
    expect(await deliver()).toEqual([])
    await office.espo.replaceFile(id, 'ersetzt')
    expect(await deliver()).toEqual([AKTE])
    office.espo.removeDokument(id)
    expect(await deliver()).toEqual([AKTE])
  })
})

describe("The office's own hooks", () => {
  test('a hook that sets every written document to unclean leads to no further write', async () => {
    const office = await openPredecessor()
    await office.agreed({ [KLAGE]: 'Klage', 'B.docx': 'B' })
    expect(office.dokument(KLAGE).syncStatus).toBe('unclean')
    for (let run = 1; run <= 3; run++) expectQuiet(office, await office.sync())
  })

  test('neither does one for a document that waits for a person', async () => {
    const office = await openPredecessor()
    office.addAkte()
    await office.watcher.write(AKTE, 'Brief.docx', 'privat')
    await office.espo.addDokument({ akte: AKTE, name: 'Brief.docx', content: 'dienstlich' })
    await office.sync()
    const run = await office.sync()
    expect(run.item('Brief.docx').outcome).toBe('flagged')
    expect(writes(run)).toEqual([`PUT CAkten/${office.espo.akte(AKTE)?.id}`])
  })

  test.each(['sha256', 'blake3'] as const)(
    'a %s hash that a hook writes over ours is not fought over, and no bytes are read for it',
    async (hash) => {
      const office = await openPredecessor()
      await useMapping(office, ({ dokument }) => {
        delete dokument.attributes.blake3hash.computed
      })
      Object.assign(office.espo.schema.hooks ?? {}, { hash })
      office.addAkte()
      await office.filed({ 'A.docx': 'A' })
      await office.sync()
      for (let run = 1; run <= 3; run++) expectQuiet(office, await office.sync())
      await office.watcher.write(AKTE, 'A.docx', 'A neu', minutesAgo(2))
      await office.sync()
      expect(await office.inEspo('A.docx')).toBe('A neu')
      expectQuiet(office, await office.sync())
    },
  )

  test('a hash that a hook computed is used where it proves right: adopting needs no download', async () => {
    const office = await openPredecessor()
    office.addAkte()
    await office.filed({ 'Vollmacht.pdf': 'gleich', 'Brief.pdf': 'Kanzlei' })
    await office.espo.addDokument({ akte: AKTE, name: 'Vollmacht.pdf', content: 'gleich' })
    const other = { akte: AKTE, name: 'Brief.pdf', content: 'Mandantin', createdAt: minutesAgo(5) }
    await office.espo.addDokument(other)
    const run = await office.sync()
    await office.expectAgreement('Vollmacht.pdf', 'gleich')
    await office.expectAgreement('Brief.pdf', 'Mandantin')
    const downloads = transfers(run).filter(({ path }) => path.includes('/Attachment/file/'))
    expect(downloads).toHaveLength(1)
  })

  test('documents that a hook copies into another Akte are documents like any other', async () => {
    const office = await openPredecessor()
    await office.agreed({ [KLAGE]: 'Klage' })
    office.addAkte('777')
    await office.espo.addDokument({ akte: '777', name: 'Kopie von Klage.docx', content: 'Klage' })
    await office.sync('777')
    expect(await office.onWindows('Kopie von Klage.docx', '777')).toBe('Klage')
    expectQuiet(office, await office.sync())
  })
})

describe('A value that EspoCRM refuses', () => {
  const flagged = async (office: ScenarioOffice) => {
    office.addAkte()
    await office.watcher.write(AKTE, 'Brief.docx', 'privat')
    await office.filed({ 'A.docx': 'A' })
    await office.espo.addDokument({ akte: AKTE, name: 'Brief.docx', content: 'dienstlich' })
  }

  test.each(['extension', 'predecessor'] as const)(
    'fails that attribute once, loudly, and neither the file nor the run: %s',
    async (mapping) => {
      const office = await openOffice({ mapping })
      office.espo.removeOption(
        'dokument',
        mapping === 'extension' ? 'fileStatus' : 'windowsFileStatus',
        'conflict',
      )
      await flagged(office)
      const run = await office.sync()
      expect(run.report?.result).toBe('synced')
      expect(errorsOf(run.log)).toHaveLength(1)
      expect(errorsOf(run.log)[0]).toMatch(/ileStatus.*400/)
      await office.expectAgreement('A.docx', 'A')
      expect(office.dokument('Brief.docx').syncMessage).toContain('Name belegt')
      const again = await office.sync()
      expect(errorsOf(again.log)).toEqual([])
      expect(writes(again)).toEqual([`PUT CAkten/${office.espo.akte(AKTE)?.id}`])
    },
  )

  test('of a new document: the document is made without it', async () => {
    const office = await openOffice()
    office.espo.removeOption('dokument', 'syncStatus', 'synced')
    office.addAkte()
    await office.filed({ 'A.docx': 'A', 'B.docx': 'B' })
    const run = await office.sync()
    expect(run.report?.result).toBe('synced')
    expect(await office.inEspo('A.docx')).toBe('A')
    expect(office.espo.dokumente(AKTE)).toHaveLength(2)
    expect(office.espo.records.all('Attachment')).toHaveLength(2)
  })

  test('of an Akte: the rest is written', async () => {
    const office = await openOffice()
    office.espo.removeOption('akte', 'syncStatus', 'synced')
    office.addAkte()
    await office.filed({ 'A.docx': 'A' })
    const run = await office.sync()
    expect(run.report?.result).toBe('synced')
    expect(office.espo.akte(AKTE)?.lastSync).toMatch(/^\d{4}-/)
  })
})

describe('An installation that changes under a running server', () => {
  const FIELDS: [side: 'akte' | 'dokument', field: string][] = [
    ['dokument', 'syncedHash'],
    ['dokument', 'sync_usn'],
    ['dokument', 'syncAttachmentId'],
    ['dokument', 'dateipfad'],
    ['dokument', 'dokument'],
    ['dokument', 'windowsFileStatus'],
    ['dokument', 'cAdvowareAkten'],
    ['akte', 'aktivierungsstatus'],
    ['akte', 'aktennummer'],
  ]
  test.each(FIELDS)('%s.%s removed: named within a run, nothing written', async (side, field) => {
    const office = await openPredecessor()
    await office.agreed({ 'A.docx': 'A', 'B.docx': 'B' })
    await office.watcher.write(AKTE, 'A.docx', 'A neu', minutesAgo(2))
    const before = { windows: await office.watcher.list(AKTE), documents: office.espo.dokumente(AKTE).length }
    office.espo.removeField(side, field)
    const run = await office.sync()
    expect(run.text).toContain(field)
    expect(run.report?.result ?? 'failed').toBe('failed')
    expect(writes(run).filter((line) => !line.startsWith('PUT CAkten/'))).toEqual([])
    expect(await office.watcher.list(AKTE)).toEqual(before.windows)
    expect(office.espo.records.all('CDokumente')).toHaveLength(before.documents)
  })

  test('an attribute that the mapping names and nobody added: the run says so', async () => {
    const office = await openOffice({ mapping: 'predecessor', isExtended: false })
    office.addAkte()
    await office.filed({ 'A.docx': 'A' })
    await office.espo.addDokument({ akte: AKTE, name: 'Brief.docx', content: 'x' })
    const run = await office.sync()
    expect(run.text).toMatch(/syncMessage: EspoCRM does not have this attribute/)
    expect(await office.watcher.list(AKTE)).toHaveLength(1)
  })

  test('one removed while the Akte has no document yet: none is made', async () => {
    const office = await openPredecessor()
    office.addAkte()
    await office.filed({ 'A.docx': 'A', 'B.docx': 'B' })
    office.espo.removeField('dokument', 'syncedHash')
    const run = await office.sync()
    expect(run.text).toContain('CDokumente has no syncedHash (any more)')
    expect(office.espo.records.all('CDokumente')).toEqual([])
    expect(office.espo.records.all('Attachment')).toEqual([])
  })
})

describe('Without syncAttachmentId a file is read, because no clock tells that nobody replaced it', () => {
  async function withoutIt(): Promise<ScenarioOffice> {
    const office = await openOffice()
    office.espo.removeField('dokument', 'syncAttachmentId')
    office.addAkte()
    await office.filed({ 'Klage.docx': 'alt' })
    await office.sync()
    return office
  }

  test('replaced while our clock was ahead: it arrives, and nothing is lost without a copy', async () => {
    const office = await withoutIt()
    office.set({ SYNC_ARCHIVE: 'conflicts' })
    const { id } = office.dokument('Klage.docx')
    office.espo.updateDokument(id, { lastSync: espoTime(new Date(Date.now() + 600_000)) })
    await office.espo.replaceFile(id, 'von der Mandantin')
    await office.watcher.write(AKTE, 'Klage.docx', 'neuer', minutesAgo(2))
    const run = await office.sync()
    expect(run.item('Klage.docx')).toMatchObject({ conflict: 'EspoCRM', archived: 'Windows' })
    expect(await office.onWindows('Klage.docx')).toBe('von der Mandantin')
    expect(await office.inEspo('Klage.docx')).toBe('von der Mandantin')
  })

  test('where nothing changed nothing is written', async () => {
    const office = await withoutIt()
    expect(writes(await office.sync())).toEqual([`PUT CAkten/${office.espo.akte(AKTE)?.id}`])
  })
})

describe('Where no attribute can be added, the base lives in Redis beside a copy on disk', () => {
  const stored: Change = ({ akte, dokument }) => {
    dokument.base = 'redis'
    for (const side of [akte, dokument])
      for (const [key, { add }] of Object.entries<{ add?: boolean }>(side.attributes))
        if (add) delete side.attributes[key]
    delete dokument.attributes.syncHash
  }
  const open = async (mapping: SchemaName = 'predecessor') => {
    const office = await openOffice({ mapping, isExtended: false })
    await useMapping(office, stored, mapping)
    office.addAkte()
    await office.filed({ [KLAGE]: 'Klage', 'B.docx': 'B' })
    await office.sync()
    return office
  }
  const inEspo = (office: ScenarioOffice) =>
    Promise.all(office.espo.dokumente(AKTE).map(async (one) => String(await office.espo.content(one))))

  test.each(OFFICES)('both ways, with sub-folders, quiet afterwards: %s', async (mapping) => {
    const office = await open(mapping)
    expect((await inEspo(office)).sort()).toEqual(['B', 'Klage'])
    expectQuiet(office, await office.sync())

    await office.watcher.write(AKTE, KLAGE, 'Reinschrift', minutesAgo(2))
    const b = office.dokument('B.docx')
    await office.espo.replaceFile(b.id, 'B neu')
    await office.sync()
    expect((await inEspo(office)).sort()).toEqual(['B neu', 'Reinschrift'])
    expect(await office.onWindows('B.docx')).toBe('B neu')
    expectQuiet(office, await office.sync())
  })

  test('it survives FLUSHALL, and a document that goes takes its base along', async () => {
    const office = await open()
    await office.redis.flushall()
    const run = await office.sync()
    expectQuiet(office, run)
    expect(await office.redis.hlen(KEYS.dokumentBases)).toBe(2)

    office.set({ SYNC_WINDOWS_DELETIONS: 'delete' })
    await office.watcher.remove(AKTE, 'B.docx')
    await office.sync()
    expect(await office.redis.hlen(KEYS.dokumentBases)).toBe(1)
    await office.redis.flushall()
    expectQuiet(office, await office.sync())
    expect(await office.redis.hlen(KEYS.dokumentBases)).toBe(1)
  })
})

describe('Where a document can belong to several Akten, it is asked whether it is still in this one', () => {
  const OTHER = '67890'
  async function twoAkten(): Promise<ScenarioOffice> {
    const office = await openOffice({ mapping: 'predecessor-mn' })
    office.set({ SYNC_QUIET_SECONDS: '0' })
    await office.agreed({ 'Klage.docx': 'Mandant A', 'B.docx': 'B' })
    await office.agreed({ 'C.docx': 'C' }, OTHER)
    return office
  }
  const give = (office: ScenarioOffice, id: string) =>
    office.espo.updateDokument(id, { cAktenId: office.espo.akte(OTHER)?.id ?? '' })

  test('given away in the moment before it is written to this folder: it arrives there alone', async () => {
    const office = await twoAkten()
    const { id } = office.dokument('Klage.docx')
    await office.espo.replaceFile(id, 'Mandant B')
    office.meanwhile('espo', 'GET', /Attachment\/file/, () => give(office, id))
    await office.sync(AKTE)
    expect(await office.onWindows('Klage.docx')).toBe('Mandant A')
    await office.sync(OTHER)
    expect(await office.onWindows('Klage.docx', OTHER)).toBe('Mandant B')
  })

  test('given away while it gets a new version: it keeps its own', async () => {
    const office = await twoAkten()
    const { id } = office.dokument('Klage.docx')
    await office.watcher.write(AKTE, 'Klage.docx', 'Mandant A, neu', minutesAgo(2))
    office.meanwhile('espo', 'POST', /Attachment$/, () => give(office, id))
    await office.sync(AKTE)
    expect(office.dokument('Klage.docx', OTHER).id).toBe(id)
    expect(await office.inEspo('Klage.docx', OTHER)).toBe('Mandant A')
    await office.sync(AKTE)
    expect(await office.inEspo('Klage.docx')).toBe('Mandant A, neu')
  })

  test('a list that lacks one which is there: the Akte waits', async () => {
    const office = await twoAkten()
    const { id } = office.dokument('Klage.docx')
    const { records } = office.espo
    const { all } = records
    records.all = (entity) => all.call(records, entity).filter((one) => one.id !== id)
    office.meanwhile('espo', 'GET', /App\/user/, () => {
      records.all = all
    })
    const run = await office.sync()
    expect(run.report?.message).toContain(`lacks the document ${id}`)
    expectQuiet(office, await office.sync())
  })
})

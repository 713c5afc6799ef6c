import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pino from 'pino'
import { describe, expect, test } from 'vitest'
import { removeExpired } from '../../services/app/archive-retention'
import { type Runtime, withRuntime } from '../../services/app/runtime'
import { systemClock } from '../../services/clock'
import { loadConfig } from '../../services/config'
import { LockBusyError, NotFoundError } from '../../services/errors'
import { DeferError } from '../../services/model/file-errors'
import { KEYS } from '../../services/redis/keys'
import { type Restored, type RestoreRequest, restoreVersion } from '../../services/sync/restore'
import { run as runCommand } from '../support/commands'
import { AKTE, expectQuiet, minutesAgo, openOffice, type ScenarioOffice } from './office'

const silent = pino({ level: 'silent' })

const inRuntime = <T>(work: (runtime: Runtime) => Promise<T>) =>
  withRuntime({ logger: silent as never }, work)

const restore = (
  hash: string,
  to: RestoreRequest['to'],
  more: Partial<RestoreRequest> = {},
): Promise<Restored> =>
  inRuntime((runtime) => restoreVersion(runtime, { aktennummer: AKTE, hash, to, ...more }))

/** An office in which EspoCRM lost a conflict: `Mandantin` is in the archive, `Kanzlei` is on both sides. */
async function afterConflict(): Promise<{ office: ScenarioOffice; lost: string; kept: string }> {
  const office = await openOffice()
  await office.agreed({ 'A.docx': 'alt', 'B.docx': 'B' })
  await office.watcher.write(AKTE, 'A.docx', 'Kanzlei', minutesAgo(10))
  await office.espo.replaceFile(office.dokument('A.docx').id, 'Mandantin', minutesAgo(30))
  await office.sync()
  await office.expectAgreement('A.docx', 'Kanzlei')
  const kept = await office.hashOf('A.docx')
  const [lost] = await inRuntime((runtime) => runtime.systems.archive.list({ aktennummer: AKTE }))
  expect(lost).toMatchObject({ side: 'EspoCRM', decision: 'UPDATE_ESPO', windowsHash: kept, size: 9 })
  return { office, lost: lost?.hash ?? '', kept }
}

describe('A version from the archive', () => {
  test.each(['Windows', 'EspoCRM'] as const)(
    'goes back to %s as a new version; what it replaces is archived, and the next sync carries it over',
    async (to) => {
      const { office, lost, kept } = await afterConflict()

      expect(await restore(lost, to)).toEqual({
        path: 'A.docx',
        to,
        replaced: 'archived',
        bytes: 9,
        isSynced: true,
      })

      expect(await (to === 'Windows' ? office.onWindows('A.docx') : office.inEspo('A.docx'))).toBe(
        'Mandantin',
      )
      expect(await office.archived(kept)).toMatchObject({
        content: 'Kanzlei',
        records: [{ side: to, decision: 'RESTORE' }],
      })
      expect(await office.snapshot()).toMatchObject({ pending: true, processing: false, lock: null })

      office.set({ SYNC_QUIET_SECONDS: '0' })
      const next = await office.tick()
      expect(next.item('A.docx').reason).toBe(to === 'Windows' ? 'changed in Windows' : 'changed in EspoCRM')
      await office.expectAgreement('A.docx', 'Mandantin')
      expectQuiet(office, await office.sync())

      expect((await restore(kept, to)).replaced, 'and the other way round').toBe('archived')
      await office.tick()
      await office.expectAgreement('A.docx', 'Kanzlei')
      expectQuiet(office, await office.sync())
    },
  )

  test.each(['Windows', 'EspoCRM'] as const)('of a deleted document goes back to %s', async (to) => {
    const office = await openOffice()
    office.set({ SYNC_WINDOWS_DELETIONS: 'delete', SYNC_QUIET_SECONDS: '0' })
    await office.agreed({ 'Akt\\A.docx': 'letzte Fassung', 'B.docx': 'B' })
    const hash = await office.hashOf('Akt\\A.docx')
    await office.watcher.remove(AKTE, 'Akt\\A.docx')
    await office.sync()
    expect(office.dokumente('Akt\\A.docx')).toEqual([])

    expect(await restore(hash, to)).toMatchObject({ path: 'Akt/A.docx', replaced: 'nothing' })
    await office.tick()

    await office.expectAgreement('Akt\\A.docx', 'letzte Fassung')
    expect(office.entries('Akt\\A.docx')).toHaveLength(1)
    expectQuiet(office, await office.sync())
  })

  test('that lies there already is not written again', async () => {
    const { office, kept, lost } = await afterConflict()
    await restore(lost, 'Windows')
    office.set({ SYNC_QUIET_SECONDS: '0' })
    office.resetRequests()

    expect(await restore(lost, 'Windows')).toMatchObject({ replaced: 'same', bytes: 0 })

    expect(office.requests().filter(({ method }) => method !== 'GET')).toEqual([])
    expect((await office.archived(kept))?.records).toHaveLength(1)
  })

  test('a conflict that the restoration makes is decided like any other: the restored version is the newest', async () => {
    const { office, lost } = await afterConflict()
    await office.espo.replaceFile(office.dokument('A.docx').id, 'inzwischen geändert', minutesAgo(5))
    await restore(lost, 'Windows')
    office.set({ SYNC_QUIET_SECONDS: '0' })

    const run = await office.tick()

    expect(run.item('A.docx').reason).toBe('conflict, Windows is newer')
    await office.expectAgreement('A.docx', 'Mandantin')
  })

  test('waits while the file is open in Word, and nothing is written', async () => {
    const { office, lost } = await afterConflict()
    await office.watcher.write(AKTE, '~$A.docx', 'wer')

    await expect(restore(lost, 'Windows')).rejects.toThrow(DeferError)

    expect(await office.onWindows('A.docx')).toBe('Kanzlei')
    expect(await office.snapshot()).toMatchObject({ processing: false, lock: null })
  })

  test('is refused while the Akte is synced, and where another Akte or path lost it', async () => {
    const { office, lost } = await afterConflict()
    office.addAkte('7')
    await expect(restore(lost, 'Windows', { aktennummer: '7' })).rejects.toThrow(NotFoundError)
    await expect(restore(lost, 'Windows', { path: 'B.docx' })).rejects.toThrow(NotFoundError)
    await expect(restore('0'.repeat(64), 'Windows')).rejects.toThrow(NotFoundError)

    await office.redis.sadd(KEYS.processing, AKTE)
    await office.redis.hset(KEYS.leases, AKTE, `worker|${Date.now() + 60_000}`)
    await expect(restore(lost, 'Windows')).rejects.toThrow(LockBusyError)
    expect(await office.onWindows('A.docx')).toBe('Kanzlei')
  })

  test('works while everything is paused, as after an attack; the sync follows when it is resumed', async () => {
    const { office, lost } = await afterConflict()
    await office.redis.set(KEYS.paused, 'checked by hand')

    await restore(lost, 'EspoCRM')

    expect(await office.inEspo('A.docx')).toBe('Mandantin')
    expect((await office.tick()).emitted).toEqual([])
    await office.redis.del(KEYS.paused)
    await office.tick()
    await office.expectAgreement('A.docx', 'Mandantin')
  })

  test('of a file that left the History stays where it is put, and says so', async () => {
    const office = await openOffice()
    await office.agreed({ 'Alt.docx': 'eins', 'B.docx': 'B' })
    const hash = await office.hashOf('Alt.docx')
    await office.watcher.write(AKTE, 'Alt.docx', 'zwei', minutesAgo(5))
    await office.sync()
    for (const { hnr } of office.entries('Alt.docx')) office.advoware.removeHistory(AKTE, hnr)
    await office.sync()
    expect(await restore(hash, 'Windows')).toMatchObject({ replaced: 'archived', isSynced: false })
    expect((await office.sync()).item('Alt.docx').reason).toBe('left the History')

    office.espo.removeDokument(office.dokument('Alt.docx').id)
    await office.watcher.remove(AKTE, 'Alt.docx')
    expect(await restore(hash, 'Windows')).toMatchObject({ replaced: 'nothing', isSynced: false })
    await office.watcher.remove(AKTE, 'Alt.docx')
    expect(await restore(hash, 'EspoCRM')).toMatchObject({ replaced: 'nothing', isSynced: true })
    await office.sync()
    await office.expectAgreement('Alt.docx', 'eins')
  })

  test('that is damaged is not restored', async () => {
    const { office, lost } = await afterConflict()
    await writeFile(join(office.dir, 'archive', lost.slice(0, 2), lost), 'verdorben')

    await expect(restore(lost, 'Windows')).rejects.toThrow(/damaged/)
    expect(await office.onWindows('A.docx')).toBe('Kanzlei')
  })
})

describe('Retention', () => {
  test('what both sides had agreed on goes by age, what lost a conflict never', async () => {
    const { office, lost, kept } = await afterConflict()
    await office.watcher.write(AKTE, 'A.docx', 'noch neuer', minutesAgo(1))
    await office.sync()
    await office.expectAgreement('A.docx', 'noch neuer')
    expect((await office.archived(lost))?.records).toMatchObject([{ kind: 'conflict' }])
    expect((await office.archived(kept))?.records).toMatchObject([{ kind: 'agreed' }])
    const settings = loadConfig().sync
    const inDays = (days: number) => ({
      ...systemClock,
      now: () => new Date(Date.now() + days * 24 * 3600_000),
    })

    expect(await removeExpired(settings, inDays(89))).toBe(0)
    expect(await removeExpired({ ...settings, archiveDays: 0 }, inDays(1000))).toBe(0)
    expect(await removeExpired(settings, inDays(91))).toBe(1)

    expect(await office.archived(kept)).toBeNull()
    expect(await office.archived(lost)).toMatchObject({ content: 'Mandantin' })
  })
})

describe('npm run archive', () => {
  const run = (...args: string[]) => runCommand('archive', ...args)

  test('lists, fetches and restores', async () => {
    const { office, lost } = await afterConflict()
    const file = join(office.dir, 'zurück.docx')

    const list = await run('list', AKTE)
    expect(list.out).toMatch(/EspoCRM {2}A\.docx {2}\(9 B, Auf beiden Seiten geändert, Windows ist neuer\)/)
    expect(list.out).toContain(lost)
    expect(JSON.parse((await run('list', AKTE, '--json')).out)).toMatchObject([{ hash: lost }])
    expect(await run('fetch', lost, file)).toMatchObject({ code: 0 })
    expect(await readFile(file, 'utf8')).toBe('Mandantin')
    expect(await run('restore', lost, '--akte', AKTE, '--to', 'espo')).toMatchObject({
      code: 0,
      out: 'A.docx ist zurück in EspoCRM; was dort lag, ist im Archiv\n',
    })
    expect(await office.inEspo('A.docx')).toBe('Mandantin')
    expect(await run('restore', '0'.repeat(64), '--akte', AKTE, '--to', 'espo')).toMatchObject({ code: 1 })
    expect(await run('restore', lost)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^❌ required option [^\n]*\n$/),
    })
  }, 90_000)
})

describe('What a listing or a list may leave out', () => {
  test('a file that is there, though it is not listed, is not overwritten', async () => {
    const { office, lost } = await afterConflict()
    const { list } = office.watcher
    office.watcher.list = async (akte) =>
      (await list.call(office.watcher, akte)).filter(({ path }) => path !== 'A.docx')

    await expect(restore(lost, 'Windows')).rejects.toThrow(DeferError)

    expect(await office.onWindows('A.docx')).toBe('Kanzlei')
  })

  test('no document is made while EspoCRM may hide the one that is there', async () => {
    const { office, lost } = await afterConflict()
    const { CDokumente } = office.espo.rights
    if (typeof CDokumente !== 'object') throw new Error('no rights to narrow')
    office.espo.rights.CDokumente = { ...CDokumente, read: 'own' }
    office.espo.records.get('CDokumente', office.dokument('A.docx').id).createdById = 'a person'

    await expect(restore(lost, 'EspoCRM')).rejects.toThrow('lacks read: all on CDokumente')

    expect(office.dokumente('A.docx')).toHaveLength(1)
  })

  test('under a name that Windows has and the product would not give, it goes back as any other', async () => {
    const office = await openOffice()
    office.addAkte()
    await office.filed({ 'Aux.docx': 'alt', 'B.docx': 'B' })
    await office.sync()
    await office.watcher.write(AKTE, 'Aux.docx', 'Kanzlei', minutesAgo(10))
    await office.espo.replaceFile(office.dokument('Aux.docx').id, 'Mandantin', minutesAgo(30))
    await office.sync()
    const [lost] = await inRuntime((runtime) => runtime.systems.archive.list({ aktennummer: AKTE }))

    expect(await restore(lost?.hash ?? '', 'EspoCRM')).toMatchObject({
      path: 'Aux.docx',
      replaced: 'archived',
    })
    expect(await office.inEspo('Aux.docx')).toBe('Mandantin')
  })
})

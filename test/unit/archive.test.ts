import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { blake3 } from 'hash-wasm'
import { expect, onTestFinished, test } from 'vitest'
import { Archive, type FormerVersionsQuery } from '../../services/content/archive'
import { ArchiveIndex } from '../../services/content/archive-index'
import { contentOf } from '../../services/content/spool'
import { NotFoundError } from '../../services/errors'
import { type ArchiveRecord, archiveKind } from '../../services/model/archive-record'
import { silentContext } from '../support/context'

const record = (change: Partial<ArchiveRecord> = {}): ArchiveRecord => ({
  aktennummer: '12345',
  path: 'Brief.docx',
  document: null,
  side: 'Windows',
  kind: 'conflict',
  windowsHash: null,
  espoHash: null,
  windowsModified: '2026-03-24T10:15:00+01:00',
  espoContentTime: '2026-03-24 09:30:00',
  decision: 'UPLOAD_WINDOWS',
  reason: 'conflict, EspoCRM is newer',
  archivedAt: '2026-03-24T09:31:00.000Z',
  ...change,
})

async function openArchive() {
  const folder = await mkdtemp(join(tmpdir(), 'archive-test-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const directory = join(folder, 'archive')
  const archive = new Archive(silentContext, directory)
  const content = async (words: string) => {
    const file = join(folder, `${words.length}-${Date.now()}`)
    await writeFile(file, words)
    return { ...contentOf(file, Buffer.byteLength(words), await blake3(words)), file }
  }
  return { folder, directory, archive, content }
}

test('a version lies under its hash, beside a list of why it is there, readable by nobody else', async () => {
  const { archive, directory, content } = await openArchive()
  const version = await content('Fassung der Kanzlei')

  await archive.store(version, record())
  await archive.store(version, record({ path: 'Kopie.docx' }))

  const file = join(directory, version.hash.slice(0, 2), version.hash)
  expect(await readFile(file, 'utf8')).toBe('Fassung der Kanzlei')
  const records = JSON.parse(await readFile(`${file}.json`, 'utf8'))
  expect(records).toEqual([record(), record({ path: 'Kopie.docx' })])
  for (const path of [file, `${file}.json`]) expect((await stat(path)).mode & 0o077).toBe(0)
  expect((await stat(directory)).mode & 0o077).toBe(0)
  expect(await readdir(join(directory, 'incoming'))).toEqual([])
})

test('the same event again, after a run that failed behind it, leaves one record', async () => {
  const { archive, content } = await openArchive()
  const version = await content('x')
  await archive.store(version, record())
  await archive.store(version, record({ archivedAt: '2026-03-24T10:00:00.000Z' }))
  expect(await archive.records(version.hash)).toEqual([record()])
})

test('two processes that store one content at once lose no record', async () => {
  const { archive, directory, content } = await openArchive()
  const { file, hash, size } = await content('beide zugleich')
  const children = ['a', 'b'].map((name) =>
    spawn(process.execPath, [
      ...['--import', 'tsx', 'test/support/store-version.ts'],
      ...[directory, file, String(size), hash, name, '30'],
    ]),
  )
  await Promise.all(children.map((child) => once(child, 'exit')))
  expect(await archive.records(hash)).toHaveLength(60)
}, 120_000)

test('what is damaged on disk is stored anew', async () => {
  const { archive, content } = await openArchive()
  const version = await content('unversehrt')
  await archive.store(version, record())
  await writeFile(archive.pathOf(version.hash), 'verdorben!')
  await archive.store(version, record({ path: 'B.docx' }))
  expect(await text((await archive.fetch(version.hash)).open())).toBe('unversehrt')
})

test('fetch hands out only what is whole', async () => {
  const { archive, content } = await openArchive()
  const version = await content('Fassung')
  await archive.store(version, record())
  expect(await text((await archive.fetch(version.hash)).open())).toBe('Fassung')

  await writeFile(archive.pathOf(version.hash), 'verdorben')
  await expect(archive.fetch(version.hash)).rejects.toThrow(/damaged/)
  await expect(archive.fetch('0'.repeat(64))).rejects.toThrow(NotFoundError)
  await expect(archive.fetch('../../etc/passwd')).rejects.toThrow(NotFoundError)
})

test('the list tells the newest first, of one Akte or one path, and survives an unreadable record', async () => {
  const { archive, directory, content } = await openArchive()
  const [one, two] = [await content('eins'), await content('zweite')]
  await archive.store(one, record({ archivedAt: '2026-01-01T00:00:00.000Z' }))
  await archive.store(
    two,
    record({ path: 'Schriftsätze/Klage.docx', archivedAt: '2026-02-01T00:00:00.000Z' }),
  )
  await archive.store(one, record({ aktennummer: '7', archivedAt: '2026-03-01T00:00:00.000Z' }))
  await mkdir(join(directory, '00'), { recursive: true })
  await writeFile(join(directory, '00', `${'0'.repeat(64)}.json`), 'kein JSON')

  const told = async (filter?: Parameters<Archive['list']>[0]) =>
    (await archive.list(filter)).map(({ aktennummer, path, hash, size }) => [aktennummer, path, hash, size])
  const [first, second, third] = [
    ['7', 'Brief.docx', one.hash, 4],
    ['12345', 'Schriftsätze/Klage.docx', two.hash, 6],
    ['12345', 'Brief.docx', one.hash, 4],
  ]
  expect(await told()).toEqual([first, second, third])
  expect(await told({ aktennummer: '12345' })).toEqual([second, third])
  expect(await told({ aktennummer: '12345', path: 'schriftsätze\\klage.docx' })).toEqual([second])
  expect(await told({ aktennummer: '99' })).toEqual([])
})

test('retention removes only what both sides had agreed on, and only when it is old', async () => {
  const { archive, content } = await openArchive()
  const limit = new Date('2026-03-01T00:00:00.000Z')
  const agreed = { kind: 'agreed', archivedAt: '2026-01-01T00:00:00.000Z' } as const
  const store = async (words: string, ...changes: Partial<ArchiveRecord>[]) => {
    const version = await content(words)
    for (const change of changes) await archive.store(version, record(change))
    const longAgo = new Date('2026-02-01T00:00:00.000Z')
    await utimes(`${archive.pathOf(version.hash)}.json`, longAgo, longAgo)
    return version.hash
  }
  const old = await store('ersetzt', agreed)
  const everywhere = await store('in zwei Akten ersetzt', agreed, { ...agreed, aktennummer: '7' })
  const kept = [
    await store('Verlierer', { ...agreed, kind: 'conflict' }),
    await store('letzte Fassung', { ...agreed, kind: 'last copy' }),
    await store('erst ersetzt, dann verloren', agreed, { ...agreed, kind: 'conflict' }),
    await store('jung', { ...agreed, archivedAt: '2026-03-02T00:00:00.000Z' }),
    await store('alt und jung', agreed, { ...agreed, path: 'B', archivedAt: '2026-03-02T00:00:00.000Z' }),
  ]
  const unread = await content('aus der Zeit vor den Arten')
  const { kind: _none, ...older } = record({ archivedAt: agreed.archivedAt })
  await archive.store(unread, older as ArchiveRecord)
  await utimes(`${archive.pathOf(unread.hash)}.json`, limit, new Date('2026-02-01T00:00:00.000Z'))

  expect((await archive.prune(limit)).sort()).toEqual([old, everywhere].sort())

  await expect(archive.fetch(old)).rejects.toThrow(NotFoundError)
  expect(await archive.records(old)).toEqual([])
  for (const hash of [...kept, unread.hash]) await archive.fetch(hash)
  expect(await archive.prune(limit)).toEqual([])
})

test.each([
  [{ action: 'UPLOAD_WINDOWS', loses: true }, 'a', 'base', 'conflict'],
  [{ action: 'UPDATE_ESPO', loses: true }, 'a', 'base', 'conflict'],
  [{ action: 'DELETE', loses: true }, 'base', 'base', 'last copy'],
  [{ action: 'UPDATE_ESPO', loses: false }, 'base', 'base', 'agreed'],
  [{ action: 'RESTORE', loses: false }, 'base', 'base', 'agreed'],
  [{ action: 'RESTORE', loses: false }, 'a', 'base', 'last copy'],
  [{ action: 'RESTORE', loses: false }, 'a', null, 'last copy'],
] as const)('%j replaces %s where %s was agreed on: %s', (decision, hash, agreedHash, kind) => {
  expect(archiveKind(decision, hash, agreedHash)).toBe(kind)
})

/** The hashes of what a document is said to have had, newest first. */
const formerOf = async (archive: Archive, change: Partial<FormerVersionsQuery> = {}) => {
  const query = { aktennummer: '12345', path: 'Brief.docx', document: 'doc1', most: 20, archiveDays: 90 }
  const { versions } = await archive.formerVersions({ ...query, isGone: async () => false, ...change })
  return versions.map(({ hash }) => hash)
}
const at = (minute: number) => new Date(Date.now() - 3_600_000 + minute * 60_000).toISOString()

test('a document finds its versions by its record and by its path, and no other document does', async () => {
  const { archive, content } = await openArchive()
  const [own, renamed] = [await content('1'), await content('22')]
  const [before, foreign] = [await content('333'), await content('4444')]
  await archive.store(before, record({ archivedAt: at(1) }))
  await archive.store(renamed, record({ document: 'doc1', path: 'Alt.docx', archivedAt: at(2) }))
  await archive.store(own, record({ document: 'doc1', archivedAt: at(3) }))
  await archive.store(foreign, record({ document: 'doc2', archivedAt: at(4) }))
  await archive.store(foreign, record({ aktennummer: '123/24', document: 'doc1', archivedAt: at(5) }))

  const mine = [own, renamed, before].map(({ hash }) => hash)
  expect(await formerOf(archive)).toEqual(mine)
  expect(await formerOf(archive, { isGone: async () => true })).toEqual([foreign.hash, ...mine])
  expect(await formerOf(archive, { document: null, path: 'brief.DOCX' })).toEqual([before.hash])
  expect(await formerOf(archive, { aktennummer: '99' })).toEqual([])
})

test('a version that went is offered no more, and neither is one that goes today', async () => {
  const { archive, content, directory } = await openArchive()
  const agreed = await content('vereinbart')
  await archive.store(agreed, record({ kind: 'agreed', archivedAt: at(0) }))
  expect(await formerOf(archive, { archiveDays: 1 })).toEqual([agreed.hash])
  expect(await formerOf(archive, { archiveDays: 0 })).toEqual([agreed.hash])
  const old = await content('vor langer Zeit')
  await archive.store(old, record({ kind: 'agreed', archivedAt: '2025-01-01T00:00:00.000Z' }))
  expect(await formerOf(archive)).toEqual([agreed.hash])
  await archive.forget('12345')
  expect(await formerOf(archive)).toEqual([])
  expect(await readdir(join(directory, 'index'))).toEqual([])
})

test('the index is made of the records, once, and can be made again', async () => {
  const { archive, content, directory } = await openArchive()
  const version = await content('Fassung')
  await archive.store(version, record({ archivedAt: at(0) }))
  await rm(join(directory, 'index'), { recursive: true })
  expect(await formerOf(archive)).toEqual([])
  await archive.completeIndex()
  expect(await formerOf(archive)).toEqual([version.hash])
  await rm(join(directory, 'index'), { recursive: true })
  await archive.completeIndex()
  expect(await formerOf(archive)).toEqual([version.hash])
})

test('a mark without a record, which a crash leaves, is no version, and of many the newest are named', async () => {
  const { archive, content, directory } = await openArchive()
  const version = await content('Fassung')
  for (let minute = 0; minute < 55; minute += 1)
    await archive.store(version, record({ reason: `${minute}`, archivedAt: at(minute) }))
  const query = { aktennummer: '12345', path: 'Brief.docx', document: null, most: 20, archiveDays: 90 }
  const { versions, older } = await archive.formerVersions({ ...query, isGone: async () => false })
  expect([versions.length, older]).toEqual([20, 35])
  await writeFile(`${archive.pathOf(version.hash)}.json`, '[]')
  expect(await formerOf(archive)).toEqual([])
  expect((await readdir(join(directory, 'index'))).length).toBe(1)
})

test('a mark is made while the last other one of its document goes, and its folder with it', async () => {
  const { directory } = await openArchive()
  const index = new ArchiveIndex(directory)
  const hashes = ['a', 'b', 'c'].map((digit) => digit.repeat(64))
  const comeAndGo = async (hash: string) => {
    for (let round = 0; round < 300; round++) {
      await index.add(hash, record())
      await index.remove(hash, record())
    }
  }
  await Promise.all(hashes.map(comeAndGo))
  expect(await index.find(record())).toEqual([])
})

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { blake3 } from 'hash-wasm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Office, startOffice } from '../../sandbox/office'
import { answer } from '../../services/api/answer'
import { ArchiveApi } from '../../services/api/archive-api'
import { archiveSchema } from '../../services/api/schemas'
import { AuditLog } from '../../services/audit/audit-log'
import { systemClock } from '../../services/clock'
import { Archive } from '../../services/content/archive'
import { contentOf, DiskSpool } from '../../services/content/spool'
import { WatcherService } from '../../services/watcher/watcher-service'
import { silentContext } from '../support/context'

const AKTE = '123/24'
const PATH = 'Schriftsätze/Klage (Entwurf).docx'
const context = silentContext

let office: Office
let root: string
let folder: string
let api: ArchiveApi
let lost: string

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'document-sync-archive-api-'))
  office = await startOffice({ dataDir: join(root, 'office') })
  await office.watcher.write(AKTE, PATH, 'the version that won')
})
afterAll(async () => {
  await office.close()
  await rm(root, { recursive: true, force: true })
})
beforeEach(async () => {
  folder = await mkdtemp(join(root, 'case-'))
  const { ADVOWARE_WATCHER_URL: url = '', ADVOWARE_WATCHER_AUTH_TOKEN: token = '' } = office.env()
  const archive = new Archive(context, join(folder, 'archive'))
  const systems = {
    archive,
    audit: new AuditLog(join(folder, 'audit'), systemClock),
    watcher: new WatcherService(context, { url, token }),
    openSpool: () => DiskSpool.open(),
  }
  api = new ArchiveApi(systems, systemClock, 'de')
  const words = 'the version that lost'
  const file = join(folder, 'content')
  await writeFile(file, words)
  lost = await blake3(words)
  await archive.store(contentOf(file, words.length, lost), {
    ...{ aktennummer: AKTE, path: PATH, document: null, side: 'EspoCRM', decision: 'UPDATE_ESPO' },
    ...{ windowsHash: await blake3('the version that won'), espoHash: lost, windowsModified: null },
    ...{
      kind: 'conflict',
      espoContentTime: null,
      reason: 'conflict, Windows is newer',
      archivedAt: '2026-11-24T10:00:00.000Z',
    },
  })
})

const audited = async () => {
  const [log] = (await readdir(join(folder, 'audit')).catch(() => [])).filter((name) =>
    name.endsWith('.jsonl'),
  )
  const lines = log ? (await readFile(join(folder, 'audit', log), 'utf8')).trim().split('\n') : []
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
}
const SENDER = { who: { name: 'anna', role: 'admin' }, address: '192.0.2.7' } as const
const download = (hash: unknown, place: unknown = {}) => answer(() => api.download(hash, place, SENDER))

describe('the archive by the API', () => {
  it('lists why a version was replaced, in the administrator’s language', async () => {
    const { versions } = archiveSchema.parse((await api.list({ aktennummer: AKTE })).body)
    expect(versions).toMatchObject([{ hash: lost, path: PATH, side: 'EspoCRM', size: 21 }])
    expect(versions[0]?.reason).toMatch(/Windows/)
    expect(versions[0]?.reason).not.toMatch(/newer/)
    expect((await api.list({ aktennummer: '7' })).body).toEqual({ versions: [] })
    expect((await api.list({ path: PATH.toUpperCase() })).body).toMatchObject({ versions: [{ path: PATH }] })
  })

  it('hands a content out under its name, after a line in the audit log', async () => {
    const { status, headers, body } = await download(lost)
    expect(status).toBe(200)
    expect(await audited()).toMatchObject([
      {
        action: 'DOWNLOAD',
        aktennummer: AKTE,
        path: PATH,
        hashAfter: lost,
        reason: expect.stringContaining('192.0.2.7'),
      },
    ])
    expect(await text(body as Readable)).toBe('the version that lost')
    expect(headers).toMatchObject({
      'Content-Type': 'application/octet-stream',
      'Content-Length': '21',
      'Content-Disposition': "attachment; filename*=UTF-8''Klage%20%28Entwurf%29.docx",
    })
  })

  it('hands a content that several Akten had out as that of the one it is asked for', async () => {
    const { versions } = archiveSchema.parse((await api.list({ aktennummer: AKTE })).body)
    const { hash, size, ...record } = versions[0] ?? expect.fail()
    const archive = new Archive(context, join(folder, 'archive'))
    const other = { ...record, aktennummer: '12345', path: 'Vertrag.docx', document: null }
    await archive.store(await archive.fetch(hash), other)
    const { headers } = await download(hash, { aktennummer: '12345' })
    expect(headers?.['Content-Disposition']).toContain('Vertrag.docx')
    expect(size).toBe(21)
    expect((await audited()).map(({ aktennummer }) => aktennummer)).toEqual(['12345'])
  })

  it('finds the version that won where it is: on the file share', async () => {
    const won = await blake3('the version that won')
    const { status, body } = await download(won, { aktennummer: AKTE, path: PATH })
    expect(status).toBe(200)
    expect(await text(body as Readable)).toBe('the version that won')
    expect(await audited()).toMatchObject([{ action: 'DOWNLOAD', hashAfter: won }])
  })

  it('hands out nothing that cannot be written to the audit log', async () => {
    await writeFile(join(folder, 'audit'), 'in the way of the folder')
    const { status, body } = await download(lost)
    expect(status).toBe(503)
    expect(JSON.stringify(body)).not.toContain('the version that lost')
  })

  it.each([
    ['a hash that is none', 'abc', {}, 400],
    ['a path instead of a hash', '../../etc/passwd', {}, 400],
    ['an unknown version', 'f'.repeat(64), {}, 404],
    ['a version that neither side has any more', 'f'.repeat(64), { aktennummer: AKTE, path: PATH }, 404],
    ['a path that does not exist', 'f'.repeat(64), { aktennummer: AKTE, path: 'nothing.docx' }, 404],
    ['a path that leaves the Akte', 'f'.repeat(64), { aktennummer: AKTE, path: '../1/x' }, 404],
    ['a hostile Aktennummer', 'f'.repeat(64), { aktennummer: '../1', path: PATH }, 404],
  ])('%s is a problem', async (_what, hash, place, status) => {
    expect((await download(hash, place)).status).toBe(status)
    expect(await audited()).toEqual([])
  })
})

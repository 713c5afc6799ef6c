import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seedTypicalAkte } from '../../sandbox/seed'
import { verifyInSync } from '../../scripts/verify'
import { type Installation, install, PENDING, PROCESSING, sync, until } from '../../testkit/installation'

const AKTE = '12345'

describe('Akte 12345 from SADD to the end, with a real Redis and a real Motia', () => {
  let firm: Installation
  beforeAll(async () => {
    firm = await install({ seed: seedTypicalAkte })
  })
  afterAll(() => firm?.close())

  it('brings all three systems into agreement', async () => {
    const { office, redis, motia } = firm
    await sync(firm, AKTE)

    expect(await verifyInSync(office, AKTE)).toEqual([])
    expect(office.espo.dokumente(AKTE)).toHaveLength(8)
    expect(await office.watcher.list(AKTE)).toHaveLength(9)
    expect(office.advoware.history(AKTE)).toHaveLength(11)
    expect(office.espo.akte(AKTE)).toMatchObject({ syncStatus: 'synced', aktivierungsstatus: 'Aktiv' })

    const report = JSON.parse((await redis.lindex(`advoware:reports:${AKTE}`, 0)) ?? '{}')
    expect(report.counts).toMatchObject({ created: 3, updated: 1, uploaded: 3, skipped: 2, failed: 0 })
    expect(await redis.get('advoware_document_sync_global')).toBeNull()
    for (const line of [
      '🔍 Polling Redis for pending Aktennummern',
      '📋 Processing: 12345',
      '✅ Emitted sync event for 12345 (status: Aktiv)',
      '🔄 Starting document sync for Akte 12345',
      '🔒 Global lock acquired',
      '📥 Fetching data...',
      '📊 Data fetched: 5 EspoCRM docs, 8 Windows files, 10 History entries',
      '🧹 After cleanup: 7 Windows files with History',
      '✅ Sync complete for Akte 12345',
    ]) {
      await until(`log line ${line}`, () => motia.output().includes(line), 5_000)
    }
  })

  it('keeps every version that it replaced, and says of one that a conflict did', async () => {
    const archive = `${firm.folder}/archive`
    const records = (await readdir(archive, { recursive: true })).filter((name) => name.endsWith('.json'))
    const replaced = await Promise.all(
      records.map(async (name) => JSON.parse(await readFile(join(archive, name), 'utf8'))),
    )
    expect(
      replaced
        .flat()
        .map(({ kind }) => kind)
        .sort(),
    ).toEqual(['agreed', 'agreed', 'conflict'])
  })

  it('moves no bytes in a second run and writes at most the status of the Akte', async () => {
    const { watcher, advoware, espo } = firm.office
    const before = await watcher.list(AKTE)
    for (const { requests } of [watcher, advoware, espo]) requests.reset()
    await sync(firm, AKTE)

    const of = (system: { requests: { method: string; path: string }[] }) =>
      system.requests.map(({ method, path }) => `${method} ${path}`)
    expect(of(watcher)).toEqual(['GET /akte-details'])
    expect(of(advoware).filter((line) => !line.startsWith('GET ') && !line.endsWith('/Token'))).toEqual([])
    expect(of(espo).filter((line) => /Attachment/.test(line))).toEqual([])
    const writes = of(espo).filter((line) => !line.startsWith('GET '))
    expect(writes).toEqual([expect.stringMatching(/^PUT \/api\/v1\/CAkten\//)])
    expect(await watcher.list(AKTE)).toEqual(before)
    expect(await verifyInSync(firm.office, AKTE)).toEqual([])
  })

  it('follows a change on each side', async () => {
    const { watcher, espo } = firm.office
    await watcher.write(AKTE, 'Rechnung 2026-017.pdf', 'Rechnung, neue Fassung')
    const letter = espo.dokumente(AKTE).find(({ name }) => String(name).startsWith('Mandantenbrief'))
    if (!letter) throw new Error('the letter is missing')
    await espo.replaceFile(letter.id, 'Mandantenbrief, neue Fassung', new Date(Date.now() - 60_000))
    await sync(firm, AKTE)

    const invoice = espo.dokumente(AKTE).find(({ dateipfad }) => String(dateipfad).includes('Rechnung'))
    expect(`${invoice && (await espo.content(invoice))}`).toBe('Rechnung, neue Fassung')
    expect(`${await watcher.read(AKTE, 'Korrespondenz/Mandantenbrief Größenangaben.docx')}`).toBe(
      'Mandantenbrief, neue Fassung',
    )
    expect(await verifyInSync(firm.office, AKTE)).toEqual([])
  })

  it('has the Akte pending again while EspoCRM is unreachable, and goes on afterwards', async () => {
    const { office, redis, motia } = firm
    office.espo.faults.set('down')
    const seen = motia.output().length
    await redis.sadd(PENDING, AKTE)
    await until('an attempt', () => motia.output().slice(seen).includes(`📋 Processing: ${AKTE}`))
    await until('the Akte to be pending again', async () => {
      const [pending, processing] = [redis.sismember(PENDING, AKTE), redis.sismember(PROCESSING, AKTE)]
      return (await pending) === 1 && (await processing) === 0
    })
    office.espo.faults.clear()
    await sync(firm, AKTE)
    expect(await verifyInSync(office, AKTE)).toEqual([])
  })
})

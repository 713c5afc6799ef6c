import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seedTypicalAkte } from '../../sandbox/seed'
import { verifyInSync } from '../../scripts/verify'
import { KEYS } from '../../services/redis/keys'
import { type Installation, install, PENDING, PROCESSING, sync, until } from '../../testkit/installation'

const AKTE = '12345'
const QUEUE_NAME = 'advoware.document.sync.Advoware Document Sync - Event Handler'
const QUEUE = `motia:${QUEUE_NAME}`

let firm: Installation
beforeAll(async () => {
  firm = await install({ seed: seedTypicalAkte })
})
afterAll(() => firm?.close())

describe('Akte 12345 from SADD to the end, with a real Redis and a real Motia', () => {
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

describe("Motia's retries and dead letters; the sets are the truth, a job is a wake-up call", () => {
  const deadLetters = () => firm.redis.llen(`${QUEUE}.dlq:wait`)
  const jobs = async () =>
    (await firm.redis.llen(`${QUEUE}:wait`)) +
    (await firm.redis.llen(`${QUEUE}:active`)) +
    (await firm.redis.zcard(`${QUEUE}:delayed`))

  it('a run that finds the lock taken fails visibly; after four tries it is a dead letter and nothing is lost', async () => {
    const { redis, motia } = firm
    await redis.set(KEYS.globalLock, '99999 held by an operator', 'EX', 1800)
    await redis.sadd(PENDING, AKTE)
    await until('two dead letters', async () => (await deadLetters()) >= 2)

    expect(motia.output()).toContain(`⏸️ Global lock busy (held by: 99999), requeueing ${AKTE}`)
    expect(await redis.zcard(`${QUEUE}:failed`)).toBeGreaterThanOrEqual(2)
    expect(await redis.sunion(PENDING, PROCESSING)).toEqual([AKTE])
    expect(await redis.hgetall(KEYS.attempts)).toEqual({})
    expect(await redis.hgetall(KEYS.failed)).toEqual({})
    // Each tick wakes a worker once, and each job ends after four tries: they do not pile up.
    expect(await jobs()).toBeLessThanOrEqual(3)
    expect(await redis.get(KEYS.globalLock)).toBe('99999 held by an operator')
  })

  it('is synced once when the lock is free', async () => {
    const { office, redis } = firm
    await redis.del(KEYS.globalLock)
    await until('the sets to be empty', async () => (await redis.sunion(PENDING, PROCESSING)).length === 0)
    expect(await verifyInSync(office, AKTE)).toEqual([])
    expect(office.espo.dokumente(AKTE)).toHaveLength(8)
    expect(office.advoware.history(AKTE)).toHaveLength(11)
  })

  it('dead letters that a person sends again from the Workbench find nothing to do', async () => {
    const { office, redis, motia } = firm
    await until('the last retries to end', async () => (await jobs()) === 0)
    for (const { requests } of [office.watcher, office.advoware, office.espo]) requests.reset()
    const sentAgain = await deadLetters()
    const url = `${motia.url}/__motia/bullmq/dlq/${encodeURIComponent(QUEUE_NAME)}/retry-all`
    const answer = await fetch(url, { method: 'POST' })
    expect(await answer.json()).toMatchObject({ count: sentAgain })
    await until('all of them to have run', async () => (await jobs()) === 0)

    for (const { requests } of [office.watcher, office.advoware, office.espo])
      expect(requests).toHaveLength(0)
    expect(await redis.sunion(PENDING, PROCESSING)).toEqual([])
    expect(await deadLetters()).toBe(0)
  })
})

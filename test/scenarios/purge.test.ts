import { mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Queue } from 'bullmq'
import { describe, expect, it } from 'vitest'
import { withRuntime } from '../../services/app/runtime'
import { verifyAudit } from '../../services/audit/audit-verify'
import { systemClock } from '../../services/clock'
import { Archive } from '../../services/content/archive'
import { Holds } from '../../services/content/holds'
import { contentInMemory } from '../../services/content/spool'
import { LockBusyError, NotFoundError, SettleFirstError } from '../../services/errors'
import type { ArchiveRecord } from '../../services/model/archive-record'
import { mentionOf } from '../../services/model/mention'
import type { SyncReport } from '../../services/model/report'
import { summarizeFiles } from '../../services/model/report'
import { previewPurge, purgeAkte } from '../../services/purge/purge'
import { AktenQueue } from '../../services/queue/akten-queue'
import { KEYS } from '../../services/redis/keys'
import { ReportStore } from '../../services/redis/report-store'
import { silentContext } from '../support/context'
import { collector, openOffice, type ScenarioOffice } from './office'

const QUEUE = 'advoware.document.sync.Advoware Document Sync - Event Handler'
const BY = 'anna@kanzlei'
const AKTE = '12345'
/** Numbers that only look alike. */
const OTHERS = ['123', '12345/24', '112345']

const settings = () => ({
  archive: process.env.SYNC_ARCHIVE_DIR ?? '',
  audit: process.env.SYNC_AUDIT_DIR ?? '',
  bases: process.env.SYNC_BASE_DIR ?? '',
})
const purge = (change: object = {}) =>
  withRuntime({ logger: collector([]) }, (runtime) =>
    purgeAkte(runtime, { aktennummer: AKTE, by: BY, reason: 'Art. 17 DSGVO', isForced: false, ...change }),
  )
const preview = (akte = AKTE) =>
  withRuntime({ logger: collector([]) }, (runtime) => previewPurge(runtime, akte))

/** A name of a document that is in no other Akte. */
const fileOf = (akte: string) => `Vertraulich ${akte.replace(/\D/g, '-')} Klage.docx`

/** Everything that the product and Motia can keep of an Akte, beside what syncing it left. */
async function fill(office: ScenarioOffice, akte: string): Promise<void> {
  const { redis } = office
  const now = Date.now()
  const json = JSON.stringify({ reason: `Akte ${akte}: ${fileOf(akte)}`, attempts: 1, time: '2026-01-01' })
  for (const key of [KEYS.pending, KEYS.force, KEYS.priority]) await redis.sadd(key, akte)
  for (const key of [KEYS.delayedUntil, KEYS.swept, KEYS.waitingSince, KEYS.recentStops, KEYS.lastRuns])
    await redis.zadd(key, now, akte)
  for (const key of [KEYS.failed, KEYS.stopped, KEYS.attempts, KEYS.causes, KEYS.openRuns, KEYS.lastResults])
    await redis.hset(key, akte, json)
  await redis.hset(KEYS.origins, akte, 'person')
  await redis.hset(KEYS.pausedAkten, akte, `Akte ${akte} ruht`)
  await redis.hset(KEYS.begunRuns, akte, 1)
  await redis.hset(KEYS.lastSynced, akte, '2026-01-01T00:00:00.000Z')
  await redis.hset(KEYS.lockWaits, akte, now)
  await redis.hset(KEYS.progress, akte, JSON.stringify({ aktennummer: akte, id: akte }))
  await redis.hset(KEYS.leases, akte, `dead|${now - 60_000}`)
  await redis.zadd(KEYS.restores(akte), now, `${fileOf(akte)}/0.5`)
  await redis.set(KEYS.akteLock(akte), `${akte} run:dead`, 'EX', 1800)
  const record: SyncReport = {
    ...{ aktennummer: akte, run: 'r', startedAt: '', finishedAt: new Date().toISOString(), durationMs: 1 },
    ...{ result: 'failed', message: fileOf(akte), forced: false, origin: 'direct', ...summarizeFiles([]) },
  }
  await new ReportStore(redis).save(record)
  const akteId = String(office.espo.akte(akte)?.id)
  const document = `dok${Buffer.from(akte).toString('hex')}`
  await redis.hset(KEYS.dokumentAkten, document, akteId)
  await redis.sadd(KEYS.akteDokumente(akteId), document)
  const base = JSON.stringify({ dateipfad: fileOf(akte), syncAkteId: akteId, syncPfad: fileOf(akte) })
  await redis.hset(KEYS.dokumentBases, document, base)
  await mkdir(join(settings().bases, document.slice(-2)), { recursive: true })
  await writeFile(join(settings().bases, document.slice(-2), `${document}.json`), base)
  await fillMotia(office, akte)
}

/** What a run of the Akte leaves in Motia's part of Redis: its lines do not all name it. */
async function fillMotia({ redis }: ScenarioOffice, akte: string): Promise<void> {
  const [trace, step, time] = ['tick-1', 'Advoware Document Sync - Event Handler', Date.now()]
  const frame = '='.repeat(60)
  const run = [frame, `🔄 Starting document sync for Akte ${akte}`, `🆕 CREATE ${fileOf(akte)}: new`, frame]
  const shift = akte.length * 100_000 // one run after the other
  const lines = run.map((message, at) => ({
    type: 'log',
    timestamp: time + shift + at,
    level: 'info',
    message,
  }))
  for (const { timestamp, message } of lines) {
    const id = `${akte}${timestamp}`.replace(/\D/g, 'x')
    const line = { id: 'l', step, traceId: trace, time: timestamp, msg: message, level: 'info' }
    await redis.set(`motia:logs:default:${Buffer.from(id).toString('hex')}`, JSON.stringify(line))
  }
  const polled = { type: 'log', timestamp: time, level: 'info', message: `📋 Processing: ${akte}` }
  const own = { id: 'run', name: step, parentTraceId: trace, status: 'failed', events: lines }
  await redis.hset(`motia:trace:${trace}`, `run-${Buffer.from(akte).toString('hex')}`, JSON.stringify(own))
  const tick = JSON.parse((await redis.hget(`motia:trace:${trace}`, 'tick')) ?? '{"events":[]}')
  const events = [...tick.events, polled]
  await redis.hset(
    `motia:trace:${trace}`,
    'tick',
    JSON.stringify({ id: 'tick', name: 'Cron', parentTraceId: trace, events }),
  )
  await redis.hset('motia:trace:default', trace, JSON.stringify({ id: trace, name: 'Cron', startTime: time }))
  for (const name of [QUEUE, `${QUEUE}.dlq`]) {
    const queue = new Queue(name, { connection: redis, prefix: 'motia' })
    await queue.add('advoware.document.sync', { data: { aktennummer: akte }, traceId: trace })
    await queue.close()
  }
}

/** Everything in Redis as one text, names of keys included. */
async function allOfRedis({ redis }: ScenarioOffice): Promise<string> {
  const texts: unknown[] = []
  for (const key of (await redis.keys('*')).sort()) {
    if (key === KEYS.metrics) continue // requests are counted
    const type = await redis.type(key)
    texts.push(key)
    if (type === 'string') texts.push(await redis.get(key))
    if (type === 'hash') texts.push(await redis.hgetall(key))
    if (type === 'set') texts.push(await redis.smembers(key))
    if (type === 'zset') texts.push(await redis.zrange(key, 0, -1, 'WITHSCORES'))
    if (type === 'list') texts.push(await redis.lrange(key, 0, -1))
    if (type === 'stream') texts.push(await redis.xrange(key, '-', '+'))
  }
  return texts.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join('\n')
}

/** Names and contents of all files below a folder. */
async function allOfFolder(folder: string): Promise<string> {
  const names = await readdir(folder, { recursive: true })
  const texts = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name)
      return (await stat(path)).isFile() ? `${name}\n${await readFile(path, 'utf8')}` : name
    }),
  )
  return texts.join('\n')
}

const everything = async (office: ScenarioOffice) => ({
  redis: await allOfRedis(office),
  archive: await allOfFolder(settings().archive),
  audit: await allOfFolder(settings().audit),
  bases: await allOfFolder(settings().bases),
})

const archived = (akte: string, content: string): [content: string, record: ArchiveRecord] => [
  content,
  {
    ...{
      aktennummer: akte,
      path: fileOf(akte),
      document: null,
      side: 'Windows',
      kind: 'conflict',
      windowsHash: null,
    },
    ...{ espoHash: null, windowsModified: null, espoContentTime: null, decision: 'UPLOAD_WINDOWS' },
    ...{ reason: 'conflict, EspoCRM is newer', archivedAt: '2026-03-24T09:31:00.000Z' },
  },
]
const store = async ([content, record]: ReturnType<typeof archived>) => {
  const version = await contentInMemory(Buffer.from(content))
  await new Archive(silentContext, settings().archive).store(version, record)
  return version.hash
}

/** An Akte beside some that only look alike, each with everything that can be kept of it; it is closed by now. */
async function fullOffice() {
  const office = await openOffice()
  const hashes = new Map<string, string[]>()
  for (const akte of [AKTE, ...OTHERS]) {
    await office.agreed({ [fileOf(akte)]: `Klage ${akte}` }, akte)
    await office.watcher.write(akte, fileOf(akte), `geändert ${akte}`)
    hashes.set(akte, [await store(archived(akte, `allein ${akte}`))])
    await store(archived(akte, 'beide'))
    await fill(office, akte)
  }
  office.espo.updateAkte(AKTE, { aktivierungsstatus: 'Deaktiviert' })
  await office.redis.set(
    KEYS.alerts,
    JSON.stringify({ open: { [`Akte ${AKTE}`]: { count: 12345, text: `Akte ${AKTE}: x` } } }),
  )
  await office.redis.set(KEYS.paused, `3 Akten were stopped, the last one is ${AKTE}; DEL resumes`)
  return { office, hashes }
}

describe('a purge', () => {
  it('leaves nothing of the Akte in Redis, the archive and the audit log, and all of the others', async () => {
    const { office, hashes } = await fullOffice()
    const before = await everything(office)
    for (const text of Object.values(before).slice(0, 3)) expect(text).toMatch(mentionOf(AKTE))
    const akteId = String(office.espo.akte(AKTE)?.id)
    const { counts } = await preview()
    expect(await everything(office), 'a preview changes nothing').toEqual(before)

    const receipt = await purge({ reason: `Löschantrag zu Akte ${AKTE}` })
    const after = await everything(office)
    const [own = ''] = hashes.get(AKTE) ?? []
    for (const [place, text] of Object.entries(after))
      for (const word of [fileOf(AKTE), own, akteId]) expect(text, `${place}: ${word}`).not.toContain(word)
    const counted = '"count":12345,'
    expect(after.redis, 'a number in JSON is none').toContain(counted)
    for (const [place, text] of Object.entries(after))
      expect(text.replace(counted, ''), place).not.toMatch(mentionOf(AKTE))

    for (const akte of OTHERS) {
      const lines = (text: string) =>
        text.split('\n').flatMap((line) => line.match(mentionOf(akte)) ?? []).length
      for (const place of ['redis', 'archive', 'audit'] as const)
        expect(lines(after[place]), `${place}: ${akte}`).toBe(lines(before[place]))
      for (const place of ['redis', 'bases'] as const) expect(after[place]).toContain(fileOf(akte))
      const [kept = ''] = hashes.get(akte) ?? []
      expect(await office.archived(kept)).toMatchObject({ content: `allein ${akte}` })
    }
    const shared = (await contentInMemory(Buffer.from('beide'))).hash
    expect((await office.archived(shared))?.records.map(({ aktennummer }) => aktennummer)).toEqual(OTHERS)
    expect(receipt).toMatchObject({ aktennummer: AKTE, by: BY, reason: 'Löschantrag zu Akte …', counts })
    expect(counts).toMatchObject({ versions: 2, contents: 1, shared: 1, reports: 2, documents: 2 })
    const [verdict] = await verifyAudit(settings().audit)
    expect(verdict).toMatchObject({ broken: null, removed: counts.auditLines, end: receipt.proof })
    await expect(preview()).rejects.toThrow(NotFoundError)
  }, 60_000)

  it('of an unknown Akte says so and changes nothing', async () => {
    const { office } = await fullOffice()
    const before = await everything(office)
    await expect(purge({ aktennummer: '777' })).rejects.toThrow(
      'Von der Akte 777 ist hier nichts gespeichert',
    )
    await expect(purge({ aktennummer: '../x' })).rejects.toThrow('../x ist keine Aktennummer')
    await expect(purge({ reason: ' ' })).rejects.toThrow('Ein Grund fehlt')
    expect(await everything(office)).toEqual(before)
  }, 60_000)

  it('is refused while the Akte is to be synced, held or being synced', async () => {
    const office = await openOffice()
    await office.agreed({ 'Klage.docx': 'Klage' })
    await expect(purge()).rejects.toThrow(SettleFirstError)
    office.espo.updateAkte(AKTE, { aktivierungsstatus: 'Deaktiviert' })
    const holds = new Holds(office.redis, settings().archive)
    await holds.place(AKTE, { reason: 'Rechtsstreit', by: BY, since: '2026-11-26T12:00:00.000Z' })
    await expect(purge({ isForced: true })).rejects.toThrow('Rechtsstreit')
    await holds.release(AKTE)
    const queue = new AktenQueue(office.redis, systemClock)
    await queue.holdForManualChange(AKTE, 'a run')
    await expect(purge({ isForced: true })).rejects.toThrow(LockBusyError)
    await queue.settle(AKTE, 'a run', { outcome: 'done' })
    await office.redis.set(KEYS.globalLock, AKTE)
    await expect(purge()).rejects.toThrow(LockBusyError)
    await office.redis.del(KEYS.globalLock)
    expect(await purge()).toMatchObject({ counts: { reports: 1 } })
  })

  it('does not end a hold that somebody places while the audit log forgets', async () => {
    const office = await openOffice()
    await office.agreed({ 'Klage.docx': 'Klage' })
    const hold = { reason: 'Rechtsstreit', by: BY, since: '2026-11-26T12:00:00.000Z' }
    let asked = 0
    const purging = withRuntime({ logger: collector([]) }, (runtime) => {
      const { systems } = runtime
      const of = async (akte: string) => {
        const found = await systems.holds.of(akte)
        if (++asked === 4) await systems.holds.place(akte, hold) // after the last look before the log is rewritten
        return found
      }
      const holds = Object.assign(Object.create(systems.holds), { of })
      const request = { aktennummer: AKTE, by: BY, reason: 'Art. 17 DSGVO', isForced: true }
      return purgeAkte({ ...runtime, systems: { ...systems, holds } }, request)
    })
    await expect(purging).rejects.toThrow('Rechtsstreit')
    expect(await new Holds(office.redis, settings().archive).of(AKTE)).toMatchObject(hold)
    expect(
      await office.redis.smembers(KEYS.pending),
      'the next sync of an Akte that is still synced',
    ).toEqual([AKTE])
  })

  it('with force purges an Akte that goes on being synced, and the next sync makes its notes anew', async () => {
    const office = await openOffice()
    await office.agreed({ 'Klage.docx': 'Klage' })
    expect(await purge({ isForced: true })).toMatchObject({ forced: true })
    expect(await office.redis.exists(KEYS.reports(AKTE))).toBe(0)
    expect((await office.sync()).report?.result).toBe('synced')
    await office.expectAgreement('Klage.docx', 'Klage')
  })

  it('finds what is left of an Akte that was erased in EspoCRM before', async () => {
    const { office } = await fullOffice()
    const akteId = String(office.espo.akte(AKTE)?.id)
    const { url, apiKey } = {
      url: office.office.env().ESPOCRM_API_BASE_URL,
      apiKey: office.office.env().ESPOCRM_API_KEY,
    }
    await fetch(`${url}/CAkten/${akteId}`, { method: 'DELETE', headers: { 'X-Api-Key': apiKey ?? '' } })
    expect(office.espo.akte(AKTE)).toBeNull()
    await purge()
    expect(await allOfRedis(office)).not.toContain(akteId)
  }, 60_000)

  it('goes on after a crash at any place', async () => {
    const { office } = await fullOffice()
    const crash = new Error('killed')
    const blocked = join(office.dir, 'blocked')
    await writeFile(blocked, '')
    const stops = ['archive.forget', 'openSpool', 'audit'] as const
    for (const stop of stops) {
      const crashing = withRuntime({ logger: collector([]) }, (runtime) => {
        const { systems } = runtime
        const fail = async () => {
          throw crash
        }
        const broken = {
          ...systems,
          ...(stop === 'openSpool' ? { openSpool: fail } : {}),
          ...(stop === 'archive.forget'
            ? { archive: Object.assign(Object.create(systems.archive), { forget: fail }) }
            : {}),
        }
        const config = { ...runtime.config, sync: { ...runtime.config.sync } }
        if (stop === 'audit') {
          // The folder of the audit log is gone just when the log is to be written.
          const open = systems.openSpool
          broken.openSpool = async () => {
            config.sync.auditDir = join(blocked, 'no folder')
            return open()
          }
        }
        const request = { aktennummer: AKTE, by: BY, reason: 'Art. 17 DSGVO', isForced: false }
        return purgeAkte({ ...runtime, config, systems: broken }, request)
      })
      await expect(crashing, stop).rejects.toThrow()
      expect(await office.redis.hget(KEYS.causes, AKTE), stop).toContain('unterbrochen')
    }
    await purge()
    const after = await everything(office)
    for (const [place, text] of Object.entries(after))
      expect(text.replace('"count":12345,', ''), place).not.toMatch(mentionOf(AKTE))
    expect((await verifyAudit(settings().audit))[0]).toMatchObject({ broken: null })
  }, 60_000)

  it('removes what crashed processes left of contents and records', async () => {
    const office = await openOffice()
    await office.agreed({ 'Klage.docx': 'Klage' })
    office.espo.updateAkte(AKTE, { aktivierungsstatus: 'Deaktiviert' })
    const hash = await store(archived(AKTE, 'allein'))
    const file = new Archive(silentContext, settings().archive).pathOf(hash)
    await writeFile(`${file}.json.${systemClock.token()}`, `half a record of ${AKTE}`)
    const orphan = await contentInMemory(Buffer.from('nie fertig geworden'))
    const orphaned = new Archive(silentContext, settings().archive).pathOf(orphan.hash)
    await mkdir(join(orphaned, '..'), { recursive: true })
    await writeFile(orphaned, 'nie fertig geworden')
    const incoming = join(settings().archive, 'incoming', systemClock.token())
    await writeFile(incoming, 'half a content')
    await utimes(incoming, 0, 0)
    await purge()
    const left = (await readdir(settings().archive, { recursive: true })).filter((name) =>
      /[0-9a-f]{32}|-/.test(name),
    )
    expect(left).toEqual([])
  })
})

describe('a hold', () => {
  it('survives an empty Redis, keeps the archive from ageing, and reports without limit', async () => {
    const office = await openOffice()
    await office.agreed({ 'Klage.docx': 'Klage' })
    const holds = new Holds(office.redis, settings().archive)
    expect(await office.redis.ttl(KEYS.reports(AKTE))).toBeGreaterThan(0)
    await holds.place(AKTE, { reason: 'Rechtsstreit', by: BY, since: '2026-11-26T12:00:00.000Z' })
    expect(await office.redis.ttl(KEYS.reports(AKTE))).toBe(-1)
    await office.redis.sadd(KEYS.pending, AKTE)
    await office.tick()
    expect(await office.redis.ttl(KEYS.reports(AKTE))).toBe(-1)

    const [content, record] = archived(AKTE, 'allein')
    const [other, theirs] = archived('777', 'auch alt')
    const old = { kind: 'agreed', archivedAt: '2020-01-01T00:00:00.000Z' } as const
    const hash = await store([content, { ...record, ...old }])
    const otherHash = await store([other, { ...theirs, ...old }])
    const archive = new Archive(silentContext, settings().archive)
    const later = new Date(Date.now() + 60_000)
    await office.redis.del(KEYS.heldAkten)
    expect(await archive.prune(later)).toEqual([otherHash])
    expect(await holds.of(AKTE)).toMatchObject({ reason: 'Rechtsstreit' })
    expect(await office.redis.hexists(KEYS.heldAkten, AKTE)).toBe(1)

    expect(await holds.release(AKTE)).toBe(true)
    expect(await holds.release(AKTE)).toBe(false)
    expect(await office.redis.ttl(KEYS.reports(AKTE))).toBeGreaterThan(0)
    expect(await archive.prune(later)).toEqual([hash])
  })

  it('whose file nobody can read is still a hold', async () => {
    const office = await openOffice()
    const holds = new Holds(office.redis, settings().archive)
    await holds.place('12/3', { reason: 'Rechtsstreit', by: BY, since: '2026-11-26T12:00:00.000Z' })
    await office.redis.del(KEYS.heldAkten)
    await writeFile(join(settings().archive, 'holds', '12%2F3.json'), '')
    expect([...(await holds.all()).keys()]).toEqual(['12/3'])
  })
})

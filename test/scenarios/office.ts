import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest'
import type { SchemaName } from '../../sandbox/espo/predecessor'
import type { EspoRecord } from '../../sandbox/espo/schema'
import { type Office, type OfficeOptions, startOffice } from '../../sandbox/office'
import type { Exchange, RequestRecord } from '../../sandbox/stand-in'
import { withRuntime } from '../../services/app/runtime'
import { Archive } from '../../services/content/archive'
import { espoTime } from '../../services/espo/espo-values'
import type { FlowLogger } from '../../services/logger'
import type { ArchiveRecord } from '../../services/model/archive-record'
import type { Reason } from '../../services/model/reasons'
import type { FileReport, SyncReport } from '../../services/model/report'
import { KEYS } from '../../services/redis/keys'
import { ReportStore } from '../../services/redis/report-store'
import { runAkte } from '../../services/sync/akte-run'
import { pollPendingAkten } from '../../services/sync/akten-poller'
import { sweepOrSay } from '../../services/sync/sweep'
import { startTestRedis } from '../../testkit/redis-server'
import { silentContext } from '../support/context'

export const AKTE = '12345'

export type SystemName = 'watcher' | 'advoware' | 'espo'
export type Seen = RequestRecord & { system: SystemName }

/** What one wake-up of an Akte did, as a person with the log, the report and a network trace sees it. */
export interface Run {
  /** Null where the queue step never came to an end with a report. */
  report: SyncReport | null
  /** Log lines of both steps, each with its fields. */
  log: string[]
  /** All of `log` as one text. */
  text: string
  /** What the queue step threw, so that Motia shows it as failed. */
  error: Error | null
  /** Aktennummern the cron step woke a worker for. */
  emitted: string[]
  /** Requests of the cron step. */
  polled: Seen[]
  /** Requests of the queue step. */
  requests: Seen[]
  /** The report's line about one path. */
  item(path: string): FileReport
}

let played: SchemaName = 'extension'

/** Which EspoCRM every office of this test file has: the product's own extension unless told. */
export function playInstallation(name: SchemaName): void {
  beforeAll(() => {
    played = name
  })
  afterAll(() => {
    played = 'extension'
  })
}

/** The three systems, a real Redis, and the two steps of the product between them. */
export class ScenarioOffice {
  private constructor(
    readonly office: Office,
    readonly redis: Redis,
    readonly dir: string,
  ) {}

  get watcher() {
    return this.office.watcher
  }

  get advoware() {
    return this.office.advoware
  }

  get espo() {
    return this.office.espo
  }

  /** Starts everything; the end of the test closes it. */
  static async open(options: Pick<OfficeOptions, 'mapping' | 'isExtended'> = {}): Promise<ScenarioOffice> {
    const dir = await mkdtemp(join(tmpdir(), 'scenario-'))
    const office = await startOffice({ dataDir: join(dir, 'office'), mapping: played, ...options })
    const server = await startTestRedis()
    const settings = {
      ...office.env(),
      MOTIA_REDIS_HOST: '127.0.0.1',
      MOTIA_REDIS_PORT: String(server.port),
      SYNC_ARCHIVE_DIR: join(dir, 'archive'),
      SYNC_AUDIT_DIR: join(dir, 'audit'),
      SYNC_BASE_DIR: join(dir, 'bases'),
      LOG_LEVEL: 'debug',
    }
    const before = { ...process.env }
    Object.assign(process.env, settings)
    const redis = server.connect()
    await redis.set(KEYS.marker, 'new') // an office that has been there for long
    onTestFinished(async () => {
      await server.stop()
      await office.close()
      for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name]
      Object.assign(process.env, before)
      await rm(dir, { recursive: true, force: true })
    })
    return new ScenarioOffice(office, redis, dir)
  }

  /** Changes settings of the product until the test ends. */
  set(settings: Record<string, string>): void {
    Object.assign(process.env, settings)
  }

  /** An Akte that Advoware and EspoCRM know. */
  addAkte(akte = AKTE, aktivierungsstatus = 'Aktiv'): void {
    this.advoware.addAkte(akte, { ablage: false })
    this.espo.addAkte({ aktennummer: akte, name: `Akte ${akte}`, aktivierungsstatus })
  }

  /** Files on the share that the History names, an hour old. */
  async filed(files: Record<string, string | Buffer>, akte = AKTE): Promise<void> {
    for (const [path, content] of Object.entries(files)) {
      await this.watcher.write(akte, path, content)
      const datei = `V:\\Akten\\${akte}\\${path}`
      this.advoware.addHistory(akte, { dat: '2026-03-24', art: 'Schreiben', text: `Zu ${path}`, datei })
    }
  }

  /** An Akte whose files were all synced before, by the product itself. */
  async agreed(files: Record<string, string | Buffer>, akte = AKTE): Promise<void> {
    if (!this.espo.akte(akte)) this.addAkte(akte)
    await this.filed(files, akte)
    const run = await this.sync(akte)
    expect(run.report?.result).toBe('synced')
    for (const path of Object.keys(files)) await this.expectAgreement(path, files[path] ?? '', akte)
  }

  /** Somebody does something in the office, just before the next request of this kind is answered. */
  meanwhile(system: SystemName, method: string, path: RegExp, work: () => Promise<unknown> | unknown): void {
    const standIn = this.office[system] as unknown as { handle(exchange: Exchange): Promise<void> }
    const handle = standIn.handle.bind(standIn)
    let isOver = false
    standIn.handle = async (exchange) => {
      if (!isOver && exchange.method === method && path.test(exchange.path)) {
        isOver = true
        await work()
      }
      await handle(exchange)
    }
  }

  /** SADD, one cron step, and the queue step for what it emitted. The waiting time after a failure is over. */
  async sync(akte = AKTE): Promise<Run> {
    await this.redis.sadd(KEYS.pending, akte)
    await this.redis.zrem(KEYS.delayedUntil, akte)
    await this.redis.del(KEYS.reports(akte))
    return this.tick(akte)
  }

  /** One cron step and the queue step for what it emitted, without touching the sets by hand. */
  async tick(akte = AKTE): Promise<Run> {
    const log: string[] = []
    const emitted: string[] = []
    let error: Error | null = null
    const logger = collector(log)
    this.resetRequests()
    await withRuntime({ logger }, (runtime) =>
      pollPendingAkten(runtime, async (aktennummer) => {
        emitted.push(aktennummer)
      }),
    )
    const polled = this.requests()
    this.resetRequests()
    for (const aktennummer of emitted) {
      await withRuntime({ logger }, (runtime) => runAkte(runtime, aktennummer)).catch((thrown: Error) => {
        error = thrown
      })
    }
    const [report = null] = await new ReportStore(this.redis).list(akte, 1)
    const item = (path: string): FileReport => {
      const slashed = path.replaceAll('\\', '/')
      const found = report?.items.find((one) => one.path === slashed || one.path === path)
      if (found) return found
      // Files in plain agreement are only counted in the report; the debug log names them.
      const line = log.find((one) => one.startsWith(`⏭️ SKIP ${slashed}: `))
      if (!line) throw new Error(`Nothing is said about ${path}:\n${log.join('\n')}`)
      const reason = line.slice(`⏭️ SKIP ${slashed}: `.length) as Reason
      return { path, action: 'SKIP', reason, outcome: 'skipped', bytes: 0 }
    }
    return { report, log, text: log.join('\n'), error, emitted, polled, requests: this.requests(), item }
  }

  /** One sweep step, without what the cron poller makes of it; resolves to its log and its requests. */
  async sweep(): Promise<{ text: string; requests: Seen[] }> {
    const log: string[] = []
    this.resetRequests()
    await withRuntime({ logger: collector(log) }, sweepOrSay)
    return { text: log.join('\n'), requests: this.requests() }
  }

  /** What the sweep found and nobody took yet, in that order. */
  swept(): Promise<string[]> {
    return this.redis.zrange(KEYS.swept, 0, -1)
  }

  /** As if the last sync of an Akte had been so many hours ago, for EspoCRM and for Redis. */
  async age(hours: number, akte = AKTE): Promise<void> {
    const time = new Date(Date.now() - hours * 3_600_000)
    this.espo.updateAkte(akte, { lastSync: espoTime(time) })
    await this.redis.zadd(KEYS.lastRuns, time.getTime(), akte)
  }

  /** With the extension's names of the entities in each path, whatever the office calls them. */
  requests(): Seen[] {
    const { akten, dokumente } = this.espo.schema
    const own = (path: string) =>
      path.replace(`/v1/${akten}`, '/v1/CAkten').replace(`/v1/${dokumente}`, '/v1/CDokumente')
    return (['watcher', 'advoware', 'espo'] as const).flatMap((system) =>
      this.office[system].requests.map((request) => ({ ...request, path: own(request.path), system })),
    )
  }

  resetRequests(): void {
    for (const system of ['watcher', 'advoware', 'espo'] as const) this.office[system].requests.reset()
  }

  /** The one document with this path. */
  dokument(path: string, akte = AKTE): EspoRecord {
    const found = this.dokumente(path, akte)
    if (found.length !== 1 || !found[0]) throw new Error(`${found.length} documents at ${path}`)
    return found[0]
  }

  /** What the Akte says, as people read it on its page: links by their names, entities as characters. */
  akteSays(akte = AKTE): string {
    const text = String(this.espo.akte(akte)?.syncMessage ?? '')
    return text
      .replace(/\[([^\]]*)\]\(#[^)]*\)/g, '$1')
      .replace(/&#(\d+);/g, (_all, code) => String.fromCharCode(Number(code)))
  }

  dokumente(path: string, akte = AKTE): EspoRecord[] {
    const key = (text: unknown): string => String(text).replaceAll('\\', '/')
    return this.espo
      .dokumente(akte)
      .filter((record) => key(record.dateipfad ?? record.dokumentName ?? record.name) === key(path))
  }

  async onWindows(path: string, akte = AKTE): Promise<string | null> {
    return (await this.watcher.read(akte, path))?.toString() ?? null
  }

  async inEspo(path: string, akte = AKTE): Promise<string | null> {
    return (await this.espo.content(this.dokument(path, akte)))?.toString() ?? null
  }

  async listed(path: string, akte = AKTE) {
    const found = (await this.watcher.list(akte)).find(
      (file) => file.path.replaceAll('\\', '/') === path.replaceAll('\\', '/'),
    )
    if (!found) throw new Error(`Windows does not list ${path}`)
    return found
  }

  /** The History entries that name a file of this path. */
  entries(path: string, akte = AKTE) {
    return this.advoware.history(akte).filter((entry) => entry.datei?.endsWith(`\\${path}`))
  }

  /** Both sides hold this content, and the base of the document says so; by default people are told nothing. */
  async expectAgreement(
    path: string,
    content: string | Buffer,
    akte = AKTE,
    syncMessage: unknown = null,
  ): Promise<void> {
    const expected = Buffer.from(content)
    expect((await this.watcher.read(akte, path))?.equals(expected), `${path} on Windows`).toBe(true)
    const dokument = this.dokument(path, akte)
    expect((await this.espo.content(dokument))?.equals(expected), `${path} in EspoCRM`).toBe(true)
    const { usn } = await this.listed(path, akte)
    const hash = await this.hashOf(path, akte)
    expect(dokument).toMatchObject({
      syncHash: hash,
      blake3hash: hash,
      sync_usn: Number(usn),
      syncAttachmentId: dokument.dokumentId,
      fileStatus: 'synced',
      syncStatus: this.espo.schema.hooks?.setsUnclean ? 'unclean' : 'synced',
      syncMessage,
      lastSync: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
    })
  }

  /** Blake3 of the Windows file, also while the watcher hides it. */
  async hashOf(path: string, akte = AKTE): Promise<string> {
    const hidden = this.watcher.hideHashes
    this.watcher.hideHashes = false
    const { blake3Hash } = await this.listed(path, akte)
    this.watcher.hideHashes = hidden
    return blake3Hash ?? ''
  }

  /** What the archive keeps under a hash: the content and why it is there. */
  async archived(hash: string): Promise<{ content: string; records: ArchiveRecord[] } | null> {
    const archive = new Archive(silentContext, process.env.SYNC_ARCHIVE_DIR ?? '')
    const content = await readFile(archive.pathOf(hash), 'utf8').catch(() => null)
    return content === null ? null : { content, records: await archive.records(hash) }
  }

  /** Where an Aktennummer stands in Redis. */
  async snapshot(akte = AKTE) {
    const { redis } = this
    const [pending, processing, failed, stopped, attempts, due] = await Promise.all([
      redis.sismember(KEYS.pending, akte),
      redis.sismember(KEYS.processing, akte),
      redis.hget(KEYS.failed, akte),
      redis.hget(KEYS.stopped, akte),
      redis.hget(KEYS.attempts, akte),
      redis.zscore(KEYS.delayedUntil, akte),
    ])
    const dueInSeconds = due === null ? null : (Number(due) - Date.now()) / 1000
    const sets = { pending: pending === 1, processing: processing === 1, failed, stopped }
    return { ...sets, attempts, dueInSeconds, lock: await redis.get(KEYS.globalLock) }
  }

  /** Everything Redis holds but the access token, as one text. */
  async redisText(): Promise<string> {
    const { redis } = this
    const texts: string[] = []
    for (const key of await redis.keys('*')) {
      if (key === KEYS.token) continue
      const type = await redis.type(key)
      if (type === 'string') texts.push(`${key} ${await redis.get(key)}`)
      if (type === 'hash') texts.push(`${key} ${JSON.stringify(await redis.hgetall(key))}`)
      if (type === 'set') texts.push(`${key} ${await redis.smembers(key)}`)
      if (type === 'zset') texts.push(`${key} ${await redis.zrange(key, 0, -1)}`)
    }
    return texts.join('\n')
  }
}

export const openOffice = ScenarioOffice.open

/** Requests that carry a document's bytes. */
export const transfers = (run: Run): Seen[] =>
  run.requests.filter(
    ({ method, path, status }) =>
      (path === '/file' && status !== 404) ||
      path.startsWith('/files/') ||
      path.includes('/Attachment/file/') ||
      (method === 'POST' && path.includes('/Attachment')),
  )

export const reads = (run: Run): Seen[] => run.requests.filter(({ method }) => method === 'GET')

/** Requests that change something; asking for a token changes nothing. */
export const writes = (run: Run): string[] =>
  run.requests
    .filter(({ method, path }) => method !== 'GET' && path !== '/api/v1/Token')
    .map(({ method, path }) => `${method} ${path.replace(/^\/api\/v1\//, '')}`)

/** The quiet run: no bytes moved, nothing written but the Akte. */
export function expectQuiet(office: ScenarioOffice, run: Run, akte = AKTE): void {
  expect(run.report?.result).toBe('synced')
  expect(transfers(run)).toEqual([])
  expect(writes(run)).toEqual([`PUT CAkten/${office.espo.akte(akte)?.id}`])
}

/** A time for the last change of a file. */
export const minutesAgo = (minutes: number): Date => new Date(Date.now() - minutes * 60_000)

export function collector(log: string[]): FlowLogger {
  const collect = (message: string, fields?: unknown): void => {
    log.push(fields === undefined ? message : `${message} ${JSON.stringify(fields)}`)
  }
  return { info: collect, warn: collect, error: collect, debug: collect }
}

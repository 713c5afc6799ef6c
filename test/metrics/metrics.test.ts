import { readFile } from 'node:fs/promises'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { expose } from '../../services/metrics/exposition'
import { COUNTED, MEASURED } from '../../services/metrics/metrics'
import { MetricsRecorder } from '../../services/metrics/recorder'
import { type FileReport, type SyncReport, summarizeFiles } from '../../services/model/report'
import type { Outcome } from '../../services/queue/akten-queue'
import type { Instance } from '../../services/queue/instances'
import { beginLockWait, endLockWait } from '../../services/queue/lock-waits'
import type { AkteSnapshot, QueueSnapshot } from '../../services/queue/queue-snapshot'
import { summarize } from '../../services/queue/summary'
import { KEYS } from '../../services/redis/keys'
import type { SyncResult } from '../../services/sync/akte-sync'
import { recordRun } from '../../services/sync/record-run'
import { startTestRedis, type TestRedis } from '../../testkit/redis-server'

const NOW = 1_800_000_000_000
const IDLE: QueueSnapshot = {
  ...{
    now: NOW,
    lastTickAt: NOW - 4000,
    pollingSince: NOW - 60_000,
    instances: [],
    emptied: null,
    isLost: false,
  },
  beyond: { pending: 0, processing: 0, failed: 0, stopped: 0 },
  ...{ akten: [], pausedAkten: new Map(), causes: new Map(), paused: null, lock: null, swept: 0 },
}
const server1: Instance = {
  ...{ id: '1', kind: 'server', version: '1.0.0', lockScope: 'global', isAlive: true },
  ...{ startedAt: NOW - 90_000, lastTickAt: null, seenAt: NOW },
}

let server: TestRedis
let redis: Redis

beforeAll(async () => {
  server = await startTestRedis()
  redis = server.connect()
})
afterAll(() => server.stop())
beforeEach(() => redis.flushall())

/** The value of a sample in the exposed text, its labels in any order; undefined when it is not there. */
async function sample(key: string, snapshot = IDLE): Promise<number | undefined> {
  const sorted = (text: string) => text.replace(/\{(.*)\}/, (_, labels) => `{${labels.split(',').sort()}}`)
  const lines = (await expose(redis, snapshot)).split('\n')
  const line = lines.find((text) => sorted(text.slice(0, text.lastIndexOf(' '))) === sorted(key))
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ') + 1))
}

function reportOf(items: Partial<FileReport>[], result: SyncReport['result'] = 'synced'): SyncResult {
  const files = items.map(
    (item): FileReport => ({
      ...{ path: 'Klage.docx', action: 'SKIP', reason: 'unchanged', outcome: 'skipped', bytes: 0 },
      ...item,
    }),
  )
  const times = { startedAt: '', finishedAt: '', durationMs: 1500 }
  const run = {
    aktennummer: '1',
    run: 'r',
    forced: false,
    origin: 'direct' as const,
    ...times,
    result,
    message: null,
  }
  return { report: { ...run, ...summarizeFiles(files) }, files, isKnown: true, isClosed: false, dueAt: null }
}

const snapshot = (entry: Partial<AkteSnapshot>): AkteSnapshot => ({
  ...{ aktennummer: '1', state: 'pending', since: null, dueAt: null, attempts: 0, reason: null },
  ...{ reasonAt: null, isRequested: false, isForced: false, pausedReason: null },
  ...entry,
})

describe('what the runs add up', () => {
  it('is the sum over all processes, each of which writes once', async () => {
    const [one, another] = [new MetricsRecorder(), new MetricsRecorder()]
    one.add(COUNTED.runs, { result: 'synced' })
    one.add(COUNTED.runs, { result: 'synced' })
    another.add(COUNTED.runs, { result: 'synced' })
    another.add(COUNTED.runs, { result: 'failed' })
    await Promise.all([one.flush(redis), another.flush(redis)])
    await one.flush(redis) // nothing is counted twice
    expect(await sample('document_sync_runs_total{result="synced"}')).toBe(3)
    expect(await sample('document_sync_runs_total{result="failed"}')).toBe(1)
  })

  it('keeps histograms as Prometheus wants them: buckets that include the smaller ones', async () => {
    for (const seconds of [0.2, 0.7, 2000]) {
      const run = new MetricsRecorder()
      run.observe(COUNTED.duration, {}, seconds)
      await run.flush(redis)
    }
    const name = 'document_sync_run_duration_seconds'
    expect(await sample(`${name}_bucket{le="0.5"}`)).toBe(1)
    expect(await sample(`${name}_bucket{le="1"}`)).toBe(2)
    expect(await sample(`${name}_bucket{le="900"}`)).toBe(2)
    expect(await sample(`${name}_bucket{le="+Inf"}`)).toBe(3)
    expect(await sample(`${name}_count`)).toBe(3)
    expect(await sample(`${name}_sum`)).toBeCloseTo(2000.9)
  })

  it('costs an idle process nothing, and a lost Redis no sync', async () => {
    await new MetricsRecorder().flush(redis)
    expect(await redis.exists(KEYS.metrics)).toBe(0)
    const gone = server.connect()
    gone.disconnect()
    const run = new MetricsRecorder()
    run.add(COUNTED.runs, { result: 'synced' })
    await expect(run.flush(gone)).resolves.toBeUndefined()
  })

  it.each<[string, SyncResult, Outcome, Record<string, number>]>([
    [
      'a sync that moved files both ways',
      reportOf([
        { action: 'CREATE', outcome: 'done', reason: 'new file in Windows', bytes: 100 },
        {
          action: 'UPLOAD_WINDOWS',
          outcome: 'done',
          reason: 'conflict, EspoCRM is newer',
          conflict: 'EspoCRM',
          bytes: 7,
        },
        {},
      ]),
      { outcome: 'done' },
      {
        'document_sync_runs_total{result="synced"}': 1,
        'document_sync_files_total{action="CREATE",outcome="done"}': 1,
        'document_sync_files_total{action="SKIP",outcome="skipped"}': 1,
        'document_sync_transferred_bytes_total{direction="to_espocrm"}': 100,
        'document_sync_transferred_bytes_total{direction="to_windows"}': 7,
        'document_sync_conflicts_total{winner="EspoCRM"}': 1,
        document_sync_run_duration_seconds_sum: 1.5,
        document_sync_safety_stops_total: 0,
      },
    ],
    [
      'a file open in Word',
      reportOf([{ action: 'UPDATE_ESPO', outcome: 'deferred', reason: 'just modified' }], 'deferred'),
      { outcome: 'retry', delayMs: 30_000, reason: '' },
      { 'document_sync_runs_total{result="deferred"}': 1, document_sync_deferred_files_total: 1 },
    ],
    [
      'a failure that is tried again',
      reportOf([], 'failed'),
      { outcome: 'retry', delayMs: 10_000, reason: '', attempts: 1 },
      {
        'document_sync_runs_total{result="failed"}': 1,
        'document_sync_retries_total{system="sync"}': 1,
      },
    ],
    [
      'a failure that is given up',
      reportOf([], 'failed'),
      { outcome: 'failed', reason: '', attempts: 8 },
      { 'document_sync_runs_total{result="given_up"}': 1 },
    ],
    [
      'a safety stop',
      reportOf([], 'stopped'),
      { outcome: 'stopped', reason: '', pauseAfter: 3 },
      { 'document_sync_runs_total{result="stopped"}': 1, document_sync_safety_stops_total: 1 },
    ],
  ])('%s', async (_what, report, end, expected) => {
    const run = new MetricsRecorder()
    recordRun(run, report, end)
    await run.flush(redis)
    for (const [key, value] of Object.entries(expected))
      expect([key, await sample(key)]).toEqual([key, value])
  })

  it('measures the wait for the lock over the runs that found it busy', async () => {
    const at = (seconds: number) => new Date(NOW + seconds * 1000)
    await beginLockWait(redis, '123/24', at(0))
    await beginLockWait(redis, '123/24', at(10))
    expect(await endLockWait(redis, '123/24', at(25))).toBe(25)
    expect(await endLockWait(redis, '123/24', at(30))).toBe(0)
    expect(await endLockWait(redis, '1', at(30))).toBe(0)
  })
})

describe('what is measured at the moment', () => {
  it('counts the Akten by state and finds the longest wait', () => {
    const akten = [
      snapshot({ since: NOW - 1000 }),
      snapshot({ since: NOW - 9000, dueAt: NOW + 5000 }),
      snapshot({ since: NOW - 4000, pausedReason: 'on request' }),
      snapshot({ state: 'running', since: NOW - 8000 }),
      snapshot({ state: 'waiting' }),
      snapshot({ state: 'failed' }),
      snapshot({ state: 'stopped' }),
    ]
    expect(summarize({ ...IDLE, akten })).toEqual({
      counts: { pending: 3, processing: 2, failed: 1, stopped: 1 },
      oldestPendingMs: 9000,
      oldestOverdueMs: 1000,
    })
    expect(summarize(IDLE)).toMatchObject({ oldestPendingMs: 0, oldestOverdueMs: 0 })
  })

  it.each([
    [null, 0, 0, 0],
    [{ aktennummer: '1', isAlive: true, isForeign: false }, 1, 0, 0],
    [{ aktennummer: '1', isAlive: false, isForeign: false }, 1, 1, 0],
    [{ aktennummer: '1', isAlive: false, isForeign: true }, 1, 0, 1],
  ])(
    'tells a held lock from one without a holder, ours from a stranger’s: %j',
    async (lock, held, ours, stranger) => {
      const name = 'document_sync_lock_without_holder'
      expect(await sample('document_sync_lock_held', { ...IDLE, lock })).toBe(held)
      expect(await sample(`${name}{holder="ours"}`, { ...IDLE, lock })).toBe(ours)
      expect(await sample(`${name}{holder="stranger"}`, { ...IDLE, lock })).toBe(stranger)
    },
  )

  it('tells how long ago somebody polled; without any tick, since when somebody could have', async () => {
    const age = 'document_sync_last_tick_age_seconds'
    expect(await sample(age)).toBe(4)
    expect(await sample(age, { ...IDLE, lastTickAt: null, instances: [server1] })).toBe(90)
    expect(await sample(age, { ...IDLE, lastTickAt: null })).toBe(0)
  })

  it('counts the instances that are alive', async () => {
    const instances = [server1, { ...server1, id: '2', isAlive: false }]
    expect(await sample('document_sync_instances{kind="server"}', { ...IDLE, instances })).toBe(1)
    expect(await sample('document_sync_instances{kind="worker"}', { ...IDLE, instances })).toBe(0)
  })

  it('shows a Redis that was emptied', async () => {
    const name = 'document_sync_redis_emptied'
    expect(await sample(name)).toBe(0)
    expect(await sample(name, { ...IDLE, isLost: true })).toBe(1)
    expect(await sample(name, { ...IDLE, emptied: { at: NOW, recalled: 3 } })).toBe(1)
  })

  it('shows a pause', async () => {
    expect(await sample('document_sync_paused')).toBe(0)
    expect(await sample('document_sync_paused', { ...IDLE, paused: 'maintenance' })).toBe(1)
  })
})

describe('dashboard and alert rules', () => {
  const known = new Set(
    [...Object.values(COUNTED), ...Object.values(MEASURED)].flatMap(({ name, type }) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  )

  it.each(['grafana-dashboard.json', 'alerts.yml'])('%s names only metrics that exist', async (file) => {
    const text = await readFile(`monitoring/${file}`, 'utf8')
    const named = [...text.matchAll(/\bdocument_sync_\w+/g)].map(([name]) => name)
    expect(named.length).toBeGreaterThan(5)
    expect(named.filter((name) => !known.has(name))).toEqual([])
  })

  it('show every metric there is', async () => {
    const text = await readFile('monitoring/grafana-dashboard.json', 'utf8')
    for (const { name } of [...Object.values(COUNTED), ...Object.values(MEASURED)])
      expect(text).toContain(name)
  })
})

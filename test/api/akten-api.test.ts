import { readFileSync } from 'node:fs'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { AktenApi } from '../../services/api/akten-api'
import { type Akten, aktenSchema } from '../../services/api/akten-view'
import { answer, problemSchema } from '../../services/api/answer'
import { ByHand } from '../../services/api/by-hand'
import type { AuditEntry } from '../../services/audit/audit-line'
import { systemClock } from '../../services/clock'
import {
  DecideAgainError,
  FileAccessError,
  FixAccessError,
  LockBusyError,
  LockLostError,
  NotFoundError,
  RetryLaterError,
  UnprovenError,
} from '../../services/errors'
import type { Role } from '../../services/model/administrator'
import { FlagError } from '../../services/model/file-errors'
import { type SyncReport, summarizeFiles } from '../../services/model/report'
import { KEYS } from '../../services/redis/keys'
import { ReportStore } from '../../services/redis/report-store'
import { startTestRedis, type TestRedis } from '../../testkit/redis-server'

let server: TestRedis
let redis: Redis
let api: AktenApi
const woken: string[] = []
const wake = async (aktennummer: string) => void woken.push(aktennummer)
/** What the audit log would have. */
const recorded: AuditEntry[] = []
const audit = { append: async (entry: AuditEntry) => void recorded.push(entry) }
const as = (role: Role, log = audit) =>
  new AktenApi(redis, 'de', new ByHand(log, systemClock, { name: 'anna', role }))
/** Each line as `action aktennummer reason`. */
const lines = () => recorded.map(({ action, aktennummer, reason }) => `${action} ${aktennummer} ${reason}`)

beforeAll(async () => {
  server = await startTestRedis()
  redis = server.connect()
  api = as('admin')
})
afterAll(() => server.stop())
beforeEach(async () => {
  woken.length = 0
  recorded.length = 0
  await redis.flushall()
})

const list = async (query: object = {}): Promise<Akten> => aktenSchema.parse((await api.list(query)).body)
const names = async (query: object) => (await list(query)).akten.map(({ aktennummer }) => aktennummer)
const fail = (aktennummer: string, reason: string) =>
  redis.hset(KEYS.failed, aktennummer, JSON.stringify({ reason, attempts: 8 }))
const finish = (aktennummer: string, finishedAt: string, result: SyncReport['result'] = 'synced') =>
  new ReportStore(redis).save({
    ...{ aktennummer, run: 'r', startedAt: finishedAt, finishedAt, durationMs: 1200, result },
    ...{ message: null, forced: false, origin: 'direct', ...summarizeFiles([]) },
  })

describe('asking for a sync', () => {
  it('puts the Akte into pending, with every attempt ahead, and wakes a worker', async () => {
    await redis.zadd(KEYS.delayedUntil, Date.now() + 60_000, '123/24')
    const { status, body } = await api.syncOne('123/24', {}, wake)
    expect([status, body]).toEqual([202, { accepted: ['123/24'], rejected: [] }])
    expect(await redis.smembers(KEYS.pending)).toEqual(['123/24'])
    expect(await redis.zcard(KEYS.delayedUntil)).toBe(0)
    expect(await redis.scard(KEYS.force)).toBe(0)
    expect(woken).toEqual(['123/24'])
  })

  it('passes the safety stops only when that is asked for', async () => {
    await api.syncOne('1', { force: true }, wake)
    expect(await redis.smembers(KEYS.force)).toEqual(['1'])
  })

  it.each(['', '..', 'a b', '1/../2', '-1', 'x'.repeat(33), 7, undefined])(
    'refuses %j',
    async (aktennummer) => {
      const { status, body } = await answer(() => api.syncOne(aktennummer, {}, wake))
      expect(status).toBe(400)
      expect(problemSchema.parse(body).title).toBe('Bad Request')
      expect(await redis.dbsize()).toBe(0)
    },
  )

  it('takes a pasted list as people paste it: blanks, repetitions and what is none', async () => {
    const { status, body } = await api.syncMany({ aktennummern: [' 12345', '124/24', '12345', '', 'Akte 7'] })
    expect(status).toBe(202)
    expect(body).toEqual({
      accepted: ['12345', '124/24'],
      rejected: [{ aktennummer: 'Akte 7', reason: 'Das ist keine Aktennummer' }],
      isNew: 2,
      known: 0,
    })
    expect((await redis.smembers(KEYS.pending)).sort()).toEqual(['12345', '124/24'])
  })

  it.each([
    [{ aktennummern: ['?'] }],
    [{ aktennummern: [] }],
    [{ aktennummern: Array.from({ length: 1001 }, (_, index) => `${index + 1}`) }],
    [{}],
    ['12345'],
  ])('refuses %j', async (body) => {
    expect((await answer(() => api.syncMany(body))).status).toBe(400)
    expect(await redis.dbsize()).toBe(0)
  })
})

describe('the list', () => {
  it('is empty on the first day', async () => {
    expect(await list()).toMatchObject({ akten: [], total: 0, paused: null, lock: null })
  })

  it('shows who waits, runs, failed and was stopped before those that are in sync, newest first', async () => {
    await finish('old', '2026-11-20T10:00:00Z')
    await finish('new', '2026-11-21T10:00:00Z')
    await redis.sadd(KEYS.pending, 'waits')
    await redis.sadd(KEYS.processing, 'runs')
    await redis.hset(KEYS.leases, 'runs', `owner|${Date.now() + 30_000}`)
    await fail('gone', 'EspoCRM knows no Akte gone')
    await redis.hset(KEYS.stopped, 'trojan', JSON.stringify({ reason: 'all files changed at once' }))
    const { akten, counts } = await list()
    expect(counts).toEqual({
      ...{ pending: 1, processing: 1, failed: 1, stopped: 1 },
      ...{ synced: 2, unsynced: 4, flagged: 0 },
    })
    const states = Object.fromEntries(akten.map(({ aktennummer, state }) => [aktennummer, state]))
    expect(states).toEqual({
      ...{ waits: 'pending', runs: 'processing', gone: 'failed', trojan: 'stopped' },
      ...{ old: 'synced', new: 'synced' },
    })
    expect(akten.slice(-2).map(({ aktennummer }) => aktennummer)).toEqual(['new', 'old'])
    expect(akten.at(-1)?.lastRun).toMatchObject({ result: 'synced', durationMs: 1200 })
  })

  it('finds by state and by part of the Aktennummer, also among thousands that are in sync', async () => {
    const many = redis.pipeline()
    for (let akte = 1000; akte < 4000; akte++) {
      many.zadd(KEYS.lastRuns, akte, `${akte}`)
      many.hset(
        KEYS.lastResults,
        `${akte}`,
        '{"result":"synced","finishedAt":"","durationMs":1,"message":null}',
      )
    }
    await many.exec()
    await fail('2999/1', 'x')
    expect((await names({ search: '2999' })).sort()).toEqual(['2999', '2999/1'])
    expect(await names({ search: '2999', state: 'failed' })).toEqual(['2999/1'])
    expect(await names({ search: '*' })).toEqual([])
    const { akten, total } = await list({ limit: 10 })
    expect([akten.length, total]).toEqual([10, 11])
  })

  it('takes an Akte for in sync only when its last run left it in agreement', async () => {
    await finish('1', '2026-11-20T10:00:00Z')
    await finish('2', '2026-11-21T10:00:00Z', 'failed')
    expect((await list()).akten.map(({ state }) => state)).toEqual(['idle', 'synced'])
    expect(await names({ state: 'synced' })).toEqual(['1'])
    expect(await names({ state: 'idle' })).toEqual(['2'])
  })

  it('groups what was given up by cause', async () => {
    await fail('1', 'EspoCRM knows no Akte 1')
    await fail('2', 'EspoCRM knows no Akte 2')
    await fail('3', 'Advoware: ist nicht angemeldet')
    expect((await list()).causes).toEqual([
      { cause: 'EspoCRM knows no Akte …', count: 2 },
      { cause: 'Advoware: ist nicht angemeldet', count: 1 },
    ])
  })

  it('shows the progress of a running sync, and not what a killed one left behind', async () => {
    const progress = {
      ...{ aktennummer: '1', phase: 'syncing', filesDone: 3, filesTotal: 10, bytes: 5 },
      ...{ startedAt: '', updatedAt: '', remainingMs: 900 },
    }
    await redis.hset(KEYS.progress, '1', JSON.stringify({ ...progress, id: '1' }))
    await redis.sadd(KEYS.pending, '1')
    expect((await list()).akten[0]?.progress).toBeNull()
    await redis.smove(KEYS.pending, KEYS.processing, '1')
    await redis.hset(KEYS.leases, '1', `owner|${Date.now() + 30_000}`)
    expect((await list()).akten[0]?.progress).toEqual(progress)
    await redis.hset(KEYS.progress, '1', 'written by hand')
    await redis.hset(KEYS.lastResults, '1', '{')
    expect((await list()).akten[0]).toMatchObject({ progress: null, lastRun: null })
  })

  it.each([{ state: 'broken' }, { limit: '0' }, { limit: 'many' }])('refuses %j', async (query) => {
    expect((await answer(() => api.list(query))).status).toBe(400)
  })
})

describe('one Akte', () => {
  it('is not found before anything was known of it', async () => {
    expect((await answer(() => api.get('7'))).status).toBe(404)
    expect((await answer(() => api.retryOne('7', wake))).status).toBe(404)
    await finish('7', '2026-11-20T10:00:00Z')
    expect((await api.get('7')).body).toMatchObject({ aktennummer: '7', state: 'synced' })
  })

  it('is paused, with a reason, and resumed', async () => {
    await redis.sadd(KEYS.pending, '7')
    for (const akte of ['7', 'in sync']) await redis.hset(KEYS.pausedAkten, akte, 'old reason')
    await api.pauseOne('7', { reason: 'Termin' })
    const reasons = (await list()).akten.map(({ aktennummer, paused }) => [aktennummer, paused])
    expect(reasons).toEqual([
      ['7', 'Termin'],
      ['in sync', 'old reason'],
    ])
    await api.pauseOne('7', { paused: false })
    expect((await list()).akten[0]?.paused).toBeNull()
  })

  it('is taken off the lists, also when it is no Aktennummer at all', async () => {
    await fail('no number', 'This is not an Aktennummer')
    await finish('no number', '2026-11-20T10:00:00Z')
    await api.remove('no number')
    expect((await list()).akten).toEqual([])
  })
})

describe('all Akten', () => {
  it('are retried, or those with one cause', async () => {
    for (const akte of ['1', '2']) await fail(akte, `EspoCRM knows no Akte ${akte}`)
    await fail('3', 'ist nicht angemeldet')
    expect((await api.retryMany({ cause: 'ist nicht angemeldet' })).body).toMatchObject({ accepted: ['3'] })
    expect(await redis.smembers(KEYS.pending)).toEqual(['3'])
    await api.retryMany({})
    expect((await redis.smembers(KEYS.pending)).sort()).toEqual(['1', '2', '3'])
  })

  it('are paused and resumed', async () => {
    await api.pauseAll({ reason: 'moving the server' })
    expect((await list()).paused).toBe('moving the server')
    await api.pauseAll({ paused: false })
    expect((await list()).paused).toBeNull()
  })
})

/** What Node throws for a file that is not there. */
function ofDisk(): unknown {
  try {
    return readFileSync('/data/private')
  } catch (error) {
    return error
  }
}

describe('problems', () => {
  it.each([
    [new NotFoundError('no such thing'), 404],
    [new FixAccessError('EspoCRM answered 403'), 502],
    [new FileAccessError('the watcher has no access to A.docx'), 502],
    [new UnprovenError('EspoCRM may hide records'), 502],
    [new RetryLaterError('EspoCRM not reachable'), 503],
    [new LockLostError('12345'), 503],
    [new LockBusyError('12345 is synced', '12345'), 409],
    [new DecideAgainError('the EspoCRM document was changed meanwhile'), 409],
    [new FlagError('too large for Windows'), 409],
  ])('%s → %i', async (error, status) => {
    const result = await answer(() => Promise.reject(error))
    expect(result.status).toBe(status)
    expect(result.headers?.['Content-Type']).toBe('application/problem+json')
    expect(problemSchema.parse(result.body)).toMatchObject({ status, detail: error.message })
  })

  it.each([
    ['a surprise', new Error('surprise at /data/private'), 500],
    ['a disk', ofDisk(), 500],
    ['a disk behind it', new RetryLaterError('The archive could not keep it', { cause: ofDisk() }), 503],
  ])('name no place of this machine: %s', async (_what, error, status) => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    onTestFinished(() => log.mockRestore())
    const result = await answer(() => Promise.reject(error))
    expect(result.status).toBe(status)
    expect(JSON.stringify(result.body)).not.toContain('/data')
    if (status === 500) expect(`${log.mock.calls}`).toContain('/data/private')
  })

  it('a Redis that is gone is a problem of its own, not a crash', async () => {
    const gone = server.connect()
    gone.disconnect()
    const result = await answer(() =>
      new AktenApi(gone, 'de', new ByHand(audit, systemClock, { name: 'anna', role: 'read' })).list({}),
    )
    expect(result.status).toBe(503)
  })
})

describe('what is changed by hand', () => {
  it('stands in the audit log, with the name', async () => {
    await fail('7', 'x')
    await fail('8', 'y')
    await api.syncOne('1', { force: true }, wake)
    await api.syncMany({ aktennummern: ['2', '3', 'a b'] })
    await api.retryOne('7', wake)
    await api.retryMany({ cause: 'y' })
    await api.removeMany({ cause: 'z' })
    await api.pauseOne('1', { reason: 'Umzug' })
    await api.pauseOne('1', { paused: false })
    await api.pauseAll({ reason: 'Umbau' })
    await api.pauseAll({ paused: false })
    await api.remove('Akte 7')
    expect(lines()).toEqual([
      'ASK_FORCE 1 anna',
      'ASK_SYNC 2 anna',
      'ASK_SYNC 3 anna',
      'ASK_RETRY 7 anna',
      'ASK_RETRY 8 anna',
      'PAUSE 1 anna: Umzug',
      'RESUME 1 anna',
      'PAUSE  anna: Umbau',
      'RESUME  anna',
      'REMOVE Akte 7 anna',
    ])
    expect(recorded.every(({ side, path }) => side === null && path === '')).toBe(true)
  })

  it('is not changed while the log cannot be written; only a pause works all the same', async () => {
    const full = { append: () => Promise.reject(new RetryLaterError('The audit log could not be written')) }
    const broken = as('admin', full)
    await redis.set(KEYS.paused, 'x')
    await fail('7', 'x')
    for (const change of [
      () => broken.syncOne('1', {}, wake),
      () => broken.syncMany({ aktennummern: ['1'] }),
      () => broken.retryMany({}),
      () => broken.removeMany({}),
      () => broken.remove('7'),
      () => broken.pauseAll({ paused: false }),
      () => broken.pauseOne('1', {}),
    ])
      expect((await answer(change)).status).toBe(503)
    expect(await redis.exists(KEYS.pending)).toBe(0)
    expect(await redis.hkeys(KEYS.failed)).toEqual(['7'])
    expect(await redis.get(KEYS.paused)).toBe('x')
    expect(await redis.hkeys(KEYS.pausedAkten)).toEqual(['1'])
    expect(woken).toEqual([])
  })

  it('is forced by the role admin alone', async () => {
    const operator = as('operate')
    for (const ask of [
      () => operator.syncOne('1', { force: true }, wake),
      () => operator.syncMany({ aktennummern: ['1'], force: true }),
    ]) {
      const { status, body } = await answer(ask)
      expect(status).toBe(403)
      expect(problemSchema.parse(body).detail).toBe('anna has the role operate; force needs admin')
    }
    expect(await redis.exists(KEYS.pending, KEYS.force)).toBe(0)
    expect(lines()).toEqual([])
    expect((await operator.syncOne('1', {}, wake)).status).toBe(202)
  })
})

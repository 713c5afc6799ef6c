import { Queue, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest'
import { mentionOf } from '../../services/model/mention'
import { MotiaRecords } from '../../services/motia/motia-records'
import { SEPARATOR, startLine } from '../../services/sync/akte-run'
import { startTestRedis, type TestRedis } from '../../testkit/redis-server'

const QUEUE = 'advoware.document.sync.Event Handler'
let server: TestRedis
let redis: Redis

beforeAll(async () => {
  server = await startTestRedis()
  redis = server.connect()
})
afterAll(() => server.stop())
beforeEach(() => redis.flushall())

const event = (message: string, timestamp: number) => ({ type: 'log', timestamp, message })

it.each<[string, string, boolean]>([
  ['12345', 'Akte 12345: x', true],
  ['12345', '{"aktennummer":"12345"}', true],
  ['12345', 'V:\\Akten\\12345\\Klage.docx', true],
  ['12345', 'GET /Akten/12345/History', true],
  ['12345', '(held by: 12345), requeueing 999', true],
  ['123/24', 'GET /akten/123%2F24/plan', true],
  ['123/24', 'Akte 123/24.', true],
  ['12345', 'Akte 112345', false],
  ['12345', 'Akte 12345/24', false],
  ['12345', 'Akte 7-12345', false],
  ['12345', '{"usn":123456}', false],
  ['12.5', 'Akte 1235', false],
])('%s in %s: %j', (aktennummer, text, isNamed) => {
  expect(text.search(mentionOf(aktennummer)) >= 0).toBe(isNamed)
})

it('one process that ran several Akten keeps the log of the others, and the error of none', async () => {
  const events = [
    ...[
      event(SEPARATOR, 1),
      event(startLine('1'), 2),
      event('🆕 CREATE Geheim.docx: new', 3),
      event(SEPARATOR, 4),
    ],
    ...[
      event(SEPARATOR, 5),
      event(startLine('2'), 6),
      event('🆕 CREATE Anderes.docx: new', 7),
      event(SEPARATOR, 8),
    ],
  ]
  const trace = { name: 'Event Handler', parentTraceId: 't', events, error: { message: 'Geheim.docx' } }
  await redis.hset('motia:trace:t', 'run', JSON.stringify(trace))
  const records = new MotiaRecords(redis, '1')
  expect(await records.count()).toBe(1)
  expect(await redis.hget('motia:trace:t', 'run')).toContain('Geheim')
  expect(await records.forget()).toBe(1)
  const left = (await redis.hget('motia:trace:t', 'run')) ?? ''
  expect(left).not.toContain('Geheim')
  expect(JSON.parse(left).events.map(({ message }: { message: string }) => message)).toEqual([
    ...[SEPARATOR, SEPARATOR, startLine('2'), '🆕 CREATE Anderes.docx: new', SEPARATOR],
  ])
  expect(await records.forget()).toBe(0)
})

it('of a run that is over in a job that went on, its trace and its log lines go', async () => {
  const event = (message: string, timestamp: number) => ({ type: 'log', timestamp, message })
  const over = {
    name: 'Event Handler: 1',
    entryPoint: { stepName: 'Event Handler' },
    parentTraceId: 'of a job',
    events: [event(startLine('1'), 100), event('🆕 CREATE Geheim.docx: new', 101)],
  }
  await redis.hset('motia:trace:of a job', 'run', JSON.stringify(over))
  const line = { traceId: 'of a job', step: 'Event Handler', time: 102, msg: '🆕 CREATE Geheim.docx: new' }
  await redis.set('motia:logs:default:of a job', JSON.stringify(line))
  await new MotiaRecords(redis, '1').forget()
  const left = JSON.parse((await redis.hget('motia:trace:of a job', 'run')) ?? '')
  expect(left).toMatchObject({ name: 'Event Handler', events: [] })
  expect(await redis.exists('motia:logs:default:of a job')).toBe(0)
})

it('a job that a worker holds, or held when its server died, stays and names no Akte', async () => {
  const connection = { ...server.connect().options, maxRetriesPerRequest: null }
  const queue = new Queue(QUEUE, { connection, prefix: 'motia' })
  const worker = new Worker(QUEUE, null, { connection, prefix: 'motia', autorun: false })
  onTestFinished(async () => {
    await worker.close()
    await queue.close()
  })
  await queue.add('sync', { data: { aktennummer: '12345' } })
  await queue.add('sync', { data: { aktennummer: '12345' } })
  await queue.add('sync', { data: { aktennummer: '999' } })
  const held = await worker.getNextJob('token')
  expect(held?.data).toEqual({ data: { aktennummer: '12345' } })
  expect(await new MotiaRecords(redis, '12345').forget()).toBeGreaterThanOrEqual(2)
  const jobs = await queue.getJobs(['active', 'waiting'])
  expect(jobs.map(({ data }) => data.data.aktennummer).sort()).toEqual(['', '999'])
  await held?.moveToCompleted('done', 'token', false)
  expect(await queue.getCompletedCount()).toBe(1)
})

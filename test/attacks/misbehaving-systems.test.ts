import { once } from 'node:events'
import { readdir, stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { AdvowareClient } from '../../services/advoware/advoware-client'
import { HistoryService } from '../../services/advoware/history-service'
import { withRuntime } from '../../services/app/runtime'
import { systemClock } from '../../services/clock'
import { loadConfig } from '../../services/config'
import { DiskSpool } from '../../services/content/spool'
import { ContractError, CutOffError, describeError, RetryLaterError } from '../../services/errors'
import { EspoService } from '../../services/espo/espo-service'
import { MAX_ENTRIES, retryAfterMs } from '../../services/http/request-limits'
import { KEYS } from '../../services/redis/keys'
import { runAkte } from '../../services/sync/akte-run'
import { WatcherService } from '../../services/watcher/watcher-service'
import { SETTINGS } from '../../testkit/settings'
import { AKTE, collector, openOffice } from '../scenarios/office'
import { silentContext } from '../support/context'

const MEGABYTE = 1024 * 1024

/** A system that answers in its own way; the end of the test closes it. `answered` counts its requests. */
async function serve(listener: RequestListener): Promise<{ url: string; answered: () => number }> {
  let count = 0
  const server = createServer((request, response) => {
    count += 1
    response.on('error', () => {})
    listener(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, answered: () => count }
}

const watcherAt = (url: string, maxAnswerBytes?: number) =>
  new WatcherService({ ...silentContext, ...(maxAnswerBytes ? { maxAnswerBytes } : {}) }, { url, token: 'x' })

/** A row of a list with every attribute that was asked for, and this id. */
const rowOf = (request: IncomingMessage, id: string) => {
  const names = new URL(request.url ?? '/', 'http://localhost').searchParams.get('select')?.split(',') ?? []
  return { ...Object.fromEntries(names.map((name) => [name, null])), id }
}

/** Lets the product's own timers run out, while the network goes on as it is. */
function timers() {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
}

/** What is on the network arrives. */
const network = () =>
  new Promise<void>((done) => {
    const waiting = setInterval(() => {
      clearInterval(waiting)
      done()
    }, 30)
  })

/** Sends a piece again and again until the client is gone. */
function drip(response: Parameters<RequestListener>[1], piece: string | Buffer, ms: number) {
  const dripping = setInterval(() => response.write(piece), ms)
  response.once('close', () => clearInterval(dripping))
}

const document = { path: 'A.docx', watcherPath: 'A.docx', usn: 1, blake3Hash: null, modified: '2026-01-01' }
const file = (size: number) => ({ ...document, size })

async function openSpool(onBytes?: (bytes: number) => void) {
  const spool = await DiskSpool.open(onBytes)
  onTestFinished(() => spool.close())
  return spool
}

describe('A system that is slow for ever', () => {
  it('an answer that trickles is given up when its time is over, and not asked for again', async () => {
    timers()
    const { url, answered } = await serve((_request, response) => drip(response, ' ', 10))
    const listing = watcherAt(url).getAkteFiles(AKTE)
    const settled = expect(listing).rejects.toThrow(/no complete answer within 120 s/)
    while (answered() === 0) await network()
    await network()
    await vi.advanceTimersByTimeAsync(120_000)
    await settled
    await expect(listing).rejects.toBeInstanceOf(RetryLaterError)
    expect(answered()).toBe(1)
  })

  it('a file that trickles is given up when the time for its size is over', async () => {
    timers()
    const { url } = await serve((_request, response) => {
      response.writeHead(200, { 'Content-Length': `${10 * MEGABYTE}` })
      drip(response, 'x', 10)
    })
    let bytes = 0
    const spool = await openSpool((more) => {
      bytes += more
    })
    const download = watcherAt(url).downloadFile(AKTE, file(10 * MEGABYTE), spool)
    const settled = expect(download).rejects.toThrow(CutOffError)
    for (let seconds = 0; seconds < 205; seconds += 5) {
      for (const before = bytes; bytes === before && seconds < 200; ) await network()
      await vi.advanceTimersByTimeAsync(5000)
    }
    await settled
    await expect(download.catch(describeError)).resolves.toMatch(/not complete within 202 s/)
  })
})

describe('A system that answers without end', () => {
  it('JSON: no more than the limit is read, once', async () => {
    let sent = 0
    const { url, answered } = await serve((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' })
      const more = () => {
        while (!response.destroyed && response.write(' '.repeat(64 * 1024))) sent += 64 * 1024
      }
      response.on('drain', more)
      more()
    })
    const listing = watcherAt(url, MEGABYTE).getAkteFiles(AKTE)
    await expect(listing).rejects.toThrow('Windows watcher answers with more than 1 MB (SYNC_MAX_ANSWER_MB)')
    await expect(listing).rejects.toBeInstanceOf(ContractError)
    expect(answered()).toBe(1)
    expect(sent).toBeLessThan(20 * MEGABYTE)
  })

  it('compressed JSON: counted as it is read', async () => {
    const bomb = gzipSync(Buffer.alloc(200 * MEGABYTE, 0x20))
    const { url } = await serve((_request, response) => {
      response.writeHead(200, { 'Content-Encoding': 'gzip', 'Content-Type': 'application/json' }).end(bomb)
    })
    await expect(watcherAt(url).getAkteFiles(AKTE)).rejects.toThrow('more than 64 MB')
  })

  it.each([
    ['that was said to be one', () => 'doc1', 2],
    ['whose ids fall', (at: number) => `doc${9 - at}`, 2],
  ])('pages %s', async (_what, idOf, requests) => {
    let page = 0
    const { url, answered } = await serve((request, response) => {
      page += 1
      response.writeHead(200, { 'Content-Type': 'application/json' })
      response.end(JSON.stringify({ total: -1, list: [rowOf(request, idOf(page))] }))
    })
    const espo = new EspoService(silentContext, { ...loadConfig(SETTINGS).espo, url })
    await expect(espo.listDokumente('a')).rejects.toThrow('the pages of CDokumente do not go on')
    expect(answered()).toBe(requests)
  })

  it('pages that always bring something new end at a number', async () => {
    let id = 0
    const { url, answered } = await serve((request, response) => {
      const list = Array.from({ length: 2000 }, () => rowOf(request, `d${String(id++).padStart(9, '0')}`))
      response.writeHead(200, { 'Content-Type': 'application/json' })
      response.end(JSON.stringify({ total: -1, list }))
    })
    const espo = new EspoService(silentContext, { ...loadConfig(SETTINGS).espo, url })
    await expect(espo.listDokumente('a')).rejects.toThrow(
      `more than the ${MAX_ENTRIES} that one Akte can have`,
    )
    expect(answered()).toBe(MAX_ENTRIES / 2000 + 1)
    await expect(espo.listChangedSince('a', null)).rejects.toThrow(`more than the ${MAX_ENTRIES}`)
  })

  it('pages that repeat themselves end a second look', async () => {
    const { url, answered } = await serve((request, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' })
      response.end(JSON.stringify({ total: -1, list: [rowOf(request, 'doc1')] }))
    })
    const espo = new EspoService(silentContext, { ...loadConfig(SETTINGS).espo, url })
    expect((await espo.listChangedSince('a', null)).length).toBeGreaterThan(0)
    expect(answered()).toBe(2)
  })

  it.each([
    ['without a length', {}],
    ['that announces more than was listed', { 'Content-Length': `${100 * MEGABYTE}` }],
  ])('a file %s: not one byte more than was listed reaches the disk', async (_what, headers) => {
    const { url } = await serve((_request, response) => {
      response.writeHead(200, headers as Record<string, string>)
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(64 * 1024)));
      }
      response.on('drain', more)
      more()
    })
    const spool = await openSpool()
    await expect(watcherAt(url).downloadFile(AKTE, file(MEGABYTE), spool)).rejects.toThrow(CutOffError)
    const folder = await Reflect.get(spool, 'made')
    for (const name of folder ? await readdir(folder) : [])
      expect((await stat(`${folder}/${name}`)).size).toBeLessThanOrEqual(MEGABYTE)
  })

  it('two million entries are refused by their number', async () => {
    const client = { request: async () => JSON.parse(`[${'{},'.repeat(1_999_999)}{}]`) }
    const lookup = { pathOf: async (akte: string) => `/Akten/${akte}` }
    const { historyFields, timeZone } = loadConfig(SETTINGS).advoware
    const history = new HistoryService(silentContext, client as never, lookup, {
      historyFields,
      timeZone,
      fileRoot: undefined,
      historyArt: 'x',
    })
    await expect(history.getAkteHistory(AKTE)).rejects.toThrow(
      `Advoware: the answer to /Akten/${AKTE}/History has 2000000 entries, more than the 100000 that one Akte can have`,
    )
    const { url } = await serve((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' })
      response.end(`{"files":[${'{},'.repeat(1_999_999)}{}]}`)
    })
    await expect(watcherAt(url).getAkteFiles(AKTE)).rejects.toThrow('has 2000000 entries')
  })
})

describe('A run that takes too long', () => {
  afterEach(() => vi.useRealTimers())

  it('ends, counts an attempt, says why, and leaves the lock to the next Akte', async () => {
    const office = await openOffice()
    office.addAkte()
    await office.filed({ 'A.docx': 'eins' })
    await office.redis.sadd(KEYS.pending, AKTE)
    office.watcher.faults.set({ mode: 'slow', ms: 60_000 })
    const { runMs } = loadConfig().sync
    const clock = {
      ...systemClock,
      later: (ms: number, work: () => void) => systemClock.later(ms === runMs ? 300 : ms, work),
    }
    const log: string[] = []
    const run = withRuntime({ logger: collector(log) }, (runtime) => runAkte({ ...runtime, clock }, AKTE))
    await expect(run).rejects.toThrow('The sync took longer than 30 minutes')
    const { pending, lock, attempts } = await office.snapshot()
    expect({ pending, lock }).toEqual({ pending: true, lock: null })
    expect(JSON.parse(attempts ?? '')).toMatchObject({ attempts: 1 })
    expect(office.espo.akte(AKTE)?.syncMessage).toContain('Der Abgleich dauerte zu lange')
    office.watcher.faults.clear()
    expect((await office.sync()).report?.result).toBe('synced')
  })
})

describe('What an answer asks for', () => {
  const asking = (value: string) => retryAfterMs({ response: { headers: { 'retry-after': value } } } as never)

  it.each([
    ['5', 5000],
    ['31536000', 3_600_000],
    ['1e300', 3_600_000],
    ['Infinity', 0],
    ['-5', 0],
    ['Wed, 01 Jan 2200 00:00:00 GMT', 3_600_000],
    ['Wed, 01 Jan 2020 00:00:00 GMT', 0],
    ['soon', 0],
    ['', 0],
  ])('Retry-After %j: %i ms', (value, ms) => expect(asking(value)).toBe(ms))

  it('a year does not take an Akte out of the sync for a year', async () => {
    const office = await openOffice()
    office.addAkte()
    await office.filed({ 'A.docx': 'eins' })
    office.watcher.faults.set({ mode: '503', retryAfter: 31_536_000 })
    expect((await office.sync()).report?.result).toBe('failed')
    const { dueInSeconds } = await office.snapshot()
    expect(dueInSeconds).toBeGreaterThan(60)
    expect(dueInSeconds).toBeLessThanOrEqual(3600)
  })
})

describe('An Advoware token', () => {
  const kept = new Map<string, string>()
  const redis = {
    get: async () => null,
    del: async () => 0,
    set: async (key: string, value: string) => void kept.set(key, value),
  }
  const login = async (answer: object) => {
    const { url } = await serve((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(answer))
    })
    const config = loadConfig({ ...SETTINGS, ADVOWARE_SECURITY_URL: url }).advoware
    return new AdvowareClient(silentContext, redis as never, config).authenticate()
  }

  it.each([
    ['a line end', { access_token: 'abc\r\nX-Other: 1', expires_in: 600 }],
    ['a blank', { access_token: 'a b', expires_in: 600 }],
    ['an umlaut', { access_token: 'ä', expires_in: 600 }],
    ['1 MB', { access_token: 'x'.repeat(MEGABYTE), expires_in: 600 }],
    ['a lifetime of a century', { access_token: 'abc', expires_in: 3_153_600_000 }],
    ['a lifetime without end', { access_token: 'abc', expires_in: '1e400' }],
    ['an end in the year 9999', { access_token: 'abc', expiration_utc: '9999-12-31T00:00:00Z' }],
  ])('with %s is refused, and not kept', async (_what, answer) => {
    kept.clear()
    await expect(login(answer)).rejects.toThrow(ContractError)
    expect([...kept]).toEqual([])
  })

  it.each([
    [{ access_token: 'abc.DEF-_~+/=', expires_in: 600 }],
    [{ access_token: 'abc', expires_in: '600' }],
    [{ access_token: 'abc', expiration_utc: new Date(Date.now() + 600_000).toISOString() }],
  ])('%j is kept', async (answer) => {
    kept.clear()
    await login(answer)
    expect([...kept.values()]).toEqual([answer.access_token])
  })
})

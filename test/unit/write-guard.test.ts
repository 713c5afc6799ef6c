import { getEventListeners, once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { setImmediate } from 'node:timers/promises'
import type { AxiosAdapter } from 'axios'
import type { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { connectSystems } from '../../services/app/systems'
import { systemClock } from '../../services/clock'
import { loadConfig } from '../../services/config'
import { LockLostError } from '../../services/errors'
import { createHttp, send } from '../../services/http/http-client'
import type { WriteGuard } from '../../services/model/write-guard'
import { SETTINGS } from '../../testkit/settings'
import { silentContext } from '../support/context'
import { PATIENCE } from '../support/patience'

let server: Server
let url: string
let handle: (req: IncomingMessage, res: ServerResponse) => void
const seen: string[] = []

/** A lock that an operator can take away. */
function lock(): WriteGuard & { asked: number; lose(): void } {
  const aborter = new AbortController()
  return {
    asked: 0,
    signal: aborter.signal,
    async assertHeld() {
      this.asked++
      if (aborter.signal.aborted) throw aborter.signal.reason
    },
    lose: () => aborter.abort(new LockLostError('The lock was lost')),
  }
}

beforeEach(async () => {
  seen.length = 0
  handle = (_req, res) => res.end()
  server = createServer((req, res) => {
    seen.push(req.method ?? '')
    handle(req, res)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterEach(async () => {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
})

describe('the guard between a run and the systems', () => {
  it('is asked before every request that changes something, and only then', async () => {
    const guard = lock()
    const http = createHttp(url, { clock: systemClock, guard })
    for (const method of ['GET', 'PUT', 'POST', 'DELETE']) await send('EspoCRM', http, { method, url: '/' })
    expect(guard.asked).toBe(3)
  })

  it('is asked again before a request is repeated', async () => {
    const guard = lock()
    handle = (_req, res) => {
      guard.lose()
      res.writeHead(503).end()
    }
    const http = createHttp(url, { clock: systemClock, guard })
    await expect(send('EspoCRM', http, { method: 'PUT', url: '/' })).rejects.toBeInstanceOf(LockLostError)
    expect(seen).toEqual(['PUT'])
  })

  it('lets nothing through once the lock is lost', async () => {
    const guard = lock()
    guard.lose()
    const http = createHttp(url, { clock: systemClock, guard })
    await expect(send('EspoCRM', http, { method: 'POST', url: '/' })).rejects.toBeInstanceOf(LockLostError)
    expect(seen).toEqual([])
  })

  it('cuts off what is under way when the lock is lost', async () => {
    const guard = lock()
    handle = () => guard.lose()
    const http = createHttp(url, { clock: systemClock, guard })
    await expect(send('EspoCRM', http, { url: '/' })).rejects.toBeInstanceOf(LockLostError)
  })

  it('cuts off a download whose answer has begun', async () => {
    const guard = lock()
    handle = (_req, res) => res.write('half')
    const http = createHttp(url, { clock: systemClock, guard })
    const { data } = await send<Readable>('EspoCRM', http, { url: '/', responseType: 'stream' })
    await once(data, 'data')
    const ended = once(data, 'end')
    guard.lose()
    await expect(ended).rejects.toThrow()
  })

  it('keeps nothing of a request that is over, however it ended', async () => {
    const guard = lock()
    const http = createHttp(url, { clock: systemClock, guard })
    const stream = { url: '/', responseType: 'stream' } as const
    await send('EspoCRM', http, { url: '/' })
    await finished((await send<Readable>('EspoCRM', http, stream)).data.resume())
    const thrownAway = (await send<Readable>('EspoCRM', http, stream)).data
    thrownAway.destroy()
    await vi.waitUntil(() => thrownAway.closed, PATIENCE)
    handle = (_req, res) => res.writeHead(400).end()
    await expect(send('EspoCRM', http, { method: 'POST', url: '/' })).rejects.toThrow('400')
    expect(getEventListeners(guard.signal, 'abort')).toEqual([])
  })
})

describe('a system gets no more requests at once than it may', () => {
  const answers: ServerResponse[] = []
  const underWay = (count: number) => expect.poll(() => answers.length).toBe(count)

  beforeEach(() => {
    answers.length = 0
    handle = (_req, res) => answers.push(res)
  })

  it('the others wait, and ask the guard when their turn has come', async () => {
    const guard = lock()
    const http = createHttp(url, { clock: systemClock, guard, requestsAtOnce: 1 })
    const first = send('EspoCRM', http, { method: 'PUT', url: '/' })
    const second = send('EspoCRM', http, { method: 'POST', url: '/' })
    await underWay(1)
    expect([seen, guard.asked]).toEqual([['PUT'], 1])
    answers[0]?.end()
    await first
    await underWay(2)
    expect([seen, guard.asked]).toEqual([['PUT', 'POST'], 2])
    answers[1]?.end()
    await second
  })

  it('a download is under way until it has been read', async () => {
    const http = createHttp(url, { clock: systemClock, requestsAtOnce: 1 })
    const download = send<Readable>('EspoCRM', http, { url: '/', responseType: 'stream' })
    const second = send('EspoCRM', http, { method: 'PUT', url: '/' })
    await underWay(1)
    answers[0]?.write('half')
    const { data } = await download
    await once(data, 'data')
    expect(seen).toEqual(['GET'])
    answers[0]?.end(' a file')
    await underWay(2)
    answers[1]?.end()
    await second
  })

  it('a download that is thrown away makes room', async () => {
    const http = createHttp(url, { clock: systemClock, requestsAtOnce: 1 })
    const download = send<Readable>('EspoCRM', http, { url: '/', responseType: 'stream' })
    await underWay(1)
    answers[0]?.write('half')
    ;(await download).data.destroy()
    const second = send('EspoCRM', http, { method: 'PUT', url: '/' })
    await underWay(2)
    answers[1]?.end()
    await second
  })

  it('a system that is down makes room', async () => {
    const http = createHttp('http://127.0.0.1:9', { clock: systemClock, requestsAtOnce: 1 })
    const once = { 'axios-retry': { retries: 0 } }
    for (const _ of [1, 2])
      await expect(send('EspoCRM', http, { url: '/', ...once })).rejects.toThrow('not reachable')
  })
})

it.each([1, 3])('SYNC_TRANSFER_CONCURRENCY=%i is what each system gets at once', async (count) => {
  const config = loadConfig({ ...SETTINGS, SYNC_TRANSFER_CONCURRENCY: `${count}` })
  let underWay = 0
  let most = 0
  const transport: AxiosAdapter = async (request) => {
    most = Math.max(most, ++underWay)
    await setImmediate()
    underWay--
    return { status: 200, statusText: 'OK', data: { id: 'a' }, headers: {}, config: request }
  }
  const context = { ...silentContext, transport }
  const { espo } = connectSystems(context, {} as Redis, config)
  await Promise.all(Array.from({ length: 10 }, () => espo.attachments.get('a')))
  expect(most).toBe(count)
})

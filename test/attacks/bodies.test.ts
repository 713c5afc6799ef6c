import { request as httpRequest, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import express from 'express'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { limitBodies } from '../../services/http/body-limit'
import { readBody } from '../../services/http/raw-body'

let server: Server
let port: number

/** The limit, and behind it Motia's parsers and a route, as in @motiadev/core 0.17.4, src/server.mjs. */
beforeAll(async () => {
  const app = express()
  limitBodies(app)
  app.use(express.json({ limit: '1gb' }), express.urlencoded({ extended: true, limit: '1gb' }))
  app.use(express.text({ limit: '1gb' }))
  app.all('/fails', () => {
    throw new Error('the secret of /work/private/file.ts')
  })
  app.all('*', (request, response) => {
    response.json({ body: request.body ?? null })
  })
  server = app.listen(0, '127.0.0.1')
  await new Promise((ready) => server.once('listening', ready))
  port = (server.address() as AddressInfo).port
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

function post(
  body: string | Buffer,
  headers: Record<string, string>,
  path = '/akten/sync',
): Promise<{ status: number; text: string }> {
  return new Promise((done, failed) => {
    const request = httpRequest(
      { port, host: '127.0.0.1', path, method: 'POST', headers, agent: false },
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk
        })
        response.on('end', () => done({ status: response.statusCode ?? 0, text }))
      },
    )
    request.once('error', failed)
    request.end(body)
  })
}

const json = { 'content-type': 'application/json' }

describe('Whatever a route is sent', () => {
  it.each([
    ['JSON', '{"a":[1]}', 'application/json', { a: [1] }],
    ['JSON with a charset', '{"a":"ä"}', 'application/json; charset=utf-8', { a: 'ä' }],
    ['a kind of JSON', '{}', 'application/problem+json', {}],
    ['a form', 'a=1&b=2', 'application/x-www-form-urlencoded', { a: '1', b: '2' }],
    ['text', 'hallo', 'text/plain', 'hallo'],
  ])('%s arrives', async (_what, body, type, expected) => {
    expect(JSON.parse((await post(body, { 'content-type': type })).text)).toEqual({ body: expected })
  })

  it.each(['gzip', 'deflate', 'br', 'GZIP', 'gzip, identity'])('%s is not inflated', async (encoding) => {
    const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024, 0x20))
    const before = process.memoryUsage().rss
    expect((await post(bomb, { ...json, 'content-encoding': encoding })).status).toBe(415)
    expect(process.memoryUsage().rss - before).toBeLessThan(30 * 1024 * 1024)
  })

  it.each(Object.entries({ announced: { 'content-length': `${300 * 1024}` }, chunked: {} }))(
    'more than 256 KB is refused, %s',
    async (_how, headers) => {
      const large = JSON.stringify({ a: 'x'.repeat(300 * 1024 - 8) })
      const answer = await post(large, { ...json, ...(headers as Record<string, string>) })
      expect(answer.status).toBe(413)
    },
  )

  it.each(['multipart/form-data; boundary=x', 'application/octet-stream', 'image/png', ''])(
    'a type that nobody reads is not read: %j',
    async (type) => {
      expect((await post('x', type === '' ? {} : { 'content-type': type })).status).toBe(415)
    },
  )

  it('broken JSON is refused, without a stack or a path', async () => {
    const { status, text } = await post('{"a":', json)
    expect(status).toBe(400)
    expect(text).not.toMatch(/at |node_modules|position/)
  })

  it.each(['/fails', '/%E0%A4%A'])('an error shows neither stack nor path: %s', async (path) => {
    const { status, text } = await post('{}', json, path)
    expect(status).toBeGreaterThanOrEqual(200)
    expect(text).not.toMatch(/\.ts|node_modules|secret|at .*:\d+/)
  })
})

describe('A body that does not end', () => {
  it('is given up in time, and nothing of it is read after that', async () => {
    const slow = express()
    let answer: unknown
    slow.post('/', async (request, response) => {
      answer = await readBody(request, 1000, 200)
      response.setHeader('Connection', 'close').status(408).end()
    })
    const listening = slow.listen(0, '127.0.0.1')
    await new Promise((ready) => listening.once('listening', ready))
    const socket = connect((listening.address() as AddressInfo).port, '127.0.0.1')
    socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nabc')
    let text = ''
    socket.on('data', (piece) => {
      text += piece
    })
    await new Promise((done) => socket.once('close', done))
    expect(answer).toBe(408)
    expect(text).toContain('HTTP/1.1 408')
    listening.close()
  })
})

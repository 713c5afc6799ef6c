import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { keepSocketsSafe } from '../../services/motia/safe-sockets'

let server: Server
let address: string
let restore: () => void
/** What reached Motia. */
const received: unknown[] = []
/** What Motia's handler threw: the end of the server. */
const thrown: unknown[] = []

/** Motia's streams, as in @motiadev/core 0.17.4, src/socket-server.mjs. */
beforeAll(async () => {
  restore = keepSocketsSafe()
  server = createServer()
  new WebSocketServer({ server }).on('connection', (socket) => {
    socket.on('message', (payload) => {
      try {
        received.push(JSON.parse(payload.toString()))
      } catch (error) {
        thrown.push(error)
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await new Promise((ready) => server.once('listening', ready))
  address = `127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  restore()
  server.closeAllConnections()
  server.close()
})

const join = (subscriptionId: string) => ({
  type: 'join',
  data: { streamName: 'documentSyncProgress', groupId: 'running', subscriptionId },
})

/** Sends these and resolves to the code that ended the socket. */
function codeAfter(...messages: (string | Buffer)[]): Promise<number> {
  const socket = new WebSocket(`ws://${address}`)
  socket.on('error', () => {})
  socket.once('open', () => {
    for (const message of messages) socket.send(message)
  })
  return new Promise((done) => socket.once('close', done))
}

describe('What comes on the streams’ socket', () => {
  it('is passed on when Motia understands it', async () => {
    const socket = new WebSocket(`ws://${address}`)
    await new Promise((done) => socket.once('open', done))
    socket.send(JSON.stringify(join('a')))
    socket.send(JSON.stringify({ ...join('a'), type: 'leave' }))
    await expect.poll(() => received).toEqual([join('a'), { ...join('a'), type: 'leave' }])
    socket.close()
  })

  it.each([
    ['no JSON', 'hallo'],
    ['nothing', ''],
    ['null', 'null'],
    ['a number', '1e999'],
    ['a list', '[]'],
    ['another type', '{"type":"x"}'],
    ['no data', '{"type":"join"}'],
    ['data that is none', '{"type":"join","data":null}'],
    ['names that are none', '{"type":"join","data":{"streamName":{},"groupId":1,"subscriptionId":"a"}}'],
    ['bytes', Buffer.from([0xff, 0xfe, 0x00])],
    ['much nesting', '['.repeat(15_000)],
  ])('ends the socket and nothing else: %s', async (_what, message) => {
    expect(await codeAfter(message)).toBe(1008)
    expect(thrown).toEqual([])
  })

  it('a large message is not read', async () => {
    expect(await codeAfter('x'.repeat(1024 * 1024))).toBe(1009)
  })

  it('a page cannot subscribe for ever', async () => {
    const many = Array.from({ length: 101 }, (_one, at) => JSON.stringify(join(`many-${at}`)))
    expect(await codeAfter(...many)).toBe(1008)
  })

  it('a broken frame ends the socket, not the server', async () => {
    const [host = '', port = ''] = address.split(':')
    const socket = connect(Number(port), host)
    socket.write(
      'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    )
    await new Promise((done) => socket.once('data', done))
    socket.write(Buffer.from([0xff, 0xff, 1, 2, 3, 4, 5, 6, 7, 8])) // reserved bits, an opcode that there is not
    await new Promise((done) => socket.resume().once('close', done))
    expect(server.listening).toBe(true)
  })
})

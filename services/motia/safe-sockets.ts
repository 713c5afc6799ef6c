import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { z } from 'zod'
import { parseJson } from '../json'

/** What a page says on the streams' socket is a line of some 200 characters. */
const MAX_MESSAGE_BYTES = 16 * 1024
/** Streams that one page follows, far more than the Workbench has. */
const MAX_SUBSCRIPTIONS = 100
/** A page that does not read what it is sent is given up. */
const MAX_UNREAD_BYTES = 16 * 1024 * 1024
/** "Policy violation", RFC 6455. */
const POLICY_VIOLATION = 1008

/** All that Motia's streams understand (@motiadev/core, src/socket-server.ts). */
const messageSchema = z.object({
  type: z.enum(['join', 'leave']),
  data: z.object({
    streamName: z.string().max(200),
    groupId: z.string().max(200),
    id: z.string().max(200).optional(),
    subscriptionId: z.string().min(1).max(200),
  }),
})

type Upgrade = (
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  done: (socket: WebSocket, request: IncomingMessage) => void,
) => void

/**
 * Motia parses what comes on the streams' WebSocket as JSON, without a catch and without an `error` listener: a word
 * that is no JSON, or a broken frame, would end the server. From here on a socket passes on nothing but what Motia
 * understands, small, and ends at the first other thing. The token was asked for before (AccessControl.guardSockets).
 * Returns how to end it.
 */
export function keepSocketsSafe(): () => void {
  const shared = WebSocketServer.prototype as unknown as { handleUpgrade: Upgrade }
  const original = shared.handleUpgrade
  shared.handleUpgrade = function (this: WebSocketServer, request, socket, head, done) {
    this.options.maxPayload = MAX_MESSAGE_BYTES
    original.call(this, request, socket, head, (webSocket, from) => {
      makeSafe(webSocket)
      done(webSocket, from)
    })
  }
  return () => {
    shared.handleUpgrade = original
  }
}

function makeSafe(webSocket: WebSocket): void {
  const joined = new Set<string>()
  const emit = webSocket.emit as (event: string | symbol, ...args: unknown[]) => boolean
  webSocket.on('error', () => webSocket.terminate())
  webSocket.emit = ((event: string | symbol, ...args: unknown[]) => {
    if (event !== 'message') return emit.call(webSocket, event, ...args)
    const message = messageSchema.safeParse(parseJson(String(args[0]))).data
    if (message?.type === 'join') joined.add(message.data.subscriptionId)
    else if (message) joined.delete(message.data.subscriptionId)
    if (message && joined.size <= MAX_SUBSCRIPTIONS)
      return emit.call(webSocket, event, Buffer.from(JSON.stringify(message)), false)
    webSocket.close(POLICY_VIOLATION)
    return true
  }) as WebSocket['emit']
  const send = webSocket.send.bind(webSocket) as (...args: unknown[]) => void
  webSocket.send = ((...args: unknown[]) => {
    if (webSocket.bufferedAmount > MAX_UNREAD_BYTES) webSocket.terminate()
    else send(...args)
  }) as WebSocket['send']
}

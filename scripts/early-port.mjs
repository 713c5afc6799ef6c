import { createServer } from 'node:http'
import { Server } from 'node:net'

/** Requests that wait at most; others are told to come back. */
const MOST_WAITING = 200
/** EspoCRM gives up after ten seconds: told before that to send again, it does. */
const LONGEST_WAIT_MS = 5000
const SIGNALS = ['SIGTERM', 'SIGINT']
/** What is under way gets so long to be answered; Docker and systemd wait longer before they kill. */
const LAST_ANSWERS_MS = 4000
/** So long nothing may have arrived. */
const QUIET_MS = 50

/**
 * Takes the server's port in the first moment of its start: an event of EspoCRM that is refused is lost (docs/contracts.md),
 * and Motia listens only when everything else is ready. Until `answer` says how, requests wait, and are told to come back
 * when that takes too long. When Motia listens on the port, it gets the open socket: there is no moment without one. From then
 * on the signals that end the server wait for the requests under way. Null: the port is taken. One that cannot be opened for
 * another reason is left to Motia, which says why.
 */
export async function takePort(port, host, longestWaitMs = LONGEST_WAIT_MS) {
  const waiting = new Map()
  let answer
  const wait = (request, response) => {
    const giveUp = () => waiting.delete(response) && refuseForNow(response)
    waiting.set(response, { request, timer: setTimeout(giveUp, longestWaitMs) })
  }
  const server = createServer((request, response) => {
    response.setHeader('Connection', 'close') // the next one may find Motia
    if (answer !== undefined) answer(request, response)
    else if (waiting.size < MOST_WAITING) wait(request, response)
    else refuseForNow(response)
  })
  const trouble = await new Promise((done) => {
    server.once('error', ({ code }) => done(code))
    server.listen(port, host, () => done(undefined))
  })
  if (trouble === 'EADDRINUSE') return null
  if (trouble === undefined) handOver(server, port)
  return {
    /** From now on `handler` answers, beginning with what has waited: true where it does, the others are to come back. */
    answer(handler) {
      answer = (request, response) => handler(request, response) || refuseForNow(response)
      for (const [response, { request, timer }] of waiting) {
        clearTimeout(timer)
        if (!response.destroyed) answer(request, response)
      }
      waiting.clear()
    },
  }
}

function refuseForNow(response) {
  response.writeHead(503, { 'Content-Type': 'application/json', 'Retry-After': '2' })
  response.end(JSON.stringify({ error: 'The server is starting' }))
}

/** Whoever listens on the port gets the socket of `server`; a probe whether the port is free is told that it is. */
function handOver(server, port) {
  const { listen } = Server.prototype
  Server.prototype.listen = function (...args) {
    if (Number(args[0]) !== port) return listen.apply(this, args)
    if (!('requestTimeout' in this)) {
      process.nextTick(() => this.emit('listening'))
      return this
    }
    Server.prototype.listen = listen
    const callback = args.findLast((arg) => typeof arg === 'function')
    listen.call(this, server, callback)
    answerLast(this)
    return this
  }
}

/**
 * Signals end the server only when what people or EspoCRM sent is answered, also what has arrived and nobody has looked at yet:
 * then Motia hears of them.
 */
function answerLast(server) {
  let open = 0
  let seen = 0
  server.prependListener('request', ({ method }, response) => {
    if (method === 'GET' || method === 'HEAD') return
    open += 1
    seen += 1
    response.once('close', () => {
      open -= 1
    })
  })
  for (const signal of SIGNALS) {
    const listeners = []
    const end = () => {
      if (listeners.length === 0) process.exit(0)
      for (const listener of listeners.splice(0)) listener(signal)
    }
    process.on(signal, () => {
      const start = performance.now()
      let before
      const look = () => {
        const isQuiet = open === 0 && seen === before
        before = seen
        if (isQuiet || performance.now() - start > LAST_ANSWERS_MS) end()
        else setTimeout(look, QUIET_MS)
      }
      look()
    })
    process.on('newListener', (event, listener) => {
      if (event !== signal) return
      process.nextTick(() => process.off(signal, listener))
      listeners.push(listener)
    })
  }
}

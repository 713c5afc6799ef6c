// What a server does under load, and what it costs: npm run load. Prints the table of docs/security.md.
import { once } from 'node:events'
import { connect } from 'node:net'
import { cpus } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { WebSocket } from 'ws'
import { systemClock } from '../services/clock'
import { AktenQueue } from '../services/queue/akten-queue'
import { KEYS } from '../services/redis/keys'
import { signWebhook } from '../services/webhooks/webhook-signature'
import { type Installation, install } from '../testkit/installation'
import { serverUse } from './soak/measure'

const TOKEN = 'a-token-for-the-load-test'
const HOOK = { id: 'hook1', secret: 'secret1' }
const MEGABYTE = 1024 * 1024
const authorization = { authorization: `Bearer ${TOKEN}` }
const json = { 'content-type': 'application/json' }

/** Memory of the server with its steps, and processes of steps, as seen while it works. */
interface Peak {
  megabytes: number
  steps: number
  slowestHealthMs: number
}

async function memoryOf({ motia }: Installation): Promise<{ megabytes: number; steps: number }> {
  const use = await serverUse(motia.child.pid ?? 0)
  if (use === undefined) throw new Error(`The server is gone:\n${motia.output().slice(-2000)}`)
  return { megabytes: (use.memory + use.builder + use.runs * use.largestRun) / MEGABYTE, steps: use.runs }
}

/**
 * Asks again and again until it is told that it is over; tells the slowest answer in milliseconds. The first, before the load
 * begins, does not count: it loads what asks.
 */
const HEALTH = `
const { parentPort, workerData } = require('node:worker_threads')
let isOver = false
parentPort.once('message', () => { isOver = true })
const ask = async () => {
  let slowest = 0
  const once = async () => {
    const began = performance.now()
    const { ok } = await fetch(workerData, { headers: { connection: 'close' } })
    if (!ok) throw new Error('/health is not ok')
    return performance.now() - began
  }
  await once()
  parentPort.postMessage('asks')
  while (!isOver) {
    slowest = Math.max(slowest, await once())
    await new Promise((done) => setTimeout(done, 50))
  }
  parentPort.postMessage(slowest)
}
ask()
`

/** Watches memory and `/health` while `work` is under way. */
async function watched(
  installation: Installation,
  work: () => Promise<string>,
): Promise<Peak & { what: string }> {
  const peak: Peak = { megabytes: 0, steps: 0, slowestHealthMs: 0 }
  let isOver = false
  const memory = (async () => {
    while (!isOver) {
      const { megabytes, steps } = await memoryOf(installation)
      peak.megabytes = Math.max(peak.megabytes, megabytes)
      peak.steps = Math.max(peak.steps, steps)
      await sleep(100)
    }
  })()
  // In a thread of its own: what is measured is the server, not how busy this one is.
  const health = new Worker(HEALTH, { eval: true, workerData: `${installation.motia.url}/health` })
  await once(health, 'message')
  const what = await work().finally(() => {
    isOver = true
  })
  await memory
  const slowest = once(health, 'message')
  health.postMessage('over')
  peak.slowestHealthMs = Number((await slowest)[0])
  return { ...peak, what }
}

/** `3 × 200, 1 × 503`. */
function counted(statuses: (number | string)[]): string {
  const counts = new Map<number | string, number>()
  for (const status of statuses) counts.set(status, (counts.get(status) ?? 0) + 1)
  return [...counts].map(([status, count]) => `${count} × ${status}`).join(', ')
}

const parallel = async (count: number, one: (at: number) => Promise<number | string>) =>
  counted(await Promise.all(Array.from({ length: count }, (_one, at) => one(at))))

function loads({ motia: { url } }: Installation): Record<string, () => Promise<string>> {
  const body = JSON.stringify([{ id: '65f0c0ffee65f0c0f' }])
  const signature = signWebhook(HOOK.id, HOOK.secret, body)
  return {
    '1,000 reads of `/akten` at once': () =>
      parallel(1000, async () => {
        const answer = await fetch(`${url}/akten`, { headers: authorization })
        await answer.text()
        return answer.status
      }),
    '200 sockets that follow a stream': async () => {
      const sockets: WebSocket[] = []
      const opened = await parallel(200, () => {
        const socket = new WebSocket(url.replace('http', 'ws'), { headers: authorization })
        sockets.push(socket)
        const data = { streamName: 'documentSyncProgress', groupId: 'running', subscriptionId: 'a' }
        return new Promise((done) => {
          socket.once('open', () => socket.send(JSON.stringify({ type: 'join', data })))
          socket.once('message', () => done('joined'))
          socket.once('error', () => done('refused'))
        })
      })
      for (const socket of sockets) socket.close()
      return opened
    },
    '50 × 1,000 additions at once': () =>
      parallel(50, async (at) => {
        const aktennummern = Array.from({ length: 1000 }, (_one, more) => `L${at}-${more}`)
        const request = {
          method: 'POST',
          headers: { ...json, ...authorization },
          body: JSON.stringify({ aktennummern }),
        }
        return (await fetch(`${url}/akten/sync`, request)).status
      }),
    '250 webhook posts that never end': () =>
      parallel(250, (at) => {
        const socket = connect(Number(new URL(url).port), '127.0.0.1')
        const signed = at % 2 === 0 ? `Signature: ${signature}\r\n` : ''
        socket.write(
          `POST /webhooks/espocrm HTTP/1.1\r\nHost: localhost\r\n${signed}Content-Length: 90000\r\n\r\n[`,
        )
        let text = ''
        socket.setEncoding('utf8').on('data', (piece: string) => {
          text += piece
        })
        return new Promise((done) => {
          socket.once('close', () => done(text.slice(9, 12)))
          socket.once('error', () => done('error'))
        })
      }),
    '40 signed webhooks at once': () =>
      parallel(40, async () => {
        const request = { method: 'POST', headers: { ...json, Signature: signature }, body }
        return (await fetch(`${url}/webhooks/espocrm`, request)).status
      }),
  }
}

const TICKS = 60

/** Milliseconds that Redis is busy with one tick while so many wait, by its own log. */
async function tickMs({ redis }: Installation, waiting: number): Promise<{ median: number; worst: number }> {
  await redis.flushall()
  for (let at = 0; at < waiting; at += 10_000)
    await redis.sadd(KEYS.pending, ...Array.from({ length: 10_000 }, (_one, more) => `W${at + more}`))
  const queue = new AktenQueue(redis, systemClock)
  await redis.config('SET', 'slowlog-log-slower-than', '200') // microseconds; else what a script calls is in it, too
  await redis.config('SET', 'slowlog-max-len', '10000')
  await redis.slowlog('RESET')
  for (let tick = 0; tick < TICKS; tick++) await queue.take(64)
  const log = (await redis.slowlog('GET', 10_000)) as [number, number, microseconds: number, call: string[]][]
  const scripts = log.filter(([, , , [command]]) => command?.toLowerCase().startsWith('eval'))
  const times = scripts.map(([, , microseconds]) => microseconds / 1000)
  times.sort((a, b) => a - b)
  return { median: times[Math.floor(times.length / 2)] ?? 0, worst: times.at(-1) ?? 0 }
}

const settings = {
  SYNC_ADMIN_TOKEN: TOKEN,
  ESPOCRM_WEBHOOK_SECRETS: `${HOOK.id}:${HOOK.secret}`,
  LOG_LEVEL: 'warn',
}
const installation = await install({ seed: async () => {}, env: settings, command: 'start' })
try {
  await installation.redis.set(KEYS.paused, 'load test: nothing is synced')
  await sleep(30_000) // the Workbench's pages are built
  console.log(`${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}\n`)
  console.log('| Load | Answers | Memory before | Peak | After | Steps at once | Slowest `/health` |')
  console.log('|---|---|---|---|---|---|---|')
  for (const [name, load] of Object.entries(loads(installation))) {
    const before = await memoryOf(installation)
    const { what, megabytes, steps, slowestHealthMs } = await watched(installation, load)
    await sleep(5000) // idle connections end, garbage is collected
    const after = await memoryOf(installation)
    const sizes = [before.megabytes, Math.max(megabytes, before.megabytes), after.megabytes].map(
      (mb) => `${Math.round(mb)} MB`,
    )
    console.log(`| ${[name, what, ...sizes, steps, `${Math.round(slowestHealthMs)} ms`].join(' | ')} |`)
  }
  await installation.motia.stop()
  for (const waiting of [1000, 200_000]) {
    const { median, worst } = await tickMs(installation, waiting)
    console.log(
      `\nA tick with ${waiting} waiting Akten: median ${median.toFixed(1)} ms, worst ${worst.toFixed(1)} ms`,
    )
  }
} finally {
  await installation.close()
}

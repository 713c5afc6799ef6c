import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { type Installation, install } from '../../testkit/installation'

const TOKEN = 'a-token-of-an-administrator'
const bearer = { authorization: `Bearer ${TOKEN}` }

/** A real Motia under attack from the network; after each attack it must still be there. */
describe('An attacker on the network', () => {
  let installation: Installation
  let url = ''

  beforeAll(async () => {
    installation = await install({ seed: async () => {}, env: { SYNC_ADMIN_TOKEN: TOKEN } })
    url = installation.motia.url
  })
  afterAll(() => installation?.close())

  const isWell = async () => {
    expect((await fetch(`${url}/health`)).status, installation.motia.output()).toBe(200)
    expect(installation.motia.child.exitCode).toBeNull()
  }
  const json = { 'content-type': 'application/json' }

  it.each(['/webhooks/x', '/webhooks/espocrm', '/webhooks/espocrm/', '/login', '/akten/sync', '/'])(
    'with 100 KB of gzip for 100 MB, without a token: %s',
    async (path) => {
      const body = gzipSync(Buffer.alloc(100 * 1024 * 1024, 0x20))
      // The server ends the connection: what comes next needs another one.
      const headers = { ...json, 'content-encoding': 'gzip', connection: 'close' }
      const { status } = await fetch(url + path, { method: 'POST', body, headers, redirect: 'manual' })
      expect([401, 413]).toContain(status)
      await isWell()
    },
  )

  it.each([
    ['gzip', { ...json, 'content-encoding': 'gzip' }, 415],
    ['more than 256 KB', json, 413],
    ['what nobody reads', { 'content-type': 'application/octet-stream' }, 415],
  ])('and with one: %s', async (_what, headers, status) => {
    const body = Buffer.alloc(300 * 1024, 0x20)
    const answer = await fetch(`${url}/akten/sync`, {
      method: 'POST',
      body,
      headers: { ...headers, ...bearer },
    })
    expect(answer.status).toBe(status)
    await isWell()
  })

  it('whose words on the streams’ socket are no JSON', async () => {
    const without = new WebSocket(url.replace('http', 'ws'))
    const refusal = await new Promise<Error>((done) => without.once('error', done))
    expect(refusal.message).toContain('401')
    for (const word of ['hallo', 'null', '{"type":"join"}', Buffer.from([0xff])]) {
      const socket = new WebSocket(url.replace('http', 'ws'), { headers: bearer })
      await new Promise((done) => socket.once('open', done))
      socket.send(word)
      await new Promise((done) => socket.once('close', done))
    }
    await isWell()
  })

  it('who sends nonsense in place of a request', async () => {
    for (const nonsense of ['\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n', 'GET //\\ HTTP/1.1\r\nHost: x\r\n\r\n']) {
      const socket = connect(Number(new URL(url).port), '127.0.0.1')
      socket.on('error', () => {})
      socket.end(nonsense)
      await new Promise((done) => socket.resume().once('close', done))
    }
    await isWell()
  })

  it('finds no way to Motia’s cloud, and the Workbench no button for it', async () => {
    const start = { method: 'POST', body: '{"deploymentToken":"a","deploymentId":"b"}' }
    const options = { ...start, headers: { ...json, ...bearer } }
    expect((await fetch(`${url}/__motia/cloud/deploy/start`, options)).status).toBe(404)
    expect((await fetch(`${url}/__motia/cloud/deploy/status/b`, { headers: bearer })).status).toBe(404)
    // The Workbench shows "Deploy" where this says that it is `motia dev`.
    const about = await (await fetch(`${url}/__motia`, { headers: bearer })).json()
    expect(about).toMatchObject({ isDev: false })
  })

  it('reads no path of this machine in an answer', async () => {
    for (const path of ['/%E0%A4%A', '/akten/%E0%A4%A', '/__motia/step/x', '/@fs/etc/passwd', '/archive/x']) {
      const text = await (await fetch(url + path, { headers: bearer })).text()
      expect(text, path).not.toContain(process.cwd())
      expect(text, path).not.toMatch(/at .*\.[mc]?[jt]s:\d+/)
    }
  })

  it('sees of a request that a step answers nothing but the Aktennummer, and not as many processes as requests', async () => {
    const seen = new Set<string>()
    let most = 0
    const watching = setInterval(() => {
      const steps = commandLinesOf(installation.motia.child.pid).filter(
        (line) => line.includes('node-runner') && line.includes('/api/'),
      )
      for (const line of steps) seen.add(line)
      most = Math.max(most, steps.length)
    }, 10)
    const ask = (at: number) =>
      fetch(`${url}/akten/A${at}/pause`, {
        method: 'POST',
        headers: { ...json, ...bearer, 'x-geheim': 'Geheim' },
        body: '{"reason":"Geheim"}',
      })
    const answers = await Promise.all(Array.from({ length: 20 }, (_one, at) => ask(at)))
    clearInterval(watching)
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200))
    expect(await answers[0]?.json()).toMatchObject({ paused: 'Geheim' })
    expect(seen.size).toBeGreaterThan(0)
    for (const line of seen) {
      expect(line).not.toMatch(/Geheim|authorization|content-type/i)
      expect(line).toMatch(/ A\d+$/)
    }
    expect(most).toBeLessThanOrEqual(4)
  })
})

/** The command line of every process that this one started. */
function commandLinesOf(parent: number | undefined): string[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      const [, , startedBy] = readFileSync(`/proc/${name}/stat`, 'utf8')
        .replace(/^.*\) /s, ') ')
        .split(' ')
      if (startedBy !== `${parent}`) return []
      return [readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0').join(' ').trim()]
    } catch {
      return [] // it has ended
    }
  })
}

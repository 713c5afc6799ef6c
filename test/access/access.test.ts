import { request as httpRequest, type IncomingHttpHeaders, Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import express from 'express'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { AccessControl } from '../../services/access/access-control'
import { safeNext } from '../../services/access/access-policy'
import { Credentials } from '../../services/access/credentials'
import { senderOf } from '../../services/access/sender'
import { systemClock } from '../../services/clock'
import type { Language } from '../../services/model/reasons'
import { isLoopback, listenAddress } from '../../services/motia/listen-address'

const TOKEN = 'a-token-of-an-administrator'
const bearer = { authorization: `Bearer ${TOKEN}` }

interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

let server: Server
let port: number
let endGuard: () => void
/** What the route behind the protection saw last. */
let seen: IncomingHttpHeaders

/** Logged out, as Redis would remember it. */
let ended: Set<string>
const endedSessions = {
  has: async (session: string) => ended.has(session),
  add: async (session: string) => void ended.add(session),
}

/** A server like Motia's: the protection first, then something that allows every origin, then routes. */
async function serve(token: string | undefined, language: Language = 'en') {
  ended = new Set()
  const app = express()
  const access = new AccessControl(token, systemClock, {
    endedSessions,
    trustedProxies: new Set(['127.0.0.1']),
    language,
  })
  access.protect(app)
  endGuard = access.guardSockets()
  app.use((_request, response, next) => {
    response.header('Access-Control-Allow-Origin', '*')
    next()
  })
  app.use((request, response) => {
    seen = request.headers
    response.json({ path: request.path })
  })
  server = app.listen(0, '127.0.0.1')
  server.on('upgrade', (_request, socket) =>
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'),
  )
  await new Promise((ready) => server.once('listening', ready))
  port = (server.address() as AddressInfo).port
}

function stopServing() {
  endGuard()
  server.close()
}

function ask(path: string, headers: Record<string, string> = {}, method = 'GET', body = ''): Promise<Answer> {
  return new Promise((done, failed) => {
    const request = httpRequest(
      { port, host: '127.0.0.1', path, method, headers, agent: false },
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk
        })
        response.on('end', () =>
          done({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
        )
      },
    )
    request.on('upgrade', (response, socket) => {
      socket.destroy()
      done({ status: response.statusCode ?? 0, headers: response.headers, body: '' })
    })
    request.once('error', failed)
    request.end(body)
  })
}

const login = (token: string, headers: Record<string, string> = {}, next = '/workbench') =>
  ask(
    '/login',
    { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    'POST',
    new URLSearchParams({ token, next }).toString(),
  )

/** A socket that stays open. */
function openSocket(headers: Record<string, string>): Promise<Socket> {
  return new Promise((done, failed) => {
    const request = httpRequest({
      port,
      host: '127.0.0.1',
      path: '/',
      headers: { ...upgrade, ...headers },
      agent: false,
    })
    request.on('upgrade', (_response, socket) => done(socket as Socket))
    request.once('error', failed)
    request.end()
  })
}

const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' }

describe('a server with SYNC_ADMIN_TOKEN', () => {
  beforeEach(async () => {
    await serve(TOKEN)
    return stopServing
  })

  it.each([
    ['the Workbench', '/workbench', {}, 401],
    ['the list of Akten', '/akten', {}, 401],
    ['the metrics', '/metrics', {}, 401],
    ['Motia’s own routes', '/__motia/state', {}, 401],
    ['health', '/health', {}, 200],
    ['health in another spelling', '/Health', {}, 401],
    ['a path that begins like health', '/health/../akten', {}, 401],
    ['the token', '/akten', bearer, 200],
    ['a wrong token', '/akten', { authorization: 'Bearer wrong' }, 401],
    ['a token that begins right', '/akten', { authorization: `Bearer ${TOKEN}x` }, 401],
    ['another scheme', '/akten', { authorization: `Basic ${TOKEN}` }, 401],
    ['a made-up session', '/akten', { cookie: 'document_sync_session=9999999999999.x' }, 401],
  ])('%s: %s', async (_what, path, headers, status) => {
    expect((await ask(path, headers)).status).toBe(status)
  })

  it('lets webhooks through, whose signature their route checks, and nothing that looks like one', async () => {
    expect((await ask('/webhooks/espocrm', {}, 'POST')).status).toBe(200)
    expect((await ask('/webhooks/espocrm')).status).toBe(401)
    expect((await ask('/webhooks/../akten', {}, 'POST')).status).toBe(401)
    expect((await ask('/webhooks/other', {}, 'POST')).status).toBe(401)
    expect((await ask('/webhooks/espocrm/x', {}, 'POST')).status).toBe(401)
  })

  it('answers machines with problem+json and shows people the login page', async () => {
    const answer = await ask('/akten')
    expect(answer.headers).toMatchObject({
      'content-type': expect.stringContaining('application/problem+json'),
      'www-authenticate': expect.stringContaining('Bearer'),
    })
    expect(JSON.parse(answer.body)).toMatchObject({ status: 401, title: 'Unauthorized' })
    const page = await ask('/workbench?tab=x', { accept: 'text/html' })
    expect(page.status).toBe(303)
    expect(page.headers.location).toBe('/login?next=%2Fworkbench%3Ftab%3Dx')
    expect((await ask('/login')).body).toContain('SYNC_ADMIN_TOKEN')
  })

  it('lets no page load code or send data elsewhere, nor be framed', async () => {
    const policy = String((await ask('/workbench', bearer)).headers['content-security-policy'])
    expect(policy).toContain("default-src 'self'")
    expect(policy).toContain("connect-src 'self' ws://127.0.0.1:* wss://127.0.0.1:*;")
    expect(policy).toContain("frame-ancestors 'none'")
  })

  it('logs a browser in with a session that scripts cannot read and other sites cannot use', async () => {
    const answer = await login(TOKEN)
    expect(answer.status).toBe(303)
    expect(answer.headers.location).toBe('/workbench')
    const [cookie = ''] = answer.headers['set-cookie'] ?? []
    expect(cookie).toMatch(/; HttpOnly; Path=\/; SameSite=Strict; Max-Age=43200$/)
    expect(cookie).not.toContain(TOKEN)
    expect((await ask('/akten', { cookie: cookie.split(';')[0] ?? '' })).status).toBe(200)
    const overTls = await login(TOKEN, { 'x-forwarded-proto': 'https' })
    expect(overTls.headers['set-cookie']?.[0]).toContain('; Secure')
    expect((await login('wrong')).status).toBe(401)
  })

  it('logs a browser out', async () => {
    const answer = await ask('/logout', {}, 'POST')
    expect(answer.status).toBe(303)
    expect(answer.headers['set-cookie']).toHaveLength(2)
    for (const cookie of answer.headers['set-cookie'] ?? []) expect(cookie).toMatch(/^\w+=; .*Max-Age=0$/)
    expect((await ask('/logout', { origin: 'http://evil.example' }, 'POST')).status).toBe(403)
  })

  it('ends the session on the server, too: its cookie opens nothing any more, and its sockets end', async () => {
    const [cookie = ''] = ((await login(TOKEN)).headers['set-cookie'] ?? []).map((one) => one.split(';')[0])
    const [other = ''] = ((await login(TOKEN)).headers['set-cookie'] ?? []).map((one) => one.split(';')[0])
    const open = await openSocket({ cookie, origin: `http://127.0.0.1:${port}` })
    const closed = new Promise((done) => open.once('close', done))
    expect((await ask('/logout', { cookie }, 'POST')).status).toBe(303)
    await closed
    expect((await ask('/akten', { cookie })).status).toBe(401)
    expect((await ask('/', { ...upgrade, cookie })).status).toBe(401)
    expect((await ask('/akten', { cookie: other })).status).toBe(200)
  })

  it('does not believe a session when nobody knows whether it was logged out', async () => {
    const [cookie = ''] = ((await login(TOKEN)).headers['set-cookie'] ?? []).map((one) => one.split(';')[0])
    const has = endedSessions.has
    endedSessions.has = () => Promise.reject(new Error('Connection is closed.'))
    onTestFinished(() => {
      endedSessions.has = has
    })
    expect((await ask('/akten', { cookie })).status).toBe(503)
  })

  it('goes on to a page of its own only', async () => {
    expect((await login(TOKEN, {}, '//evil.example')).headers.location).toBe('/')
  })

  it('never passes credentials on: a step gets the headers on its command line', async () => {
    await ask('/akten', { ...bearer, cookie: 'a=b', 'x-other': 'kept' })
    expect(seen).not.toHaveProperty('authorization')
    expect(seen).not.toHaveProperty('cookie')
    expect(seen['x-other']).toBe('kept')
  })

  it('refuses the eleventh login after ten failed ones within a minute, the right token included', async () => {
    for (let attempt = 0; attempt < 5; attempt++) {
      expect((await login('wrong')).status).toBe(401)
      expect((await ask('/akten', { authorization: 'Bearer wrong' })).status).toBe(401)
    }
    const answer = await ask('/akten', bearer)
    expect(answer.status).toBe(429)
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    expect((await login(TOKEN)).status).toBe(429)
    expect((await ask('/health')).status).toBe(200)
  })

  it('compares no more than ten of 800 guesses that arrive at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 800 }, (_one, at) => ask('/akten', { authorization: `Bearer guess-${at}` })),
    )
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(10)
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(790)
  })

  it('a thousand right ones at once are all let in', async () => {
    const answers = await Promise.all(Array.from({ length: 1000 }, () => ask('/akten', bearer)))
    expect(answers.every(({ status }) => status === 200)).toBe(true)
  })

  it('behind a trusted proxy one guesser does not lock out the office', async () => {
    const from = (address: string) => ({ 'x-forwarded-for': address })
    for (let attempt = 0; attempt < 12; attempt++)
      // What a client says itself stands first; the proxy adds what it saw.
      await ask('/akten', { authorization: 'Bearer wrong', ...from(`10.0.0.${attempt}, 203.0.113.7`) })
    expect((await ask('/akten', { ...bearer, ...from('203.0.113.7') })).status).toBe(429)
    expect((await ask('/akten', { ...bearer, ...from('192.168.0.20') })).status).toBe(200)
  })

  it.each([
    ['another site', { origin: 'http://evil.example' }],
    ['another port of this machine', { origin: 'http://127.0.0.1:1' }],
    ['a page without an origin', { origin: 'null' }],
    ['an image on another site', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }],
    [
      'a frame on another site',
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
    ],
  ])('refuses %s, whatever it carries', async (_what, headers) => {
    const answer = await ask('/akten', { ...bearer, ...(headers as Record<string, string>) })
    expect(answer.status).toBe(403)
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
  })

  it('answers its own pages and links to them, and allows no origin to read along', async () => {
    const own = await ask('/akten', { ...bearer, origin: `http://127.0.0.1:${port}` })
    expect(own.status).toBe(200)
    expect(own.headers).not.toHaveProperty('access-control-allow-origin')
    const link = {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    }
    expect((await ask('/akten', { ...bearer, ...link })).status).toBe(200)
  })

  it('the port of the reload socket is no origin of its own for anything but a socket', async () => {
    const reload = { origin: `http://127.0.0.1:${port > 21678 ? port - 21678 : 1}` }
    expect((await ask('/akten', { ...bearer, ...reload })).status).toBe(403)
  })

  it('guards sockets like everything else', async () => {
    const own = { origin: `http://127.0.0.1:${port}` }
    expect((await ask('/', upgrade)).status).toBe(401)
    expect((await ask('/', { ...upgrade, ...bearer, origin: 'http://evil.example' })).status).toBe(403)
    expect((await ask('/', { ...upgrade, ...bearer, ...own })).status).toBe(101)
    const [cookie = ''] = (await login(TOKEN)).headers['set-cookie'] ?? []
    expect((await ask('/', { ...upgrade, ...own, cookie: cookie.split(';')[0] ?? '' })).status).toBe(101)
    // The Workbench's reload socket: the page's port and 21678 more.
    const reload = { origin: `http://127.0.0.1:${port - 21678}` }
    if (port > 21678) expect((await ask('/', { ...upgrade, ...bearer, ...reload })).status).toBe(101)
  })
})

it('the guard of sockets can be taken away again', async () => {
  const { emit } = Server.prototype
  const endGuards = [TOKEN, undefined].map((token) =>
    new AccessControl(token, systemClock, { endedSessions }).guardSockets(),
  )
  expect(Server.prototype.emit).not.toBe(emit)
  for (const end of endGuards.reverse()) end()
  expect(Server.prototype.emit).toBe(emit)
})

describe('a server without a token, on this machine only', () => {
  beforeAll(() => serve(undefined))
  afterAll(stopServing)

  it.each([
    ['127.0.0.1', {}, 200],
    ['localhost', { host: 'localhost:3000' }, 200],
    ['IPv6', { host: '[::1]:3000' }, 200],
    ['a name that was made to point here', { host: 'evil.example:3000' }, 403],
    ['a name that begins like one', { host: 'localhost.evil.example' }, 403],
    ['another site', { origin: 'http://evil.example' }, 403],
    ['a proxy: Forwarded', { forwarded: 'for=203.0.113.7' }, 403],
    ['a proxy: X-Forwarded-For', { 'x-forwarded-for': '203.0.113.7' }, 403],
    ['a proxy: X-Forwarded-Proto, empty', { 'x-forwarded-proto': '' }, 403],
    ['a proxy: X-Forwarded-Host', { 'X-Forwarded-Host': 'sync.firm.example' }, 403],
    ['a proxy: Via', { via: '1.1 proxy' }, 403],
    ['a proxy: X-Real-IP', { 'x-real-ip': '127.0.0.1' }, 403],
  ])('%s: %o → %i', async (_what, headers, status) => {
    expect((await ask('/akten', headers as Record<string, string>)).status).toBe(status)
    const overSocket = await ask('/', { ...upgrade, ...(headers as Record<string, string>) })
    expect(overSocket.status).toBe(status === 200 ? 101 : status)
  })

  it('still takes webhooks from a proxy with a public name', async () => {
    const proxy = { host: 'sync.firm.example', 'x-forwarded-for': '203.0.113.7' }
    expect((await ask('/webhooks/espocrm', proxy, 'POST')).status).toBe(200)
  })
})

describe('sessions', () => {
  it('end after twelve hours, and with the token they came from', () => {
    let now = 1_000_000
    const cookie = new Credentials(TOKEN, { now: () => new Date(now) }).issue(false)[0]?.split(';')[0] ?? ''
    const has = (token: string) =>
      new Credentials(token, { now: () => new Date(now) }).sessionOf(cookie) !== null
    expect(has(TOKEN)).toBe(true)
    expect(has('another-token-of-the-firm')).toBe(false)
    now += 12 * 3600_000 + 1
    expect(has(TOKEN)).toBe(false)
    const longer = cookie.replace(/=\d+/, `=${now + 1000}`)
    expect(new Credentials(TOKEN, { now: () => new Date(now) }).sessionOf(longer)).toBeNull()
  })
})

describe('who failed to log in', () => {
  const proxies = new Set(['127.0.0.1', '10.0.0.1'])
  it.each([
    ['203.0.113.7', undefined, '203.0.113.7'],
    ['203.0.113.7', '192.168.0.20', '203.0.113.7'], // no trusted proxy: it says what it likes
    ['::ffff:127.0.0.1', '192.168.0.20', '192.168.0.20'],
    ['127.0.0.1', '192.168.0.20, 203.0.113.7, 10.0.0.1', '203.0.113.7'],
    ['127.0.0.1', undefined, '127.0.0.1'],
    ['127.0.0.1', ' , ', '127.0.0.1'],
    ['2001:db8:1:2:3:4:5:6', undefined, '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::1', undefined, '2001:db8:1:2::/64'],
    ['::1', undefined, '0:0:0:0::/64'],
  ])('%s, X-Forwarded-For %j → %s', (address, forwardedFor, sender) =>
    expect(senderOf(address, forwardedFor, proxies)).toBe(sender),
  )
})

describe('where the login leads', () => {
  it.each([
    ['/workbench?a=b', '/workbench?a=b'],
    ['//evil.example', '/'],
    ['/\\evil.example', '/'],
    ['/a\nb', '/'],
    ['https://evil.example', '/'],
    [null, '/'],
  ])('%j → %s', (next, target) => expect(safeNext(next)).toBe(target))
})

describe('the address the server listens on', () => {
  it.each([
    [['motia', 'dev'], '127.0.0.1', true],
    [['motia', 'dev', '--host', '127.0.0.1', '--host', '0.0.0.0'], '0.0.0.0', false],
    [['motia', 'start', '--host=localhost'], 'localhost', true],
    [['motia', 'start', '-H', '192.168.0.7'], '192.168.0.7', false],
  ])('%j → %s', (argv, address, isLocal) => {
    expect(listenAddress(argv)).toBe(address)
    expect(isLoopback(address)).toBe(isLocal)
  })
})

describe('the login page of a German office', () => {
  beforeAll(() => serve(TOKEN, 'de'))
  afterAll(stopServing)

  it('is German, also where the token is wrong or was tried too often', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const attempt = async () => (await ask('/login', form, 'POST', 'token=falsch')).body
    expect((await ask('/login')).body).toMatch(/<html lang="de">[\s\S]*Anmelden/)
    expect(await attempt()).toContain('weder SYNC_ADMIN_TOKEN noch')
    for (let time = 0; time < 10; time++) await attempt()
    expect(await attempt()).toContain('Zu viele fehlgeschlagene Anmeldungen')
  })
})

import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { AccessControl } from '../../services/access/access-control'
import { roleNeeded } from '../../services/access/access-policy'
import { AdminUsers, addUser, listUsers, removeUser } from '../../services/access/admin-users'
import { administratorOf } from '../../services/access/administrator-header'
import { systemClock } from '../../services/clock'
import { ConfigError } from '../../services/errors'
import { type Administrator, ROLES } from '../../services/model/administrator'

const TOKEN = 'a-token-of-an-administrator'
const HASH = 'ab'.repeat(32)
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

let file: string
beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'administrators-'))
  file = join(folder, 'users.json')
  return () => rm(folder, { recursive: true })
})

/** A server of which every route says who asks. */
async function serve() {
  const app = express()
  const ended = new Set<string>()
  const endedSessions = {
    has: async (session: string) => ended.has(session),
    add: async (session: string) => void ended.add(session),
  }
  new AccessControl(TOKEN, systemClock, { endedSessions, users: new AdminUsers(file) }).protect(app)
  app.use((request, response) => {
    response.json(administratorOf(request.headers))
  })
  const server = app.listen(0, '127.0.0.1')
  await new Promise((ready) => server.once('listening', ready))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  return async (path: string, headers: Record<string, string>, method = 'GET', body?: string) => {
    const redirect = 'manual' as const
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers,
      redirect,
      ...(body ? { body } : {}),
    })
    const text = await answer.text()
    const isJson = answer.headers.get('content-type')?.includes('json')
    return {
      status: answer.status,
      who: (answer.ok && isJson && text !== '' ? JSON.parse(text) : null) as Administrator | null,
      text,
      cookie: answer.headers.getSetCookie().map((one) => one.split(';')[0]),
      location: answer.headers.get('location'),
    }
  }
}

/** Whether a change of the file counts, which it does within a second. */
const soon = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 5000, interval: 300 })

describe('what each role may do', () => {
  const READ = [
    ['GET', '/akten'],
    ['GET', '/akten/12345'],
    ['GET', '/akten/124%2F24/plan'],
    ['GET', '/archive'],
    ['GET', '/metrics'],
    ['GET', '/office'],
    ['GET', '/office/0123abcd.js'],
    ['HEAD', '/akten'],
  ]
  const OPERATE = [
    ['POST', '/akten/sync'],
    ['POST', '/akten/retry'],
    ['POST', '/akten/pause'],
    ['POST', '/akten/import'],
    ['POST', '/akten/remove'],
    ['POST', '/akten/12345/sync'],
    ['POST', '/akten/12345/retry'],
    ['POST', '/akten/12345/pause'],
    ['DELETE', '/akten/12345'],
  ]
  const ADMIN = [
    ['GET', `/archive/${HASH}`],
    ['GET', `/ARCHIVE/${HASH}`],
    ['GET', `/archive//${HASH}`],
    ['POST', `/archive/${HASH}/restore`],
    ['POST', '/akten/12345/purge'],
    ['GET', '/'],
    ['GET', '/__motia/state'],
    ['POST', '/__motia/bullmq/dlq'],
    ['GET', '/akten/../__motia/state'],
    ['PUT', '/akten/12345'],
    ['POST', '/office'],
    ['GET', '/office/../archive'],
    ['POST', '/AKTEN/12345/sync/x'],
  ]
  const all = [READ, OPERATE, ADMIN].flatMap((requests, rank) =>
    requests.map(([method = '', path = '']) => [method, path, ROLES[rank] ?? 'admin'] as const),
  )

  it.each(all)('%s %s needs %s', (method, path, needed) => {
    expect(roleNeeded({ method, path, isUpgrade: false })).toBe(needed)
  })

  it('is enforced before any route, with a reason, and the route learns the name', async () => {
    const tokens = new Map<string, string>()
    for (const role of ROLES) tokens.set(role, await addUser(file, `${role}er`, role))
    const ask = await serve()
    for (const [method, path, needed] of all) {
      for (const role of ROLES) {
        const { status, who, text } = await ask(path, bearer(tokens.get(role) ?? ''), method)
        const isAllowed = ROLES.indexOf(role) >= ROLES.indexOf(needed)
        // `fetch` resolves dots in a path itself: what is asked for is then another route.
        if (path.includes('..')) continue
        expect(`${role} ${method} ${path}: ${status}`).toBe(
          `${role} ${method} ${path}: ${isAllowed ? 200 : 403}`,
        )
        if (isAllowed && method !== 'HEAD') expect(who).toEqual({ name: `${role}er`, role })
        if (!isAllowed && method !== 'HEAD')
          expect(text).toContain(`has the role ${role}; this needs ${needed}`)
      }
    }
    expect((await ask('/akten', bearer(TOKEN))).who).toEqual({ name: 'SYNC_ADMIN_TOKEN', role: 'admin' })
  })
})

describe('a named administrator', () => {
  it('cannot make anybody believe to be somebody else', async () => {
    const token = await addUser(file, 'anna', 'read')
    const ask = await serve()
    const forged = { ...bearer(token), 'X-Document-Sync-Administrator': 'admin SYNC_ADMIN_TOKEN' }
    expect((await ask('/akten', forged)).who).toEqual({ name: 'anna', role: 'read' })
    // A public route learns nothing of it either.
    expect((await ask('/health', { 'x-document-sync-administrator': 'admin x' })).who?.role).toBe('read')
  })

  it.each([
    ['a token of another name', (token: string) => token.replace('anna', 'bert')],
    ['a token cut short', (token: string) => token.slice(0, -1)],
    ['the name alone', () => 'anna.'],
    ['the hash in the file', async () => JSON.parse(await readFile(file, 'utf8')).users[0].sha256],
    [
      'the name with the hash in the file',
      async () => `anna.${JSON.parse(await readFile(file, 'utf8')).users[0].sha256}`,
    ],
    ['a name that every object has', () => `constructor.${'a'.repeat(43)}`],
  ])('%s opens nothing', async (_what, forge) => {
    const token = await addUser(file, 'anna', 'admin')
    await addUser(file, 'bert', 'admin')
    const ask = await serve()
    expect((await ask('/akten', bearer(await forge(token)))).status).toBe(401)
  })

  it('gets a session that has the role of today, and ends with the token', async () => {
    const token = await addUser(file, 'anna.m', 'admin')
    const ask = await serve()
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const { status, cookie } = await ask(
      '/login',
      form,
      'POST',
      new URLSearchParams({ token, next: '/office' }).toString(),
    )
    expect(status).toBe(303)
    expect(cookie[1]).toBe('document_sync_logged_in=admin')
    const session = { cookie: cookie[0] ?? '' }
    expect(session.cookie).not.toContain(token)
    expect((await ask(`/archive/${HASH}`, session)).who).toEqual({ name: 'anna.m', role: 'admin' })

    const [first = '', ...rest] = session.cookie.split('.')
    const stolen = { cookie: [first, ...rest.slice(0, 1), 'bert', ...rest.slice(3)].join('.') }
    expect((await ask('/akten', stolen)).status).toBe(401)

    const users = JSON.parse(await readFile(file, 'utf8')) as { users: { role: string }[] }
    if (users.users[0]) users.users[0].role = 'read'
    await writeFile(file, JSON.stringify(users))
    await soon(async () => expect((await ask(`/archive/${HASH}`, session)).status).toBe(403))
    expect((await ask('/akten', session)).who).toEqual({ name: 'anna.m', role: 'read' })
    // The Workbench is for admin; a page that somebody may see is near.
    expect((await ask('/', { ...session, accept: 'text/html' })).location).toBe('/office')

    await addUser(file, 'anna.m', 'admin')
    await soon(async () => expect((await ask('/akten', session)).status).toBe(401))
    expect((await ask('/akten', bearer(token))).status).toBe(401)
  })

  it('two changes at once both count', async () => {
    for (const name of ['anna', 'bert', 'carl']) await addUser(file, name, 'read')
    await Promise.all([removeUser(file, 'anna'), addUser(file, 'dora', 'read'), removeUser(file, 'carl')])
    expect(listUsers(file).map(({ name }) => name)).toEqual(['bert', 'dora'])
    expect(await removeUser(`${file}.none`, 'anna')).toBe(false)
    await expect(readFile(`${file}.none`)).rejects.toThrow('ENOENT')
  })

  it('who is taken out is out within a second, and a file that breaks lets nobody in by name', async () => {
    const [anna, bert] = [await addUser(file, 'anna', 'read'), await addUser(file, 'bert', 'read')]
    const ask = await serve()
    expect((await ask('/akten', bearer(anna))).status).toBe(200)
    await removeUser(file, 'anna')
    await soon(async () => expect((await ask('/akten', bearer(anna))).status).toBe(401))
    expect((await ask('/akten', bearer(bert))).status).toBe(200)

    const told = vi.spyOn(console, 'error').mockImplementation(() => {})
    onTestFinished(() => told.mockRestore())
    await writeFile(file, '{')
    await soon(async () => expect((await ask('/akten', bearer(bert))).status).toBe(401))
    expect(told.mock.calls.flat().join()).toContain('SYNC_ADMIN_USERS_FILE is not JSON')
    expect((await ask('/akten', bearer(TOKEN))).status).toBe(200)
  })
})

describe('the file of administrators', () => {
  it.each([
    ['', 'is not JSON'],
    ['[]', 'Invalid input'],
    ['{"users":[{"name":"Anna Müller","role":"read","sha256":"x"}]}', 'users.0.name is no name'],
    [`{"users":[{"name":"anna","role":"boss","sha256":"${HASH}"}]}`, 'users.0.role is not one of'],
    ['{"users":[{"name":"anna","role":"read","sha256":"geheim"}]}', 'users.0.sha256 is not a SHA-256'],
    [
      `{"users":[{"name":"a","role":"read","sha256":"${HASH}"},{"name":"a","role":"admin","sha256":"${HASH}"}]}`,
      'users names somebody twice',
    ],
  ])('%s is refused at start', async (text, expected) => {
    await writeFile(file, text)
    const open = () => new AdminUsers(file)
    expect(open).toThrow(ConfigError)
    expect(open).toThrow(expected)
    expect(open).not.toThrow('geheim')
  })

  it('that goes away is told once, and lets nobody in by name until it is back', async () => {
    await addUser(file, 'anna', 'read')
    const users = new AdminUsers(file)
    expect(users.find('anna')).toMatchObject({ role: 'read' })
    const told = vi.spyOn(console, 'error').mockImplementation(() => {})
    onTestFinished(() => told.mockRestore())
    await unlink(file)
    await soon(async () => expect(users.find('anna')).toBeUndefined())
    await addUser(file, 'bert', 'read')
    await soon(async () => expect(users.find('bert')).toMatchObject({ role: 'read' }))
    expect(told.mock.calls).toEqual([
      ['❌ Nobody is let in by name until it is repaired: SYNC_ADMIN_USERS_FILE names no file that exists'],
    ])
  })

  it('that is missing is refused at start', () => {
    expect(() => new AdminUsers(file)).toThrow('SYNC_ADMIN_USERS_FILE names no file that exists')
  })

  it.each([
    '',
    'Anna',
    'anna müller',
    'a b',
    '../x',
    'SYNC_ADMIN_TOKEN',
    'this_machine',
    '.a',
    'a;b',
    'x'.repeat(65),
  ])('%j is no name', async (name) => {
    await expect(addUser(file, name, 'read')).rejects.toMatchObject({ name: 'InvalidInputError' })
  })

  it('is for this user alone, and has no token in it', async () => {
    const token = await addUser(file, 'anna', 'read')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await readFile(file, 'utf8')).not.toContain(token.split('.').at(-1))
  })
})

it('npm run admin adds, lists and removes', async () => {
  const run = (...args: string[]) =>
    new Promise<{ code: number; out: string; err: string }>((resolve) => {
      const env = { ...process.env, SYNC_ADMIN_USERS_FILE: file, SYNC_LANGUAGE: 'en' }
      execFile(
        process.execPath,
        ['--import', 'tsx', 'scripts/admin.ts', ...args],
        { env },
        (error, out, err) => resolve({ code: Number(error?.code ?? 0), out, err }),
      )
    })
  const added = await run('add', 'anna', '--role', 'operate')
  const token = added.out.split('\n')[1]?.trim() ?? ''
  expect(token).toMatch(/^anna\.[\w-]{43}$/)
  const ask = await serve()
  expect((await ask('/akten', bearer(token))).who).toEqual({ name: 'anna', role: 'operate' })
  expect((await run('list', '--json')).out).toBe(
    '[\n  {\n    "name": "anna",\n    "role": "operate"\n  }\n]\n',
  )
  expect(await run('add', 'bert', '--role', 'boss')).toMatchObject({ code: 2 })
  expect(await run('add', 'Bert B', '--role', 'read')).toMatchObject({ code: 1 })
  expect(await run('remove', 'anna')).toMatchObject({ code: 0 })
  expect(await run('remove', 'anna')).toMatchObject({ code: 1, err: '❌ anna is not in the file\n' })
}, 120_000)

import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { loadConfig } from '../../services/config'
import { checkEspo } from '../../services/doctor/espo-check'
import type { Finding } from '../../services/model/finding'
import { KEYS } from '../../services/redis/keys'
import { run } from '../support/commands'
import { silentContext } from '../support/context'
import { AKTE, openOffice, type ScenarioOffice, writes } from './office'

let office: ScenarioOffice

beforeEach(async () => {
  office = await openOffice()
})

/** A web server in front of EspoCRM: what `answer` returns is where a request goes on, or what it gets instead. */
async function inFront(
  answer: (path: string, length: number) => string | { status: number; location?: string },
): Promise<string> {
  const server = createServer((incoming, outgoing) => {
    const path = incoming.url ?? '/'
    const decided = answer(path, Number(incoming.headers['content-length'] ?? 0))
    if (typeof decided !== 'string') {
      incoming.resume()
      outgoing.writeHead(decided.status, {
        Server: 'nginx/1.24.0',
        'Content-Type': 'text/html',
        ...(decided.location ? { Location: decided.location } : {}),
      })
      outgoing.end('<html></html>')
      return
    }
    const { port } = new URL(office.espo.url)
    const { method, headers } = incoming
    const further = request({ host: '127.0.0.1', port, path: decided, method, headers }, (got) => {
      outgoing.writeHead(got.statusCode ?? 500, got.headers)
      got.pipe(outgoing)
    })
    incoming.pipe(further)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const check = async () => (await checkEspo(silentContext, loadConfig())) as Finding[]
const errors = async () => (await check()).filter(({ level }) => level === 'error')

describe.each(['de', 'en'] as const)('EspoCRM answers otherwise, told in %s', (language) => {
  const de = language === 'de'
  beforeEach(() => office.set({ SYNC_LANGUAGE: language }))

  it('maintenance mode', async () => {
    office.espo.isInMaintenance = true
    const [finding] = await errors()
    expect(finding?.text).toContain(de ? 'ist im Wartungsmodus' : 'is in maintenance mode')
    expect(finding?.advice).toContain(de ? 'Warten, bis' : 'Wait until')
  })

  it.each([301, 308])('a redirect (%d): its target is the address to set', async (status) => {
    const url = await inFront((path) => ({ status, location: `https://neu.example/crm${path}?key=x` }))
    office.set({ ESPOCRM_API_BASE_URL: `${url}/api/v1` })
    const [finding, ...more] = await errors()
    expect(finding?.text).toContain('https://neu.example/crm/api/v1/App/user')
    expect(finding?.advice).toContain('ESPOCRM_API_BASE_URL=https://neu.example/crm/api/v1')
    expect([finding?.text.includes('key=x'), more]).toEqual([false, []])
  })

  it('a redirect that leads away from the API names its target all the same', async () => {
    const url = await inFront(() => ({ status: 302, location: '/login' }))
    office.set({ ESPOCRM_API_BASE_URL: `${url}/api/v1` })
    const [finding] = await errors()
    expect(finding?.text).toContain(`${url}/login`)
    expect(finding?.advice).toContain('ESPOCRM_API_BASE_URL')
  })
})

describe('A sub-path', () => {
  it.each([
    ['/espocrm', false],
    ['/intern/akten', true],
  ])('%s works, and is found where it was forgotten', async (folder, isHome) => {
    const below = await inFront((path) => {
      if (path.startsWith(`${folder}/api/v1`)) return path.slice(folder.length)
      return path === '/' && isHome ? { status: 302, location: `${folder}/` } : { status: 404 }
    })
    office.set({ ESPOCRM_API_BASE_URL: `${below}/api/v1` })
    expect(await errors()).toEqual([
      expect.objectContaining({ advice: expect.stringContaining(`${below}${folder}/api/v1`) }),
    ])
    office.set({
      ESPOCRM_API_BASE_URL: `${below}${folder}/api/v1`,
      ESPOCRM_SECRET_KEY: office.espo.apiUser.secretKey,
    })
    await office.agreed({ 'Klage.docx': 'eins' })
    expect(await errors()).toEqual([])
  })
})

describe('What people see meanwhile', () => {
  const cause = async () => JSON.parse((await office.redis.hget(KEYS.causes, AKTE)) ?? '{}').reason

  it('maintenance: the Akte waits, no attempt is counted, status says it, and then it goes on', async () => {
    await office.agreed({ 'Klage.docx': 'eins' })
    office.espo.isInMaintenance = true
    await office.sync()
    expect(await cause()).toContain('EspoCRM wird gerade gewartet (Wartungsmodus)')
    expect(await office.snapshot()).toMatchObject({ pending: true, attempts: null, failed: null })
    const { out } = await run('status')
    expect(out).toContain('🔌 EspoCRM wird gerade gewartet (Wartungsmodus)')
    office.espo.isInMaintenance = false
    expect((await office.sync()).report?.result).toBe('synced')
  })

  it('a redirect: nothing is sent to its target, and status names it', async () => {
    await office.agreed({ 'Klage.docx': 'eins' })
    const target = await inFront(() => ({ status: 500 }))
    const url = await inFront((path) => ({ status: 308, location: `${target}${path}` }))
    office.set({ ESPOCRM_API_BASE_URL: `${url}/api/v1` })
    await office.sync()
    expect(await cause()).toContain(
      `EspoCRM leitet unter der eingestellten Adresse zu ${target}/api/v1/CAkten weiter`,
    )
    const { out } = await run('status')
    expect(out).toContain(`zu ${target}/api/v1/CAkten weiter`)
  })

  it('a proxy with a small body limit: check names it, and so do the document and status', async () => {
    office.addAkte()
    await office.filed({ 'Gutachten.pdf': Buffer.alloc(2_000_000, 'x'), 'Brief.docx': 'klein' })
    const url = await inFront((path, length) => (length > 1_000_000 ? { status: 413 } : path))
    office.set({ ESPOCRM_API_BASE_URL: `${url}/api/v1`, ESPOCRM_WEBHOOK_URL: '' })
    const [finding] = await errors()
    expect(finding?.text).toContain('ein Webserver oder Proxy vor EspoCRM (nginx/1.24.0) lehnt Anfragen')
    const first = await office.sync()
    expect(first.item('Gutachten.pdf')).toMatchObject({ outcome: 'flagged' })
    await office.expectAgreement('Brief.docx', 'klein')
    expect(office.espo.akte(AKTE)?.syncMessage).toContain('Webserver oder Proxy vor EspoCRM')
    const { out } = await run('status', '--state', 'open')
    expect(out).toContain('Webserver oder Proxy vor EspoCRM')
  })
})

describe('Locked records (EspoCRM 10)', () => {
  beforeEach(async () => {
    office.espo.version = '10.0'
    await office.agreed({ 'Klage.docx': 'eins', 'Replik.docx': 'zwei' })
  })
  const locked = async (path = 'Klage.docx') => {
    const { id } = office.dokument(path)
    office.espo.lock('dokument', id)
    return id
  }

  it('a changed file does not replace a locked one: flagged, said on document and Akte, and nothing loops', async () => {
    const id = await locked()
    await office.watcher.write(AKTE, 'Klage.docx', 'neu', new Date(Date.now() - 120_000))
    const run = await office.sync()
    expect(run.item('Klage.docx')).toMatchObject({ outcome: 'flagged', reason: 'locked in EspoCRM' })
    expect(run.report?.result).toBe('synced')
    expect(office.espo.dokument(id)).toMatchObject({
      fileStatus: 'conflict',
      syncMessage: expect.stringContaining('In EspoCRM gesperrt'),
    })
    expect(await office.inEspo('Klage.docx')).toBe('eins')
    expect(office.espo.records.all('Attachment')).toHaveLength(2)
    expect(await office.snapshot()).toMatchObject({ pending: false, failed: null, attempts: null })
    expect(run.requests.filter(({ method, status }) => method === 'PUT' && status === 409)).toHaveLength(1)
    office.espo.lock('dokument', id, false)
    await office.sync()
    await office.expectAgreement('Klage.docx', 'neu')
  })

  it('one that is to be deleted stays', async () => {
    office.set({ SYNC_WINDOWS_DELETIONS: 'delete' })
    const id = await locked()
    await office.watcher.remove(AKTE, 'Klage.docx')
    const run = await office.sync()
    expect(run.item('Klage.docx')).toMatchObject({ outcome: 'flagged', reason: 'locked in EspoCRM' })
    expect(office.espo.dokument(id)).not.toBeNull()
    expect(await office.snapshot()).toMatchObject({ pending: false, attempts: null })
  })

  it('a locked Akte shows its outcome, but is not closed', async () => {
    office.espo.lock('akte', office.espo.akte(AKTE)?.id ?? '')
    office.advoware.setAblage(AKTE, true)
    const run = await office.sync()
    expect([run.report?.result, run.error]).toEqual(['synced', null])
    expect(office.espo.akte(AKTE)).toMatchObject({ aktivierungsstatus: 'Aktiv', syncStatus: 'synced' })
    expect(writes(run).length).toBeLessThanOrEqual(2)
    expect(await office.snapshot()).toMatchObject({ pending: false, attempts: null })
  })
})

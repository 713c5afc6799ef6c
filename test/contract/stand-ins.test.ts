import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ADVOWARE_CREDENTIALS } from '../../sandbox/advoware-records'
import { type Office, startOffice } from '../../sandbox/office'
import { signTokenRequest } from '../../services/advoware/advoware-client'
import { Random } from '../../testkit/random'
import { blake3 } from '../../testkit/simulation/content'
import type { Answer, Request } from '../../testkit/simulation/http'
import { Practice } from '../../testkit/simulation/practice'
import { Share } from '../../testkit/simulation/share'

/** One request to a system; a text as body. */
interface Asked {
  method: string
  /** Below the system's address, encoded. */
  path: string
  headers?: Record<string, string>
  body?: string
}
interface Told {
  status: number
  body: string
}
/** One system twice: as the HTTP server of the sandbox, and in the memory of the simulation. */
type Twice = (asked: Asked) => Promise<[overHttp: Told, inMemory: Told]>

const AKTE = '12345'
let folder: string
let office: Office

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'document-sync-stand-ins-'))
  office = await startOffice({ dataDir: folder })
})
afterAll(async () => {
  await office?.close()
  await rm(folder, { recursive: true, force: true })
})

const twice =
  (address: () => string, handle: (request: Request) => Answer): Twice =>
  async ({ method, path, headers = {}, body }) => {
    const url = new URL(`${address()}${path}`)
    const answer = await fetch(url, { method, headers, ...(body === undefined ? {} : { body }) })
    const { status, body: told } = handle({
      method,
      segments: url.pathname.split('/').filter(Boolean).map(decodeURIComponent),
      query: url.searchParams,
      headers,
      body: Buffer.from(body ?? ''),
      from: 'test',
    })
    return [
      { status: answer.status, body: await answer.text() },
      { status, body: told.toString() },
    ]
  }

/** Dates differ by when the one and the other was asked; they are compared by their form alone. */
const withoutTimes = ({ status, body }: Told) => ({
  status,
  body: body.replace(/"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+01:00"/g, '"a time"'),
})

async function expectAlike(ask: Twice, asked: Asked, status: number): Promise<string> {
  const [overHttp, inMemory] = await ask(asked)
  expect(withoutTimes(inMemory)).toEqual(withoutTimes(overHttp))
  expect(overHttp.status, overHttp.body).toBe(status)
  return overHttp.body
}

describe('the Windows Watcher answers alike over HTTP and in the simulation', () => {
  const share = new Share(new Random(1), 'sandbox-watcher-token', 0, 0)
  const ask = twice(
    () => office.watcher.url,
    (request) => share.handle(request),
  )
  const authorization = 'Bearer sandbox-watcher-token'
  const get = (path: string): Asked => ({ method: 'GET', path, headers: { authorization } })
  const put = (path: string, body: string, hash = blake3(body)): Asked => ({
    method: 'PUT',
    path: `/files/${path}`,
    headers: { authorization, 'x-blake3-hash': hash },
    body,
  })

  beforeAll(async () => {
    for (const path of ['Klage.docx', 'Schriftsätze/Replik.pdf', 'offen.docx']) {
      await office.watcher.write(AKTE, path, `Inhalt ${path}`)
      share.save(AKTE, path, `Inhalt ${path}`)
    }
    office.watcher.lock(AKTE, 'offen.docx', 'shared')
    share.openInWord(AKTE, 'offen.docx')
  })

  it.each<[string, Asked, number]>([
    ['a request without the token', { method: 'GET', path: `/akte-details?akte=${AKTE}` }, 401],
    ['an unknown route', get('/files'), 404],
    ['an Akte without a folder', get('/akte-details?akte=99999'), 404],
    ['what is no Aktennummer', get('/akte-details?akte=..%2F1'), 400],
    ['a file', get(`/file?akte=${AKTE}&path=Klage.docx`), 200],
    [
      'a file in another case, with a backslash',
      get(`/file?akte=${AKTE}&path=schriftsätze%5CREPLIK.pdf`),
      200,
    ],
    ['a file that is gone', get(`/file?akte=${AKTE}&path=fehlt.docx`), 404],
    ['a path that leads out', get(`/file?akte=${AKTE}&path=..%2Fb%C3%B6se.txt`), 400],
    ['reading what is open in Word', get(`/file?akte=${AKTE}&path=offen.docx`), 200],
    ['writing what is open in Word', put(`${AKTE}/Offen.docx`, 'neu'), 423],
    ['a new file in a new folder', put(`${AKTE}/Neu/Antrag.docx`, 'Antrag'), 201],
    ['a file that replaces one', put(`${AKTE}/KLAGE.docx`, 'Klage, zweite Fassung'), 200],
    ['a damaged content', put(`${AKTE}/Klage.docx`, 'Klage', blake3('Klage!')), 422],
    ['a content without a hash', put(`${AKTE}/Klage.docx`, 'Klage', 'keiner'), 400],
    ['a name that a folder has', put(`${AKTE}/Schrifts%C3%A4tze`, 'kein Ordner'), 409],
    ['a folder that is a file', put(`${AKTE}/Klage.docx/Anlage.pdf`, 'Anlage'), 409],
    ['a device name', put(`${AKTE}/con.txt`, 'nichts'), 400],
    ['a character that Windows forbids', put(`${AKTE}/Frage%3F.txt`, 'nichts'), 400],
    ['a control character', put(`${AKTE}/a%01b.txt`, 'nichts'), 400],
    ['a separator within a name', put(`${AKTE}/a%2Fb.txt`, 'nichts'), 400],
    ['a name that ends with a dot', put(`${AKTE}/Ordner./a.txt`, 'nichts'), 400],
    ['a path longer than Windows has', put(`${AKTE}/${'lang/'.repeat(50)}a.txt`, 'nichts'), 400],
    ['the Aktenordner itself', put(AKTE, 'nichts'), 400],
  ])('%s', async (_what, asked, status) => {
    await expectAlike(ask, asked, status)
  })

  it('a listing: the same files with the same hashes and USNs that grow with each change', async () => {
    share.closeWord(AKTE, 'offen.docx') // its owner file is Word's, not the watcher's
    const listing = await Promise.all(
      (await ask(get(`/akte-details?akte=${AKTE}`))).map(({ body }) => {
        const { akte, files } = JSON.parse(body) as { akte: string; files: { path: string; usn: number }[] }
        return { akte, files: files.sort((a, b) => a.usn - b.usn).map(({ usn, ...file }) => file) }
      }),
    )
    const [overHttp, inMemory] = listing.map((one) =>
      withoutTimes({ status: 200, body: JSON.stringify(one) }),
    )
    expect(inMemory).toEqual(overHttp)
    expect(listing[0]?.files.map(({ path }) => path)).toEqual([
      'Schriftsätze\\Replik.pdf',
      'offen.docx',
      'Neu\\Antrag.docx',
      'Klage.docx',
    ])
  })
})

describe('Advoware answers alike over HTTP and in the simulation', () => {
  const practice = new Practice(new Random(1))
  const ask = twice(
    () => office.advoware.url,
    (request) => practice.handle(request),
  )
  const { appId, apiKey, kanzlei, database, user, password, role, product } = ADVOWARE_CREDENTIALS
  const login = (nonce: string, changes: Record<string, unknown> = {}): Asked => {
    const timestamp = '2026-08-30T00:00:00.000Z'
    const signature = signTokenRequest(apiKey, { product, appId, nonce, timestamp })
    const names = { AppID: appId, Kanzlei: kanzlei, Database: database, User: user, Password: password }
    const given = { ...names, Role: role, Product: product, Nonce: nonce, RequestTimeStamp: timestamp }
    const body = JSON.stringify({ ...given, HMAC512Signature: signature, ...changes })
    return { method: 'POST', path: '/api/v1/Token', body }
  }
  const tokens: [overHttp: string, inMemory: string] = ['', '']
  /** A request with the token that each of the two gave; what they answer to the other's token is left out. */
  const asUser: Twice = async (asked) => {
    const [overHttp] = await ask({ ...asked, headers: { authorization: `Bearer ${tokens[0]}` } })
    const [, inMemory] = await ask({ ...asked, headers: { authorization: `Bearer ${tokens[1]}` } })
    return [overHttp, inMemory]
  }
  const akte = `/api/v1/advonet/Akten/${AKTE}`

  beforeAll(async () => {
    for (const records of [office.advoware.records, practice.records]) {
      records.addAkte(AKTE)
      for (const text of ['eins', 'zwei', 'drei']) records.addHistory(AKTE, { text, dat: '2026-03-24' })
      records.removeHistory(AKTE, ({ hnr }) => hnr === 2)
    }
    const given = await ask(login('first'))
    for (const at of [0, 1] as const) {
      tokens[at] = (JSON.parse(given[at].body) as { access_token: string }).access_token
    }
  })

  it.each<[string, Asked, number]>([
    ['the nonce of an earlier login', login('first'), 401],
    ['a wrong password', login('a', { Password: 'falsch' }), 401],
    ['a wrong signature', login('b', { HMAC512Signature: 'falsch' }), 401],
    ['another application', login('c', { AppID: 'app-124' }), 401],
    ['another firm', login('d', { Kanzlei: 'Kanzlei Schwarz' }), 400],
    ['a login that lacks something', login('e', { RequestTimeStamp: undefined }), 400],
    ['a login that is no JSON', { method: 'POST', path: '/api/v1/Token', body: '{' }, 400],
    ['a login by GET', { method: 'GET', path: '/api/v1/Token' }, 405],
    ['a request without a token', { method: 'GET', path: akte }, 401],
  ])('refuses %s', async (_what, asked, status) => {
    await expectAlike(ask, asked, status)
  })

  it('reads an Akte and its History, and numbers a new entry behind the highest', async () => {
    expect(JSON.parse(await expectAlike(asUser, { method: 'GET', path: akte }, 200))).toMatchObject({
      ablage: 0,
    })
    await expectAlike(asUser, { method: 'GET', path: '/api/v1/advonet/Akten/99999' }, 404)
    await expectAlike(asUser, { method: 'GET', path: `${akte}/Beteiligte` }, 404)
    await expectAlike(asUser, { method: 'DELETE', path: `${akte}/History` }, 405)
    await expectAlike(asUser, { method: 'POST', path: `${akte}/History`, body: '{"datei":1}' }, 400)
    const entry = { dat: '2026-03-25', art: 'Dokument', text: 'vier', datei: 'V:\\Akten\\12345\\vier.docx' }
    const created = await expectAlike(
      asUser,
      { method: 'POST', path: `${akte}/History`, body: JSON.stringify(entry) },
      200,
    )
    expect(JSON.parse(created)).toEqual({ ...entry, hnr: 4 })
    const history = JSON.parse(await expectAlike(asUser, { method: 'GET', path: `${akte}/History` }, 200))
    expect(history.map(({ hnr }: { hnr: number }) => hnr)).toEqual([1, 3, 4])
  })

  it('refuses a token that has expired', async () => {
    for (const records of [office.advoware.records, practice.records]) records.expireTokens()
    await expectAlike(asUser, { method: 'GET', path: akte }, 401)
  })
})

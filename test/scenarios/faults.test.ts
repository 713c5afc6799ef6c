import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { ADVOWARE_CREDENTIALS } from '../../sandbox/advoware-records'
import { RetryLaterError } from '../../services/errors'
import { KEYS } from '../../services/redis/keys'
import { AKTE, expectQuiet, minutesAgo, openOffice, type ScenarioOffice } from './office'

/** Back in pending with one counted attempt, a waiting time, and no lock left behind. */
async function expectPendingAgain(office: ScenarioOffice): Promise<void> {
  const snapshot = await office.snapshot()
  expect(snapshot).toMatchObject({ pending: true, processing: false, failed: null, lock: null })
  expect(JSON.parse(snapshot.attempts ?? 'null')).toMatchObject({ attempts: 1, reason: expect.any(String) })
  expect(snapshot.dueInSeconds).toBeGreaterThan(5)
}

describe('The watcher', () => {
  test('down: asked three times, then pending again; the next run is as if nothing had been', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'alt' })
    await office.watcher.write(AKTE, 'A.docx', 'neu', minutesAgo(2))
    office.watcher.faults.set('down')

    const run = await office.sync()

    expect(run.text).toContain('❌ Failed to fetch Windows files: ')
    expect(run.requests.filter(({ system }) => system === 'watcher')).toHaveLength(3)
    expect(run.error).toBeInstanceOf(Error)
    expect(office.espo.akte(AKTE)).toMatchObject({
      syncStatus: 'failed',
      syncMessage: expect.stringContaining('Windows watcher'),
    })
    await expectPendingAgain(office)

    office.watcher.faults.clear()
    await office.sync()
    await office.expectAgreement('A.docx', 'neu')
    expect(await office.snapshot()).toMatchObject({ pending: false, attempts: null, failed: null })
  })

  test('an error once is repaired within the run', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'A' })
    office.watcher.faults.set({ mode: '500', times: 1 })

    expect((await office.sync()).report?.result).toBe('synced')
  })

  test('Retry-After of a second is honoured within the run', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'A' })
    office.watcher.faults.set({ mode: '503', retryAfter: 1, times: 1 })

    const run = await office.sync()

    expect(run.report?.result).toBe('synced')
    expect(run.report?.durationMs).toBeGreaterThan(900)
  })

  test('Retry-After of two minutes: pending again with that delay, not asked a second time', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'A' })
    office.watcher.faults.set({ mode: '503', retryAfter: 120 })

    const run = await office.sync()

    expect(run.requests.filter(({ system }) => system === 'watcher')).toHaveLength(1)
    await expectPendingAgain(office)
    expect((await office.snapshot()).dueInSeconds).toBeGreaterThan(110)
  })

  test('a wrong token is named', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'A' })
    office.set({ ADVOWARE_WATCHER_AUTH_TOKEN: 'falsches-token-geheim' })

    const run = await office.sync()

    expect(run.requests.filter(({ system }) => system === 'watcher')).toHaveLength(1)
    expect(office.espo.akte(AKTE)?.syncMessage).toContain('401')
    expect(run.text).not.toContain('falsches-token-geheim')
    await expectPendingAgain(office)
  })

  test('an answer that does not fit is refused with system, path and the first wrong field', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'A' })
    const file = { filename: 'A.docx', usn: 'viele', size: 1, modified: '2026-03-24T10:15:00+01:00' }
    const other = createServer((_, res) => res.end(JSON.stringify({ akte: AKTE, files: [file] })))
    onTestFinished(() => void other.close())
    await once(other.listen(0, '127.0.0.1'), 'listening')
    office.set({ ADVOWARE_WATCHER_URL: `http://127.0.0.1:${(other.address() as AddressInfo).port}` })

    const run = await office.sync()

    expect(run.report?.result).toBe('failed')
    expect(run.report?.message).toContain('Windows watcher')
    expect(run.report?.message).toContain('/akte-details')
    expect(run.report?.message).toContain('files.0.usn')
    expect(office.espo.akte(AKTE)?.syncMessage).toContain('files.0.usn')
    await expectPendingAgain(office)
  })
})

describe('Advoware', () => {
  test('the password is refused: its German words are shown, no secret is', async () => {
    const office = await openOffice()
    office.addAkte()
    await office.filed({ 'A.docx': 'A' })
    office.set({
      ADVOWARE_PASSWORD: 'Falsch-und-geheim-1',
      ESPOCRM_SECRET_KEY: office.espo.apiUser.secretKey,
    })

    const run = await office.sync()

    expect(run.text).toContain('Falscher Name oder falsches Kennwort')
    expect(office.espo.akte(AKTE)).toMatchObject({
      syncStatus: 'failed',
      syncMessage: expect.stringContaining('Falscher Name oder falsches Kennwort'),
    })
    await expectPendingAgain(office)
    const shown = [run.text, await office.redisText(), office.espo.akte(AKTE)?.syncMessage].join('\n')
    const secrets = ['Falsch-und-geheim-1', ADVOWARE_CREDENTIALS.apiKey, office.watcher.token]
    for (const secret of [...secrets, office.espo.apiUser.apiKey, office.espo.apiUser.secretKey])
      expect(shown).not.toContain(secret)
  })

  test('no secret is in log, Redis or report of a run that succeeds, but the access token under its key', async () => {
    const office = await openOffice()
    office.addAkte()
    await office.filed({ 'A.docx': 'A' })

    const run = await office.sync()

    const token = await office.redis.get(KEYS.token)
    expect(token).toBeTruthy()
    expect(await office.redis.ttl(KEYS.token)).toBeGreaterThan(0)
    const shown = [run.text, await office.redisText()].join('\n')
    const { apiKey, password } = ADVOWARE_CREDENTIALS
    for (const secret of [token ?? '?', apiKey, password, office.watcher.token, office.espo.apiUser.apiKey])
      expect(shown).not.toContain(secret)
  })

  test('a token that ended early is replaced once, within the run', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'A' })
    office.advoware.expireTokens()

    expect((await office.sync()).report?.result).toBe('synced')
  })

  test('offline, which is a normal state: pending again', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'A' })
    office.advoware.faults.set('down')

    const run = await office.sync()

    expect(run.text).toContain('❌ Failed to fetch Advoware History: ')
    expect(office.espo.akte(AKTE)).toMatchObject({ syncStatus: 'failed' })
    await expectPendingAgain(office)
  })
})

describe('EspoCRM', () => {
  test('down when the cron step asks: pending again, nothing is lost, the log says so', async () => {
    const office = await openOffice()
    office.addAkte()
    office.espo.faults.set('down')

    const run = await office.sync()

    expect(run.emitted).toEqual([])
    expect(run.text).toContain('EspoCRM not reachable')
    expect(await office.snapshot()).toMatchObject({ pending: true, processing: false, failed: null })
  })

  test('down in the middle of a run, so that no status can be written: visible in log and Redis', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'A' })
    office.espo.faults.set({ mode: 'down', match: { path: /\/CDokumente$|\/CAkten\/./ } })

    const run = await office.sync()

    expect(run.text).toContain('❌ Failed to fetch EspoCRM documents: ')
    expect(run.error).toBeInstanceOf(Error)
    expect(run.report).toMatchObject({ result: 'failed', message: expect.stringContaining('EspoCRM') })
    await expectPendingAgain(office)
  })

  test('a wrong key is not tried again: one request, pending, named in the log', async () => {
    const office = await openOffice()
    office.addAkte()
    office.set({ ESPOCRM_API_KEY: 'falscher-schluessel-geheim' })

    const run = await office.sync()

    expect(run.polled.map(({ status }) => status)).toEqual([401])
    expect(run.text).toContain('401')
    expect(run.text).not.toContain('falscher-schluessel-geheim')
    const { pending, dueInSeconds } = await office.snapshot()
    expect(pending).toBe(true)
    expect(dueInSeconds).toBeGreaterThan(25)
  })

  test('a wrong key and many waiting Akten do not make EspoCRM lock everybody out', async () => {
    const office = await openOffice()
    for (let i = 1; i <= 20; i++) {
      office.addAkte(String(i))
      await office.redis.sadd(KEYS.pending, String(i))
    }
    office.set({ ESPOCRM_API_KEY: 'falsch' })

    // Three ticks of ten seconds lie within the minute that EspoCRM counts.
    const runs = [await office.tick(), await office.tick(), await office.tick()]

    const statuses = runs.flatMap((run) => run.polled.map(({ status }) => status))
    expect(statuses).not.toContain(403)
    expect(statuses.length).toBeLessThan(11)
  })

  test('missing permission: the run fails, names it, and does not repeat the request', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'alt' })
    await office.watcher.write(AKTE, 'A.docx', 'neu', minutesAgo(2))
    office.espo.faults.set({ mode: 'status', status: 403, match: { method: 'POST', path: /Attachment/ } })

    const run = await office.sync()

    expect(run.requests.filter(({ status }) => status === 403)).toHaveLength(1)
    expect(office.espo.akte(AKTE)?.syncMessage).toContain('403')
    expect(await office.inEspo('A.docx')).toBe('alt')
    await expectPendingAgain(office)
  })

  test('the signed key works as well as the plain one', async () => {
    const office = await openOffice()
    office.set({ ESPOCRM_SECRET_KEY: office.espo.apiUser.secretKey })
    await office.agreed({ 'A.docx': 'A', 'Größe\\B & C.docx': 'B' })
    await office.espo.replaceFile(office.dokument('A.docx').id, 'A neu')

    await office.sync()

    await office.expectAgreement('A.docx', 'A neu')
  })
})

describe('A transfer that goes wrong concerns that file alone', () => {
  test.each(['cut-off', 'hash-mismatch'] as const)(
    'from the share, %s: no half file in EspoCRM',
    async (mode) => {
      const office = await openOffice()
      office.set({ SYNC_TRANSFER_CONCURRENCY: '1' })
      office.addAkte()
      const content = 'Seite '.repeat(5000)
      await office.filed({ 'A.docx': content, 'B.docx': content })
      office.watcher.faults.set({ mode, match: { path: /^\/file$/ }, times: 3 })

      const run = await office.sync()

      const counts = run.report?.counts
      expect(counts?.failed).toBeGreaterThan(0)
      expect((counts?.failed ?? 0) + (counts?.created ?? 0)).toBe(2)
      expect(office.espo.dokumente(AKTE)).toHaveLength(counts?.created ?? 0)
      expect(office.espo.records.all('Attachment')).toHaveLength(counts?.created ?? 0)
      expect(office.espo.akte(AKTE)).toMatchObject({ syncStatus: 'failed' })
      await expectPendingAgain(office)

      office.watcher.faults.clear()
      await office.sync()
      await office.expectAgreement('A.docx', content)
      await office.expectAgreement('B.docx', content)
    },
  )

  test('a long Retry-After for one file delays the Akte, and the run keeps the error itself', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'alt', 'B.docx': 'alt' })
    for (const path of ['A.docx', 'B.docx']) await office.watcher.write(AKTE, path, 'neu', minutesAgo(2))
    office.watcher.faults.set({ mode: '503', retryAfter: 120, match: { path: /^\/file$/ }, times: 1 })

    const run = await office.sync()

    expect(run.report?.counts).toMatchObject({ failed: 1, updated: 1 })
    expect((await office.snapshot()).dueInSeconds).toBeGreaterThan(110)
    expect(run.error).toBeInstanceOf(RetryLaterError)
    expect(run.error).toMatchObject({ system: 'Windows watcher', delayMs: expect.closeTo(120_000, -4) })
  })

  test('cut off once: that file is the only one that may fail, the other is synced', async () => {
    const office = await openOffice()
    office.set({ SYNC_TRANSFER_CONCURRENCY: '1' })
    await office.agreed({ 'A.docx': 'alt', 'B.docx': 'alt' })
    for (const path of ['A.docx', 'B.docx']) await office.watcher.write(AKTE, path, 'neu', minutesAgo(2))
    office.watcher.faults.set({ mode: 'cut-off', match: { path: /^\/file$/ }, times: 1 })

    const run = await office.sync()

    for (const path of ['A.docx', 'B.docx']) {
      const failed = run.item(path).outcome === 'failed'
      expect(await office.inEspo(path)).toBe(failed ? 'alt' : 'neu')
      expect(office.dokument(path).fileStatus).toBe(failed ? 'failed' : 'synced')
    }
    expect(run.report?.counts.updated).toBeGreaterThan(0)
    await office.sync()
    await office.expectAgreement('A.docx', 'neu')
  })

  test('damaged once on the way from the share: read again, then right', async () => {
    const office = await openOffice()
    office.addAkte()
    await office.filed({ 'A.docx': 'unversehrt' })
    office.watcher.faults.set({ mode: 'hash-mismatch', times: 1 })

    expect((await office.sync()).report?.result).toBe('synced')
    await office.expectAgreement('A.docx', 'unversehrt')
  })

  test('damaged on the way to EspoCRM: never linked, uploaded again', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'alt' })
    await office.watcher.write(AKTE, 'A.docx', 'neu', minutesAgo(2))
    office.espo.faults.set({ mode: 'hash-mismatch', match: { path: /Attachment\/file/ }, times: 1 })

    await office.sync()

    await office.expectAgreement('A.docx', 'neu')
    expect(office.espo.records.all('Attachment')).toHaveLength(1)
  })

  test('a PUT that has to wait is not repeated over what a person saves meanwhile', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'alt' })
    await office.espo.replaceFile(office.dokument('A.docx').id, 'aus EspoCRM')
    const match = { method: 'PUT', path: /^\/files\// }
    office.watcher.faults.set({ mode: '503', retryAfter: 1, times: 1, match })

    const running = office.sync()
    const isPut = ({ method }: { method: string }) => method === 'PUT'
    await vi.waitUntil(() => office.watcher.requests.some(isPut), { timeout: 20_000 })
    await office.watcher.write(AKTE, 'A.docx', 'in der Wartezeit gespeichert', new Date(Date.now() + 60_000))
    await running

    await office.expectAgreement('A.docx', 'in der Wartezeit gespeichert')
    expect(office.watcher.requests.filter(isPut)).toHaveLength(1)
  })

  test('cut off on the way from EspoCRM: the share keeps what it had, no entry is made', async () => {
    const office = await openOffice()
    office.addAkte()
    const content = 'Seite '.repeat(5000)
    await office.espo.addDokument({ akte: AKTE, name: 'A.docx', content })
    office.espo.faults.set({ mode: 'cut-off', match: { path: /Attachment\/file/ }, times: 3 })

    const run = await office.sync()

    expect(run.item('A.docx').outcome).toBe('failed')
    expect(await office.onWindows('A.docx')).toBeNull()
    expect(office.advoware.history(AKTE)).toEqual([])
    expect(office.dokument('A.docx')).toMatchObject({ fileStatus: 'failed', syncStatus: 'failed' })
    office.espo.faults.clear()
    await office.sync()
    await office.expectAgreement('A.docx', content)
    expect(office.advoware.history(AKTE)).toHaveLength(1)
  })

  test.each([422, 507])(
    'the share answers %s to a PUT: that file fails, the other is synced',
    async (status) => {
      const office = await openOffice()
      await office.agreed({ 'A.docx': 'alt', 'B.docx': 'alt' })
      for (const path of ['A.docx', 'B.docx']) await office.espo.replaceFile(office.dokument(path).id, 'neu')
      office.watcher.faults.set({ mode: 'status', status, match: { method: 'PUT', path: /A\.docx$/ } })

      const run = await office.sync()

      expect(run.item('A.docx').outcome).toBe('failed')
      expect(await office.onWindows('A.docx')).toBe('alt')
      await office.expectAgreement('B.docx', 'neu')
      expect(office.espo.akte(AKTE)?.syncMessage).toContain('A.docx')
      await expectPendingAgain(office)
      office.watcher.faults.clear()
      await office.sync()
      await office.expectAgreement('A.docx', 'neu')
    },
  )
})

describe('An effect whose answer was lost leaves no duplicates', () => {
  const LOST = [
    ['the PUT of the file', 'watcher', 'PUT', /^\/files\//, 3],
    ['the History entry', 'advoware', 'POST', /History$/, 1],
    ['the base of the document', 'espo', 'PUT', /CDokumente/, 3],
  ] as const

  test.each(LOST)('from EspoCRM to the share: %s', async (_, system, method, path, times) => {
    const office = await openOffice()
    office.addAkte()
    await office.espo.addDokument({ akte: AKTE, name: 'Brief.docx', content: 'Brief' })
    office.office[system].faults.set({ mode: 'timeout-after-effect', match: { method, path }, times })

    await office.sync()
    office.office[system].faults.clear()
    await office.sync()

    await office.expectAgreement('Brief.docx', 'Brief')
    expect(await office.watcher.list(AKTE)).toHaveLength(1)
    expect(office.advoware.history(AKTE)).toHaveLength(1)
    expect(office.espo.dokumente(AKTE)).toHaveLength(1)
    expectQuiet(office, await office.sync())
  })

  const LOST_IN_ESPO = [
    ['the upload', /Attachment$/],
    ['the new document', /CDokumente$/],
  ] as const

  test.each(LOST_IN_ESPO)('from the share to EspoCRM: %s', async (_, path) => {
    const office = await openOffice()
    office.addAkte()
    await office.filed({ 'Brief.docx': 'Brief' })
    office.espo.faults.set({ mode: 'timeout-after-effect', match: { method: 'POST', path }, times: 1 })

    await office.sync()
    await office.sync()

    await office.expectAgreement('Brief.docx', 'Brief')
    expect(office.espo.dokumente(AKTE)).toHaveLength(1)
    expectQuiet(office, await office.sync())
  })

  test('replacing the file of a document: the link is written, its answer is lost', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'alt' })
    await office.watcher.write(AKTE, 'A.docx', 'neu', minutesAgo(2))
    office.espo.faults.set({
      mode: 'timeout-after-effect',
      match: { method: 'PUT', path: /CDokumente/ },
      times: 1,
    })

    await office.sync()
    await office.sync()

    await office.expectAgreement('A.docx', 'neu')
    expect(office.espo.records.all('Attachment')).toHaveLength(1)
    expectQuiet(office, await office.sync())
  })

  test('and a person renames the document before it is repeated: the file that is linked stays', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'alt' })
    const { id } = office.dokument('A.docx')
    await office.watcher.write(AKTE, 'A.docx', 'neu', minutesAgo(2))
    office.espo.updateDokument(id, { dateipfad: 'B.docx' })
    const write = { method: 'PUT', path: new RegExp(`CDokumente/${id}`) }
    office.espo.faults.set({ mode: 'timeout-after-effect', match: write, times: 1 })
    office.meanwhile('espo', write.method, write.path, () =>
      office.meanwhile('espo', write.method, write.path, () =>
        office.espo.updateDokument(id, { dateipfad: 'C.docx' }),
      ),
    )

    const run = await office.sync()
    await office.sync() // the path is put right
    await office.sync() // the message about it goes

    expect(run.requests.filter(({ status }) => status === 409)).toHaveLength(1)
    await office.expectAgreement('A.docx', 'neu')
    expect(office.espo.records.all('Attachment')).toHaveLength(1)
  })
})

import { statSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { loadConfig } from '../../services/config'
import { KEYS } from '../../services/redis/keys'
import { createRedis } from '../../services/redis/redis-factory'
import { proveDelivery } from '../../services/webhooks/delivery-proof'
import { WebhookRegistry } from '../../services/webhooks/webhook-registry'
import {
  dropWebhookSecret,
  keepWebhookSecrets,
  readWebhookSecrets,
} from '../../services/webhooks/webhook-secrets'
import { signWebhook } from '../../services/webhooks/webhook-signature'
import { silentContext } from '../support/context'
import { AKTE, openOffice, type ScenarioOffice, writes } from './office'
import { WebhookServer } from './webhook-server'

const OTHER = '123/24'
let office: ScenarioOffice
let webhooks: WebhookServer

beforeEach(async () => {
  office = await openOffice()
  webhooks = await WebhookServer.open(office)
})

const pending = async () => (await office.redis.smembers(KEYS.pending)).sort()
/** Everything the office did so far was told and taken. */
const settle = async () => {
  await webhooks.deliver()
  await office.redis.del(KEYS.pending)
}
/** An Akte in agreement, about which nothing waits to be told. */
const agreed = async (files: Record<string, string>, akte = AKTE) => {
  await office.agreed(files, akte)
  await settle()
}
/** A body with the signature of one of the webhooks. */
const signed = async (body: string) => {
  const [id = '', secret = ''] = [...(await readWebhookSecrets(loadConfig().espo))][0] ?? []
  return { Signature: signWebhook(id, secret, body) }
}

describe('EspoCRM reports what people do', () => {
  it('a secretary replaces a file: its Akte waits, is synced, and the lawyer has the new version', async () => {
    await agreed({ 'Klage.docx': 'eins' })
    await office.espo.replaceFile(office.dokument('Klage.docx').id, 'zwei')
    await webhooks.deliver()
    expect(await pending()).toEqual([AKTE])
    expect((await office.tick()).report?.result).toBe('synced')
    await office.expectAgreement('Klage.docx', 'zwei')
  })

  it('a new document', async () => {
    await agreed({ 'Klage.docx': 'eins' })
    await office.espo.addDokument({ akte: AKTE, name: 'Brief', dateipfad: 'Brief.docx', content: 'neu' })
    await webhooks.deliver()
    expect(await pending()).toEqual([AKTE])
  })

  it('a deleted document: its Akte is known although EspoCRM tells the id alone, and it comes back', async () => {
    await agreed({ 'Klage.docx': 'eins', 'Replik.docx': 'zwei' })
    office.espo.removeDokument(office.dokument('Klage.docx').id)
    await webhooks.deliver()
    expect(await pending()).toEqual([AKTE])
    await office.tick()
    const said = expect.stringContaining('In EspoCRM gelöscht')
    await office.expectAgreement('Klage.docx', 'eins', AKTE, said)
    await webhooks.deliver()
    expect(await pending()).toEqual([])
  })

  it('an emptied document', async () => {
    await agreed({ 'Klage.docx': 'eins', 'Replik.docx': 'zwei' })
    office.espo.updateDokument(office.dokument('Klage.docx').id, { dokumentId: null })
    await webhooks.deliver()
    expect(await pending()).toEqual([AKTE])
  })

  it('a document that moves to another Akte: both wait', async () => {
    await agreed({ 'Klage.docx': 'eins' })
    await agreed({ 'Brief.docx': 'zwei' }, OTHER)
    const cAktenId = office.espo.akte(OTHER)?.id ?? null
    office.espo.updateDokument(office.dokument('Klage.docx').id, { cAktenId })
    await webhooks.deliver()
    expect(await pending()).toEqual([OTHER, AKTE].sort())
  })

  it('a new Akte, and one that becomes active again', async () => {
    office.espo.addAkte({ aktennummer: 'NEU-1', name: 'Neue Akte' })
    office.addAkte('ALT-1', 'Abgelegt')
    await webhooks.deliver()
    expect(await pending()).toEqual(['NEU-1'])
    office.espo.updateAkte('ALT-1', { aktivierungsstatus: 'Aktiv' })
    await webhooks.deliver()
    expect(await pending()).toEqual(['ALT-1', 'NEU-1'])
  })
})

describe('Nothing is to be done', () => {
  it.each([
    [
      'the Akte is archived',
      async () => {
        office.espo.updateAkte(AKTE, { aktivierungsstatus: 'Abgelegt' })
        await office.espo.replaceFile(office.dokument('Klage.docx').id, 'zwei')
      },
    ],
    [
      'the document belongs to no Akte',
      async () => {
        const { id } = await office.espo.addDokument({ akte: AKTE, name: 'Ohne Akte' })
        office.espo.updateDokument(id, { cAktenId: null })
      },
    ],
    [
      'only the title or what the sync wrote changed',
      async () => {
        office.espo.updateDokument(office.dokument('Klage.docx').id, { name: 'Klage, neu', syncMessage: 'x' })
      },
    ],
  ])('%s', async (_what, act) => {
    await agreed({ 'Klage.docx': 'eins' })
    await act()
    await webhooks.deliver()
    expect(await pending()).toEqual([])
    expect(webhooks.statuses.every((status) => status === 200)).toBe(true)
  })

  it('an unknown document, and an Aktennummer that no other system could have', async () => {
    const { id } = office.espo.addAkte({ aktennummer: 'A1', name: 'Akte' })
    await settle()
    office.espo.records.get('CAkten', id).aktennummer = '../etc'
    const body = JSON.stringify([{ id: '65f0c0ffee65f0c0f' }, { id }])
    expect(await webhooks.post(body, await signed(body))).toBe(200)
    expect(await pending()).toEqual([])
  })

  it('the same delivery again, before and after the sync', async () => {
    await agreed({ 'Klage.docx': 'eins' })
    const { id } = office.dokument('Klage.docx')
    await office.espo.replaceFile(id, 'zwei')
    const body = JSON.stringify([{ id, dokumentId: 'x' }, { id }])
    for (let time = 0; time < 3; time += 1) expect(await webhooks.post(body, await signed(body))).toBe(200)
    expect(await pending()).toEqual([AKTE])
    await office.tick()
    expect(await webhooks.post(body, await signed(body))).toBe(200)
    expect(await pending()).toEqual([])
  })
})

describe('A sync never causes another one', () => {
  /** Every kind of write the sync makes: create, replace, upload, conflict, deletion, archiving the Akte. */
  const everything = async (lacksLaterFields: boolean) => {
    await agreed({
      'Geaendert.docx': 'eins',
      'Ersetzt.docx': 'eins',
      'Geloescht.docx': 'eins',
      'Da.docx': 'x',
    })
    office.espo.lacksLaterFields = lacksLaterFields
    await office.filed({ 'Neu.docx': 'neu', 'Geaendert.docx': 'zwei' })
    await office.watcher.remove(AKTE, 'Geloescht.docx')
    await office.espo.replaceFile(office.dokument('Ersetzt.docx').id, 'drei')
    await office.espo.addDokument({ akte: AKTE, name: 'Brief', dateipfad: 'Brief.docx', content: 'vier' })
    await settle()
    const run = await office.sync()
    expect(run.report?.result).toBe('synced')
    expect(run.report?.counts).toMatchObject({ created: 1, updated: 1, uploaded: 2 })
  }

  it.each([
    ['with skipOwn', true, false],
    ['on an EspoCRM without skipOwn', false, false],
    ['on one that lacks syncAttachmentId as well', false, true],
  ])('%s', async (_what, knowsSkipOwn, lacksLaterFields) => {
    office.set({ SYNC_WINDOWS_DELETIONS: 'delete' })
    office.espo.webhooks.knowsSkipOwn = knowsSkipOwn
    await everything(lacksLaterFields)
    expect(office.espo.webhooks.waiting > 2).toBe(!knowsSkipOwn)
    await webhooks.deliver()
    expect(await pending()).toEqual([])
    office.advoware.setAblage(AKTE, true)
    await office.sync()
    expect(office.espo.akte(AKTE)?.aktivierungsstatus).toBe('Deaktiviert')
    await webhooks.deliver()
    expect(await pending()).toEqual([])
  })

  it('but a person who replaces a file while it is synced is not missed', async () => {
    office.espo.webhooks.knowsSkipOwn = false
    await agreed({ 'Klage.docx': 'eins' })
    await office.filed({ 'Klage.docx': 'zwei' })
    await office.sync()
    await office.espo.replaceFile(office.dokument('Klage.docx').id, 'drei')
    await webhooks.deliver()
    expect(await pending()).toEqual([AKTE])
    await office.tick()
    await office.expectAgreement('Klage.docx', 'drei')
  })
})

describe('Many events', () => {
  it('50 documents of three Akten cost two requests to EspoCRM for each delivery', async () => {
    const akten = [AKTE, OTHER, '67890']
    for (const akte of akten) office.addAkte(akte)
    for (let at = 0; at < 50; at += 1)
      await office.espo.addDokument({ akte: akten[at % 3] ?? AKTE, name: `Brief ${at}`, content: `${at}` })
    await office.redis.del(KEYS.pending)
    office.resetRequests()
    await webhooks.deliver()
    expect(await pending()).toEqual([...akten].sort())
    const lookups = office.requests().filter(({ path }) => !path.includes('Webhook'))
    expect(lookups.length).toBeLessThanOrEqual(2 * webhooks.statuses.length)
  })

  it('more than EspoCRM sends by default do not make an address that no web server takes', async () => {
    office.addAkte()
    for (let at = 0; at < 150; at += 1)
      await office.espo.addDokument({ akte: AKTE, name: `Brief ${at}`, content: `${at}` })
    const ids = office.espo.dokumente(AKTE).map(({ id }) => ({ id }))
    const body = JSON.stringify(ids)
    office.resetRequests()
    expect(await webhooks.post(body, await signed(body))).toBe(200)
    expect(await pending()).toEqual([AKTE])
    for (const { path, query } of office.requests()) expect(path.length + query.length).toBeLessThan(8000)
  })

  it('are told by their ids alone: nothing else of them is read or logged', async () => {
    office.addAkte()
    for (let at = 0; at < 50; at += 1)
      await office.espo.addDokument({
        akte: AKTE,
        name: 'Geheim '.repeat(30),
        fields: { historyText: 'Geheim' },
      })
    await webhooks.deliver()
    expect(webhooks.statuses.every((status) => status === 200)).toBe(true)
    expect(webhooks.log.join('\n')).not.toContain('Geheim')
  })
})

describe('When something is down', () => {
  it('an EspoCRM that does not answer is asked to send again, and nothing is lost', async () => {
    await agreed({ 'Klage.docx': 'eins' })
    await office.espo.replaceFile(office.dokument('Klage.docx').id, 'zwei')
    office.espo.webhooks.retryMs = 0
    office.espo.faults.set({ mode: '500', match: { path: /CDokumente$/ } })
    await webhooks.deliver()
    expect(webhooks.statuses.at(-1)).toBe(503)
    expect(await pending()).toEqual([])
    office.espo.faults.clear()
    await webhooks.deliver()
    expect(await pending()).toEqual([AKTE])
  })

  it('a slow EspoCRM is not waited for beyond what it waits itself', async () => {
    await agreed({ 'Klage.docx': 'eins' })
    await office.espo.replaceFile(office.dokument('Klage.docx').id, 'zwei')
    office.espo.faults.set({ mode: 'slow', ms: 60_000, match: { path: /CDokumente$/ } })
    await webhooks.deliver() // it gives up after 10 s, and would then show no status at all
    expect(webhooks.statuses.at(-1)).toBe(503)
    expect(office.espo.webhooks.waiting).toBe(1)
  })

  it('without Redis it is asked to send again', async () => {
    await agreed({ 'Klage.docx': 'eins' })
    const { id } = office.dokument('Klage.docx')
    const nobody = createRedis({ ...loadConfig().redis, port: 9 }, () => {})
    onTestFinished(() => nobody.disconnect())
    webhooks = await WebhookServer.open(office, nobody)
    const body = JSON.stringify([{ id }])
    expect(await webhooks.post(body, await signed(body))).toBe(503)
  })
})

describe('Who may tell', () => {
  const body = JSON.stringify([{ id: '65f0c0ffee65f0c0f' }])

  it('the secrets stand in a file that this user alone can read, and not in Redis', async () => {
    const { webhookSecretsFile } = loadConfig().espo
    expect(statSync(webhookSecretsFile).mode & 0o777).toBe(0o600)
    const secrets = [...(await readWebhookSecrets(loadConfig().espo)).values()]
    expect(secrets).toHaveLength(7)
    await agreed({ 'Klage.docx': 'eins' })
    const redis = await office.redisText()
    for (const secret of secrets) expect(redis).not.toContain(secret)
  })

  it('secrets from ESPOCRM_WEBHOOK_SECRETS count as well', async () => {
    office.set({ ESPOCRM_WEBHOOK_SECRETS: 'hook1:secret1, hook2:secret2' })
    expect(await webhooks.post(body, { Signature: signWebhook('hook2', 'secret2', body) })).toBe(200)
  })

  it('refuses what is not signed', async () => {
    const { Signature } = await signed(body)
    const [id = ''] = Buffer.from(Signature, 'base64').toString().split(':')
    const forged: [string, Record<string, string>][] = [
      [body, {}],
      [body, { Signature: '' }],
      [body, { Signature: 'bm9ib2R5OmFiYw==' }],
      [body, { Signature: signWebhook(id, 'wrong', body) }],
      [body, { Signature: signWebhook('unknown', '', body) }],
      [body, { Signature: Buffer.from(`${id}:`).toString('base64') }],
      [` ${body}`, { Signature }],
      [body.replace('65f0', '65f1'), { Signature }],
    ]
    office.resetRequests()
    for (const [text, headers] of forged) expect(await webhooks.post(text, headers)).toBe(401)
    expect(office.requests()).toEqual([])
    expect(await webhooks.post(body, { Signature })).toBe(200)
  })

  it.each([
    ['no array', '{"id":"a"}'],
    ['no JSON', '[{"id":'],
    ['nothing in it', '[]'],
    ['no ids', '[{"name":"x"}]'],
    ['an id that is none', '[{"id":"../../x"}]'],
    [
      'more than any EspoCRM sends',
      JSON.stringify(Array.from({ length: 201 }, (_one, at) => ({ id: `a${at}` }))),
    ],
  ])('refuses a signed body that is no delivery: %s', async (_what, text) => {
    expect(await webhooks.post(text, await signed(text))).toBe(400)
  })

  it('refuses a body that nobody should have to read', async () => {
    const large = JSON.stringify([{ id: 'a'.repeat(300 * 1024) }])
    expect(await webhooks.post(large, await signed(large))).toBe(413)
  })
})

describe('Many at once', () => {
  const body = JSON.stringify([{ id: '65f0c0ffee65f0c0f' }])

  it('40 signed deliveries are answered a few at a time', async () => {
    office.espo.faults.set({ mode: 'slow', ms: 100, match: { path: /CDokumente$/ } })
    const headers = await signed(body)
    office.resetRequests()
    let most = 0
    const watching = setInterval(() => {
      most = Math.max(most, office.requests().filter(({ status }) => status === 0).length)
    }, 5)
    onTestFinished(() => clearInterval(watching))
    const statuses = await Promise.all(Array.from({ length: 40 }, () => webhooks.post(body, headers)))
    expect(statuses).toEqual(Array(40).fill(200))
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThanOrEqual(4)
  })

  it('those that EspoCRM would not wait for are to be sent again, before it gives up', async () => {
    office.espo.faults.set({ mode: 'slow', ms: 4500, match: { path: /CDokumente$/ } })
    const headers = await signed(body)
    const began = Date.now()
    const statuses = await Promise.all(Array.from({ length: 40 }, () => webhooks.post(body, headers)))
    expect(Date.now() - began).toBeLessThan(9_900)
    expect(new Set(statuses)).toEqual(new Set([200, 503]))
  })

  it('a body is not waited for whose sender is nobody', async () => {
    const nobody = 'bm9ib2R5OmFiYw=='
    for (const signature of [undefined, nobody, 'x'.repeat(10_000)])
      expect(await unfinished(signature)).toMatch(/^HTTP\/1\.1 401/)
  })

  it('unfinished ones of a known sender are few, and given up in time', async () => {
    const { Signature } = await signed(body)
    const answers = await Promise.all(Array.from({ length: 250 }, () => unfinished(Signature)))
    const count = (status: number) => answers.filter((text) => text.startsWith(`HTTP/1.1 ${status}`)).length
    expect([count(503), count(408)]).toEqual([218, 32])
    expect(await webhooks.post(body, { Signature })).toBe(200)
  })
})

/** Posts a beginning of a body and waits; resolves to the answer once the connection has ended. */
function unfinished(signature: string | undefined): Promise<string> {
  const { port, pathname } = new URL(webhooks.url)
  const socket = connect(Number(port), '127.0.0.1')
  const signed = signature === undefined ? '' : `Signature: ${signature}\r\n`
  socket.write(`POST ${pathname} HTTP/1.1\r\nHost: localhost\r\n${signed}Content-Length: 1000\r\n\r\n[{"id":`)
  let text = ''
  socket.setEncoding('utf8').on('data', (piece: string) => {
    text += piece
  })
  return new Promise((done, failed) => {
    socket.once('close', () => done(text))
    socket.once('error', failed)
  })
}

describe('Somebody asks for a sync on the page of an Akte', () => {
  it('the Akte waits as soon as EspoCRM delivers, and the run takes the tick away', async () => {
    await agreed({ 'Klage.docx': 'eins' })
    office.espo.updateAkte(AKTE, { syncAngefordert: true })
    await webhooks.deliver()
    expect(await pending()).toEqual([AKTE])
    const run = await office.tick()
    expect(run.report?.result).toBe('synced')
    expect(writes(run)).toEqual([`PUT CAkten/${office.espo.akte(AKTE)?.id}`])
    expect(office.espo.akte(AKTE)).toMatchObject({ syncAngefordert: false, syncStatus: 'synced' })
    await webhooks.deliver()
    expect(await pending()).toEqual([])
  })

  it('a run that fails answers, too', async () => {
    await agreed({ 'Klage.docx': 'eins' })
    office.espo.updateAkte(AKTE, { syncAngefordert: true })
    office.watcher.faults.set('500')
    expect((await office.sync()).report?.result).toBe('failed')
    expect(office.espo.akte(AKTE)).toMatchObject({ syncAngefordert: false, syncStatus: 'failed' })
  })

  it('who asks during a run is answered by another one', async () => {
    await agreed({ 'Klage.docx': 'eins' })
    office.meanwhile('advoware', 'GET', /History/, () =>
      office.espo.updateAkte(AKTE, { syncAngefordert: true }),
    )
    await office.sync()
    expect(office.espo.akte(AKTE)?.syncAngefordert).toBe(true)
    await webhooks.deliver()
    expect(await pending()).toEqual([AKTE])
    await office.tick()
    expect(office.espo.akte(AKTE)?.syncAngefordert).toBe(false)
  })
})

describe('An address of the internal network (EspoCRM from 9.3.2 on)', () => {
  const address = () => new URL(webhooks.url).host
  const registry = () => new WebhookRegistry(silentContext, loadConfig().espo, 'de')
  const line = () => `'webhookAllowedAddressList' => ['${address()}']`

  it.each(['9.3', '10.0'] as const)(
    '%s refuses it: setting up and checking name the line to add',
    async (version) => {
      office.espo.version = version
      for (const { id } of office.espo.records.all('Webhook')) office.espo.records.remove('Webhook', id)
      await expect(registry().setUp()).rejects.toThrow(line())
      expect(await registry().check()).toContainEqual(
        expect.objectContaining({ level: 'error', advice: expect.stringContaining(line()) }),
      )
      office.espo.webhooks.allowedAddresses = [address()]
      expect((await registry().setUp()).every((one) => one.startsWith('angelegt: '))).toBe(true)
      expect((await registry().check()).map(({ level }) => level)).not.toContain('error')
    },
  )

  it('webhooks that are there already are sent no more: checking says so although all records are right', async () => {
    await agreed({ 'Klage.docx': 'eins' })
    office.espo.version = '9.3'
    const errors = (await registry().check()).filter(({ level }) => level === 'error')
    expect(errors).toEqual([expect.objectContaining({ advice: expect.stringContaining(line()) })])
    await office.espo.replaceFile(office.dokument('Klage.docx').id, 'zwei')
    await webhooks.deliver()
    expect([await pending(), office.espo.webhooks.waiting]).toEqual([[], 0])
  })

  it('a webhook whose secret is lost stays where no new one can be made', async () => {
    office.espo.version = '9.3'
    const before = office.espo.records.all('Webhook')
    for (const hook of before) Object.assign(hook, { secretKey: null })
    office.set({ ESPOCRM_WEBHOOK_SECRETS_FILE: join(office.dir, 'others.json') })
    await expect(registry().setUp()).rejects.toThrow(line())
    expect(office.espo.records.all('Webhook')).toEqual(before)
  })
})

describe('Whether deliveries arrive', () => {
  const prove = (waitMs: number, onWait: () => void) =>
    proveDelivery(silentContext, loadConfig(), { redis: office.redis, waitMs, onWait })
  const hooks = () => office.espo.records.all('Webhook').map(({ id }) => id)

  it('is shown by a change of one Akte, of which nothing stays behind', async () => {
    await agreed({ 'Klage.docx': 'eins' })
    const [before, secrets] = [hooks(), await readWebhookSecrets(loadConfig().espo)]
    const findings = await prove(60_000, () => void webhooks.deliver())
    expect(findings).toEqual([
      expect.objectContaining({ level: 'ok', text: expect.stringContaining(`Akte ${AKTE}`) }),
    ])
    expect(await pending()).toEqual([AKTE])
    expect([hooks(), await readWebhookSecrets(loadConfig().espo)]).toEqual([before, secrets])
    expect(office.espo.akte(AKTE)?.syncAngefordert).toBe(false)
  })

  it('is an error where none arrives, and nothing stays behind either', async () => {
    await agreed({ 'Klage.docx': 'eins' })
    const before = hooks()
    const [finding] = await prove(1, () => {})
    expect(finding).toMatchObject({
      level: 'error',
      advice: expect.stringContaining('Process Webhook Queue'),
    })
    expect(hooks()).toEqual(before)
    expect(office.espo.akte(AKTE)?.syncAngefordert).toBe(false)
  })

  it('leaves a person who has asked as they were', async () => {
    await agreed({ 'Klage.docx': 'eins' })
    office.espo.updateAkte(AKTE, { syncAngefordert: true })
    expect(await prove(60_000, () => void webhooks.deliver())).toMatchObject([{ level: 'ok' }])
    expect(office.espo.akte(AKTE)?.syncAngefordert).toBe(true)
  })

  it.each([
    ['without any Akte', () => {}, 'es gibt keine Akte'],
    [
      'in an installation without the field',
      async () => {
        await agreed({ 'Klage.docx': 'eins' })
        office.espo.lacksLaterFields = true
      },
      'syncAngefordert',
    ],
  ])('cannot be shown %s, and that is said', async (_where, make, text) => {
    await make()
    expect(await prove(60_000, () => {})).toEqual([
      expect.objectContaining({ level: 'warning', text: expect.stringContaining(text) }),
    ])
  })
})

describe('Setting up', () => {
  it("again changes nothing; what is wrong is repaired; what is somebody else's is left alone", async () => {
    const hooks = () => office.espo.records.all('Webhook')
    const before = hooks().map(({ id }) => id)
    const [first] = hooks()
    Object.assign(first ?? {}, { isActive: false, skipOwn: false })
    const foreign = { event: 'CDokumente.create', url: 'https://elsewhere.example/hook' }
    office.espo.records.create('Webhook', foreign, 'somebody')
    await new WebhookRegistry(silentContext, loadConfig().espo, 'en').setUp()
    expect(hooks().map(({ id }) => id)).toEqual([...before, hooks().at(-1)?.id])
    expect(hooks()[0]).toMatchObject({ isActive: true, skipOwn: true })
    expect(hooks().at(-1)).toMatchObject(foreign)
  })
})

it('two secrets that are kept at once, and one that is dropped meanwhile, all count', async () => {
  const { webhookSecretsFile: file, webhookSecrets } = loadConfig().espo
  await keepWebhookSecrets(file, new Map([['a', '1']]))
  const keep = (id: string, secret: string) => keepWebhookSecrets(file, new Map([[id, secret]]))
  await Promise.all([keep('b', '2'), keep('c', '3'), dropWebhookSecret(file, 'a')])
  const own = [...(await readWebhookSecrets({ webhookSecretsFile: file, webhookSecrets }))]
  expect(own.filter(([id]) => 'abc'.includes(id)).sort()).toEqual([
    ['b', '2'],
    ['c', '3'],
  ])
})

import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import axios from 'axios'
import pLimit from 'p-limit'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Config, loadConfig } from '../../services/config'
import { DiskSpool } from '../../services/content/spool'
import { checkEspo } from '../../services/doctor/espo-check'
import { DecideAgainError, FixAccessError } from '../../services/errors'
import { EspoService } from '../../services/espo/espo-service'
import type { ServiceContext } from '../../services/model/service-context'
import { WebhookRegistry } from '../../services/webhooks/webhook-registry'
import { silentContext } from '../support/context'
import { productInstallations } from './installations'
import { Fixtures, type Installation, Wire } from './wire'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 })

const context: ServiceContext = silentContext
const ELSEWHERE = Object.fromEntries(
  ['API_BASE_URL', 'SECURITY_URL', 'APP_ID', 'API_KEY', 'KANZLEI', 'DATABASE', 'USER', 'PASSWORD']
    .map((name) => [`ADVOWARE_${name}`, name.endsWith('URL') ? 'http://127.0.0.1:9' : 'none'])
    .concat([
      ['ADVOWARE_WATCHER_AUTH_TOKEN', 'none'],
      ['SYNC_LANGUAGE', 'en'],
    ]),
)

/** What the product itself does, against the same installations as the contract. */
describe.each(productInstallations())('The product against EspoCRM: $name', ({ open }) => {
  let installation: Installation
  let fixtures: Fixtures
  let wire: Wire
  let office: Wire
  let config: Config
  let espo: EspoService
  let spool: DiskSpool

  const settings = (more: Record<string, string> = {}) =>
    loadConfig({
      ...ELSEWHERE,
      ESPOCRM_API_BASE_URL: installation.config.url,
      ESPOCRM_API_KEY: installation.config.apiKey,
      ESPOCRM_SECRET_KEY: installation.config.secretKey ?? '',
      ESPOCRM_ENTITY_AKTE: installation.config.mapping.akte.entity,
      ESPOCRM_ENTITY_DOKUMENT: installation.config.mapping.dokument.entity,
      ESPOCRM_MAPPING: installation.config.mappingFile ?? '',
      ...more,
    })
  const spooled = (content: Buffer) =>
    spool.receive(Readable.from([content]), content.length, { what: 'test', system: 'EspoCRM', atMost: null })
  /** A service that does something before its `nth` request is sent. */
  const withBetween = (nth: number, between: () => Promise<unknown>) => {
    let count = 0
    const http = axios.getAdapter('http')
    return new EspoService(
      {
        ...context,
        transport: async (request) => {
          count += 1
          if (count === nth) await between()
          return http(request)
        },
      },
      config.espo,
    )
  }

  beforeAll(async () => {
    installation = await open()
    wire = new Wire(installation.config)
    office = new Wire(installation.office)
    fixtures = new Fixtures(wire, office)
    config = settings()
    espo = new EspoService(context, config.espo)
    spool = await DiskSpool.open()
  })
  afterAll(async () => {
    await spool?.close()
    await fixtures?.removeAll()
    await installation?.close()
  })

  it('npm run espocrm -- check finds rights, entities and fields in order', async () => {
    const findings = await checkEspo(context, { ...config, sync: { ...config.sync, language: 'en' } })
    expect(findings.filter(({ level }) => level === 'error')).toEqual([])
    expect(findings.map(({ text }) => text)).toContain(
      `the role allows everything needed on ${config.espo.mapping.dokument.entity}`,
    )
  })

  it('npm run espocrm -- setup creates the webhooks, and finds them again', async () => {
    const folder = `${process.env.TMPDIR ?? '/tmp'}/${fixtures.prefix}.json`
    const { espo: withUrl } = settings({
      ESPOCRM_WEBHOOK_URL: `http://${installation.listen.host}:${installation.listen.port}/${fixtures.prefix}/webhooks/espocrm`,
      ESPOCRM_WEBHOOK_SECRETS_FILE: folder,
    })
    const registry = new WebhookRegistry(context, withUrl, 'en')
    expect(await registry.setUp()).toHaveLength(
      config.espo.mapping.dokument.akte.type === 'belongsTo' ? 7 : 6,
    )
    const { json } = await wire.get('Webhook', { query: { maxSize: 200 } })
    for (const { id, url } of json.list as { id: string; url: string }[])
      if (url === withUrl.webhookUrl) fixtures.keep(`Webhook/${id}`)
    expect((await registry.check()).filter(({ level }) => level === 'error')).toEqual([])
    for (const line of await registry.setUp()) expect(line).toMatch(/^correct: /)
    // Now: what the tests below make would queue hundreds of events for them.
    for (const { id, url } of json.list as { id: string; url: string }[])
      if (url === withUrl.webhookUrl) await wire.delete(`Webhook/${id}`)
  })

  it('finds an Akte by exactly its number', async () => {
    const { id, aktennummer: shown } = await fixtures.akte()
    const aktennummer = String(shown)
    expect((await espo.findAkte(aktennummer))?.id).toBe(id)
    expect(await espo.findAkte(`${aktennummer} `)).toBeNull()
    if (typeof shown === 'string') expect(await espo.findAkte(aktennummer.toLowerCase())).toBeNull()
    expect(await espo.findAkte(`${aktennummer}0`)).toBeNull()
  })

  it('lists every document once, also while people delete and add some between two pages', async () => {
    const { id: akteId } = await fixtures.akte()
    const limit = pLimit(4)
    const create = (at: number) => limit(() => fixtures.dokument(akteId, { name: `Contract ${at}` }))
    const created = await Promise.all(Array.from({ length: 401 }, (_one, at) => create(at)))
    const ids = created.map(({ id }) => id as string).sort()
    // One row goes and one comes: the total stays, and counting rows would skip the first of the next page.
    const gone = ids[0] ?? ''
    const changing = withBetween(2, async () => {
      await office.delete(`${config.espo.mapping.dokument.entity}/${gone}`)
      await fixtures.dokument(akteId, { name: 'Contract, meanwhile' })
    })
    const listed = (await changing.listDokumente(akteId)).map(({ id }) => id)
    expect(new Set(listed).size).toBe(listed.length)
    for (const id of ids) expect(listed, id).toContain(id)
  })

  it('exactly one full page is read once', async () => {
    const { id: akteId } = await fixtures.akte()
    const limit = pLimit(4)
    const create = () => limit(() => fixtures.dokument(akteId))
    await Promise.all(Array.from({ length: 200 }, create))
    let isReadAgain = false
    const counting = withBetween(2, async () => {
      isReadAgain = true
    })
    expect(await counting.listDokumente(akteId)).toHaveLength(200)
    expect(isReadAgain).toBe(false)
  })

  it.each([
    ['nothing', 0],
    ['a small file', 5000],
    ['exactly one chunk', 4 * 1024 * 1024],
    ['one byte more', 4 * 1024 * 1024 + 1],
    ['several chunks', 9 * 1024 * 1024],
  ])('uploads, links and downloads %s byte for byte', async (_what, size) => {
    const { id: akteId } = await fixtures.akte()
    const content = await spooled(randomBytes(size))
    const attachmentId = await espo.attachments.upload(content, 'Schriftsätze/Größe.bin', spool)
    const id = await espo.createDokument(akteId, { name: 'Größe', attachmentId, syncHash: content.hash })
    fixtures.keep(`${config.espo.mapping.dokument.entity}/${id}`)
    const [dokument] = await espo.listDokumente(akteId)
    expect(dokument).toMatchObject({ id, attachmentId, attachmentName: 'Größe.bin', syncHash: content.hash })
    expect(await espo.attachments.get(attachmentId)).toMatchObject({ size })
    expect((await espo.attachments.download(attachmentId, spool, size)).hash).toBe(content.hash)
  })

  it('a replacement that a person forestalled is refused and leaves no orphan', async () => {
    const { id: akteId } = await fixtures.akte()
    const { id: former } = await fixtures.attachment('former')
    const { id: byPerson } = await fixtures.attachment('by a person', 'a.txt', office)
    const { id } = await fixtures.dokument(akteId, { dokumentId: former })
    const ours = await espo.attachments.upload(await spooled(Buffer.from('ours')), 'a.txt', spool)
    const seen = await espo.getDokument(id)
    // After the last look at the record, before the write: its version number must refuse it.
    const late = withBetween(2, async () => {
      const path = `${config.espo.mapping.dokument.entity}/${id}`
      expect((await office.put(path, { dokumentId: byPerson })).status).toBe(200)
    })
    await expect(late.replaceFile(seen, ours, {})).rejects.toThrow(DecideAgainError)
    expect((await espo.getDokument(id)).attachmentId).toBe(byPerson)
    expect((await wire.get(`Attachment/file/${ours}`)).status).toBe(404)
  })

  it('an unchanged write changes nothing', async () => {
    const { id: akteId } = await fixtures.akte()
    const { id } = await fixtures.dokument(akteId)
    await espo.updateDokument(id, { historyArt: 'Schreiben', syncUsn: 5_368_709_120 })
    const before = await espo.getDokument(id)
    await espo.updateDokument(id, { historyArt: 'Schreiben', syncUsn: 5_368_709_120 })
    const after = await espo.getDokument(id)
    expect(after).toEqual({ ...before, versionNumber: expect.any(Number), modifiedAt: expect.any(String) })
  })

  it('a wrong key is named, asked once, and not repeated', async () => {
    let requests = 0
    const http = axios.getAdapter('http')
    const transport: ServiceContext['transport'] = (request) => {
      requests += 1
      return http(request)
    }
    const wrong = settings({ ESPOCRM_API_KEY: 'wrong', ESPOCRM_SECRET_KEY: '' })
    const asked = new EspoService({ ...context, transport }, wrong.espo).findAkte('1')
    await expect(asked).rejects.toThrow(FixAccessError)
    await expect(asked).rejects.toThrow(/401.*ESPOCRM_API_KEY/)
    expect(requests).toBe(1)
  })
})

import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from '../../services/config'
import { WebhookRegistry } from '../../services/webhooks/webhook-registry'
import { readWebhookSecrets } from '../../services/webhooks/webhook-secrets'
import { signWebhook } from '../../services/webhooks/webhook-signature'
import { type Installation, install, PENDING, sync, until } from '../../testkit/installation'
import { silentContext } from '../support/context'

const AKTE = '123/24'
const FILE = 'Schriftsätze\\Klage.docx'

/** A real Motia, and an EspoCRM that tells it of changes. */
describe('EspoCRM reports changes', () => {
  let installation: Installation
  let id = ''

  beforeAll(async () => {
    installation = await install({
      seed: async ({ advoware, espo, watcher }) => {
        advoware.addAkte(AKTE, { ablage: false })
        espo.addAkte({ aktennummer: AKTE, name: 'Akte', aktivierungsstatus: 'Aktiv' })
        await watcher.write(AKTE, FILE, 'eins')
        advoware.addHistory(AKTE, { dat: '2026-03-24', art: 'Schreiben', text: 'Klage', datei: FILE })
      },
    })
    const { office, motia, folder } = installation
    const settings = {
      ...office.env(),
      ESPOCRM_WEBHOOK_URL: `${motia.url}/webhooks/espocrm`,
      ESPOCRM_WEBHOOK_SECRETS_FILE: join(folder, 'webhooks.json'),
    }
    // After the start: the server reads the secrets for every delivery.
    await new WebhookRegistry(silentContext, loadConfig(settings).espo, 'en').setUp()
    await sync(installation, AKTE)
    id = office.espo.dokumente(AKTE)[0]?.id ?? ''
  })
  afterAll(() => installation?.close())

  it('a replaced file is on Windows within seconds, without anybody asking for it', async () => {
    const { office, motia } = installation
    await office.espo.replaceFile(id, 'zwei', undefined, 'Streng vertraulich.docx')
    await office.espo.webhooks.deliver()
    expect(office.espo.webhooks.waiting, motia.output()).toBe(0)
    const onWindows = async () => `${await office.watcher.read(AKTE, FILE)}` === 'zwei'
    await until('the new version on Windows', onWindows, 90_000)
    expect(motia.output()).toContain(`📨 EspoCRM reported 1 record(s), pending: ${AKTE}`)
  })

  it('what the sync wrote itself is told by nobody', async () => {
    const { office, redis } = installation
    await until('the end of the sync', async () => office.espo.dokument(id)?.fileStatus === 'synced')
    await office.espo.webhooks.deliver()
    expect(office.espo.webhooks.waiting).toBe(0)
    expect(await redis.smembers(PENDING)).toEqual([])
  })

  it('50 events with long texts are taken at once', async () => {
    const { office } = installation
    office.espo.addAkte({ aktennummer: 'VIELE', name: 'Viele', aktivierungsstatus: 'Abgelegt' })
    const fields = { historyText: 'Ein langer Text. '.repeat(100) }
    for (let at = 0; at < 50; at += 1)
      await office.espo.addDokument({ akte: 'VIELE', name: `Brief ${at}`, fields })
    await office.espo.webhooks.deliver()
    expect(office.espo.webhooks.waiting).toBe(0)
  })

  it('refuses what is not signed, and leaves no file name in Redis or in the log', async () => {
    const { motia, redis } = installation
    const answer = await fetch(`${motia.url}/webhooks/espocrm`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Signature: 'bm9ib2R5OmFiYw==' },
      body: JSON.stringify([{ id }]),
    })
    expect(answer.status).toBe(401)
    expect(await redis.smembers(PENDING)).toEqual([])
    expect(motia.output()).not.toContain('Streng vertraulich')
    const texts = await Promise.all(
      (await redis.keys('*')).map(async (key) =>
        (await redis.type(key)) === 'string'
          ? await redis.get(key)
          : (await redis.type(key)) === 'hash'
            ? JSON.stringify(await redis.hgetall(key))
            : '',
      ),
    )
    expect(texts.join('\n')).not.toContain('Streng vertraulich')
  })

  it('a server that starts again takes deliveries before it is ready for anything else', async () => {
    const { office, motia, redis, folder, startServer } = installation
    await motia.stop()
    const secretsFile = join(folder, 'webhooks.json')
    const settings = { ...office.env(), ESPOCRM_WEBHOOK_SECRETS_FILE: secretsFile }
    const [[webhookId, secret] = ['', '']] = await readWebhookSecrets(loadConfig(settings).espo)
    await office.espo.replaceFile(id, 'drei')
    const body = JSON.stringify([{ id }])
    const headers = { Signature: signWebhook(webhookId, secret, body) }
    const send = () =>
      fetch(`${motia.url}/webhooks/espocrm`, { method: 'POST', headers, body }).then(
        ({ status }) => status,
        () => 0,
      )
    let isReady = false
    const note = (line: string) => {
      isReady ||= line.includes('Server ready')
    }
    const starting = startServer({}, note, Number(new URL(motia.url).port))
    await until('the first answer', async () => (await send()) === 200, 90_000)
    expect(isReady).toBe(false)
    expect(await redis.sismember(PENDING, AKTE)).toBe(1)
    expect((await starting).url).toBe(motia.url)
  })
})

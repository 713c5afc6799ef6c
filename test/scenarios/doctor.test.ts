import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { loadConfig } from '../../services/config'
import { checkClock } from '../../services/doctor/clock-check'
import { examine } from '../../services/doctor/doctor'
import { type Finding, Findings, findingLines } from '../../services/model/finding'
import { run } from '../support/commands'
import { silentContext } from '../support/context'
import { SELF_SIGNED } from '../support/self-signed'
import { AKTE, minutesAgo, openOffice, type ScenarioOffice } from './office'
import { WebhookServer } from './webhook-server'

const context = silentContext
let office: ScenarioOffice

const openHealthyOffice = async () => {
  office = await openOffice()
  office.set({ SYNC_LANGUAGE: 'en' })
  office.addAkte()
  await office.filed({ 'Klage.docx': 'eins', 'Replik.docx': 'zwei' })
  await WebhookServer.open(office)
  await office.redis.config('SET', 'appendonly', 'yes')
}

const examineOffice = (akte?: string) => examine(context, loadConfig(), akte)
const textOf = (findings: Finding[], level: Finding['level']) =>
  findingLines(findings.filter((finding) => finding.level === level)).join('\n')

describe('npm run doctor', () => {
  beforeEach(openHealthyOffice)

  it('finds nothing to do in an office where all is well, and says what it looked at', async () => {
    const findings = await examineOffice()
    expect(textOf(findings, 'error')).toBe('')
    expect(textOf(findings, 'warning')).toBe('')
    const good = textOf(findings, 'ok')
    for (const sign of [
      /Redis: answers at .* \(version/,
      /Redis: keeps everything on disk/,
      `Windows watcher: accepts the token; Akte ${AKTE} has 2 files`,
      /Advoware: issues a token to \S+/,
      `Advoware: Akte ${AKTE}: 2 History entries, 2 name a file`,
      'EspoCRM: document-sync is logged in by API key',
      'EspoCRM: the role allows everything needed on CDokumente',
      'EspoCRM: CDokumente has all 19 fields',
      'EspoCRM: has all 7 webhooks',
      /EspoCRM: accepts webhooks to http/,
      'EspoCRM: takes requests of 5.4 MB, the largest that the sync sends',
      /Webhooks: .* leads to this server, which refuses unsigned deliveries/,
      /Disk: archive: .* is writable/,
    ])
      expect(good).toMatch(sign)
    expect(good.match(/its clock agrees/g)).toHaveLength(4)
  })

  it('changes nothing but for a test upload and a webhook, of which nothing is left', async () => {
    const left = () => ['Attachment', 'Webhook'].map((entity) => office.espo.records.all(entity))
    const before = left()
    office.resetRequests()
    await examineOffice()
    const changing = office
      .requests()
      .filter(({ method, path }) => method !== 'GET' && path !== '/api/v1/Token')
    expect(changing.map(({ method, path }) => `${method} ${path.replace(/[0-9a-f]{17}$/, '{id}')}`)).toEqual([
      'POST /api/v1/Attachment',
      'POST /api/v1/Attachment/chunk/{id}',
      'POST /api/v1/Attachment/chunk/{id}',
      'DELETE /api/v1/Attachment/{id}',
      'POST /api/v1/Webhook',
      'DELETE /api/v1/Webhook/{id}',
    ])
    expect(left()).toEqual(before)
    expect(await office.redis.get('advoware:token')).toBeNull()
  })

  const troubles: [what: string, cause: () => unknown, problem: string | RegExp, advice: string | RegExp][] =
    [
      [
        'a wrong watcher token',
        () => office.set({ ADVOWARE_WATCHER_AUTH_TOKEN: 'wrong' }),
        'Windows watcher answered 401',
        'ADVOWARE_WATCHER_AUTH_TOKEN',
      ],
      [
        'a watcher that is down',
        () => office.watcher.faults.set('down'),
        'Windows watcher',
        'ADVOWARE_WATCHER_URL',
      ],
      [
        'an Advoware login that is refused',
        () => office.advoware.faults.set('token-refused'),
        'Falscher Name oder falsches Kennwort',
        '_PASSWORD',
      ],
      [
        'a wrong EspoCRM key',
        () => office.set({ ESPOCRM_API_KEY: 'wrong' }),
        'EspoCRM answered 401',
        'Administration → API Users',
      ],
      [
        'a role that may not edit documents',
        () => {
          office.espo.rights.CDokumente = { create: 'yes', read: 'all', edit: 'no', delete: 'all' }
        },
        'the role lacks edit: all on CDokumente',
        'Administration → Roles → CDokumente → edit → all',
      ],
      [
        'a role that sees its own Akten only',
        () => {
          office.espo.rights.CAkten = { create: 'no', read: 'own', edit: 'all', delete: 'no' }
        },
        'the role lacks read: all on CAkten',
        'CAkten → read → all',
      ],
      [
        'a role that may not delete, where the settings ask for deletions',
        () => {
          office.set({ SYNC_WINDOWS_DELETIONS: 'delete' })
          office.espo.rights.CDokumente = { create: 'yes', read: 'all', edit: 'all', delete: 'no' }
        },
        'the role lacks delete: all on CDokumente',
        'SYNC_WINDOWS_DELETIONS is delete',
      ],
      [
        'an EspoCRM without the extension',
        () => office.set({ ESPOCRM_ENTITY_DOKUMENT: 'CUnbekannt' }),
        'shows no entity CUnbekannt',
        'ESPOCRM_ENTITY_DOKUMENT',
      ],
      [
        'a role without webhooks',
        () => {
          office.espo.rights.Webhook = false
        },
        'no access to Webhooks',
        'Roles → Webhooks',
      ],
      [
        'a proxy in front of EspoCRM that takes small requests only',
        () => {
          const chunks = { path: /Attachment\/chunk/ }
          office.espo.faults.set({ mode: 'status', status: 413, server: 'nginx/1.24.0', match: chunks })
        },
        /proxy in front of EspoCRM \(nginx\/1\.24\.0\) refuses requests of 5\.4 MB/,
        'client_max_body_size',
      ],
      [
        'webhooks that were never set up',
        () => office.set({ ESPOCRM_WEBHOOK_URL: 'http://127.0.0.1:9/webhooks/espocrm' }),
        'has no webhook CDokumente.create, CDokumente.fieldUpdate.dokument',
        'npm run espocrm -- setup',
      ],
      [
        'secrets that were lost',
        () => office.set({ ESPOCRM_WEBHOOK_SECRETS_FILE: join(office.dir, 'none.json') }),
        'the secret of the webhook CDokumente.create is missing here',
        'npm run espocrm -- setup',
      ],
      [
        'an archive folder that cannot be written to',
        async () => {
          await writeFile(join(office.dir, 'file'), '')
          office.set({ SYNC_ARCHIVE_DIR: join(office.dir, 'file', 'archive') })
        },
        'archive',
        'SYNC_ARCHIVE_DIR',
      ],
      [
        'a Redis that is not there',
        () => office.set({ MOTIA_REDIS_PORT: '9' }),
        'Redis: does not answer at 127.0.0.1:9: nothing listens there [connect ECONNREFUSED',
        'MOTIA_REDIS_HOST',
      ],
    ]
  it.each(troubles)('%s is an error, with what to do about it', async (_what, cause, problem, advice) => {
    await cause()
    const errors = textOf(await examineOffice(), 'error')
    expect(errors).toMatch(problem)
    expect(errors).toMatch(advice)
  })

  const setAddress = (name: string, url: () => string) => () => office.set({ [name]: url() })
  const wrongAddresses: [what: string, cause: () => unknown, problem: string | RegExp, advice: string][] = [
    [
      'the watcher’s address is Advoware’s',
      setAddress('ADVOWARE_WATCHER_URL', () => office.advoware.url),
      'Windows watcher: something else answers at this address (HTTP 404)',
      'Correct ADVOWARE_WATCHER_URL: Advoware answers there; its address belongs in ADVOWARE_API_BASE_URL',
    ],
    [
      'the watcher’s address is EspoCRM’s',
      setAddress('ADVOWARE_WATCHER_URL', () => office.espo.url),
      'something else answers',
      'Correct ADVOWARE_WATCHER_URL: EspoCRM answers there',
    ],
    [
      'Advoware’s address is the watcher’s',
      setAddress('ADVOWARE_API_BASE_URL', () => office.watcher.url),
      'Advoware answered 401',
      'Correct ADVOWARE_API_BASE_URL: Windows watcher answers there; its address belongs in ADVOWARE_WATCHER_URL',
    ],
    [
      'Advoware’s prefix is wrong',
      () => office.set({ ADVOWARE_API_PREFIX: '/api/v2' }),
      '/api/v2',
      'Correct ADVOWARE_API_PREFIX',
    ],
    [
      'Advoware’s API is EspoCRM',
      setAddress('ADVOWARE_API_BASE_URL', () => office.espo.url),
      'Advoware',
      'Correct ADVOWARE_API_BASE_URL: EspoCRM answers there',
    ],
    [
      'Advoware’s token service is EspoCRM',
      setAddress('ADVOWARE_SECURITY_URL', () => office.espo.url),
      'Advoware:',
      'Correct ADVOWARE_SECURITY_URL: EspoCRM answers there',
    ],
    [
      'EspoCRM’s address is the watcher’s',
      setAddress('ESPOCRM_API_BASE_URL', () => office.watcher.url),
      'EspoCRM answered 401',
      'Correct ESPOCRM_API_BASE_URL: Windows watcher answers there',
    ],
    [
      'EspoCRM’s address lacks /api/v1',
      setAddress('ESPOCRM_API_BASE_URL', () => office.espo.url),
      'EspoCRM',
      '/api/v1 answers there',
    ],
    [
      'an entity’s name is misspelt',
      () => office.set({ ESPOCRM_ENTITY_AKTE: 'CAkte' }),
      'shows no entity CAkte to this user',
      'Correct ESPOCRM_ENTITY_AKTE: it is probably CAkten',
    ],
    [
      'https where http is spoken',
      setAddress('ESPOCRM_API_BASE_URL', () => `${office.espo.url.replace('http:', 'https:')}/api/v1`),
      /EspoCRM not reachable .*no TLS is spoken there/,
      'Correct ESPOCRM_API_BASE_URL: http://127.0.0.1',
    ],
  ]
  it.each(wrongAddresses)(
    '%s: that is seen, and the variable to change is named',
    async (_what, cause, problem, advice) => {
      await cause()
      const errors = textOf(await examineOffice(), 'error')
      expect(errors).toMatch(problem)
      expect(errors).toContain(advice)
    },
  )

  it('http where https is spoken', async () => {
    const server = createServer(SELF_SIGNED, (_request, response) => response.end()).listen(0, '127.0.0.1')
    await once(server, 'listening')
    try {
      const { port } = server.address() as AddressInfo
      office.set({ ADVOWARE_WATCHER_URL: `http://127.0.0.1:${port}` })
      const errors = textOf(await examineOffice(), 'error')
      expect(errors).toContain(`Correct ADVOWARE_WATCHER_URL: https://127.0.0.1:${port} answers there`)
      office.set({ ADVOWARE_WATCHER_URL: `https://127.0.0.1:${port}` })
      expect(textOf(await examineOffice(), 'error')).toContain('the TLS certificate is not trusted here')
    } finally {
      server.close()
    }
  })

  it('an archive that was moved shows by the reports that name versions', async () => {
    await office.agreed({ 'Brief.docx': 'alt' })
    await office.watcher.write(AKTE, 'Brief.docx', 'Kanzlei', minutesAgo(10))
    await office.espo.replaceFile(office.dokument('Brief.docx').id, 'Mandantin', minutesAgo(30))
    await office.sync()
    expect(textOf(await examineOffice(), 'error')).toBe('')
    office.set({ SYNC_ARCHIVE_DIR: join(office.dir, 'another-archive') })
    const errors = textOf(await examineOffice(), 'error')
    expect(errors).toContain('is empty, but 1 report names a version that should be there')
    expect(errors).toContain('Set SYNC_ARCHIVE_DIR')
  })

  it('speaks German where the office does, and nothing else', async () => {
    office.set({ SYNC_LANGUAGE: 'de' })
    const lines = findingLines(await examineOffice()).join('\n')
    expect(lines).toContain(`Windows-Dateidienst: nimmt das Token an; Akte ${AKTE} hat 2 Dateien`)
    expect(lines).toContain(`Akte ${AKTE} wird an ihrer Aktennummer gefunden`)
    expect(lines).not.toMatch(/\b(the|and|answers|accepts|files|fields|clock|found|below)\b/)
  })

  const doubts: [what: string, cause: () => unknown, problem: string | RegExp][] = [
    [
      'fields that came later are missing',
      () => {
        office.espo.lacksLaterFields = true
      },
      'CDokumente.syncAttachmentId is missing: the sync works, but a file replaced in EspoCRM is recognised only by reading it',
    ],
    [
      'EspoCRM sends no webhooks',
      () => office.set({ ESPOCRM_WEBHOOK_URL: '' }),
      'sends no webhooks: an Akte is synced only on request',
    ],
    [
      'Redis keeps nothing',
      async () => {
        await office.redis.config('SET', 'appendonly', 'no')
        await office.redis.config('SET', 'save', '')
      },
      'Redis: keeps nothing on disk',
    ],
    ['the sync is paused', () => office.redis.set('advoware:paused', 'Umzug'), 'the sync is paused: Umzug'],
    [
      'an Akte was given up',
      () => office.redis.hset('advoware:failed_aktennummern', '1', '{}'),
      '1 Akte was given up',
    ],
  ]
  it.each(doubts)('%s: a warning, and the exit code stays 0', async (_what, cause, problem) => {
    await cause()
    const findings = await examineOffice()
    expect(textOf(findings, 'warning')).toContain(problem)
    expect(textOf(findings, 'error')).toBe('')
  })

  it('a wrong key is tried a few times at most, far below what makes EspoCRM shut this address out', async () => {
    office.set({ ESPOCRM_API_KEY: 'wrong' })
    office.resetRequests()
    await examineOffice()
    expect(office.espo.requests.filter(({ status }) => status === 401).length).toBeLessThanOrEqual(2)
  })

  it('an Akte that the systems do not have is named', async () => {
    const warnings = textOf(await examineOffice('99999'), 'warning')
    expect(warnings).toContain('Windows watcher: has no folder for Akte 99999')
    expect(warnings).toContain('Advoware: does not know Akte 99999')
  })

  it.each([
    ['doctor', ['--json']],
    ['espocrm', ['check']],
  ])('npm run %s ends with 1 on errors, and shows no secret', async (script, args) => {
    office.set({ ESPOCRM_API_KEY: 'geheim-1', ADVOWARE_PASSWORD: 'geheim-2' })
    const { code, out, err } = await run(script, ...args)
    expect(code).toBe(1)
    if (script === 'doctor')
      expect(JSON.parse(out)).toContainEqual(expect.objectContaining({ about: 'EspoCRM', level: 'error' }))
    else expect(out).toContain('❌ EspoCRM')
    expect(out + err).not.toContain('geheim')
  })

  it('ends with 0 when there is nothing to do', async () => {
    expect(await run('doctor')).toMatchObject({ code: 0, out: expect.stringContaining('0 errors') })
  })

  it('settings that are missing are findings', async () => {
    office.set({ ESPOCRM_API_KEY: '' })
    const { code, out } = await run('doctor')
    expect([code, out]).toEqual([1, expect.stringContaining('Settings: ESPOCRM_API_KEY is missing')])
  })
})

describe('Clocks', () => {
  it.each([
    [0, 'ok'],
    [-4_000, 'ok'],
    [20_000, 'warning'],
    [-120_000, 'error'],
  ])('a clock that differs by %i ms is %s', (difference, level) => {
    const now = new Date('2026-03-24T10:15:00Z')
    const findings = new Findings('EspoCRM')
    checkClock(findings, new Date(now.getTime() + difference).toUTCString(), now, 'en')
    expect(findings.all.map((finding) => finding.level)).toEqual([level])
  })
})

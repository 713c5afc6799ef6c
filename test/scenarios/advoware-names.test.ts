import { describe, expect, test } from 'vitest'
import { AdvowareAddresses } from '../../services/advoware/advoware-addresses'
import { systemClock } from '../../services/clock'
import { loadConfig } from '../../services/config'
import { examine } from '../../services/doctor/doctor'
import { type Finding, findingLines } from '../../services/model/finding'
import { KEYS } from '../../services/redis/keys'
import { silentContext } from '../support/context'
import { AKTE, openOffice, type Run, reads, type ScenarioOffice, transfers, writes } from './office'

const CONFIGURATOR = '/AdvonetConfigurator/api/Url'
const NOBODY = 'http://127.0.0.1:9'

/** An office that tells the product no address of Advoware. */
async function openUnaddressed(settings: Record<string, string> = {}): Promise<ScenarioOffice> {
  const office = await openOffice()
  office.set({ ADVOWARE_API_BASE_URL: '', ADVOWARE_SECURITY_URL: '', ...settings })
  office.addAkte()
  await office.filed({ 'Klage.docx': 'eins' })
  return office
}

const asked = (run: Run) => run.requests.filter(({ path }) => path === CONFIGURATOR)
const pathsTo = (run: Run, ending: RegExp) =>
  run.requests
    .filter(({ system, path }) => system === 'advoware' && ending.test(path))
    .map(({ path }) => path)
const lines = async (level: Finding['level']) => {
  const config = loadConfig({ ...process.env, SYNC_LANGUAGE: 'en' })
  const findings = await examine(silentContext, config, AKTE)
  return findingLines(findings.filter((finding) => finding.level === level)).join('\n')
}
/** The configurator was asked so long ago, and by nobody since. */
async function wasAsked(office: ScenarioOffice, ms: number): Promise<void> {
  const clock = { ...systemClock, now: () => new Date(Date.now() - ms) }
  await office.redis.del(KEYS.advowareAddresses)
  await new AdvowareAddresses({ ...silentContext, clock }, office.redis, loadConfig().advoware).current()
}
const MINUTE = 60_000
const DAY = 24 * 3600_000

describe('Addresses that are not set', () => {
  test('are asked for by the Kanzlei, once for all runs', async () => {
    const office = await openUnaddressed()

    const first = await office.sync()
    expect(first.report?.result).toBe('synced')
    await office.expectAgreement('Klage.docx', 'eins')
    expect(asked(first).map(({ query }) => new URLSearchParams(query).get('Kanzlei'))).toEqual([
      'Kanzlei Weiß & Partner',
    ])
    expect(await office.redis.ttl(KEYS.advowareAddresses)).toBeGreaterThan(24 * 3600)

    const second = await office.sync()
    expect(second.report?.result).toBe('synced')
    expect(asked(second)).toEqual([])
  })

  test("the connector's own address is used where there is one", async () => {
    const office = await openUnaddressed()
    const { url } = office.advoware
    office.advoware.configured = { relayUrl: NOBODY, connectorUrl: `${url}/`, securityGateway: url }

    expect((await office.sync()).report?.result).toBe('synced')
  })

  test('the relay is not used instead of a connector that does not answer', async () => {
    const office = await openUnaddressed()
    const { url } = office.advoware
    office.advoware.configured = { relayUrl: url, connectorUrl: NOBODY, securityGateway: url }

    const run = await office.sync()

    expect(run.report?.result).toBe('failed')
    expect(pathsTo(run, /Akten/)).toEqual([])
  })

  test('what is set wins over what is named', async () => {
    const office = await openUnaddressed()
    const { url } = office.advoware
    office.advoware.configured = { relayUrl: NOBODY, securityGateway: url }
    office.set({ ADVOWARE_API_BASE_URL: url })
    expect((await office.sync()).report?.result).toBe('synced')

    office.advoware.configured = { connectorUrl: url, securityGateway: null }
    office.set({ ADVOWARE_API_BASE_URL: '', ADVOWARE_SECURITY_URL: url })
    await office.redis.del(KEYS.advowareAddresses)
    expect((await office.sync()).report?.result).toBe('synced')

    office.set({ ADVOWARE_API_BASE_URL: url })
    await office.redis.del(KEYS.advowareAddresses)
    expect(asked(await office.sync())).toEqual([])
  })

  test('a connector that moved is found within the run that meets its old address', async () => {
    const office = await openUnaddressed()
    const { url } = office.advoware
    office.advoware.configured = { connectorUrl: NOBODY, securityGateway: url }
    await wasAsked(office, MINUTE + 1000)
    office.advoware.configured = { connectorUrl: url, securityGateway: url }

    const run = await office.sync()

    expect(run.report?.result).toBe('synced')
    expect(asked(run)).toHaveLength(1)
  })

  test('so is one whose relay says that it is not there', async () => {
    const office = await openUnaddressed()
    await wasAsked(office, MINUTE + 1000)
    office.advoware.faults.set({ mode: 'status', status: 502, match: { path: /Akten/ } })

    expect(asked(await office.sync())).toHaveLength(1)
  })

  test('an office whose connector is offline asks once a minute, not for every Akte', async () => {
    const office = await openUnaddressed()
    office.advoware.configured = { connectorUrl: NOBODY, securityGateway: office.advoware.url }
    expect(asked(await office.sync())).toHaveLength(1)

    const run = await office.sync()

    expect(run.report?.result).toBe('failed')
    expect(asked(run)).toEqual([])
  })

  test('are used on while the configurator is down, also after a day', async () => {
    const office = await openUnaddressed()
    await wasAsked(office, DAY + MINUTE)
    office.advoware.faults.set({ mode: '500', match: { path: /Configurator/ } })

    const run = await office.sync()
    expect(run.report?.result).toBe('synced')
    expect(run.text).toContain("⚠️ Advoware's addresses could not be asked for again: ")
    expect(asked(await office.sync())).toEqual([])
  })

  test('are asked for again after a day', async () => {
    const office = await openUnaddressed()
    await wasAsked(office, DAY + MINUTE)

    expect(asked(await office.sync())).toHaveLength(1)
  })

  test.each<[string, object | string, RegExp]>([
    [
      'a login over plain http',
      { relayUrl: 'http://relay.example', securityGateway: 'https://s.example' },
      /relayUrl is not an https address/,
    ],
    [
      'a token service over plain http',
      { relayUrl: 'https://r.example', securityGateway: 'http://s.example' },
      /securityGateway is not/,
    ],
    [
      'a connector over plain http, though the relay is right',
      { connectorUrl: 'http://c.example', relayUrl: 'https://r.example' },
      /connectorUrl is not/,
    ],
    [
      'another protocol',
      { relayUrl: 'file:///etc', securityGateway: 'https://s.example' },
      /relayUrl is not/,
    ],
    [
      'an address with a login',
      { relayUrl: 'https://a:b@r.example', securityGateway: 'https://s.example' },
      /relayUrl is not/,
    ],
    [
      'no address of the API',
      { securityGateway: 'https://s.example' },
      /no connectorUrl and no relayUrl .* set ADVOWARE_API_BASE_URL/,
    ],
    [
      'no token service',
      { relayUrl: 'https://r.example' },
      /no securityGateway .* set ADVOWARE_SECURITY_URL/,
    ],
    ['blank addresses', { relayUrl: ' ', connectorUrl: '', securityGateway: '' }, /names no/],
    ['a page', '<html>Wartung</html>', /the answer to .*Configurator/],
    ['a list', [], /the answer to .*Configurator/],
    ['numbers', { relayUrl: 7 }, /relayUrl/],
    [
      'an endless answer',
      { relayUrl: `https://${'x'.repeat(100_000)}.example` },
      /maxContentLength|larger|more than/,
    ],
  ])('%s: refused by name, and no login is sent', async (_what, configured, expected) => {
    const office = await openUnaddressed()
    office.advoware.configured = configured as object

    const run = await office.sync()

    expect(run.report?.result).toBe('failed')
    expect(office.espo.akte(AKTE)?.syncMessage).toMatch(expected)
    expect(pathsTo(run, /Token|Akten/)).toEqual([])
    expect(await office.redis.get(KEYS.advowareAddresses)).toBeNull()
  })

  test('a Kanzlei that the vendor does not know is named, with its setting', async () => {
    const office = await openUnaddressed({ ADVOWARE_KANZLEI: 'Niemand' })
    const run = await office.sync()
    expect(run.report?.message).toMatch(/ADVOWARE_KANZLEI/)
    expect(asked(run)).toHaveLength(1)
  })

  test('an address that somebody else wrote into Redis gets no login', async () => {
    const office = await openUnaddressed()
    const forged = { api: NOBODY, security: NOBODY, askedAt: Date.now() }
    for (const value of [JSON.stringify(forged), `${'0'.repeat(64)} ${JSON.stringify(forged)}`, 'x', '']) {
      await office.redis.set(KEYS.advowareAddresses, value)
      const run = await office.sync()
      expect(run.report?.result).toBe('synced')
      expect(asked(run)).toHaveLength(1)
    }
  })

  test('another Kanzlei does not get the addresses of the one before', async () => {
    const office = await openUnaddressed()
    await office.sync()
    office.set({ ADVOWARE_KANZLEI: 'Niemand' })
    expect(asked(await office.sync())).toHaveLength(1)
  })
})

describe('A path prefix that is not set', () => {
  test('is the one that answers, and is asked for once', async () => {
    const office = await openOffice()
    office.advoware.records.prefix = '/api/v1'
    office.addAkte()
    await office.filed({ 'Klage.docx': 'eins' })

    expect((await office.sync()).report?.result).toBe('synced')
    const second = await office.sync()

    expect(second.report?.result).toBe('synced')
    expect(pathsTo(second, /Akten/).every((path) => path.startsWith('/api/v1/Akten/'))).toBe(true)
  })

  test('is found again when a new connector has another one', async () => {
    const office = await openOffice()
    await office.agreed({ 'Klage.docx': 'eins' })
    office.advoware.records.prefix = '/api/v1'

    expect((await office.sync()).report?.result).toBe('synced')
  })

  test('an Akte that Advoware does not know is still said to be unknown', async () => {
    const office = await openOffice()
    office.espo.addAkte({ aktennummer: AKTE, name: AKTE, aktivierungsstatus: 'Aktiv' })
    await office.watcher.write(AKTE, 'Klage.docx', 'eins')

    const run = await office.sync()

    expect(run.report?.result).toBe('failed')
    expect(run.report?.message).toContain(`Die Akte ${AKTE} wurde nicht gefunden`)
  })

  test('one that is set is the only one that is tried', async () => {
    const office = await openOffice()
    office.set({ ADVOWARE_API_PREFIX: '/api/v1/advonet' })
    office.advoware.records.prefix = '/api/v1'
    office.addAkte()

    const run = await office.sync()

    expect(run.report?.result).toBe('failed')
    expect(pathsTo(run, /Akten/).every((path) => path.startsWith('/api/v1/advonet/'))).toBe(true)
  })
})

describe('A History under other names', () => {
  const NAMES = { hnr: 'hNr', dat: 'datum', art: 'artKuerzel', text: 'bemerkung', datei: 'dateiname' }
  const FIELDS = Object.entries(NAMES)
    .map((pair) => pair.join('='))
    .join(',')

  test('is read and written under them', async () => {
    const office = await openOffice()
    office.advoware.records.names = NAMES
    office.set({ ADVOWARE_HISTORY_FIELDS: FIELDS })
    await office.agreed({ 'Klage.docx': 'eins' })
    expect(office.dokument('Klage.docx')).toMatchObject({
      historyText: 'Zu Klage.docx',
      historyDatum: '2026-03-24',
    })

    await office.espo.addDokument({ akte: AKTE, name: 'Replik.docx', content: 'zwei' })
    expect((await office.sync()).report?.result).toBe('synced')
    await office.expectAgreement('Replik.docx', 'zwei')
    expect(office.entries('Replik.docx')).toMatchObject([{ art: 'Dokument', text: 'Replik.docx' }])
  })

  test('without a word about it: the run stops with this reason, is never synced, and nothing is touched', async () => {
    const office = await openOffice()
    office.advoware.records.names = NAMES
    office.addAkte()
    await office.filed({ 'Klage.docx': 'eins', 'Replik.docx': 'zwei' })
    await office.espo.addDokument({ akte: AKTE, name: 'Neu.docx', content: 'drei' })

    const run = await office.sync()

    expect(run.report).toMatchObject({ result: 'stopped', items: [] })
    expect(office.espo.akte(AKTE)).toMatchObject({
      syncStatus: 'failed',
      syncMessage: expect.stringContaining(
        'nennt keine der Dateien, die im Aktenordner liegen (Einträge: 2, Dateien: 2)',
      ),
    })
    expect(transfers(run)).toEqual([])
    expect(writes(run)).toEqual([`PUT CAkten/${office.espo.akte(AKTE)?.id}`])
    expect(office.espo.dokumente(AKTE)).toHaveLength(1)
    expect((await office.snapshot()).stopped).toContain('(Einträge: 2, Dateien: 2)')
  })

  test('once an Akte was read right, telephone notes and unfiled files stop no Akte that was never synced', async () => {
    const office = await openOffice()
    await office.agreed({ 'Klage.docx': 'Klage' })
    const OTHER = '67890'
    office.addAkte(OTHER)
    office.advoware.addHistory(OTHER, { text: 'Rückruf', art: 'Telefonat' })
    await office.watcher.write(OTHER, 'Notizen (intern).docx', 'intern')
    expect((await office.sync(OTHER)).report).toMatchObject({ result: 'synced', counts: { created: 0 } })

    // Other settings are not known to be right.
    office.set({ ADVOWARE_FILE_ROOT: 'W:\\Kanzlei\\{aktennummer}\\' })
    expect((await office.sync(OTHER)).report?.result).toBe('stopped')
  })

  test('a person who knows better lets one run pass', async () => {
    const office = await openOffice()
    office.addAkte()
    office.advoware.addHistory(AKTE, { text: 'Telefonat', art: 'Notiz' })
    await office.watcher.write(AKTE, 'Nebenbei.docx', 'eins')
    expect((await office.sync()).report?.result).toBe('stopped')

    await office.redis.sadd(KEYS.force, AKTE)
    const run = await office.sync()

    expect(run.report?.result).toBe('synced')
    expect(transfers(run)).toEqual([])
  })

  test('the doctor names the fields, the one that names files, and what the Swagger says', async () => {
    const office = await openOffice()
    office.advoware.records.names = NAMES
    office.addAkte()
    await office.filed({ 'Klage.docx': 'eins', 'Replik.docx': 'zwei' })

    expect(await lines('ok')).toContain(
      'the first entries have the fields hNr, datum, artKuerzel, bemerkung, dateiname',
    )
    expect(await lines('ok')).toContain(
      '2 History entries, 0 name a file; 0 of 2 files in the Aktenordner are named',
    )
    const errors = await lines('error')
    expect(errors).toContain('no History entry names a file of the Aktenordner')
    expect(errors).toContain('ADVOWARE_HISTORY_FIELDS=datei=dateiname: with it, 2 files are named')
    expect(await lines('warning')).toContain(
      'its Swagger knows no hnr, dat, art, text, datei in a History entry',
    )

    office.set({ ADVOWARE_HISTORY_FIELDS: FIELDS })
    expect(await lines('error')).not.toContain('Advoware')
    expect(await lines('ok')).toContain('2 name a file; 2 of 2 files in the Aktenordner are named')
    expect(await lines('ok')).toMatch(
      /its Swagger documents \/api\/v1\/advonet\/Akten\/\{aktenId\}\/History with the fields hNr, /,
    )
  })

  test.each<[string, object | string]>([
    ['none', ''],
    ['a page', '<html></html>'],
    ['one of something else', { paths: { '/api/v1/Adressen': {} } }],
    ['an endless one', 'x'.repeat(21 * 1024 * 1024)],
  ])('the doctor can do without a Swagger: %s', async (_what, swagger) => {
    const office = await openOffice()
    office.advoware.swagger = swagger
    office.addAkte()
    await office.filed({ 'Klage.docx': 'eins' })

    expect(await lines('ok')).toContain('shows no Swagger that documents the History')
    expect(await lines('error')).not.toContain('Advoware')
  })
})

describe('An Akte with an id of its own', () => {
  test('is found by its Aktennummer, in as many requests as before', async () => {
    const office = await openOffice()
    await office.agreed({ 'Klage.docx': 'eins' })
    const before = reads(await office.sync()).length
    office.advoware.records.hasOwnIds = true
    office.set({ ADVOWARE_AKTE_ID: 'id' })

    const run = await office.sync()

    expect(run.report?.result).toBe('synced')
    expect(reads(run)).toHaveLength(before)
    await office.espo.addDokument({ akte: AKTE, name: 'Replik.docx', content: 'zwei' })
    expect((await office.sync()).report?.result).toBe('synced')
    expect(office.entries('Replik.docx')).toHaveLength(1)
  })

  test('its archiving is seen under its id and under another name, too', async () => {
    const office = await openOffice()
    office.advoware.records.names = { id: 'aktenId', aktennummer: 'aktenNr', ablage: 'archiviert' }
    office.advoware.records.hasOwnIds = true
    office.set({
      ADVOWARE_AKTE_ID: 'id',
      ADVOWARE_AKTE_FIELDS: 'id=aktenId,aktennummer=aktenNr,ablage=archiviert',
    })
    await office.agreed({ 'Klage.docx': 'eins' })
    office.advoware.setAblage(AKTE, true)

    await office.sync()

    expect(office.espo.akte(AKTE)?.aktivierungsstatus).toBe('Deaktiviert')
  })

  test("an Aktennummer that is another Akte's id leads nobody to that Akte's History", async () => {
    const office = await openOffice()
    office.advoware.records.hasOwnIds = true
    const other = '0999'
    office.advoware.addAkte(other)
    // The ids begin with 1000, so that Akte 0999 has it, not Akte 1000.
    office.addAkte('1000')
    await office.watcher.write('1000', 'Geheim.docx', 'Mandant A')
    office.advoware.addHistory(other, { datei: 'Geheim.docx' })

    const run = await office.sync('1000')

    expect(run.report?.result).toBe('failed')
    expect(run.report?.message).toMatch(/ADVOWARE_AKTE_ID/)
    expect(transfers(run)).toEqual([])
  })

  test.each([
    [true, 'aktennummer', 'is found by its own id, not by its Aktennummer', 'ADVOWARE_AKTE_ID=id'],
    [false, 'id', '', ''],
  ])('the doctor proves which (own ids: %s, setting: %s)', async (hasOwnIds, setting, problem, advice) => {
    const office = await openOffice()
    office.advoware.records.hasOwnIds = hasOwnIds
    office.set({ ADVOWARE_AKTE_ID: setting })
    office.addAkte()
    await office.filed({ 'Klage.docx': 'eins' })

    const errors = await lines('error')
    expect(errors).toContain(problem)
    expect(errors).toContain(advice)
    if (problem === '') expect(await lines('ok')).toContain(`Akte ${AKTE} is found by its own id`)
  })

  test('the doctor names the fields of an Akte that does not say its Aktennummer', async () => {
    const office = await openOffice()
    office.advoware.records.names = { aktennummer: 'az' }
    office.addAkte()
    await office.filed({ 'Klage.docx': 'eins' })

    const warnings = await lines('warning')
    expect(warnings).toContain('does not say its Aktennummer')
    expect(warnings).toContain('id, az, ablage')
  })
})

describe('The doctor shows both addresses', () => {
  test('set and named alike', async () => {
    const office = await openOffice()
    office.addAkte()
    const good = await lines('ok')
    const { url } = office.advoware
    expect(good).toContain(`data API at ${url} (ADVOWARE_API_BASE_URL), as the vendor's configurator says`)
    expect(good).toContain(
      `token service at ${url} (ADVOWARE_SECURITY_URL), as the vendor's configurator says`,
    )
  })

  test('named only', async () => {
    const office = await openUnaddressed()
    const good = await lines('ok')
    expect(good).toContain(`data API at ${office.advoware.url}, as the vendor's configurator says`)
    expect(good).toContain(`token service at ${office.advoware.url}, as the vendor's configurator says`)
    expect(await office.redis.get(KEYS.advowareAddresses)).toBeNull()
  })

  test('another one than the connector has', async () => {
    const office = await openOffice()
    office.addAkte()
    office.advoware.configured = {
      connectorUrl: 'https://connector.example:22222/',
      securityGateway: office.advoware.url,
    }
    const warnings = await lines('warning')
    expect(warnings).toContain("but the vendor's configurator names https://connector.example:22222")
    expect(warnings).toContain('clear ADVOWARE_API_BASE_URL')
  })

  test('a configurator that does not answer is no problem where both are set', async () => {
    const office = await openOffice()
    office.set({ ADVOWARE_CONFIGURATOR_URL: `${NOBODY}/Url` })
    office.addAkte()
    expect(await lines('error')).not.toContain('Advoware')
    expect(await lines('ok')).toContain("(ADVOWARE_API_BASE_URL); the vendor's configurator names none")
  })
})

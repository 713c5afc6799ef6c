import { describe, expect, it } from 'vitest'
import { type ApiAnswer, answer } from '../../services/api/answer'
import { holdAnswer, previewAnswer, purgeAnswer } from '../../services/api/purge-api'
import { withRuntime } from '../../services/app/runtime'
import { readAudit } from '../../services/audit/audit-reader'
import type { PurgeRuntime } from '../../services/purge/purge'
import { KEYS } from '../../services/redis/keys'
import { run } from '../support/commands'
import { AKTE, collector, openOffice, type ScenarioOffice } from './office'

/** An Akte that was synced, and is closed. */
async function closedAkte(): Promise<ScenarioOffice> {
  const office = await openOffice()
  await office.agreed({ 'Klage.docx': 'Klage' })
  office.espo.updateAkte(AKTE, { aktivierungsstatus: 'Deaktiviert' })
  office.advoware.setAblage(AKTE, true)
  return office
}
const isKept = ({ redis }: ScenarioOffice) => redis.exists(KEYS.reports(AKTE)).then((count) => count === 1)

const ask = (route: (runtime: PurgeRuntime) => Promise<ApiAnswer>) =>
  withRuntime({ logger: collector([]) }, (runtime) => answer(() => route(runtime)))

describe('npm run purge', () => {
  it('without a reason only says what would go; with one it wants a confirmation, and gives a receipt', async () => {
    const office = await closedAkte()
    const preview = await run('purge', AKTE)
    expect(preview, preview.err).toMatchObject({ code: 0 })
    expect(preview.out).toContain(`Was von der Akte ${AKTE} gelöscht würde:`)
    expect(preview.out).toContain('1 Bericht')
    expect(preview.out).toContain('Nichts wurde geändert')
    const unconfirmed = await run('purge', AKTE, '--reason', 'Art. 17 DSGVO')
    expect(unconfirmed).toMatchObject({ code: 2, err: expect.stringContaining('Nicht bestätigt') })
    expect(await isKept(office)).toBe(true)

    const purged = await run('purge', AKTE, '--reason', 'Art. 17 DSGVO', '--yes')
    expect(purged, purged.err).toMatchObject({ code: 0 })
    expect(purged.out).toMatch(/🧾 Löschung [0-9a-f-]{36}, belegt im Protokoll durch [0-9a-f]{64}/)
    expect(await isKept(office)).toBe(false)
    expect((await run('audit', 'verify')).out).toContain('1 Zeile ohne Inhalt: gelöscht')
    const again = await run('purge', AKTE)
    expect(again).toMatchObject({
      code: 1,
      err: `❌ Von der Akte ${AKTE} ist hier nichts gespeichert; nichts wurde geändert\n`,
    })
  }, 60_000)

  it('says what stands against it, and what follows from force', async () => {
    const office = await closedAkte()
    office.espo.updateAkte(AKTE, { aktivierungsstatus: 'Aktiv' })
    const refused = await run('purge', AKTE, '--reason', 'x', '--yes')
    expect(refused.code).toBe(1)
    expect(refused.out).toContain('In EspoCRM steht sie auf „Aktiv“')
    expect(await isKept(office)).toBe(true)
    const forced = await run('purge', AKTE, '--reason', 'x', '--yes', '--force')
    expect(forced.code, forced.err).toBe(0)
    expect(forced.out).toContain('Der nächste Abgleich legt wieder Berichte')
    expect(await isKept(office)).toBe(false)
  }, 60_000)

  it('--json gives the preview, and the receipt', async () => {
    await closedAkte()
    expect(JSON.parse((await run('purge', AKTE, '--json')).out)).toMatchObject({
      counts: { reports: 1 },
      obstacles: [],
    })
    const { out } = await run('purge', AKTE, '--reason', 'x', '--yes', '--json')
    expect(JSON.parse(out)).toMatchObject({ aktennummer: AKTE, reason: 'x', forced: false })
  }, 60_000)
})

describe('npm run hold', () => {
  it('keeps everything, is shown wherever the Akte is shown, and stands in the audit log', async () => {
    const office = await closedAkte()
    const held = await run('hold', AKTE, '--reason', 'Haftungsfall')
    expect(held, held.err).toMatchObject({
      code: 0,
      out: expect.stringContaining(`Akte ${AKTE} wird aufbewahrt`),
    })
    for (const [script, ...args] of [
      ['hold'],
      ['status'],
      ['report', AKTE],
      ['archive', 'list', AKTE],
      ['purge', AKTE],
    ])
      expect((await run(script ?? '', ...args)).out, script).toMatch(
        /Aufbewahrung angeordnet von [\s\S]*Haftungsfall/,
      )
    expect((await run('purge', AKTE, '--reason', 'x', '--yes', '--force')).code).toBe(1)
    expect(await isKept(office)).toBe(true)
    expect((await run('hold', AKTE, '--release')).out).toContain('aufgehoben')
    expect((await run('hold', AKTE, '--release')).code).toBe(1)
    const actions = []
    for await (const { action } of readAudit(process.env.SYNC_AUDIT_DIR ?? '')) actions.push(action)
    expect(actions.slice(-2)).toEqual(['HOLD', 'RELEASE'])
    expect((await run('audit', 'show', AKTE)).out).toContain('Aufbewahrung angeordnet')
  }, 90_000)

  it.each([[[AKTE]], [['--release']], [[AKTE, '--reason']]])(
    '%j is a wrong usage, said in one line',
    async (args) => {
      await openOffice()
      const { code, err } = await run('hold', ...args)
      expect(code).toBe(2)
      expect(err.trim().split('\n')).toHaveLength(1)
    },
  )
})

describe('npm run retention', () => {
  it('lists what is over, and purges it with --apply', async () => {
    const office = await closedAkte()
    for (const akte of ['222', '333', '444']) await office.agreed({ 'Brief.docx': `Brief ${akte}` }, akte)
    for (const akte of ['222', '333']) office.espo.updateAkte(akte, { aktivierungsstatus: 'Deaktiviert' })
    for (const akte of [AKTE, '222', '333', '444']) {
      await office.age(24 * 366 * 8, akte)
      if (akte !== '333') office.advoware.setAblage(akte, true)
      office.advoware.records.removeHistory(akte, () => true)
      office.advoware.addHistory(akte, { dat: '2019-03-01', text: 'Ende' })
    }
    office.advoware.addHistory('222', { dat: '2025-03-01', text: 'Doch noch etwas' })
    const listed = await run('retention')
    expect(listed, listed.err).toMatchObject({ code: 0 })
    expect(listed.out).toMatch(/12345 +2019-03-01 +Advoware-Historie +2025-12-31 +abgelaufen/)
    expect(listed.out).toMatch(/222 .*noch nicht abgelaufen/)
    expect(listed.out).toMatch(/333 .*in Advoware nicht abgelegt/)
    expect(listed.out).not.toContain('444') // not closed
    expect(await isKept(office)).toBe(true)
    const applied = await run('retention', '--apply')
    expect(applied.out, applied.err).toContain('1 Akte gelöscht')
    expect(await isKept(office)).toBe(false)
    expect(await office.redis.exists(KEYS.reports('222'), KEYS.reports('333'), KEYS.reports('444'))).toBe(3)
    expect((await run('retention', '--json')).out).not.toContain('"12345"')
  }, 90_000)

  it('leaves held Akten alone, and decides nothing while Advoware is silent', async () => {
    const office = await closedAkte()
    await office.age(24 * 366 * 8)
    office.advoware.records.removeHistory(AKTE, () => true)
    await run('hold', AKTE, '--reason', 'Haftungsfall')
    expect((await run('retention', '--apply')).out).toContain('Haftungsfall')
    expect(await isKept(office)).toBe(true)
    await run('hold', AKTE, '--release')
    await office.advoware.close()
    expect((await run('retention', '--apply')).code).toBe(1)
    expect(await isKept(office)).toBe(true)
  }, 120_000)
})

it('by the API: a preview, a confirmation, a receipt, a hold', async () => {
  const office = await closedAkte()
  expect(await ask((runtime) => previewAnswer(runtime, AKTE))).toMatchObject({
    status: 200,
    body: { counts: { reports: 1 } },
  })
  expect(await ask((runtime) => previewAnswer(runtime, '777'))).toMatchObject({ status: 404 })
  const purge = (body: unknown) => ask((runtime) => purgeAnswer(runtime, AKTE, body, 'anna'))
  for (const body of [
    undefined,
    {},
    { reason: 'x' },
    { reason: 'x', confirm: '777' },
    { reason: ' ', confirm: AKTE },
  ])
    expect(await purge(body), JSON.stringify(body)).toMatchObject({ status: 400 })
  const hold = (body: unknown) => ask((runtime) => holdAnswer(runtime, AKTE, body, 'anna'))
  expect(await hold({})).toMatchObject({ status: 400 })
  expect(await hold({ reason: 'Haftungsfall' })).toMatchObject({
    status: 200,
    body: { hold: { by: 'anna' } },
  })
  expect(await purge({ reason: 'x', confirm: AKTE, force: true })).toMatchObject({ status: 409 })
  expect(await hold({ held: false })).toMatchObject({ status: 200, body: { hold: null } })
  expect(await isKept(office)).toBe(true)
  expect(await purge({ reason: 'x', confirm: AKTE })).toMatchObject({
    status: 200,
    body: { by: 'anna', reason: 'x' },
  })
  expect(await isKept(office)).toBe(false)
})

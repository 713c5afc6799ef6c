import { writeFile } from 'node:fs/promises'
import { hostname, userInfo } from 'node:os'
import { beforeEach, describe, expect, it } from 'vitest'
import { AktenView } from '../../services/api/akten-view'
import { readAudit } from '../../services/audit/audit-reader'
import { KEYS } from '../../services/redis/keys'
import { until } from '../../testkit/installation'
import { run } from '../support/commands'
import { AKTE, openOffice, type ScenarioOffice } from './office'

let office: ScenarioOffice

beforeEach(async () => {
  office = await openOffice()
  await office.agreed({ 'A.docx': 'A' })
  await office.sync()
})

/** A tick of the poller while the office is in trouble; what then is known of the Akte. */
async function afterTick() {
  await office.redis.sadd(KEYS.pending, AKTE)
  await office.tick()
  const [akte] = await new AktenView(office.redis, 'de').lookAt([AKTE])
  return akte
}

describe('what the poller meets is said where people look', () => {
  const troubles: [what: string, cause: () => unknown, said: RegExp][] = [
    [
      'a wrong API key',
      () => office.set({ ESPOCRM_API_KEY: 'wrong' }),
      /^EspoCRM verweigert den Zugriff.*401/,
    ],
    ['an address without /api/v1', () => office.set({ ESPOCRM_API_BASE_URL: office.espo.url }), /^EspoCRM /],
    [
      'an EspoCRM in maintenance',
      () => office.espo.faults.set('503'),
      /^EspoCRM ist zurzeit nicht erreichbar.*503/,
    ],
  ]
  it.each(troubles)(
    '%s, with the time of the next try',
    async (_what, cause, said) => {
      await cause()
      expect(await afterTick()).toMatchObject({
        state: 'pending',
        reason: expect.stringMatching(said),
        reasonAt: expect.stringMatching(/Z$/),
        nextTry: expect.stringMatching(/Z$/),
        attempts: 0,
        lastRun: { result: 'synced' },
      })
      const status = await run('status')
      expect(status.out).toMatch(/12345 +Wartet +\S+ +\S+ +\S+ +EspoCRM/)
    },
    60_000,
  )

  it('sync names the cause and the next try, and ends with 1', async () => {
    office.set({ ESPOCRM_API_KEY: 'wrong' })
    const asked = run('sync', AKTE)
    await until('the request', () => office.redis.sismember(KEYS.pending, AKTE))
    await office.tick()
    const { code, out } = await asked
    expect(code).toBe(1)
    expect(out).toMatch(
      /12345: ❌ fehlgeschlagen: EspoCRM verweigert den Zugriff.* · nächster Versuch \d\d:\d\d:\d\d/,
    )
  }, 60_000)

  it('an Akte that is not to be synced says so, and nobody waits for it', async () => {
    office.espo.updateAkte(AKTE, { aktivierungsstatus: 'Abgelegt' })
    const asked = run('sync', AKTE, '--json')
    await until('the request', () => office.redis.sismember(KEYS.pending, AKTE))
    await office.tick()
    const { code, out } = await asked
    expect(code).toBe(1)
    expect(JSON.parse(out).akten).toMatchObject([
      { ending: 'failed', reason: expect.stringContaining('Aktivierungsstatus „Abgelegt“') },
    ])
  }, 60_000)

  it('it is forgotten when the Akte is in agreement again', async () => {
    office.espo.faults.set('503')
    await afterTick()
    office.espo.faults.clear()
    await office.redis.del(KEYS.delayedUntil)
    await office.sync()
    const [akte] = await new AktenView(office.redis, 'de').lookAt([AKTE])
    expect(akte).toMatchObject({ state: 'synced', reason: null })
  })
})

describe('when an Akte was in sync', () => {
  it('a failed run changes the last try, not the last sync', async () => {
    const look = async () => (await new AktenView(office.redis, 'de').lookAt([AKTE]))[0]
    const before = await look()
    office.watcher.faults.set('down')
    await office.sync()
    const after = await look()
    expect(after?.lastSynced).toBe(before?.lastSynced)
    expect(Date.parse(after?.lastTry ?? '')).toBeGreaterThan(Date.parse(before?.lastTry ?? ''))
    const unsynced = await new AktenView(office.redis, 'de').list({
      state: 'unsynced',
      limit: 9,
    })
    expect(
      unsynced.akten.map(({ state }) => state),
      'what waits is not in sync',
    ).toEqual(['pending'])
    expect(unsynced.counts).toMatchObject({ synced: 0, unsynced: 1 })
  }, 60_000)
})

describe('thousands at once', () => {
  it('a file is asked for as it is: new, known, wrong', async () => {
    const file = `${office.dir}/akten.txt`
    await writeFile(file, `\uFEFF${AKTE}; 124/24\n?x\n124/24`)
    const { code, out } = await run('sync', '--file', file, '--no-wait', '--json')
    expect([code, JSON.parse(out)]).toEqual([1, { new: 1, known: 1, wrong: ['?x'], paused: null, akten: [] }])
    expect((await office.redis.smembers(KEYS.pending)).sort()).toEqual([AKTE, '124/24'])
  }, 60_000)

  it('wrong ones are removed by their cause', async () => {
    for (const akte of ['a b', 'c d', '99999']) await office.redis.sadd(KEYS.pending, akte)
    await office.tick()
    const { out } = await run('remove', '--cause', 'Das ist keine Aktennummer', '--json')
    expect(JSON.parse(out).removed.sort()).toEqual(['a b', 'c d'])
    expect(await office.redis.hkeys(KEYS.failed)).toEqual(['99999'])
  }, 60_000)

  it('what is changed in a terminal stands in the audit log, with the name of its user', async () => {
    await office.redis.hset(KEYS.failed, '7', JSON.stringify({ reason: 'x', attempts: 8 }))
    await run('retry')
    await run('remove', 'a b')
    await run('sync', AKTE, '--force', '--no-wait')
    const lines: string[] = []
    for await (const { action, aktennummer, reason, side } of readAudit(`${office.dir}/audit`))
      if (side === null) lines.push(`${action} ${aktennummer}: ${reason}`)
    const who = `${userInfo().username}@${hostname()}`
    expect(lines).toEqual([`ASK_RETRY 7: ${who}`, `REMOVE a b: ${who}`, `ASK_FORCE ${AKTE}: ${who}`])
  }, 60_000)
})

it('no server is polling: sync and status say so and end with 1, and what was asked for stays asked for', async () => {
  await office.redis.del(KEYS.polling)
  const sentence = '❌ Kein Server holt Akten ab; starten Sie einen: npm start'
  const [sync, status] = await Promise.all([run('sync', AKTE), run('status')])
  expect([sync.code, sync.err.trim()]).toEqual([1, sentence])
  expect([status.code, status.err.trim()]).toEqual([1, sentence])
  expect(await office.redis.smembers(KEYS.pending)).toEqual([AKTE])
}, 60_000)

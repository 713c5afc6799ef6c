import { beforeEach, describe, expect, it } from 'vitest'
import { removeExpired } from '../../services/app/archive-retention'
import { withRuntime } from '../../services/app/runtime'
import { systemClock } from '../../services/clock'
import { loadConfig } from '../../services/config'
import { purgeAkte } from '../../services/purge/purge'
import { AKTE, collector, expectQuiet, minutesAgo, openOffice, type ScenarioOffice, writes } from './office'

const KLAGE = 'Schriftsätze\\Klage.docx'
let office: ScenarioOffice

beforeEach(async () => {
  office = await openOffice()
  office.set({ SYNC_PUBLIC_URL: 'https://sync.kanzlei.example/' })
  await office.agreed({ [KLAGE]: 'eins', 'Replik.docx': 'unverändert' })
})

const panel = (path = KLAGE, akte = AKTE) => office.dokument(path, akte).syncFassungen
/** The lines of versions. */
const lines = (path = KLAGE, akte = AKTE) =>
  String(panel(path, akte) ?? '')
    .split('\n')
    .filter((line) => line.startsWith('- '))
const save = async (content: string, path = KLAGE, minutes = 2) => {
  await office.watcher.write(AKTE, path, content, minutesAgo(minutes))
  return office.sync()
}

describe('A document says which versions it had', () => {
  it('nothing where none was ever replaced', () => {
    expect(panel()).toBeNull()
    expect(panel('Replik.docx')).toBeNull()
  })

  it('when, from which side, how large, why it was replaced, until when it is kept, and where to get it', async () => {
    const saved = (await office.listed(KLAGE)).modified
    const hash = await office.hashOf(KLAGE)
    await save('zwei')
    expect(lines()).toHaveLength(1)
    const [line] = lines()
    expect(line).toMatch(
      /^- \*\*\d\d\.\d\d\.\d{4}, \d\d:\d\d\*\* aus EspoCRM \(4 B\), ersetzt am \d\d\.\d\d\.\d{4}, \d\d:\d\d: In Windows geändert; aufbewahrt bis \d\d\.\d\d\.\d{4} · /,
    )
    expect(line).toContain(
      `[Herunterladen](https://sync.kanzlei.example/archive/${hash}?aktennummer=${AKTE})`,
    )
    expect(panel()).toContain(
      'auf [/office](https://sync.kanzlei.example/office) bei Akte 12345 unter „Fassungen“',
    )
    expect(Date.parse(saved)).not.toBeNaN()
    expect(panel('Replik.docx')).toBeNull()
  })

  it('the link leads to that very version', async () => {
    await save('zwei')
    const [, hash = ''] = /archive\/([0-9a-f]{64})/.exec(String(panel())) ?? []
    expect((await office.archived(hash))?.content).toBe('eins')
  })

  it('the loser of a conflict is kept for good, and in the words of what happened', async () => {
    await office.watcher.write(AKTE, KLAGE, 'in Word', minutesAgo(30))
    await office.espo.replaceFile(office.dokument(KLAGE).id, 'im Browser', minutesAgo(10))
    await office.sync()
    expect(lines()).toHaveLength(1)
    expect(lines()[0]).toContain('aus Windows')
    expect(lines()[0]).toContain('Auf beiden Seiten geändert, EspoCRM ist neuer')
    expect(lines()[0]).not.toContain('aufbewahrt bis')
  })

  it('newest first, from both sides', async () => {
    await save('zwei')
    await office.espo.replaceFile(office.dokument(KLAGE).id, 'drei, im Browser', minutesAgo(1))
    await office.sync()
    expect(lines().map((line) => /aus (\w+) .*: (.*?);/.exec(line)?.slice(1))).toEqual([
      ['Windows', 'In EspoCRM geändert'],
      ['EspoCRM', 'In Windows geändert'],
    ])
  })

  it('in English, and without an address in words alone', async () => {
    office.set({ SYNC_LANGUAGE: 'en', SYNC_PUBLIC_URL: '' })
    await save('zwei')
    expect(lines()[0]).toMatch(/ from EspoCRM \(4 B\), replaced on .*: changed in Windows; kept until \d/)
    expect(panel()).not.toContain('](')
    expect(panel()).toContain('on the page /office, Akte 12345, under “Versions”')
  })

  it('twenty of them, and how many older ones there are', { timeout: 60_000 }, async () => {
    for (let at = 2; at <= 24; at += 1) await save(`Fassung ${at}`)
    expect(lines()).toHaveLength(21)
    expect(lines()[20]).toBe('- … und 3 ältere')
    expect(String(panel()).length).toBeLessThan(12_500)
  })
})

describe('It costs no request and no write of its own', () => {
  it('it goes along with the write of the base', async () => {
    const run = await save('zwei')
    const { id } = office.dokument(KLAGE)
    expect(writes(run).filter((write) => write.includes(id))).toEqual([`PUT CDokumente/${id}`])
  })

  it('an unchanged run writes nothing', async () => {
    await save('zwei')
    for (const _again of [1, 2]) expectQuiet(office, await office.sync())
  })

  it('what a crash kept from being said is said with the next base', async () => {
    const { id } = office.dokument(KLAGE)
    office.espo.faults.set({ mode: 'down', match: { method: 'PUT', path: new RegExp(id) } })
    expect((await save('zwei')).report?.result).toBe('failed')
    expect(panel()).toBeNull()
    office.espo.faults.clear()
    await office.sync()
    await office.expectAgreement(KLAGE, 'zwei')
    expect(lines()).toHaveLength(1)
  })

  it('an EspoCRM without the field goes on as before', async () => {
    office.espo.removeField('dokument', 'syncFassungen')
    const run = await save('zwei')
    expect(run.report?.result).toBe('synced')
    await office.expectAgreement(KLAGE, 'zwei')
    expectQuiet(office, await office.sync())
  })

  it('whatever a person writes there is replaced by what the archive has', async () => {
    await save('zwei')
    office.espo.updateDokument(office.dokument(KLAGE).id, { syncFassungen: 'erfunden' })
    await save('drei', KLAGE, 1)
    expect(panel()).not.toContain('erfunden')
    expect(lines()).toHaveLength(2)
  })
})

describe('Whose versions these are', () => {
  it('a document that was renamed keeps them, with the name they had', async () => {
    await save('zwei')
    await office.watcher.remove(AKTE, KLAGE)
    await office.filed({ 'Schriftsätze\\_Klage_ [neu](x).docx': 'zwei' })
    await office.sync()
    await save('drei', 'Schriftsätze\\_Klage_ [neu](x).docx', 1)
    const now = lines('Schriftsätze\\_Klage_ [neu](x).docx')
    expect(now).toHaveLength(2)
    expect(now[1]).toContain('„Klage.docx“')
    await save('vier', 'Schriftsätze\\_Klage_ [neu](x).docx', 0.5)
    expect(lines('Schriftsätze\\_Klage_ [neu](x).docx').join('\n')).not.toContain('[neu](x)')
  })

  it('a document whose record was made again has those of the record before', async () => {
    await save('zwei')
    office.espo.removeDokument(office.dokument(KLAGE).id)
    await office.sync()
    expect(lines()).toHaveLength(1)
    await save('drei', KLAGE, 1)
    expect(lines()).toHaveLength(2)
  })

  it('a new document under the path of one that was renamed has none of it', async () => {
    await save('zwei')
    await office.watcher.remove(AKTE, KLAGE)
    await office.filed({ 'Klage alt.docx': 'zwei' })
    await office.sync()
    await office.filed({ [KLAGE]: 'ganz neu' })
    await office.sync()
    await save('ganz neu, geändert', KLAGE, 1)
    expect(lines()).toHaveLength(1)
    expect(lines()[0]).toContain('(8 B)')
  })

  it('a document that was given to another Akte: what it was in the first one is not told in the other', async () => {
    await save('geheim für Mandant A')
    await save('zwei', KLAGE, 1)
    office.addAkte('123/24')
    const { id } = office.dokument(KLAGE)
    office.espo.updateDokument(id, { cAktenId: office.espo.akte('123/24')?.id ?? '' })
    await office.sync('123/24')
    await office.watcher.write('123/24', KLAGE, 'im neuen Ordner', minutesAgo(1))
    await office.sync('123/24')
    expect(office.espo.dokument(id)?.cAktenId).toBe(office.espo.akte('123/24')?.id)
    expect(lines(KLAGE, '123/24')).toHaveLength(1)
    expect(lines(KLAGE, '123/24')[0]).toContain('aktennummer=123%2F24')
  })

  it('and the document that takes its place in the first one does not tell of it either', async () => {
    await save('von einem anderen Mandanten, falsch abgelegt')
    office.addAkte('123/24')
    office.espo.updateDokument(office.dokument(KLAGE).id, {
      cAktenId: office.espo.akte('123/24')?.id ?? '',
    })
    await office.sync()
    await save('der richtige Mandant', KLAGE, 1)
    expect(lines()).toHaveLength(1)
    expect(lines()[0]).not.toContain('(4 B)')
  })
})

describe('What is no longer kept is not offered', () => {
  const later = (days: number) => ({ ...systemClock, now: () => new Date(Date.now() + days * 86_400_000) })

  it('a version that went by age is gone with the next one', async () => {
    await save('zwei')
    expect(await removeExpired(loadConfig().sync, later(91))).toBe(1)
    await save('drei', KLAGE, 1)
    expect(lines()).toHaveLength(1)
    expect(lines()[0]).not.toContain(await office.hashOf(KLAGE))
  })

  it('nothing says until when where nothing goes by age', async () => {
    office.set({ SYNC_ARCHIVE_DAYS: '0' })
    await save('zwei')
    expect(lines()[0]).not.toContain('aufbewahrt bis')
  })

  it('a purge takes the lines along', async () => {
    await save('zwei')
    office.espo.updateAkte(AKTE, { aktivierungsstatus: 'Deaktiviert' })
    const request = { aktennummer: AKTE, by: 'test', reason: 'Löschfrist', isForced: false }
    await withRuntime({ logger: collector([]) }, (runtime) => purgeAkte(runtime, request))
    expect(panel()).toBeNull()
    expect(await office.inEspo(KLAGE)).toBe('zwei')
  })

  it('an archive from before there was an index is entered once a day', async () => {
    await save('zwei')
    const { rm } = await import('node:fs/promises')
    await rm(`${loadConfig().sync.archiveDir}/index`, { recursive: true })
    await removeExpired(loadConfig().sync, systemClock)
    await save('drei', KLAGE, 1)
    expect(lines()).toHaveLength(2)
  })
})

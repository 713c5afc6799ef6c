import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pino from 'pino'
import { expect, test, vi } from 'vitest'
import { withRuntime } from '../../services/app/runtime'
import { writeAkteAt } from '../../services/sync/write-akte-at'
import { run as runCommand } from '../support/commands'
import { PATIENCE } from '../support/patience'
import { AKTE, minutesAgo, openOffice, type ScenarioOffice } from './office'

const silent = pino({ level: 'silent' })
const writeAt = (at: Date, folder: string) =>
  withRuntime({ logger: silent as never }, (runtime) =>
    writeAkteAt(runtime, { aktennummer: AKTE, at, folder }),
  )
/** A moment that lies between what was and what comes. */
async function now(): Promise<Date> {
  const moment = new Date()
  await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(moment.getTime()), PATIENCE)
  return moment
}

/** An Akte with three files; afterwards one was changed on each side, one deleted, one added. */
async function changedOffice(): Promise<{ office: ScenarioOffice; before: Date }> {
  const office = await openOffice()
  await office.agreed({ 'A.docx': 'A alt', 'Anlagen\\B.pdf': 'B alt', 'C.docx': 'C' })
  const before = await now()
  await office.watcher.write(AKTE, 'A.docx', 'A neu', minutesAgo(2))
  await office.espo.replaceFile(office.dokument('Anlagen\\B.pdf').id, 'B neu', minutesAgo(1))
  await office.filed({ 'D.docx': 'D' })
  await office.sync()
  return { office, before }
}

async function contentsOf(folder: string): Promise<Record<string, string>> {
  const paths = (await readdir(folder, { recursive: true })).filter((path) => path.includes('.'))
  const read = async (path: string) => [path, await readFile(join(folder, path), 'utf8')] as const
  return Object.fromEntries(await Promise.all(paths.sort().map(read)))
}

test('an Akte is written as it was at a moment; what is not known is said', async () => {
  const { office, before } = await changedOffice()
  const [then, today] = [join(office.dir, 'damals'), join(office.dir, 'heute')]

  const result = await writeAt(before, then)

  expect(await contentsOf(then)).toEqual({ 'A.docx': 'A alt', 'Anlagen/B.pdf': 'B alt', 'C.docx': 'C' })
  expect(result.written).toEqual(['A.docx', 'Anlagen/B.pdf', 'C.docx'])
  expect(result.unknown).toEqual([
    { path: 'D.docx', gap: { kind: 'first synced', time: expect.any(String) } },
  ])
  await writeAt(await now(), today)
  expect(await contentsOf(today)).toEqual({
    'A.docx': 'A neu',
    'Anlagen/B.pdf': 'B neu',
    'C.docx': 'C',
    'D.docx': 'D',
  })
})

test('a content that nobody keeps is named, systems that do not answer as well', async () => {
  const office = await openOffice()
  office.set({ SYNC_ARCHIVE: 'conflicts' })
  await office.agreed({ 'A.docx': 'A alt', 'C.docx': 'C' })
  const before = await now()
  await office.watcher.write(AKTE, 'A.docx', 'A neu', minutesAgo(2))
  await office.sync()

  const missing = await writeAt(before, join(office.dir, 'ohne Archiv'))
  expect(missing.written).toEqual(['C.docx'])
  expect(missing.unknown).toEqual([
    { path: 'A.docx', gap: { kind: 'nowhere', hash: expect.stringMatching(/^[0-9a-f]{64}$/) } },
  ])

  office.watcher.faults.set('down')
  office.espo.faults.set('down')
  const alone = await writeAt(before, join(office.dir, 'allein'))
  expect(alone.written).toEqual([])
  expect(alone.limits).toEqual([
    { kind: 'no answer', system: 'EspoCRM', error: expect.any(String) },
    { kind: 'no answer', system: 'Windows watcher', error: expect.any(String) },
  ])
  expect(alone.unknown.map(({ path }) => path)).toEqual(['A.docx', 'C.docx'])
}, 60_000)

test('before the audit log began, and in a folder that is in use', async () => {
  const { office, before } = await changedOffice()
  const early = await writeAt(new Date('2020-01-01T00:00:00Z'), join(office.dir, 'früh'))
  expect(early.written).toEqual([])
  expect(early.limits).toEqual([{ kind: 'log begins', time: expect.any(String) }])
  await expect(writeAt(before, office.dir)).rejects.toThrow(/is not empty/)
  const tomorrow = new Date(Date.now() + 24 * 3600_000)
  await expect(writeAt(tomorrow, join(office.dir, 'morgen'))).rejects.toThrow(/still to come/)
})

test('npm run archive -- at 12345 2026-11-20T12:00 FOLDER, in the time of the office', async () => {
  const { office } = await changedOffice()
  const run = (...args: string[]) => runCommand('archive', ...args)
  const second = new Date(Math.ceil(Date.now() / 1000) * 1000)
  await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(second.getTime()), { timeout: 5000 })
  const local = second.toLocaleString('sv-SE', { timeZone: 'Europe/Berlin' }).replace(' ', 'T')

  const done = await run('at', AKTE, local, join(office.dir, 'jetzt'))
  expect(done.out).toMatch(
    new RegExp(`jetzt: 4 Dateien der Akte ${AKTE}, Stand ${local} \\(Europe/Berlin\\)`),
  )
  expect(await contentsOf(join(office.dir, 'jetzt'))).toMatchObject({ 'A.docx': 'A neu' })

  const wrong = await run('at', AKTE, 'gestern', join(office.dir, 'gestern'))
  expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining('„gestern“ ist keine Zeit') })
  expect((await run('at', AKTE)).code).toBe(2)
}, 120_000)

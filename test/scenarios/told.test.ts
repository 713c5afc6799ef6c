import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { AuditLine } from '../../services/audit/audit-line'
import { readAudit } from '../../services/audit/audit-reader'
import { verifyAudit } from '../../services/audit/audit-verify'
import type { FileReport } from '../../services/model/report'
import { summarizeFiles } from '../../services/model/report'
import { KEYS } from '../../services/redis/keys'
import { ReportStore } from '../../services/redis/report-store'
import { run as runCommand } from '../support/commands'
import { AKTE, minutesAgo, openOffice, type ScenarioOffice } from './office'

async function auditOf(office: ScenarioOffice): Promise<AuditLine[]> {
  const lines: AuditLine[] = []
  for await (const line of readAudit(join(office.dir, 'audit'))) lines.push(line)
  return lines
}

const told = (lines: AuditLine[]) =>
  lines.map(({ side, action, path, reason }) => `${side} ${action} ${path}: ${reason}`).sort()

describe('The audit log', () => {
  test('has one line per change to a document: side, hashes before and after, reason, run', async () => {
    const office = await openOffice()
    office.set({ SYNC_WINDOWS_DELETIONS: 'delete' })
    await office.agreed({
      'A.docx': 'A',
      'B.docx': 'B',
      'Weg.docx': 'weg',
      'Alt.docx': 'alt',
      'Ruhe.docx': 'R',
    })
    const before = (await auditOf(office)).length
    expect(before).toBe(5)
    const [a, b, gone] = [office.dokument('A.docx'), office.dokument('B.docx'), office.dokument('Weg.docx')]
    const changed = await office.watcher.write(AKTE, 'A.docx', 'A neu', minutesAgo(2))
    await office.espo.replaceFile(b.id, 'B neu')
    await office.watcher.remove(AKTE, 'Weg.docx')
    await office.watcher.remove(AKTE, 'Alt.docx')
    await office.filed({ 'Neu.docx': 'alt' })
    await office.espo.addDokument({ akte: AKTE, name: 'Brief.docx', content: 'Brief' })
    office.advoware.addHistory(AKTE, { dat: '2026-04-01', text: 'eingereicht', datei: 'Ruhe.docx' })

    const run = await office.sync()

    const lines = (await auditOf(office)).slice(before)
    expect(told(lines)).toEqual([
      'Advoware UPLOAD_WINDOWS Brief.docx: new file in EspoCRM',
      'EspoCRM DELETE Weg.docx: deleted in Windows',
      'EspoCRM SKIP Neu.docx: renamed in Windows',
      'EspoCRM SKIP Ruhe.docx: unchanged',
      'EspoCRM UPDATE_ESPO A.docx: changed in Windows',
      'EspoCRM UPLOAD_WINDOWS B.docx: changed in EspoCRM',
      'EspoCRM UPLOAD_WINDOWS Brief.docx: new file in EspoCRM',
      'Windows UPLOAD_WINDOWS B.docx: changed in EspoCRM',
      'Windows UPLOAD_WINDOWS Brief.docx: new file in EspoCRM',
    ])
    const line = (side: string, path: string) => lines.find((one) => one.side === side && one.path === path)
    const common = { aktennummer: AKTE, run: run.report?.run }
    expect(line('EspoCRM', 'A.docx')).toMatchObject({
      ...common,
      document: a.id,
      hashBefore: a.syncHash,
      hashAfter: changed.blake3Hash,
    })
    expect(line('EspoCRM', 'Weg.docx')).toMatchObject({
      ...common,
      hashBefore: gone.syncHash,
      hashAfter: null,
    })
    expect(line('Windows', 'B.docx')).toMatchObject({
      hashBefore: b.syncHash,
      hashAfter: await office.hashOf('B.docx'),
    })
    expect(await verifyAudit(join(office.dir, 'audit'))).toMatchObject([{ lines: 14, broken: null }])
  })

  test('a run that changes nothing, waits or stops leaves no line', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'A' })
    await office.sync()
    await office.watcher.write(AKTE, 'A.docx', 'wird geschrieben', new Date())
    await office.sync()
    await office.watcher.remove(AKTE, 'A.docx')
    await office.sync()

    expect(await auditOf(office)).toHaveLength(1)
  })

  test('a change is told also when a later part of it fails', async () => {
    const office = await openOffice()
    office.addAkte()
    await office.espo.addDokument({ akte: AKTE, name: 'A.docx', content: 'A' })
    office.advoware.faults.set({ mode: 'status', status: 500, match: { method: 'POST', path: /History/ } })

    expect((await office.sync()).item('A.docx').outcome).toBe('failed')

    expect(told(await auditOf(office))).toEqual(['Windows UPLOAD_WINDOWS A.docx: new file in EspoCRM'])
  })

  test('a file that is only marked as deleted has its line as well', async () => {
    const office = await openOffice()
    office.set({ SYNC_WINDOWS_DELETIONS: 'mark' })
    await office.agreed({ 'A.docx': 'A', 'B.docx': 'B' })
    await office.watcher.remove(AKTE, 'A.docx')
    await office.sync()
    await office.sync()

    expect(told(await auditOf(office)).filter((line) => line.includes('DELETE'))).toEqual([
      'EspoCRM DELETE A.docx: deleted in Windows',
    ])
  })

  const LOST = [
    ['espo', 'POST', /CDokumente$/, 'EspoCRM CREATE Neu.docx: new file in Windows'],
    ['watcher', 'PUT', /^\/files\//, 'Windows UPLOAD_WINDOWS A.docx: changed in EspoCRM'],
  ] as const

  test.each(LOST)(
    'a change whose answer was lost is told, and nothing is done twice: %s %s',
    async (system, method, path, line) => {
      const office = await openOffice()
      await office.agreed({ 'A.docx': 'A' })
      await office.espo.replaceFile(office.dokument('A.docx').id, 'A neu')
      await office.filed({ 'Neu.docx': 'neu' })
      office.office[system].faults.set({ mode: 'timeout-after-effect', match: { method, path }, times: 1 })

      const run = await office.sync()

      expect(run.report?.result).toBe('synced')
      expect(told(await auditOf(office)).filter((one) => one === line)).toHaveLength(1)
      expect(run.requests.filter((seen) => seen.method === method && path.test(seen.path))).toHaveLength(1)
      await office.expectAgreement('A.docx', 'A neu')
      await office.expectAgreement('Neu.docx', 'neu')
    },
  )

  test('npm run audit verifies it and shows it', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'A' })
    const run = (...args: string[]) => runCommand('audit', ...args)

    expect(await run('verify')).toMatchObject({ code: 0, out: expect.stringContaining('1 Zeile unversehrt') })
    expect(JSON.parse((await run('show', AKTE, '--json')).out)).toMatchObject({
      path: 'A.docx',
      action: 'CREATE',
    })
    expect(await run('show', '7', '--json')).toEqual({ code: 0, out: '', err: '' })
    const table = await run('show', AKTE)
    expect(table.out).toMatch(/^Wann +Wer +Seite +Dokument +Was +Warum/)
    expect(table.out).toMatch(
      /^\d\d\.\d\d\.\d{4}, [\d:]{8} +Abgleich +EspoCRM +A\.docx +Neu in EspoCRM +Neue Datei/m,
    )
    expect((await run('rotate')).out).toMatch(/1 Zeile liegt jetzt in .*\.0000000001\.jsonl/)
    expect(await run('verify')).toMatchObject({ code: 0 })
    expect(await run('prove')).toMatchObject({ code: 2 })
    expect(
      await readdir(join(office.dir, 'audit')),
      'the log aside, its mark, and two of the next',
    ).toHaveLength(4)
  }, 60_000)
})

describe('The reports of an Akte', () => {
  test('tell counts, bytes, duration, and every file that was not simply in agreement', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'A', 'B.docx': 'alt', 'C.docx': 'C', 'D.docx': 'D' })
    await office.watcher.write(AKTE, 'A.docx', 'A neu', minutesAgo(2))
    await office.watcher.write(AKTE, 'B.docx', 'Kanzlei', minutesAgo(2))
    await office.espo.replaceFile(office.dokument('B.docx').id, 'Mandantin', minutesAgo(9))
    await office.watcher.write(AKTE, 'C.docx', 'wird geschrieben', new Date())
    await office.espo.addDokument({ akte: AKTE, name: 'x', dateipfad: 'CON.docx', content: 'x' })

    const { report } = await office.sync()

    expect(report).toMatchObject({
      aktennummer: AKTE,
      result: 'deferred',
      counts: { updated: 2, conflicts: 1, deferred: 1, flagged: 1, failed: 0, skipped: 1 },
      bytes: 12,
      reasons: { unchanged: 1, 'changed in Windows': 1 },
      omitted: 0,
    })
    expect(report?.durationMs).toBeGreaterThan(0)
    expect(report?.items.map(({ outcome, path }) => `${outcome} ${path}`)).toEqual([
      'flagged CON.docx',
      'deferred C.docx',
      expect.stringMatching(/^done [AB]/),
      expect.stringMatching(/^done [AB]/),
    ])
    expect(report?.items.find(({ path }) => path === 'B.docx')).toMatchObject({
      archived: 'EspoCRM',
      bytes: 7,
    })
  })

  test('the last twenty are kept, newest first, for thirty days', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'A' })
    const store = new ReportStore(office.redis)
    const [report] = await store.list(AKTE)
    if (!report) throw new Error('no report')
    for (let i = 1; i <= 25; i++) await store.save({ ...report, run: `run ${i}` })

    const kept = await store.list(AKTE)

    expect(kept.map(({ run }) => run)).toEqual(Array.from({ length: 20 }, (_, i) => `run ${25 - i}`))
    expect(await office.redis.ttl(KEYS.reports(AKTE))).toBeGreaterThan(29 * 24 * 3600)
  })

  test('one of 10,000 files stays small: the most important ones are told', () => {
    const file = (change: Partial<FileReport>): FileReport => ({
      ...{
        path: `Ordner/${'x'.repeat(80)}.docx`,
        action: 'SKIP',
        reason: 'unchanged',
        outcome: 'skipped',
        bytes: 0,
      },
      ...change,
    })
    const files = Array.from({ length: 10_000 }, () =>
      file({ action: 'CREATE', reason: 'new file in Windows', outcome: 'done', bytes: 5 }),
    )
    files.push(file({ outcome: 'failed', detail: 'disk full' }))

    const summary = summarizeFiles(files)

    expect(summary).toMatchObject({ counts: { created: 10_000, failed: 1 }, bytes: 50_000, omitted: 9801 })
    expect(summary.items[0]).toMatchObject({ outcome: 'failed' })
    expect(JSON.stringify(summary).length).toBeLessThan(60_000)
  })

  test('of a run that failed half-way tells what was done until then', async () => {
    const office = await openOffice()
    office.set({ SYNC_TRANSFER_CONCURRENCY: '1' })
    await office.agreed({ 'A.docx': 'alt', 'B.docx': 'alt' })
    for (const path of ['A.docx', 'B.docx']) await office.watcher.write(AKTE, path, 'neu', minutesAgo(2))
    office.meanwhile('espo', 'POST', /Attachment/, () =>
      office.meanwhile('espo', 'POST', /Attachment/, () => {
        office.espo.faults.set({ mode: 'status', status: 403 })
      }),
    )

    const { report } = await office.sync()

    expect(report).toMatchObject({ result: 'failed', counts: { updated: 1 } })
  })

  test('npm run report shows them', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'A' })
    const { out } = await runCommand('report', AKTE)
    expect(out).toMatch(/✅ \d\d\.\d\d\.\d{4}, \d\d:\d\d:\d\d · Synchron · 1 neu · 1 B/)
    expect(out).toMatch(/✅ Neu in EspoCRM +A\.docx +Neue Datei in Windows \(1 B\)/)
  }, 60_000)
})

describe('What people read in EspoCRM', () => {
  const message = (office: ScenarioOffice) => String(office.espo.akte(AKTE)?.syncMessage)

  test('a system that is down is named in plain words, with the technical text behind', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'A' })
    office.watcher.faults.set('down')
    await office.sync()
    expect(message(office)).toMatch(
      /^Der Windows-Dateiserver ist zurzeit nicht erreichbar oder gestört\. Der Abgleich wird von selbst wiederholt\. \[Windows watcher/,
    )

    office.watcher.faults.clear()
    office.set({ ADVOWARE_WATCHER_AUTH_TOKEN: 'falsch' })
    await office.sync()
    expect(message(office)).toMatch(
      /^Der Windows-Dateiserver verweigert den Zugriff\. Bitte die Administration verständigen\. \[/,
    )

    office.set({ SYNC_LANGUAGE: 'en' })
    await office.sync()
    expect(message(office)).toMatch(
      /^The Windows file server refuses access\. Please tell the administrator\. \[/,
    )
  })

  test('a file that fails says so on its document and on the Akte', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'alt', 'B.docx': 'B' })
    await office.espo.replaceFile(office.dokument('A.docx').id, 'neu')
    office.watcher.faults.set({ mode: 'status', status: 507, match: { method: 'PUT' } })

    await office.sync()

    const text = expect.stringMatching(
      /Der Windows-Dateiserver ist zurzeit .* \[Windows watcher answered 507/,
    )
    expect(office.dokument('A.docx')).toMatchObject({
      fileStatus: 'failed',
      syncStatus: 'failed',
      syncMessage: text,
    })
    expect(message(office)).toEqual(text)
    expect(message(office)).toMatch(/^\[A\.docx\]\(#CDokumente\/view\/\w+\): /)
  })

  test('what a person has to do stands with the reason', async () => {
    const office = await openOffice()
    office.addAkte()
    await office.espo.addDokument({ akte: AKTE, name: 'x', dateipfad: 'Ordner\\CON.docx', content: 'x' })

    await office.sync()

    const text =
      'Diesen Dateinamen kann Windows nicht führen („CON.docx“ ist ein Gerätename von Windows). ' +
      'Bitte „Pfad in der Akte“ oder Dateinamen des Dokuments ändern.'
    const document = office.dokument('Ordner\\CON.docx')
    expect(document).toMatchObject({ fileStatus: 'conflict', syncMessage: text })
    expect(message(office)).toBe(`[Ordner/CON.docx](#CDokumente/view/${document.id}): ${text}`)
  })

  test('each file is a link to its document, those that need a person first, whatever their names are', async () => {
    const office = await openOffice()
    await office.agreed({ 'A [x](httpsevil.example).docx': 'alt' })
    const waiting = 'A [x](httpsevil.example).docx'
    await office.watcher.write(AKTE, `~$${waiting.slice(2)}`, 'wer')
    await office.espo.replaceFile(office.dokument(waiting).id, 'neu')
    const name = '<b>[y](evil.example) `<img src=x>`.docx'
    const { id } = await office.espo.addDokument({ akte: AKTE, name: 'y', dateipfad: name, content: 'y' })

    await office.sync()

    const [first, second] = message(office).split('\n')
    expect(first).toContain(`](#CDokumente/view/${id}): Diesen Dateinamen kann Windows nicht führen`)
    expect(second).toContain(`](#CDokumente/view/${office.dokument(waiting).id}): In einem anderen Programm`)
    expect(message(office)).not.toMatch(/\]\((https)?evil|<|`/)
  })

  test('the report of the same run, which is not shown as Markdown, has the names as they are', async () => {
    const office = await openOffice()
    office.addAkte()
    await office.espo.addDokument({ akte: AKTE, name: 'x', dateipfad: 'CON_1*.docx', content: 'x' })
    const { report } = await office.sync()
    expect(report?.message).toMatch(/^CON_1\*\.docx: /)
  })

  test('of many files the first twenty are named', async () => {
    const office = await openOffice()
    office.addAkte()
    for (let i = 10; i < 35; i++)
      await office.espo.addDokument({ akte: AKTE, name: 'x', dateipfad: `${i}?.docx`, content: 'x' })

    await office.sync()

    expect(message(office).split('\n')).toHaveLength(21)
    expect(message(office)).toMatch(/\n… und 5 weitere$/)
  })

  test('once it is settled the message goes', async () => {
    const office = await openOffice()
    await office.agreed({ 'A.docx': 'alt' })
    await office.watcher.write(AKTE, '~$A.docx', 'wer')
    await office.espo.replaceFile(office.dokument('A.docx').id, 'neu')
    await office.sync()
    expect(office.dokument('A.docx')).toMatchObject({
      fileStatus: 'deferred',
      syncMessage: expect.stringMatching(
        /^In einem anderen Programm geöffnet \(seit \d\d\.\d\d\.\d{4}, \d\d:\d\d\)\. Wird übertragen, sobald/,
      ),
    })

    await office.watcher.remove(AKTE, '~$A.docx')
    await office.sync()

    expect(office.dokument('A.docx')).toMatchObject({ fileStatus: 'synced', syncMessage: null })
    expect(office.espo.akte(AKTE)).toMatchObject({ syncStatus: 'synced', syncMessage: null })
  })
})

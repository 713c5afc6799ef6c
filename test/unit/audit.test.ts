import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { AuditEntry } from '../../services/audit/audit-line'
import { AuditLog, readMark, writeMark } from '../../services/audit/audit-log'
import { readAudit } from '../../services/audit/audit-reader'
import { rotateAudit } from '../../services/audit/audit-rotate'
import { type AuditVerdict, verifyAudit } from '../../services/audit/audit-verify'
import { systemClock } from '../../services/clock'

const entry = (path: string): AuditEntry => ({
  time: '2026-03-24T09:15:00.000Z',
  run: 'run-1',
  aktennummer: '12345',
  path,
  document: 'doc1',
  side: 'EspoCRM',
  action: 'UPDATE_ESPO',
  reason: 'changed in Windows',
  hashBefore: 'a'.repeat(64),
  hashAfter: 'b'.repeat(64),
})

async function openFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'audit-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A log of that many lines, as one process leaves it. */
async function written(lines: number) {
  const folder = await openFolder()
  const log = new AuditLog(folder, systemClock)
  for (let i = 1; i <= lines; i++) await log.append(entry(`Brief ${i}.docx`))
  const [name = ''] = (await readdir(folder)).filter((one) => one.endsWith('.jsonl'))
  const file = join(folder, name)
  const edit = async (change: (lines: string[]) => string[]) => {
    const before = (await readFile(file, 'utf8')).trimEnd().split('\n')
    await writeFile(file, `${change(before).join('\n')}\n`)
  }
  const verify = async () => (await verifyAudit(folder))[0] as AuditVerdict
  return { folder, log, file, edit, verify }
}

test('a log as it was written is intact, and nobody else may read it', async () => {
  const { file, verify } = await written(5)
  expect(await verify()).toMatchObject({
    lines: 5,
    broken: null,
    torn: [],
    end: expect.stringMatching(/^[0-9a-f]{64}$/),
  })
  expect((await stat(file)).mode & 0o777).toBe(0o600)
})

test.each<[string, (lines: string[]) => string[], number]>([
  ['a changed word', (lines) => lines.map((one) => one.replace('Brief 3', 'Brief X')), 3],
  ['an added field', (lines) => lines.map((one, i) => (i === 2 ? one.replace('{', '{"x":1,') : one)), 3],
  ['a removed line', (lines) => lines.filter((_, i) => i !== 2), 3],
  ['a removed beginning', (lines) => lines.slice(2), 1],
  ['two lines in another order', ([a = '', b = '', c = '', ...more]) => [a, c, b, ...more], 2],
  ['a line twice', ([a = '', ...more]) => [a, a, ...more], 2],
  ['a line made unreadable', (lines) => lines.map((one, i) => (i === 2 ? one.slice(10) : one)), 3],
  ['a removed end', (lines) => lines.slice(0, 4), 5],
  ['an end made unreadable', (lines) => [...lines.slice(0, 4), 'x'], 6],
])('%s shows, and the first broken line is named', async (_, change, line) => {
  const { edit, verify } = await written(5)
  await edit(change)
  expect((await verify()).broken).toMatchObject({ line, why: expect.any(String) })
})

describe('rotating', () => {
  test('puts the log aside, the chain goes on in a new file, and verify accepts both', async () => {
    const { folder, file, log } = await written(3)
    const aside = file.replace('.jsonl', '.0000000003.jsonl')
    expect(await rotateAudit(folder, systemClock)).toEqual({ from: file, to: aside, lines: 3 })
    expect(await verifyAudit(folder)).toMatchObject([
      { file: aside, lines: 3, broken: null },
      { lines: 0, broken: null },
    ])
    await log.append(entry('Danach.docx'))
    expect(await verifyAudit(folder)).toMatchObject([
      { file: aside, lines: 3, broken: null },
      { file, begins: 1, lines: 1, broken: null },
    ])
    const lines = []
    for await (const line of readAudit(folder)) lines.push(line.seq)
    expect(lines).toEqual([1, 2, 3, 4])
  })

  test('twice, and the first file may be moved elsewhere with its marks', async () => {
    const { folder, file, log } = await written(2)
    await rotateAudit(folder, systemClock)
    expect(await rotateAudit(folder, systemClock), 'nothing since').toMatchObject({ to: null, lines: 2 })
    await log.append(entry('3'))
    await rotateAudit(folder, systemClock)
    await log.append(entry('4'))
    for (const end of ['jsonl', 'end.json']) await rm(file.replace('jsonl', `0000000002.${end}`))
    expect(await verifyAudit(folder)).toMatchObject([
      { begins: 3, lines: 1, broken: null },
      { file, begins: 1, lines: 1, broken: null },
    ])
  })

  test('loses no line and raises no alarm, wherever a process was killed before', async () => {
    const { folder, file, log } = await written(3)
    await rotateAudit(folder, systemClock)
    const mark = (await readMark(file, 'end')) ?? expect.unreachable()
    await writeFile(file, '') // killed after the file was made, before its first line
    expect(await rotateAudit(folder, systemClock)).toMatchObject({ to: null, lines: 3 })

    await log.append(entry('4'))
    await log.append(entry('5'))
    await writeMark(file, 'end', mark) // killed after the lines, before their mark
    expect(await rotateAudit(folder, systemClock)).toMatchObject({ lines: 5 })
    await log.append(entry('6'))
    const lines = []
    for await (const line of readAudit(folder)) lines.push(line.seq)
    expect(lines).toEqual([1, 2, 3, 4, 5, 6])

    // Killed after the renaming, before the marks: the log's own is that of the rotation before.
    await rm(file.replace('.jsonl', '.0000000005.end.json'))
    await writeMark(file, 'begin', mark)
    expect((await verifyAudit(folder)).map(({ broken }) => broken)).toEqual([null, null, null])
    await rotateAudit(folder, systemClock)
    await log.append(entry('7'))
    for (const aside of ['0000000003', '0000000005'])
      for (const end of ['jsonl', 'end.json', 'begin.json'])
        await rm(file.replace('jsonl', `${aside}.${end}`), { force: true })
    expect(await verifyAudit(folder)).toMatchObject([{ begins: 6, broken: null }, { broken: null }])
  })

  test('overwrites no file that is there already', async () => {
    const { folder, file } = await written(2)
    const aside = file.replace('.jsonl', '.0000000002.jsonl')
    await writeFile(aside, 'somebody’s copy')
    await expect(rotateAudit(folder, systemClock)).rejects.toThrow(`${aside} is there already`)
    expect(await readFile(aside, 'utf8')).toBe('somebody’s copy')
  })

  test('verify beside rotations calls nothing broken', async () => {
    const { folder, log } = await written(1)
    let isOver = false
    const rotating = (async () => {
      for (let line = 0; line < 25; line++) {
        await log.append(entry(`${line}`))
        await rotateAudit(folder, systemClock)
      }
      isOver = true
    })()
    const found = new Set<unknown>()
    while (!isOver) for (const { broken } of await verifyAudit(folder)) found.add(broken?.why ?? null)
    await rotating
    expect([...found]).toEqual([null])
  })

  test('hides no tampering: a missing, cut or exchanged file shows', async () => {
    const { folder, file, log } = await written(3)
    const { to } = await rotateAudit(folder, systemClock)
    await log.append(entry('4'))
    const text = await readFile(to ?? '', 'utf8')
    await writeFile(to ?? '', text.split('\n').slice(0, 2).join('\n').concat('\n'))
    expect((await verifyAudit(folder))[0]?.broken).toEqual({ line: 3, why: 'missing', had: 3 })
    await rm(to ?? '')
    expect((await verifyAudit(folder))[0]?.broken).toMatchObject({ why: 'missing' })
    await writeFile(to ?? '', text)
    await writeFile(file, (await readFile(file, 'utf8')).replace('"4"', '"5"'))
    expect((await verifyAudit(folder))[1]?.broken).toMatchObject({ line: 1, why: 'changed' })
  })
})

test('a log that was removed shows', async () => {
  const { file, verify } = await written(3)
  await rm(file)
  expect((await verify()).broken).toMatchObject({ line: 1 })
})

test('a cut log stays visible after the sync has gone on writing', async () => {
  const { edit, log, verify } = await written(5)
  await edit((lines) => lines.slice(0, 3))
  await log.append(entry('Danach.docx'))
  expect((await verify()).broken).toMatchObject({ line: 4 })
})

test('a line that a crash cut off is no tampering, and the chain goes on behind it', async () => {
  const { file, log, verify } = await written(3)
  await appendFile(file, '{"time":"2026-03-24T09')
  expect(await verify()).toMatchObject({ lines: 3, broken: null, torn: [4] })

  await log.append(entry('Danach.docx'))
  expect(await verify()).toMatchObject({ lines: 4, broken: null, torn: [4] })
})

test('a last line that lacks nothing but its line feed counts', async () => {
  const { file, log, verify } = await written(3)
  await truncate(file, (await stat(file)).size - 1)
  await log.append(entry('Danach.docx'))
  expect(await verify()).toMatchObject({ lines: 4, broken: null, torn: [] })
})

test('entries that come at once are one chain in the order they came', async () => {
  const { file, log, verify } = await written(1)
  await Promise.all(Array.from({ length: 50 }, (_, i) => log.append(entry(`${i}`))))
  expect(await verify()).toMatchObject({ lines: 51, broken: null })
  const paths = (await readFile(file, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((one) => JSON.parse(one).path)
  expect(paths.slice(1)).toEqual(Array.from({ length: 50 }, (_, i) => `${i}`))
}, 60_000)

const writer = (...args: string[]) =>
  spawn(process.execPath, ['--import', 'tsx', 'test/support/append-audit.ts', ...args])

test('three processes write one chain without a gap', async () => {
  const folder = await openFolder()
  const children = ['a', 'b', 'c'].map((name) => writer(folder, name, '40'))
  await Promise.all(children.map((child) => once(child, 'exit')))
  expect(await verifyAudit(folder)).toMatchObject([{ lines: 120, broken: null, torn: [] }])
}, 120_000)

test('a process killed in the middle of writing leaves no broken log, and others go on', async () => {
  const folder = await openFolder()
  const child = writer(folder, 'killed', '100000')
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
  const before = (await verifyAudit(folder))[0]
  expect(before?.broken).toBeNull()

  await once(writer(folder, 'next', '3'), 'exit')
  const after = (await verifyAudit(folder))[0]
  expect(after).toMatchObject({ broken: null, lines: (before?.lines ?? 0) + 3 })
}, 120_000)

test('no log at all is nothing to complain about', async () => {
  expect(await verifyAudit(join(await openFolder(), 'absent'))).toEqual([])
})

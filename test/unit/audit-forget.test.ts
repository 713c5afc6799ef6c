import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { countInAudit, forgetInAudit } from '../../services/audit/audit-forget'
import type { AuditEntry } from '../../services/audit/audit-line'
import { AuditLog } from '../../services/audit/audit-log'
import { readAudit } from '../../services/audit/audit-reader'
import { rotateAudit } from '../../services/audit/audit-rotate'
import { verifyAudit } from '../../services/audit/audit-verify'
import { systemClock } from '../../services/clock'

const entry = (aktennummer: string, path: string): AuditEntry => ({
  time: '2026-03-24T09:15:00.000Z',
  run: 'run-1',
  aktennummer,
  path,
  document: `dok-${path}`,
  side: 'EspoCRM',
  action: 'UPDATE_ESPO',
  reason: 'changed in Windows',
  hashBefore: createHash('sha256').update(`before ${path}`).digest('hex'),
  hashAfter: createHash('sha256').update(`after ${path}`).digest('hex'),
})
const purge = (aktennummer: string) => ({
  ...{ aktennummer, time: '2026-11-26T12:00:00.000Z', run: 'purge-1' },
  ...{ by: 'anna@kanzlei', reason: 'Art. 17 DSGVO' },
})

/** A log as the product wrote it before contents could go: each line's hash covers all of it. */
function former(entries: AuditEntry[]): { text: string; end: { seq: number; hash: string } } {
  let [text, end] = ['', { seq: 0, hash: '0'.repeat(64) }]
  for (const one of entries) {
    const content = { ...one, seq: end.seq + 1, prev: end.hash }
    const hash = createHash('sha256').update(JSON.stringify(content)).digest('hex')
    text += `${JSON.stringify({ ...content, hash })}\n`
    end = { seq: content.seq, hash }
  }
  return { text, end }
}

const MIXED = ['12345', '123', '12345', '124/24', '12345'].map((akte, at) => entry(akte, `Brief ${at}.docx`))

async function folderWith(log: 'former' | 'new' | 'both') {
  const folder = await mkdtemp(join(tmpdir(), 'audit-forget-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, `${hostname().replace(/[^\w.-]/g, '_')}.jsonl`)
  if (log !== 'new') {
    const { text, end } = former(MIXED)
    await writeFile(file, text)
    await writeFile(file.replace('.jsonl', '.end.json'), JSON.stringify(end))
  }
  const audit = new AuditLog(folder, systemClock)
  if (log !== 'former') for (const one of MIXED) await audit.append(one)
  const all = async () =>
    (await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')))).join('')
  const edit = async (change: (lines: string[]) => string[], at = file) => {
    const lines = (await readFile(at, 'utf8')).trimEnd().split('\n')
    await writeFile(at, `${change(lines).join('\n')}\n`)
  }
  return {
    folder,
    file,
    audit,
    all,
    edit,
    forget: (akte = '12345') => forgetInAudit(folder, systemClock, purge(akte)),
  }
}

describe.each(['former', 'new', 'both'] as const)('a %s log', (kind) => {
  const times = kind === 'both' ? 2 : 1

  test('forgets an Akte, proves all the rest, and says who removed what, when and why', async () => {
    const { folder, all, forget } = await folderWith(kind)
    expect(await countInAudit(folder, '12345')).toBe(3 * times)
    const { lines, proof } = await forget()
    expect(lines).toBe(3 * times)
    expect(await countInAudit(folder, '12345')).toBe(0)
    const text = await all()
    for (const gone of [0, 2, 4]) {
      const { path, document, hashBefore, hashAfter } = entry('12345', `Brief ${gone}.docx`)
      for (const word of ['12345', path, document, hashBefore, hashAfter]) expect(text).not.toContain(word)
    }
    const kept = []
    for await (const { aktennummer, path } of readAudit(folder)) kept.push(`${aktennummer} ${path}`)
    expect(new Set(kept)).toEqual(new Set(['123 Brief 1.docx', '124/24 Brief 3.docx']))
    expect(await verifyAudit(folder)).toMatchObject([
      { broken: null, lines: 5 * times + 1, removed: 3 * times, unproven: 0, end: proof },
    ])
    expect(text).toContain(
      '"removed":{"time":"2026-11-26T12:00:00.000Z","by":"anna@kanzlei","reason":"Art. 17 DSGVO"',
    )
  })

  test.each<[string, (lines: string[]) => string[]]>([
    ['a changed word of another Akte', (lines) => lines.map((one) => one.replace('Brief 3', 'Brief X'))],
    ['a changed mark', (lines) => lines.map((one, at) => (at === 2 ? one.replace('anna', 'otto') : one))],
    ['a removed line without content', (lines) => lines.filter((_, at) => at !== 2)],
    ['a changed record', (lines) => lines.map((one) => one.replace('"action":"PURGE"', '"action":"PURGe"'))],
    [
      'another hash in a line without content',
      (lines) => lines.map((one, at) => (at === 0 ? forged(one) : one)),
    ],
    [
      'one more content removed by hand',
      (lines) => lines.map((one, at) => (at === 1 ? handmade(one, lines[0] ?? '') : one)),
    ],
  ])('still shows %s', async (_, change) => {
    const { folder, edit, forget } = await folderWith(kind)
    await forget()
    await edit(change)
    expect((await verifyAudit(folder))[0]?.broken).toMatchObject({ why: expect.any(String) })
  })
})

const forged = (line: string) => {
  const one = JSON.parse(line)
  return JSON.stringify({ ...one, prev: `1${one.prev.slice(1)}` })
}
/** The line without its content, as a purge would leave it. */
const handmade = (line: string, like: string) => {
  const { seq, prev, digest = null, hash } = JSON.parse(line)
  return JSON.stringify({ removed: JSON.parse(like).removed, seq, prev, digest, hash })
}

test('a history before a former line without content cannot be made up', async () => {
  const { folder, edit, forget } = await folderWith('former')
  await forget('124/24') // line 4
  const { text, end } = former([...MIXED.slice(0, 2), entry('12345', 'Erfunden.docx')])
  await edit(([, , , fourth = '', ...rest]) => [
    ...text.trimEnd().split('\n'),
    JSON.stringify({ ...JSON.parse(fourth), prev: end.hash }),
    ...rest,
  ])
  expect((await verifyAudit(folder))[0]?.broken).toEqual({ line: 4, why: 'emptied' })
})

test('one Akte after the other, and the log goes on being written', async () => {
  const { folder, audit, forget } = await folderWith('both')
  await forget('12345')
  await audit.append(entry('12345', 'Neu.docx'))
  await forget('124/24')
  expect(await countInAudit(folder, '12345')).toBe(1)
  await forget('12345')
  expect(await verifyAudit(folder)).toMatchObject([{ broken: null, removed: 9, lines: 14 }])
})

test('files that were put aside and logs of other machines forget, too', async () => {
  const { folder, file, audit, all, forget } = await folderWith('both')
  await rotateAudit(folder, systemClock)
  await audit.append(entry('12345', 'Danach.docx'))
  const { text, end } = former(MIXED)
  await writeFile(join(folder, 'zweiter-server.jsonl'), text)
  await writeFile(join(folder, 'zweiter-server.end.json'), JSON.stringify(end))
  expect((await forget()).lines).toBe(10)
  expect(await all()).not.toContain('12345')
  expect(await verifyAudit(folder)).toMatchObject([
    { broken: null, removed: 6, unproven: 0 },
    { broken: null, removed: 1 },
    { broken: null, removed: 3 },
  ])
  // A file that is moved elsewhere leaves its proof behind: that is said, and is no tampering.
  const elsewhere = await mkdtemp(join(tmpdir(), 'audit-elsewhere-'))
  onTestFinished(() => rm(elsewhere, { recursive: true, force: true }))
  const aside = file.replace('.jsonl', '.0000000010.jsonl')
  for (const end of ['jsonl', 'end.json']) {
    const path = aside.replace('jsonl', end)
    await writeFile(path.replace(folder, elsewhere), await readFile(path))
  }
  expect(await verifyAudit(elsewhere)).toMatchObject([{ broken: null, removed: 6, unproven: 6 }])
})

test('a crash between the record and the new file proves nothing, and the next purge goes on', async () => {
  const { folder, file, all, forget } = await folderWith('both')
  const before = await readFile(file, 'utf8')
  await forget()
  const [record = ''] = (await readFile(file, 'utf8')).trimEnd().split('\n').slice(-1)
  await writeFile(file, `${before}${record}\n`) // the renaming never happened
  await writeFile(`${file}.${systemClock.token()}`, before) // and left its copy
  expect(await verifyAudit(folder)).toMatchObject([{ broken: null, removed: 0 }])
  expect((await forget()).lines).toBe(6)
  expect(await all()).not.toContain('12345')
  expect(await verifyAudit(folder)).toMatchObject([{ broken: null, removed: 6, lines: 12 }])
})

test('rests that a crash cut off forget, too, and a broken log stays broken', async () => {
  const { folder, file, audit, all, edit, forget } = await folderWith('new')
  const [first = ''] = (await readFile(file, 'utf8')).split('\n')
  await writeFile(file, `${await readFile(file, 'utf8')}${first.slice(0, 150)}`)
  await audit.append(entry('123', 'Danach.docx'))
  expect((await forget()).lines).toBe(4)
  expect(await all()).not.toContain('12345')
  expect(await verifyAudit(folder)).toMatchObject([{ broken: null, torn: [6], removed: 3 }])
  await edit((lines) => lines.map((one) => one.replace('Brief 1', 'Brief X')))
  await forget('123')
  expect((await verifyAudit(folder))[0]?.broken).not.toBeNull()
})

test('a purge without a line leaves a record all the same', async () => {
  const { folder, forget } = await folderWith('new')
  expect(await forget('777')).toEqual({ lines: 0, proof: expect.stringMatching(/^[0-9a-f]{64}$/) })
  expect(await verifyAudit(folder)).toMatchObject([{ broken: null, lines: 6, removed: 0 }])
})

import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { blake3 } from 'hash-wasm'
import { describe, expect, onTestFinished, test } from 'vitest'
import { hashInThread } from '../../services/content/hash-thread'
import { Pieces } from '../../services/content/pieces'
import { type Content, contentOf, DiskSpool, type Spool } from '../../services/content/spool'
import { CutOffError } from '../../services/errors'

const MEGABYTE = 1024 * 1024
const incoming = { what: 'Windows file Klage.docx', system: 'Windows watcher', atMost: null } as const

async function openSpool(): Promise<Spool> {
  const spool = await DiskSpool.open()
  onTestFinished(() => spool.close())
  return spool.child()
}

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'spool-test-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** In chunks that fit no piece. */
function* chunksOf(content: Buffer, size = 65_521) {
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size)
}

async function sha256(content: Content): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of content.open()) hash.update(chunk)
  return hash.digest('hex')
}

describe('What is received', () => {
  test.each([
    ['one that is kept in memory', 1000],
    ['a piece', MEGABYTE],
    ['a byte more than a piece', MEGABYTE + 1],
    ['all pieces in memory at once', 4 * MEGABYTE],
    ['the last one without a thread', 16 * MEGABYTE - 1],
    ['the first one with a thread', 16 * MEGABYTE],
    ['more than any buffer', 37 * MEGABYTE + 12_345],
  ])('%s: whole and hashed, announced or not', async (_name, size) => {
    const sent = randomBytes(size)
    const spool = await openSpool()
    const expected = { size, hash: await blake3(sent), sha: createHash('sha256').update(sent).digest('hex') }
    for (const announced of [size, undefined]) {
      const content = await spool.receive(Readable.from(chunksOf(sent)), announced, incoming)
      expect({ size: content.size, hash: content.hash, sha: await sha256(content) }).toEqual(expected)
      expect(await spool.brings(content, Readable.from(chunksOf(sent)), announced, incoming)).toBe(true)
      sent[sent.length - 1] = (sent.at(-1) ?? 0) ^ 1
      expect(await spool.brings(content, Readable.from(chunksOf(sent)), announced, incoming)).toBe(false)
      sent[sent.length - 1] = (sent.at(-1) ?? 0) ^ 1
    }
  })

  test('a large chunk at once is several pieces', async () => {
    const sent = randomBytes(20 * MEGABYTE + 7)
    const content = await (await openSpool()).receive(Readable.from([sent]), sent.length, incoming)
    expect(content.hash).toBe(await blake3(sent))
    expect(await content.read(sent.length - 3, 100)).toEqual(sent.subarray(-3))
  })

  test('cut off in the middle of a large file: an error, and nothing goes on', async () => {
    const sent = randomBytes(20 * MEGABYTE)
    const source = Readable.from(
      (function* () {
        yield* chunksOf(sent)
        throw new Error('connection reset')
      })(),
    )
    const cutOff = (await openSpool()).receive(source, 40 * MEGABYTE, incoming)
    await expect(cutOff).rejects.toThrow(`was cut off after ${sent.length} bytes`)
    await expect(cutOff).rejects.toBeInstanceOf(CutOffError)
  })

  test('cut off before anybody reads: an error, and no other', async () => {
    const source = new Readable({ read() {} })
    const cutOff = (await openSpool()).receive(source, 20 * MEGABYTE, incoming)
    source.destroy(new Error('connection reset'))
    await expect(cutOff).rejects.toThrow('was cut off after 0 bytes')
  })

  test('more than announced is refused', async () => {
    const source = Readable.from(chunksOf(randomBytes(20 * MEGABYTE)))
    const received = (await openSpool()).receive(source, 17 * MEGABYTE, incoming)
    await expect(received).rejects.toBeInstanceOf(CutOffError)
    expect(source.destroyed).toBe(true)
  })
})

describe('Pieces', () => {
  test('a file that exists is never written to', async () => {
    const path = join(await newFolder(), 'there')
    await writeFile(path, 'somebody else’s')
    const pieces = new Pieces(MEGABYTE, path)
    await expect(pieces.begin()).rejects.toThrow('EEXIST')
    await pieces.close()
  })

  test('the file is for this user alone', async () => {
    const path = join(await newFolder(), 'new')
    const pieces = new Pieces(3, path)
    await pieces.begin()
    await pieces.add(Buffer.from('abc'))
    await pieces.end()
    await pieces.close()
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(pieces.hash).toBe(await blake3('abc'))
  })

  test('a disk that takes nothing fails what comes next', async () => {
    const pieces = new Pieces(20 * MEGABYTE, join(await newFolder(), 'full'))
    await pieces.begin()
    await Reflect.get(pieces, 'file').close()
    const fill = async () => {
      for (let at = 0; at < 20; at++) await pieces.add(Buffer.alloc(MEGABYTE))
    }
    await expect(fill()).rejects.toThrow()
    await pieces.close()
  })
})

test('a thread that has ended fails what it is asked', async () => {
  const hasher = hashInThread(new SharedArrayBuffer(8))
  await hasher.update(0, 8)
  hasher.close()
  await expect(hasher.digest()).rejects.toThrow('the thread that hashes has ended')
  await expect(hasher.update(0, 8)).rejects.toThrow('the thread that hashes has ended')
})

test('a file that was damaged since it was hashed is not what it was, although it comes back as it was sent', async () => {
  const sent = randomBytes(2 * MEGABYTE)
  const path = join(await newFolder(), 'damaged')
  const content = contentOf(path, sent.length, await blake3(sent))
  sent[MEGABYTE] = (sent[MEGABYTE] ?? 0) ^ 1
  await writeFile(path, sent)
  const spool = await openSpool()
  expect(await spool.brings(content, content.open(), content.size, incoming)).toBe(false)
})

test('a file that became shorter is not read as if it had zeros at its end', async () => {
  const path = join(await newFolder(), 'short')
  await writeFile(path, 'ab')
  const content = contentOf(path, 4, await blake3('abcd'))
  await expect(content.read(0, 4)).rejects.toThrow('ends 2 bytes early')
})

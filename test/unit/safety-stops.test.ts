import { describe, expect, it } from 'vitest'
import { DeferError } from '../../services/model/file-errors'
import type { Pair } from '../../services/sync/decide/pairing'
import { safetyStop } from '../../services/sync/decide/safety-stops'
import { BASE, BASE_USN, NEW, newDocument, syncedDocument, windowsFile } from './samples'

type Make = (path: string) => Pick<Pair, 'document' | 'windows' | 'facts' | 'wait' | 'problem'>

const same: Make = (path) => ({ document: syncedDocument({ path }), windows: windowsFile({ path }) })
const vanished: Make = (path) => ({
  document: syncedDocument({ path }),
  windows: null,
  facts: { isGoneFromWindows: true },
})
const unlisted: Make = (path) => ({ document: syncedDocument({ path }), windows: null })
const found: Make = (path) => ({ ...unlisted(path), wait: new DeferError('not listed, but there') })
const flagged: Make = (path) => ({
  document: syncedDocument({ path, fileStatus: 'conflict' }),
  windows: null,
})
const second: Make = (path) => ({ ...unlisted(path), problem: { reason: 'two documents with one name' } })
const left: Make = (path) => ({ document: syncedDocument({ path, fileStatus: 'left' }), windows: null })
const deleted: Make = (path) => ({ document: syncedDocument({ path, fileStatus: 'deleted' }), windows: null })
const fresh: Make = (path) => ({ document: newDocument({ path }), windows: null })
const windowsChanged: Make = (path) => ({
  document: syncedDocument({ path }),
  windows: windowsFile({ path, usn: BASE_USN + 1, blake3Hash: NEW }),
})
const touched: Make = (path) => ({
  document: syncedDocument({ path }),
  windows: windowsFile({ path, usn: BASE_USN + 1 }),
})
const unhashed: Make = (path) => ({
  document: syncedDocument({ path }),
  windows: windowsFile({ path, usn: BASE_USN + 1, blake3Hash: null }),
})
const espoReplaced: Make = (path) => ({
  document: syncedDocument({ path, attachmentId: 'other' }),
  windows: windowsFile({ path }),
})
const espoChanged: Make = (path) => ({ ...espoReplaced(path), facts: { espoHash: NEW } })
const espoSame: Make = (path) => ({ ...espoReplaced(path), facts: { espoHash: BASE } })
const hashed: Make = (path) => ({ ...unhashed(path), facts: { windowsHash: NEW } })
const onlyWindows: Make = (path) => ({ document: null, windows: windowsFile({ path }) })

const akte = (...parts: [number, Make][]): Pair[] =>
  parts
    .flatMap(([count, make]) => Array.from({ length: count }, () => make))
    .map((make, index) => ({ key: `f${index}`, path: `f${index}`, ...make(`f${index}`) }))

const HERE = { exists: true, isEmpty: false }
const stop = (pairs: Pair[], folder = HERE, maxDeletePercent = 50, history = pairs.map(({ key }) => key)) =>
  safetyStop(
    {
      pairs,
      historyKeys: new Set(history),
      entryCount: history.length,
      isHistoryRead: true,
      folder,
      changed: new Set(),
    },
    { maxDeletePercent, language: 'en' },
  )

describe('the folder', () => {
  const GONE = { exists: false, isEmpty: true }
  const EMPTY = { exists: true, isEmpty: true }
  it.each<[string, Pair[], typeof HERE, RegExp | null]>([
    ['404 though a document was synced', akte([1, vanished]), GONE, /missing/],
    ['empty though a document was synced', akte([1, vanished]), EMPTY, /empty/],
    ['404, only new documents', akte([5, fresh]), GONE, null],
    ['empty, only new documents', akte([5, fresh]), EMPTY, null],
    ['404, every document marked deleted before', akte([2, deleted]), GONE, null],
    ['nothing on either side', [], GONE, null],
  ])('%s', (_what, pairs, folder, expected) => {
    const reason = stop(pairs, folder)
    if (expected === null) expect(reason).toBeNull()
    else expect(reason).toMatch(expected)
  })

  it('counts documents that left the History as synced', () => {
    expect(stop(akte([1, vanished]), GONE, 50, [])).toMatch(/missing/)
  })
})

describe('too many synced files vanished (from 4 on, more than the percentage)', () => {
  it.each<[string, Pair[], number, boolean]>([
    ['2 of 4 is 50 %, not more', akte([2, vanished], [2, same]), 50, false],
    ['3 of 4', akte([3, vanished], [1, same]), 50, true],
    ['3 of 3 is too few to tell', akte([3, vanished], [1, onlyWindows]), 50, false],
    ['3 of 5', akte([3, vanished], [2, same]), 50, true],
    ['one of 4 with 20 %', akte([1, vanished], [3, same]), 20, true],
    ['4 of 4 with 100 %', akte([4, vanished], [1, onlyWindows]), 100, false],
    ['new documents are not missing', akte([6, fresh], [4, same]), 50, false],
    ['deleted before does not count again', akte([9, deleted], [4, same]), 50, false],
  ])('%s', (_what, pairs, percent, expected) => {
    expect(stop(pairs, HERE, percent)).toEqual(expected ? expect.stringMatching(/vanished/) : null)
  })

  it('a file that left the History is no vanished one', () => {
    const pairs = akte([4, vanished], [4, same])
    expect(stop(pairs, HERE, 50, ['f4', 'f5', 'f6', 'f7'])).toBeNull()
  })
})

describe('the History', () => {
  const lost = (pairs: Pair[], kept: string[], isEmpty = false, maxDeletePercent = 50) =>
    safetyStop(
      {
        ...{ pairs, historyKeys: new Set(kept), entryCount: isEmpty ? 0 : 99, isHistoryRead: true },
        ...{ folder: HERE, changed: new Set() },
      },
      { maxDeletePercent, language: 'en' },
    )
  it.each<[string, ReturnType<typeof lost>, RegExp | null]>([
    ['is empty though a document was synced', lost(akte([1, same]), [], true), /History is empty/],
    ['is empty, and only new documents', lost(akte([5, fresh]), [], true), null],
    ['is empty, and every document left it before', lost(akte([5, left]), [], true), null],
    ['is empty, and the only document is flagged', lost(akte([1, flagged]), [], true), null],
    ['lacks 3 of 4', lost(akte([4, same]), ['f0']), /3 of 4 documents are no longer/],
    ['lacks 2 of 4: not more than half', lost(akte([4, same]), ['f0', 'f1']), null],
    ['lacks 2 of 4 with 25 %', lost(akte([4, same]), ['f0', 'f1'], false, 25), /2 of 4/],
    ['lacks 3 of 3: too few to tell', lost(akte([3, same], [1, onlyWindows]), ['f3']), null],
    ['lacks what left it before', lost(akte([2, same], [9, left]), ['f0', 'f1']), null],
    ['lacks what is flagged', lost(akte([2, same], [9, second]), ['f0', 'f1']), null],
  ])('%s', (_what, reason, expected) => {
    expect(reason).toEqual(expected === null ? null : expect.stringMatching(expected))
  })
})

describe('what is asked for one by one', () => {
  it('files that the listing lacks, before they count as vanished', () => {
    const pairs = akte([2, vanished], [2, unlisted])
    expect(stop(pairs)).toEqual({ needs: 'isGoneFromWindows', pair: pairs[2] })
    expect(stop(akte([2, vanished], [1, unlisted], [1, found]))).toMatchObject({ needs: 'isGoneFromWindows' })
    expect(stop(akte([2, vanished], [2, found]))).toBeNull()
  })

  it('nothing, where too few are missing for a stop', () => {
    expect(stop(akte([2, unlisted], [2, same]))).toBeNull()
  })
})

describe('flagged documents', () => {
  it.each<[string, Make]>([
    ['a second document with one name', second],
    ['one that a person has to solve', flagged],
  ])('%s: counts neither as vanished nor as changed', (_what, make) => {
    expect(stop(akte([9, make], [1, same]))).toBeNull()
    expect(stop(akte([4, make]), { exists: false, isEmpty: true })).toBeNull()
    expect(stop(akte([10, windowsChanged], [1, make]))).toMatch(/all 10 files/)
  })
})

describe('all files changed at once on one side (from 10 on)', () => {
  it.each<[string, Pair[], RegExp | null]>([
    ['10 of 10 in Windows', akte([10, windowsChanged]), /all 10 files.*Windows/],
    ['10 of 10 in Windows, as it showed when they were read', akte([10, hashed]), /Windows/],
    ['10 of 10 replaced in EspoCRM by the same content', akte([9, espoChanged], [1, espoSame]), null],
    ['10 of 10 in EspoCRM', akte([10, espoChanged]), /all 10 files.*EspoCRM/],
    ['9 of 9', akte([9, windowsChanged]), null],
    ['10 of 11', akte([10, windowsChanged], [1, same]), null],
    ['half on each side', akte([5, windowsChanged], [5, espoChanged]), null],
    ['10 merely touched', akte([10, touched]), null],
    ['10 new files in Windows', akte([10, onlyWindows]), null],
    ['10 unchanged', akte([10, same]), null],
    ['10 changed beside new ones', akte([10, windowsChanged], [5, onlyWindows]), /Windows/],
  ])('%s', (_what, pairs, expected) => {
    expect(stop(pairs)).toEqual(expected === null ? null : expect.stringMatching(expected))
  })
})

describe('what has to be read first', () => {
  it.each<[string, Pair[], object | null]>([
    [
      'hashes that the watcher has not computed',
      akte([9, windowsChanged], [1, unhashed]),
      { needs: 'windowsHash' },
    ],
    ['files that were replaced in EspoCRM', akte([9, espoChanged], [1, espoReplaced]), { needs: 'espoHash' }],
    ['nothing, where one file did not change', akte([9, unhashed], [1, same]), null],
    ['nothing, where there are too few files', akte([9, unhashed]), null],
  ])('%s', (_what, pairs, expected) => {
    if (expected === null) expect(stop(pairs)).toBeNull()
    else expect(stop(pairs)).toMatchObject({ ...expected, pair: pairs[9] })
  })

  it('not what counts as changed unread', () => {
    const pairs = akte([10, unhashed])
    const historyKeys = new Set(pairs.map(({ key }) => key))
    const options = { maxDeletePercent: 50, language: 'en' } as const
    const facts = {
      pairs,
      historyKeys,
      entryCount: 10,
      isHistoryRead: true,
      folder: HERE,
      changed: new Set(pairs),
    }
    expect(safetyStop(facts, options)).toMatch(/Windows/)
  })
})

describe('a History of which no entry names a file that is there', () => {
  const facts = (pairs: Pair[], history: string[], entryCount: number, isHistoryRead = false) => ({
    ...{ pairs, historyKeys: new Set(history), entryCount, isHistoryRead },
    ...{ folder: HERE, changed: new Set<Pair>() },
  })
  const flagged: Make = (path) => ({
    ...onlyWindows(path),
    problem: { reason: 'two Windows files with one name' },
  })
  const taken: Make = (path) => {
    const { document, windows } = same(path)
    return { windows, document: document && { ...document, syncHash: null, fileStatus: 'conflict' } }
  }
  it.each<[string, Pair[], string[], number, boolean]>([
    ['entries, files, no match', akte([3, onlyWindows]), [], 2, true],
    ['also where documents were synced before', akte([3, same]), [], 2, true],
    [
      'an entry that names a document is enough, too: its file may have vanished',
      akte([1, vanished], [1, onlyWindows]),
      ['f0'],
      2,
      false,
    ],
    ['one match is enough', akte([3, onlyWindows]), ['f2'], 9, false],
    ['no entry at all is another matter', akte([3, onlyWindows]), [], 0, false],
    ['no file that is there', akte([2, fresh]), [], 2, false],
    ['only files that a person has to solve first', akte([2, flagged]), [], 2, false],
    ['only files whose document was flagged: the name is taken', akte([2, taken]), [], 2, false],
  ])('%s', (_what, pairs, history, entryCount, isStopped) => {
    const reason = safetyStop(facts(pairs, history, entryCount), { maxDeletePercent: 50, language: 'en' })
    if (isStopped)
      expect(reason).toContain(`names none of the files in the Aktenordner (entries: ${entryCount}, files: `)
    else expect(reason).toBeNull()
  })

  it('is none where the History of another Akte was read right, and this one was never synced', () => {
    const options = { maxDeletePercent: 50, language: 'en' } as const
    expect(safetyStop(facts(akte([3, onlyWindows]), [], 2, true), options)).toBeNull()
    expect(safetyStop(facts(akte([3, same]), [], 2, true), options)).toContain('names none of the files')
  })
})

describe('the language', () => {
  it.each([
    ['de', /^Sicherheitsstopp: /],
    ['en', /^Safety stop: /],
  ] as const)('%s', (language, expected) => {
    const pairs = akte([1, vanished])
    const folder = { exists: false, isEmpty: true }
    const history = { historyKeys: new Set<string>(), entryCount: 0, isHistoryRead: true }
    const facts = { pairs, ...history, folder, changed: new Set<Pair>() }
    expect(safetyStop(facts, { maxDeletePercent: 50, language })).toMatch(expected)
  })
})

import { describe, expect, it } from 'vitest'
import type { Dokument, WindowsFile } from '../../services/model/model'
import { cleanupFileList, matchHistory } from '../../services/sync/decide/history-matches'
import { pairFiles, pairMoved, unreadUnmatchedFiles } from '../../services/sync/decide/pairing'
import { BASE_USN, hashOf, historyEntry, syncedDocument, windowsFile } from './samples'

/** A record of an older version, which does not say on which path its base was agreed. */
const doc = (id: string, path: string) => syncedDocument({ id, path, syncPfad: null })
const file = (path: string, usn = 1) => windowsFile({ path, usn })

/** A pair in one line: path, document, USN of the file, problem. */
const told = (documents: Dokument[], files: WindowsFile[]) =>
  pairFiles(documents, files).map(
    ({ path, document, windows, problem }) =>
      `${path} | ${document?.id ?? '-'} | ${windows?.usn ?? '-'} | ${problem?.reason ?? 'ok'}`,
  )

const NFC = 'Schriftsätze.pdf'.normalize('NFC')
const NFD = 'Schriftsätze.pdf'.normalize('NFD')

describe('which document and which file are one', () => {
  it.each<[string, Dokument[], WindowsFile[], string[]]>([
    ['both sides', [doc('d1', 'a.pdf')], [file('a.pdf')], ['a.pdf | d1 | 1 | ok']],
    ['only EspoCRM', [doc('d1', 'a.pdf')], [], ['a.pdf | d1 | - | ok']],
    ['only Windows', [], [file('a.pdf')], ['a.pdf | - | 1 | ok']],
    ['case differs: one file', [doc('d1', 'A.PDF')], [file('a.pdf')], ['a.pdf | d1 | 1 | ok']],
    ['normalisation differs: one file', [doc('d1', NFD)], [file(NFC)], [`${NFC} | d1 | 1 | ok`]],
    ['separators differ: one file', [doc('d1', 'x\\a.pdf')], [file('x/a.pdf')], ['x/a.pdf | d1 | 1 | ok']],
    [
      'two documents with one name: the older is matched',
      [doc('old', 'a.pdf'), doc('new', 'a.pdf')],
      [file('a.pdf')],
      ['a.pdf | old | 1 | ok', 'a.pdf | new | - | two documents with one name'],
    ],
    [
      'two documents whose names differ in case',
      [doc('old', 'a.pdf'), doc('new', 'A.pdf')],
      [],
      ['a.pdf | old | - | ok', 'A.pdf | new | - | two documents with one name'],
    ],
    [
      'two documents whose names differ in normalisation',
      [doc('old', NFC), doc('new', NFD)],
      [],
      [`${NFC} | old | - | ok`, `${NFD} | new | - | two documents with one name`],
    ],
    [
      "case twins in Windows: the document's spelling is matched",
      [doc('d1', 'A.pdf')],
      [file('a.pdf', 1), file('A.pdf', 2)],
      ['A.pdf | d1 | 2 | ok', 'a.pdf | - | 1 | two Windows files with one name'],
    ],
    [
      'NFC twins in Windows: the spelling of the document is matched',
      [doc('d1', NFD)],
      [file(NFC, 1), file(NFD, 2)],
      [`${NFD} | d1 | 2 | ok`, `${NFC} | - | 1 | two Windows files with one name`],
    ],
    [
      'twins in Windows without a document: the first is matched',
      [],
      [file('a.pdf', 1), file('A.pdf', 2)],
      ['a.pdf | - | 1 | ok', 'A.pdf | - | 2 | two Windows files with one name'],
    ],
    [
      'one name in two folders: two files',
      [doc('d1', 'x/a.pdf'), doc('d2', 'y/a.pdf')],
      [],
      ['x/a.pdf | d1 | - | ok', 'y/a.pdf | d2 | - | ok'],
    ],
    [
      'a name Windows cannot have',
      [doc('d1', 'a?.pdf')],
      [],
      ['a?.pdf | d1 | - | a name Windows cannot have'],
    ],
    [
      'a path out of the folder',
      [doc('d1', '../a.pdf')],
      [],
      ['../a.pdf | d1 | - | a name Windows cannot have'],
    ],
    ['an absolute path', [doc('d1', 'C:\\a.pdf')], [], ['C:\\a.pdf | d1 | - | a name Windows cannot have']],
    [
      'what is never synced: nobody is flagged, the document alone is kept to say so',
      [doc('d1', '~$a.docx')],
      [file('Thumbs.db'), file('x/~$b.docx')],
      ['~$a.docx | d1 | - | ok'],
    ],
  ])('%s', (_what, documents, files, expected) => {
    expect(told(documents, files)).toEqual(expected)
  })

  it('three documents with one name: only the oldest is matched', () => {
    const pairs = pairFiles([doc('1', 'a'), doc('2', 'a'), doc('3', 'a')], [file('a')])
    expect(pairs.map(({ problem }) => problem === undefined)).toEqual([true, false, false])
  })
})

describe('which file a document that misses its own was renamed to', () => {
  const synced = (id: string, path: string, content = 'a') =>
    syncedDocument({ id, path, syncHash: hashOf(content), blake3hash: hashOf(content), syncPfad: null })
  const found = (path: string, content: string | null = 'a', usn = 7) =>
    windowsFile({ path, usn, blake3Hash: content === null ? null : hashOf(content) })
  /** All files are in the History but those whose names begin with `privat`. */
  const inHistory = (files: WindowsFile[]) =>
    cleanupFileList(
      files,
      matchHistory(
        files.map(({ path }) => path),
        files
          .filter(({ path }) => !path.startsWith('privat'))
          .map(({ path }) => historyEntry({ datei: `V:\\1\\${path}` })),
      ),
    )
  const moved = (documents: Dokument[], files: WindowsFile[]) =>
    pairMoved(pairFiles(documents, files), inHistory(files))
      .map(
        ({ path, document, windows, movedIn }) =>
          `${path} | ${document?.id ?? '-'} | ${windows ? (movedIn ?? 'ok') : '-'}`,
      )
      .sort()

  it.each<[string, Dokument[], WindowsFile[], string[]]>([
    ['the one with the content', [synced('d1', 'alt')], [found('neu')], ['neu | d1 | Windows']],
    ['in another folder', [synced('d1', 'x/a')], [found('y/z/a')], ['y/z/a | d1 | Windows']],
    [
      'none with another content',
      [synced('d1', 'alt')],
      [found('neu', 'b')],
      ['alt | d1 | -', 'neu | - | ok'],
    ],
    [
      'none outside the History',
      [synced('d1', 'alt')],
      [found('privat')],
      ['alt | d1 | -', 'privat | - | ok'],
    ],
    [
      'none while its own is there',
      [synced('d1', 'alt')],
      [found('alt'), found('neu')],
      ['alt | d1 | ok', 'neu | - | ok'],
    ],
    [
      'none of unknown content',
      [synced('d1', 'alt')],
      [found('neu', null)],
      ['alt | d1 | -', 'neu | - | ok'],
    ],
    [
      'none of two with the content',
      [synced('d1', 'alt')],
      [found('eins'), found('zwei')],
      ['alt | d1 | -', 'eins | - | ok', 'zwei | - | ok'],
    ],
    [
      'of two with the content the one with its file name',
      [synced('d1', 'x/a')],
      [found('y/a'), found('y/b')],
      ['y/a | d1 | Windows', 'y/b | - | ok'],
    ],
    [
      'by file name where two documents have one content',
      [synced('d1', 'x/a'), synced('d2', 'x/b')],
      [found('y/b'), found('y/a')],
      ['y/a | d1 | Windows', 'y/b | d2 | Windows'],
    ],
    [
      'what is left when the file names have told the others apart',
      [synced('d1', 'x/a'), synced('d2', 'x/b')],
      [found('y/b'), found('y/c')],
      ['y/b | d2 | Windows', 'y/c | d1 | Windows'],
    ],
    [
      'a document renamed in EspoCRM',
      [synced('d1', 'neu')],
      [found('alt', 'a', BASE_USN)],
      ['alt | d1 | EspoCRM'],
    ],
    [
      'a document renamed in EspoCRM onto another one: both stay with their files',
      [synced('d1', 'b'), { ...synced('d2', 'b', 'c'), syncUsn: 99 }],
      [found('a', 'a', BASE_USN), found('b', 'c', 99)],
      ['a | d1 | EspoCRM', 'b | d2 | ok'],
    ],
    [
      'a USN that comes again with another content is another file',
      [synced('d1', 'neu')],
      [found('alt', 'b', BASE_USN)],
      ['alt | - | ok', 'neu | d1 | -'],
    ],
  ])('%s', (_what, documents, files, expected) => {
    expect(moved(documents, files)).toEqual(expected)
  })

  it('names the files of unknown content that have to be read first, and only when something is missed', () => {
    const files = [found('neu', null), found('privat', null), found('bekannt')]
    const unread = (documents: Dokument[]) =>
      unreadUnmatchedFiles(pairFiles(documents, files), inHistory(files))
    expect(unread([synced('d1', 'alt')]).unmatchedFiles.map(({ path }) => path)).toEqual(['neu'])
    expect(unread([synced('d1', 'bekannt')])).toEqual({ missingFiles: [], unmatchedFiles: [] })
  })
})

describe('a document that says on which path it was synced', () => {
  const at = (id: string, path: string, syncPfad: string | null, change = {}) =>
    syncedDocument({ id, path, syncPfad, ...change })
  const fresh = (id: string, path: string) => at(id, path, null, { syncHash: null })
  const seats = (documents: Dokument[], paths: string[]) =>
    pairFiles(
      documents,
      paths.map((path, index) => file(path, index + 1)),
    )
      .map(({ path, document, windows, problem, hasForeignBase }) =>
        [
          path,
          document?.id ?? '-',
          windows ? 'file' : '-',
          problem ? 'flagged' : hasForeignBase ? 'new' : 'ok',
        ].join(' | '),
      )
      .sort()

  it.each<[string, Dokument[], string[], string[]]>([
    ['stays with its file', [at('d1', 'b', 'a')], ['a'], ['a | d1 | file | ok']],
    [
      'also when two exchange their paths',
      [at('d1', 'b', 'a'), at('d2', 'a', 'b')],
      ['a', 'b'],
      ['a | d1 | file | ok', 'b | d2 | file | ok'],
    ],
    [
      'also when three do, and one file is gone',
      [at('d1', 'b', 'a'), at('d2', 'c', 'b'), at('d3', 'a', 'c')],
      ['a', 'c'],
      ['a | d1 | file | ok', 'b | d2 | - | ok', 'c | d3 | file | ok'],
    ],
    ['waits at its old path where nothing is at the new one', [at('d1', 'b', 'a')], [], ['a | d1 | - | ok']],
    [
      'meets a file of its new path where its own is gone',
      [at('d1', 'b', 'a')],
      ['b'],
      ['b | d1 | file | new'],
    ],
    [
      'but not the file of another document',
      [at('d1', 'b', 'a'), at('d2', 'b', 'b')],
      ['b'],
      ['a | d1 | - | ok', 'b | d2 | file | ok'],
    ],
    [
      'a copy of it under another path is new',
      [at('d1', 'a', 'a'), at('d2', 'b', 'a')],
      ['a'],
      ['a | d1 | file | ok', 'b | d2 | - | new'],
    ],
    [
      'an older copy as well',
      [at('d2', 'b', 'a'), at('d1', 'a', 'a')],
      ['a'],
      ['a | d1 | file | ok', 'b | d2 | - | new'],
    ],
    [
      'a copy under the same path is flagged',
      [at('d1', 'a', 'a'), at('d2', 'a', 'a')],
      ['a'],
      ['a | d1 | file | ok', 'a | d2 | - | flagged'],
    ],
    [
      'keeps its place against an older one that was never synced',
      [fresh('d1', 'a'), at('d2', 'a', 'a')],
      ['a'],
      ['a | d1 | - | flagged', 'a | d2 | file | ok'],
    ],
    [
      'may have any name that Windows has',
      [at('d1', 'Aux.docx', 'Aux.docx')],
      ['Aux.docx'],
      ['Aux.docx | d1 | file | ok'],
    ],
    ['and that it had', [at('d1', 'Aux.docx', 'Aux.docx')], [], ['Aux.docx | d1 | - | ok']],
    ['and none that it never had', [fresh('d1', 'Aux.docx')], [], ['Aux.docx | d1 | - | flagged']],
    [
      'which EspoCRM keeps without the blank at its end',
      [at('d1', 'a', 'a')],
      ['a '],
      ['a  | d1 | file | ok'],
    ],
  ])('%s', (_what, documents, paths, expected) => {
    expect(seats(documents, paths)).toEqual(expected)
  })
})

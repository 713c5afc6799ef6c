import { describe, expect, it } from 'vitest'
import type { Dokument, WindowsFile } from '../../services/sync/model'
import { pairFiles } from '../../services/sync/pairing'
import { syncedDocument, windowsFile } from './samples'

const doc = (id: string, path: string) => syncedDocument({ id, path })
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
    ['what is never synced', [doc('d1', '~$a.docx')], [file('Thumbs.db'), file('x/~$b.docx')], []],
  ])('%s', (_what, documents, files, expected) => {
    expect(told(documents, files)).toEqual(expected)
  })

  it('three documents with one name: only the oldest is matched', () => {
    const pairs = pairFiles([doc('1', 'a'), doc('2', 'a'), doc('3', 'a')], [file('a')])
    expect(pairs.map(({ problem }) => problem === undefined)).toEqual([true, false, false])
  })
})

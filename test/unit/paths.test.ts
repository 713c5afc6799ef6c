import { describe, expect, it } from 'vitest'
import { isAktennummer } from '../../services/model/aktennummer'
import {
  assertInsideFolder,
  espoTitle,
  isNeverSynced,
  ownerFilesOf,
  pathKey,
  pathProblem,
} from '../../services/model/paths'

describe('isAktennummer', () => {
  it.each<[unknown, boolean]>([
    ['12345', true],
    ['123/24', true],
    ['A-1.2_3', true],
    ['7', true],
    ['9'.repeat(32), true],
    ['9'.repeat(33), false],
    ['', false],
    ['/123', false],
    ['-1', false],
    ['.1', false],
    ['_1', false],
    ['12 45', false],
    ['12345\n', false],
    ['12345\u0000', false],
    ['12\\45', false],
    ['Ä1', false],
    ['1?x=2', false],
    ['1%2F2', false],
    ['1/../2', false],
    ['1/..', false],
    [12345, false],
    [null, false],
    [undefined, false],
    [['12345'], false],
  ])('%j → %s', (value, expected) => {
    expect(isAktennummer(value)).toBe(expected)
  })
})

describe('pathProblem', () => {
  it.each([
    'Klage.docx',
    'Schriftsätze/Klage.docx',
    'Schriftsätze\\Klage.docx',
    'a=b.pdf',
    'CONTRACT.docx',
    'COM10.txt',
    'LPT0.txt',
    'console',
    'a.CON',
    '§ 12 (neu) & alt.pdf',
    'x..y.pdf',
    '.gitignore',
    'x'.repeat(239),
  ])('Windows can have %s', (path) => {
    expect(pathProblem(path)).toBeNull()
  })

  it.each([
    ['<', 'a<b.pdf'],
    ['>', 'a>b.pdf'],
    ['a colon (alternate data stream)', 'a.pdf:x'],
    ['a quote', 'a"b.pdf'],
    ['a pipe', 'a|b.pdf'],
    ['a question mark', 'a?.pdf'],
    ['a star', 'a*.pdf'],
    ['NUL', 'a\u0000.pdf'],
    ['a line feed', 'a\n.pdf'],
    ['the last control character', 'a\u001f.pdf'],
    ['a trailing dot', 'a.'],
    ['a trailing blank', 'a '],
    ['a folder with a trailing dot', 'x./a.pdf'],
    ['a folder with a trailing blank', 'x /a.pdf'],
    ['CON', 'CON'],
    ['con in lower case with extension', 'con.txt'],
    ['PRN', 'PRN.docx'],
    ['AUX as a folder', 'aux/a.pdf'],
    ['NUL with two extensions', 'nul.tar.gz'],
    ['COM1', 'COM1'],
    ['COM9', 'com9.txt'],
    ['LPT1', 'lpt1.txt'],
    ['LPT9', 'LPT9'],
    ['240 characters', 'x'.repeat(240)],
    ['nothing', ''],
    ['a parent', '../a.pdf'],
    ['a parent with backslash', '..\\a.pdf'],
    ['a parent in the middle', 'x/../../a.pdf'],
    ['a mixed parent', 'x\\..\\a.pdf'],
    ['a parent at the end', 'x/..'],
    ['this folder', './a.pdf'],
    ['an absolute path', '/etc/passwd'],
    ['an absolute Windows path', '\\Windows\\a.pdf'],
    ['a share', '\\\\server\\share\\a.pdf'],
    ['a drive', 'C:\\a.pdf'],
    ['a drive-relative path', 'C:a.pdf'],
    ['an empty segment', 'x//a.pdf'],
    ['an empty name', 'x/'],
  ])('Windows cannot have %s', (_what, path) => {
    expect(pathProblem(path)).not.toBeNull()
  })

  it.each(['../a', '..\\a', '/a', '\\\\s\\a', 'C:/a', 'a/../b', ''])('%j leads out of the folder', (path) => {
    expect(() => assertInsideFolder(path)).toThrow(/Aktenordner|segment/)
  })
})

describe('pathKey: the same file on both sides', () => {
  it.each([
    ['separators', 'Schriftsätze\\Klage.docx', 'Schriftsätze/Klage.docx'],
    ['case', 'KLAGE.DOCX', 'klage.docx'],
    ['case of umlauts', 'ÄÖÜ.pdf', 'äöü.pdf'],
    ['NFC and NFD', 'Schriftsätze.pdf'.normalize('NFC'), 'Schriftsätze.pdf'.normalize('NFD')],
    ['blanks in front, which EspoCRM cuts off', ' Klage.docx', 'Klage.docx'],
    ['blanks at the end, which EspoCRM cuts off', 'Klage.docx  ', 'Klage.docx'],
    ['control characters, which EspoCRM does not get', 'Klage \u0096 neu\u007f.docx', 'Klage  neu.docx'],
    ['line ends, which EspoCRM gets as blanks', 'Klage\u2028neu.docx', 'Klage neu.docx'],
    ['NFD in capitals', 'ÄRGER.pdf'.normalize('NFD'), 'ärger.pdf'],
  ])('%s', (_what, one, other) => {
    expect(pathKey(one)).toBe(pathKey(other))
  })

  it.each([
    ['ß and ss', 'Straße.pdf', 'Strasse.pdf'],
    ['ä and a', 'Bär.pdf', 'Bar.pdf'],
    ['a trailing dot', 'a.pdf', 'a.pdf.'],
    ['a blank at the end of a folder', 'x/a.pdf', 'x /a.pdf'],
    ['folders', 'x/a.pdf', 'a.pdf'],
    ['extensions', 'a.doc', 'a.docx'],
  ])('not %s', (_what, one, other) => {
    expect(pathKey(one)).not.toBe(pathKey(other))
  })
})

describe('ownerFilesOf: the document is open', () => {
  it.each([
    ['6 letters: before the name', 'Urteil.docx', '~$Urteil.docx'],
    ['7 letters: in place of the first', 'Antwort.docx', '~$ntwort.docx'],
    ['8 letters: in place of the first two', 'Vollmach.docx', '~$llmach.docx'],
    ['more letters', 'Schriftsatz.docx', '~$hriftsatz.docx'],
    ['a folder', 'Alt/Schriftsatz.docx', 'Alt/~$hriftsatz.docx'],
    ['dots in the name', 'Kl.v.2.docx', '~$Kl.v.2.docx'],
    ['Excel, before every name', 'Schriftsatz.xlsx', '~$Schriftsatz.xlsx'],
    ['LibreOffice', 'Schriftsatz.odt', '.~lock.Schriftsatz.odt#'],
    ['LibreOffice in a folder', 'Alt/Klage.odt', 'Alt/.~lock.Klage.odt#'],
  ])('%s', (_what, path, owner) => {
    expect(ownerFilesOf(path)).toContain(pathKey(owner))
  })

  it.each([
    ['6 letters never lose one', 'Urteil.docx', '~$rteil.docx'],
    ['7 letters never lose two', 'Antwort.docx', '~$twort.docx'],
    ['8 letters never lose one', 'Vollmach.docx', '~$ollmach.docx'],
    ['another folder', 'Alt/Schriftsatz.docx', '~$hriftsatz.docx'],
  ])('but %s', (_what, path, owner) => {
    expect(ownerFilesOf(path)).not.toContain(pathKey(owner))
  })
})

describe('isNeverSynced', () => {
  it.each([
    '~$hriftsatz.docx',
    'Alt/~$Klage.docx',
    '.~lock.Klage.odt#',
    'x.tmp',
    'X.TMP',
    '~WRD0001.tmp',
    'download.part',
    'Thumbs.db',
    'THUMBS.DB',
    'Alt/desktop.ini',
    '.DS_Store',
  ])('%s never', (path) => {
    expect(isNeverSynced(path)).toBe(true)
  })

  it.each([
    'Klage.docx',
    '~Klage.docx',
    'tmp.docx',
    'part.pdf',
    'x.tmp/Klage.docx',
    'xThumbs.db',
    'a.tmp.pdf',
  ])('%s is synced', (path) => {
    expect(isNeverSynced(path)).toBe(false)
  })
})

describe('espoTitle', () => {
  it.each([
    ['Alt/a=b.pdf', 'a-b.pdf'],
    ['a<b>.pdf', 'a-b-.pdf'],
    ['Klage.docx', 'Klage.docx'],
  ])('%s → %s', (path, title) => {
    expect(espoTitle(path)).toBe(title)
  })
})

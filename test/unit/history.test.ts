import { describe, expect, it } from 'vitest'
import type { HistoryEntry } from '../../services/model/model'
import { pathKey } from '../../services/model/paths'
import { cleanupFileList, matchHistory } from '../../services/sync/decide/history-matches'
import { shouldSyncMetadata } from '../../services/sync/decide/history-metadata'
import { historyEntry, syncedDocument, windowsFile } from './samples'

const matchedPaths = (paths: string[], datei: string | null, root?: string) => [
  ...matchHistory(paths, [historyEntry({ datei })], root).keys(),
]

describe('which files a History entry names', () => {
  const paths = ['Klage.docx', 'Schriftsätze/Klage.docx', 'Alt/Schriftsätze/Klage.docx', 'Vollmacht.pdf']
  const all = paths.slice(0, 3).map(pathKey)
  it.each<[string, string | null, string[]]>([
    ['the full path', 'V:\\Akten\\12345\\Schriftsätze\\Klage.docx', ['schriftsätze/klage.docx']],
    ['the longest suffix', 'V:\\12345\\Alt\\Schriftsätze\\Klage.docx', ['alt/schriftsätze/klage.docx']],
    ['the file at the top', 'V:\\Akten\\12345\\Klage.docx', ['klage.docx']],
    ['slashes', 'V:/Akten/12345/Schriftsätze/Klage.docx', ['schriftsätze/klage.docx']],
    ['a relative path', 'Schriftsätze\\Klage.docx', ['schriftsätze/klage.docx']],
    ['another case', 'V:\\AKTEN\\12345\\SCHRIFTSÄTZE\\KLAGE.DOCX', ['schriftsätze/klage.docx']],
    ['NFD', 'V:\\12345\\Schriftsätze\\Klage.docx'.normalize('NFD'), ['schriftsätze/klage.docx']],
    ['a bare name: every file of that name', 'Klage.docx', all],
    ['a bare name in another case', 'KLAGE.docx', all],
    ['only whole segments', 'V:\\Akten\\12345\\Neue Klage.docx', []],
    ['a file that is not there', 'V:\\Akten\\12345\\Replik.docx', []],
    ['no file (a telephone note)', null, []],
  ])('%s', (_what, datei, expected) => {
    expect(matchedPaths(paths, datei)).toEqual(expected)
  })

  it('a path that ends inside a name is no match', () => {
    expect(matchedPaths(['age.docx'], 'V:\\Akten\\12345\\Klage.docx')).toEqual([])
  })
})

describe('an entry is text of people: what it means', () => {
  const folder = 'V:\\Akten\\12345\\Schriftsätze\\Klage.docx'
  it.each<[string, string]>([
    ['trailing blanks', `${folder}   `],
    ['a no-break space', `${folder}\u00a0`],
    ['a line end', `${folder}\r\n`],
    ['NUL and what an old buffer holds behind it', `${folder}\u0000\u0000xyz`],
    ['an ideographic blank and a zero-width one', `\u3000${folder}\u200b`],
    ['U+202A, which Windows copies from its security page', `\u202a${folder}`],
    ['a byte order mark', `\ufeff${folder}`],
    ['quotation marks', `"${folder}"`],
    ['German quotation marks', `„${folder}“`],
    ['French ones, with blanks', `» ${folder} «`],
    ['apostrophes', `'${folder}'`],
    ['quotation marks inside a path', 'V:\\Akten\\"12345"\\Schriftsätze\\Klage.docx'],
    ['angle brackets', `<${folder}>`],
    ['a trailing dot', `${folder}.`],
    ['a sentence that ends there', `"${folder}".`],
    ['a folder with a trailing blank', 'V:\\Akten\\12345\\Schriftsätze \\Klage.docx'],
    ['a folder with a trailing dot', 'V:\\Akten\\12345\\Schriftsätze.\\Klage.docx'],
    ['a no-break space inside', 'V:\\Akten\\12345\\Schriftsätze\u00a0\\Klage.docx'],
    ['a line broken inside a name', 'V:\\Akten\\12345\\Schrift\r\nsätze\\Klage.docx'],
    ['doubled separators', 'V:\\\\Akten\\\\12345\\\\Schriftsätze\\\\Klage.docx'],
    ['both separators', 'V:/Akten\\12345/\\Schriftsätze\\/Klage.docx'],
    ['a separator behind it', `${folder}\\`],
    ['dots that lead nowhere', 'V:\\Akten\\12345\\.\\Anlagen\\..\\Schriftsätze\\Klage.docx'],
    ['an address', 'file:///V:/Akten/12345/Schriftsätze/Klage.docx'],
    ['an encoded address', 'file:///V:/Akten/12345/Schrifts%C3%A4tze/Klage.docx'],
    ['an address with backslashes', 'FILE:\\\\\\V:\\Akten\\12345\\Schriftsätze\\Klage.docx'],
    ['an address of a server', 'file://server/akten/12345/Schriftsätze/Klage.docx'],
    ['a share', '\\\\server\\akten\\12345\\Schriftsätze\\Klage.docx'],
    ['the long form', `\\\\?\\${folder}`],
  ])('%s', (_what, datei) => {
    expect(matchedPaths(['Klage.docx', 'Schriftsätze/Klage.docx'], datei)).toEqual([
      'schriftsätze/klage.docx',
    ])
    expect(
      matchedPaths(['Klage.docx', 'Schriftsätze/Klage.docx'], datei, 'V:\\\\Akten\\{nicht hier}\\'),
    ).toEqual(['schriftsätze/klage.docx'])
  })

  it.each<[string, string[], string, string[]]>([
    ['a file spelled to the letter', ['Brief.docx', 'Brief.docx.'], 'Brief.docx.', ['brief.docx.']],
    ['the same with a path', ['Brief.docx', 'Brief.docx.'], 'V:\\12345\\Brief.docx.', ['brief.docx.']],
    ['typographic marks in a name', ['„Nord“', 'Nord'], 'V:\\12345\\„Nord“', ['„nord“']],
    [
      'an address with a percent sign',
      ['100% sicher.pdf'],
      'file:///V:/12345/100% sicher.pdf',
      ['100% sicher.pdf'],
    ],
    ['a name that looks encoded', ['50%20.pdf', '50 .pdf'], 'V:\\12345\\50%20.pdf', ['50%20.pdf']],
    [
      'a bare name with a line end',
      ['A/Brief.docx', 'B/Brief.docx'],
      'Brief.docx\r\n',
      ['a/brief.docx', 'b/brief.docx'],
    ],
    ['a path that may mean two files', ['Brief.docx.', 'Brief.docx..'], 'V:\\12345\\Brief.docx', []],
    ['a name that may mean two files', ['Brief.docx.', 'Brief.docx..'], '"Brief.docx"', []],
    ['nothing', ['Brief.docx'], ' \r\n" "', []],
    ['a folder alone', ['Brief.docx'], 'V:\\Akten\\12345\\', []],
  ])('%s', (_what, paths, datei, expected) => {
    expect(matchedPaths(paths, datei)).toEqual(expected)
  })
})

describe('where the Aktenordner is known, what follows it is the whole path', () => {
  const root = 'V:\\Akten\\12345\\'
  const paths = ['Klage.docx', 'Alt/Klage.docx']
  it.each<[string, string, string[]]>([
    [
      'a file that is not there is no other one of that name',
      'V:\\Akten\\12345\\Schriftsätze\\Klage.docx',
      [],
    ],
    ['the file itself', 'V:\\Akten\\12345\\Alt\\Klage.docx', ['alt/klage.docx']],
    ['the file at the top', 'v:/akten/12345/Klage.docx', ['klage.docx']],
    ['however it is written', '"file:///V:/Akten//12345/Alt/Klage.docx. "', ['alt/klage.docx']],
    ['the Aktenordner itself', 'V:\\Akten\\12345', []],
    ['another beginning: a suffix', '\\\\server\\akten\\12345\\Alt\\Klage.docx', ['alt/klage.docx']],
    ['a folder that only begins alike', 'V:\\Akten\\123456\\Klage.docx', ['klage.docx']],
    ['a bare name: every file of that name', 'Klage.docx', ['klage.docx', 'alt/klage.docx']],
  ])('%s', (_what, datei, expected) => {
    expect(matchedPaths(paths, datei, root)).toEqual(expected)
    expect(matchedPaths(paths, datei, 'V:/Akten//12345')).toEqual(expected)
  })
})

describe('several entries name one file: the newest gives the metadata', () => {
  it.each<[string, Partial<HistoryEntry>[], string]>([
    [
      'newest date',
      [
        { dat: '2026-03-02', text: 'new', hnr: 1 },
        { dat: '2026-03-01', text: 'old', hnr: 9 },
      ],
      'new',
    ],
    [
      'equal dates: highest hnr',
      [
        { hnr: 9, text: 'new' },
        { hnr: 3, text: 'old' },
      ],
      'new',
    ],
    [
      'equal dates and hnr: last in the answer',
      [
        { hnr: 3, text: 'old' },
        { hnr: 3, text: 'new' },
      ],
      'new',
    ],
    [
      'hnr compared as numbers',
      [
        { hnr: 10, text: 'new' },
        { hnr: 9, text: 'old' },
      ],
      'new',
    ],
    [
      'no date is older than any',
      [
        { dat: '1999-01-01', text: 'new' },
        { dat: null, text: 'old' },
      ],
      'new',
    ],
    [
      'an unusable date is older than any',
      [
        { dat: '1999-01-01', text: 'new' },
        { dat: 'neulich', text: 'old' },
      ],
      'new',
    ],
    [
      'bare name and full path compete',
      [
        { dat: '2026-03-02', datei: 'V:\\Akten\\1\\Klage.docx', text: 'new' },
        { dat: '2026-03-01', text: 'old' },
      ],
      'new',
    ],
    [
      'nothing but the place in the answer',
      [
        { dat: null, hnr: null, text: 'old' },
        { dat: null, hnr: null, text: 'new' },
      ],
      'new',
    ],
  ])('%s', (_what, entries, text) => {
    const matches = matchHistory(['Klage.docx'], entries.map(historyEntry))
    expect(matches.get('klage.docx')?.text).toBe(text)
  })
})

describe('cleanupFileList', () => {
  it('keeps the files that the History names, in their own spelling', () => {
    const files = ['Klage.docx', 'Notiz.txt', 'Anlagen/K1.PDF'].map((path) => windowsFile({ path }))
    const entries = [historyEntry(), historyEntry({ datei: 'V:\\Akten\\1\\anlagen\\k1.pdf' })]
    const matches = matchHistory(
      files.map(({ path }) => path),
      entries,
    )
    expect(cleanupFileList(files, matches).map(({ path }) => path)).toEqual(['Klage.docx', 'Anlagen/K1.PDF'])
  })

  it('keeps nothing without a History', () => {
    expect(cleanupFileList([windowsFile()], new Map())).toEqual([])
  })
})

describe('shouldSyncMetadata: only what differs is written', () => {
  const agreed = { hnr: 1, historyArt: 'Schreiben', historyText: 'Klage', historyDatum: '2026-03-24' }
  it.each<[string, Partial<HistoryEntry>, ReturnType<typeof shouldSyncMetadata>]>([
    ['nothing differs', {}, {}],
    ['the same day with a time', { dat: '2026-03-24T00:00:00' }, {}],
    ['another number', { hnr: 2 }, { hnr: 2 }],
    ['another kind', { art: 'Urteil' }, { historyArt: 'Urteil' }],
    [
      'another remark and day',
      { text: 'neu', dat: '2026-04-01' },
      { historyText: 'neu', historyDatum: '2026-04-01' },
    ],
    ['a remark taken away', { text: null }, { historyText: null }],
    ['an unusable date', { dat: 'neulich' }, { historyDatum: null }],
    ['a day that no calendar has', { dat: '2026-02-31' }, { historyDatum: null }],
    ['blanks that EspoCRM cuts off', { art: ' Schreiben \t' }, {}],
    ['a kind longer than EspoCRM keeps', { art: 'ä'.repeat(300) }, { historyArt: 'ä'.repeat(255) }],
    ['nothing but blanks', { art: '  ' }, { historyArt: null }],
    ['an empty remark', { text: '' }, { historyText: null }],
    ['a number that no EspoCRM field takes', { hnr: 2 ** 31 }, { hnr: null }],
    [
      'half an emoji',
      { text: 'Gut \ud83d!', art: '\ude00' },
      { historyText: 'Gut \ufffd!', historyArt: '\ufffd' },
    ],
    ['a whole emoji', { text: 'Gut 😀' }, { historyText: 'Gut 😀' }],
    [
      'control characters',
      { text: 'Zeile 1\r\nZeile\u0000 2\u001b[1m\u0096', art: 'Schreiben\u0007\r\nper Fax' },
      { historyText: 'Zeile 1\r\nZeile 2[1m', historyArt: 'Schreiben per Fax' },
    ],
  ])('%s', (_what, change, expected) => {
    expect(shouldSyncMetadata(syncedDocument(agreed), historyEntry(change))).toEqual(expected)
  })

  it.each(['Gut \ufffd \ufffd!', 'Gut ? ?!', 'Gut ???? ????!', 'Gut '])(
    'an emoji that the database kept as "%s" is not written again',
    (kept) => {
      const document = syncedDocument({ ...agreed, historyText: kept })
      expect(shouldSyncMetadata(document, historyEntry({ text: 'Gut 😀 😀!' }))).toEqual({})
      expect(shouldSyncMetadata(document, historyEntry({ text: 'Gut so' }))).toEqual({
        historyText: 'Gut so',
      })
    },
  )

  it('a document without an entry keeps what it has', () => {
    expect(shouldSyncMetadata(syncedDocument(agreed), undefined)).toEqual({})
  })
})

import { describe, expect, it } from 'vitest'
import type { HistoryEntry } from '../../services/model/model'
import { pathKey } from '../../services/model/paths'
import { cleanupFileList, matchHistory } from '../../services/sync/decide/history-matches'
import { shouldSyncMetadata } from '../../services/sync/decide/history-metadata'
import { historyEntry, syncedDocument, windowsFile } from './samples'

const matchedPaths = (paths: string[], datei: string | null) => [
  ...matchHistory(paths, [historyEntry({ datei })]).keys(),
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
  ])('%s', (_what, change, expected) => {
    expect(shouldSyncMetadata(syncedDocument(agreed), historyEntry(change))).toEqual(expected)
  })

  it('a document without an entry keeps what it has', () => {
    expect(shouldSyncMetadata(syncedDocument(agreed), undefined)).toEqual({})
  })
})

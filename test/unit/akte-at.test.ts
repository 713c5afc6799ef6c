import { describe, expect, it } from 'vitest'
import type { Gap } from '../../services/model/gaps'
import { akteAt } from '../../services/sync/akte-at'
import { hashOf, syncedDocument } from './samples'

const AT = new Date('2026-11-20T12:00:00Z')
type Input = Parameters<typeof akteAt>[0]

const line = (change: Partial<Input['lines'][number]> = {}): Input['lines'][number] => ({
  time: '2026-11-20T11:00:00.000Z',
  path: 'Klage.docx',
  document: 'doc1',
  side: 'EspoCRM',
  action: 'UPDATE_ESPO',
  reason: 'changed in Windows',
  hashBefore: hashOf('a'),
  hashAfter: hashOf('b'),
  ...change,
})
const later = { time: '2026-11-21T09:00:00.000Z', hashBefore: hashOf('b'), hashAfter: hashOf('c') }
const lost = (change: Partial<Input['archived'][number]> = {}): Input['archived'][number] => ({
  path: 'Klage.docx',
  side: 'Windows',
  kind: 'conflict',
  hash: hashOf('d'),
  windowsModified: '2026-11-20T12:30:00+01:00',
  espoContentTime: null,
  archivedAt: '2026-11-20T12:10:00.000Z',
  ...change,
})
const stateOf = (input: Partial<Input>) => akteAt({ lines: [], present: [], archived: [], ...input }, AT)
const klage = (content: string) => [{ path: 'Klage.docx', hash: hashOf(content) }]

describe('the state both sides had agreed on last before a moment', () => {
  it.each<[string, Partial<Input>, ReturnType<typeof stateOf>['files']]>([
    ['the last change before it', { lines: [line(), line(later)] }, klage('b')],
    ['a change at the very moment', { lines: [line({ time: AT.toISOString() })] }, klage('b')],
    ['only later changes: what the first one replaced', { lines: [line(later)] }, klage('b')],
    ['a document deleted before it', { lines: [line(), line({ hashAfter: null })] }, []],
    [
      'a document deleted after it',
      { lines: [line({ ...later, action: 'DELETE', hashAfter: null })] },
      klage('b'),
    ],
    [
      'a rename before it',
      { lines: [line(), line({ path: 'Replik.docx', hashAfter: hashOf('b') })] },
      [{ path: 'Replik.docx', hash: hashOf('b') }],
    ],
    ['a rename after it', { lines: [line(), line({ ...later, path: 'Replik.docx' })] }, klage('b')],
    [
      'a document made anew under its path',
      { lines: [line(), line({ hashAfter: null }), line({ document: 'doc2', hashAfter: hashOf('e') })] },
      klage('e'),
    ],
    [
      'downloads and History entries tell nothing',
      {
        lines: [
          line(),
          line({ action: 'DOWNLOAD', document: null, hashAfter: hashOf('x') }),
          line({ side: 'Advoware', hashBefore: null, hashAfter: null }),
        ],
      },
      klage('b'),
    ],
    ['never changed under the log: as it is now', { present: [syncedDocument()] }, klage('a')],
    ['made later', { present: [syncedDocument({ createdAt: '2026-11-20 12:00:01' })] }, []],
    ['changed under the log: the log counts', { lines: [line()], present: [syncedDocument()] }, klage('b')],
  ])('%s', (_what, input, files) => {
    expect(stateOf(input).files).toEqual(files)
  })
})

describe('what is not known is said', () => {
  it.each<[string, Partial<Input>, Gap]>([
    [
      'first synced later',
      { lines: [line({ ...later, hashBefore: null })] },
      { kind: 'first synced', time: later.time },
    ],
    [
      'a name that is not recorded',
      { lines: [line({ ...later, reason: 'renamed in Windows' })] },
      { kind: 'renamed', time: later.time },
    ],
    ['never synced', { present: [syncedDocument({ syncHash: null })] }, { kind: 'never synced' }],
    [
      'two documents of one path',
      { lines: [line(), line({ document: 'doc2', path: 'KLAGE.docx', hashAfter: hashOf('e') })] },
      { kind: 'another document', hash: hashOf('b') },
    ],
    [
      'a version of one side that was not synced yet',
      { archived: [lost()] },
      { kind: 'unsynced version', side: 'Windows', hash: hashOf('d') },
    ],
    [
      'the same in EspoCRM',
      { archived: [lost({ side: 'EspoCRM', espoContentTime: '2026-11-20 11:59:00' })] },
      { kind: 'unsynced version', side: 'EspoCRM', hash: hashOf('d') },
    ],
  ])('%s', (_what, input, gap) => {
    expect(stateOf(input).unknown).toEqual([{ path: expect.stringMatching(/klage\.docx/i), gap }])
  })

  it.each([
    ['saved later', { windowsModified: '2026-11-20T13:30:00+01:00' }],
    ['lost before', { archivedAt: '2026-11-20T11:50:00.000Z' }],
    ['agreed on', { kind: 'agreed' as const }],
    ['of unknown time', { windowsModified: null }],
  ])('a version that was %s is nothing to tell', (_what, change) => {
    expect(stateOf({ archived: [lost(change)] }).unknown).toEqual([])
  })
})

import { describe, expect, it } from 'vitest'
import type {
  ActionName,
  MergeFacts,
  MergeInput,
  NeedsFact,
  SyncAction,
  WindowsDeletions,
} from '../../services/model/model'
import { mergeThreeWay, resolveConflict } from '../../services/sync/decide/decision-table'
import { BASE, BASE_USN, hashOf, NEW, newDocument, OTHER, syncedDocument, windowsFile } from './samples'

const WINDOWS_TIME = '2026-03-24T10:15:00+01:00'
const SAME_SECOND = '2026-03-24 09:15:00'
const LATER = '2026-03-24 09:15:01'
const EARLIER = '2026-03-24 09:14:59'

/** What a story of the table knows: when the EspoCRM content was made says which side is newer. */
type Known = Partial<MergeInput> & { espoContentTime?: string | null }

function decide({ espoContentTime, ...known }: Known, deletions: WindowsDeletions = 'restore') {
  const proven = { isGoneFromWindows: true, hasAllDocuments: true, restores: 0 } as const
  const input: MergeInput = { document: null, windows: null, inHistory: true, ...proven, ...known }
  if (espoContentTime !== undefined && input.windows !== null)
    input.newerSide = resolveConflict(input.windows.modified, espoContentTime)
  return mergeThreeWay(input, deletions)
}

/** With what a decision does not say spelled out, so that a row can demand its absence. */
const explicit = (decision: SyncAction | NeedsFact) => ({
  archive: undefined,
  recordBase: undefined,
  flag: undefined,
  ...decision,
})

const replaced = syncedDocument({ attachmentId: 'att2', modifiedAt: '2026-03-25 08:00:00' })
const changedFile = windowsFile({ usn: BASE_USN + 100, blake3Hash: NEW })

interface Row {
  row: number
  what: string
  input: Known
  expected: Partial<SyncAction>
}

const fromWindows = { source: 'Windows', needsUpload: false, needsDownload: true } as const
const toWindows = { source: 'EspoCRM', needsUpload: true, needsDownload: false } as const
const nothing = { action: 'SKIP', source: 'None', needsUpload: false, needsDownload: false } as const

const TABLE: Row[] = [
  {
    row: 1,
    what: 'no document, file in History',
    input: { windows: windowsFile() },
    expected: { action: 'CREATE', reason: 'new file in Windows', ...fromWindows },
  },
  {
    row: 1,
    what: 'the document was deleted in EspoCRM: it comes back, and says so',
    input: { windows: windowsFile(), wasDeleted: true },
    expected: {
      action: 'CREATE',
      reason: 'deleted in EspoCRM, still in the History',
      comesBack: true,
      ...fromWindows,
    },
  },
  {
    row: 16,
    what: 'a name that is never synced, with a file',
    input: { document: newDocument(), isNeverSynced: true, inHistory: false },
    expected: { reason: 'never synced', isTold: true, ...nothing },
  },
  {
    row: 13,
    what: 'a name that is never synced, without a file',
    input: { document: newDocument({ attachmentId: null }), isNeverSynced: true, inHistory: false },
    expected: { reason: 'no file', ...nothing },
  },
  {
    row: 2,
    what: 'no document, file not in History',
    input: { windows: windowsFile(), inHistory: false },
    expected: { reason: 'not in the History', ...nothing },
  },
  {
    row: 3,
    what: 'new document, no file, not in History',
    input: { document: newDocument(), inHistory: false },
    expected: { action: 'UPLOAD_WINDOWS', reason: 'new file in EspoCRM', ...toWindows },
  },
  {
    row: 3,
    what: 'new document, no file, History entry written already',
    input: { document: newDocument() },
    expected: { action: 'UPLOAD_WINDOWS', reason: 'new file in EspoCRM', ...toWindows },
  },
  {
    row: 5,
    what: 'new document, file in History, equal content: adopted',
    input: { document: newDocument(), windows: windowsFile(), espoHash: BASE },
    expected: { reason: 'same content on both sides, adopted', recordBase: true, ...nothing },
  },
  {
    row: 5,
    what: 'new document, file in History, other content, EspoCRM newer',
    input: { document: newDocument(), windows: windowsFile(), espoHash: NEW, espoContentTime: LATER },
    expected: { action: 'UPLOAD_WINDOWS', archive: 'Windows', ...toWindows },
  },
  {
    row: 5,
    what: 'new document, file in History, other content, Windows newer',
    input: { document: newDocument(), windows: windowsFile(), espoHash: NEW, espoContentTime: EARLIER },
    expected: { action: 'UPDATE_ESPO', archive: 'EspoCRM', ...fromWindows },
  },
  {
    row: 6,
    what: 'new document, file not in History, equal content: interrupted upload',
    input: { document: newDocument(), windows: windowsFile(), inHistory: false, espoHash: BASE },
    expected: { reason: 'interrupted upload, finished', recordBase: true, ...nothing },
  },
  {
    row: 6,
    what: 'new document, file not in History, other content: name taken',
    input: { document: newDocument(), windows: windowsFile(), inHistory: false, espoHash: NEW },
    expected: { reason: 'name taken', flag: true, ...nothing },
  },
  {
    row: 7,
    what: 'both unchanged',
    input: { document: syncedDocument(), windows: windowsFile() },
    expected: { reason: 'unchanged', recordBase: undefined, ...nothing },
  },
  {
    row: 7,
    what: 'unchanged USN of a file whose hash is not computed',
    input: { document: syncedDocument(), windows: windowsFile({ blake3Hash: null }) },
    expected: { reason: 'unchanged', recordBase: undefined, ...nothing },
  },
  {
    row: 7,
    what: 'Windows touched: new USN, same hash',
    input: { document: syncedDocument(), windows: windowsFile({ usn: BASE_USN + 1 }) },
    expected: { reason: 'touched, same content', recordBase: true, ...nothing },
  },
  {
    row: 7,
    what: 'journal recreated: smaller USN, same hash',
    input: { document: syncedDocument(), windows: windowsFile({ usn: 17 }) },
    expected: { reason: 'touched, same content', recordBase: true, ...nothing },
  },
  {
    row: 7,
    what: 'touched, hash read because the listing has none',
    input: {
      document: syncedDocument(),
      windows: windowsFile({ usn: BASE_USN + 1, blake3Hash: null }),
      windowsHash: BASE,
    },
    expected: { reason: 'touched, same content', recordBase: true, ...nothing },
  },
  {
    row: 7,
    what: 'same file attached anew in EspoCRM: the id is recorded',
    input: { document: replaced, windows: windowsFile(), espoHash: BASE },
    expected: { reason: 'touched, same content', recordBase: true, ...nothing },
  },
  {
    row: 7,
    what: 'record of the predecessor, hashed once: the id is recorded',
    input: {
      document: syncedDocument({ syncAttachmentId: null }),
      windows: windowsFile(),
      espoHash: BASE,
    },
    expected: { reason: 'touched, same content', recordBase: true, ...nothing },
  },
  {
    row: 8,
    what: 'only Windows changed',
    input: { document: syncedDocument(), windows: changedFile },
    expected: { action: 'UPDATE_ESPO', reason: 'changed in Windows', archive: undefined, ...fromWindows },
  },
  {
    row: 8,
    what: 'only Windows changed, EspoCRM merely touched',
    input: { document: replaced, windows: changedFile, espoHash: BASE },
    expected: { action: 'UPDATE_ESPO', reason: 'changed in Windows', ...fromWindows },
  },
  {
    row: 9,
    what: 'only EspoCRM changed: another attachment under old hash fields',
    input: { document: replaced, windows: windowsFile(), espoHash: NEW },
    expected: {
      action: 'UPLOAD_WINDOWS',
      reason: 'changed in EspoCRM',
      archive: undefined,
      ...toWindows,
    },
  },
  {
    row: 9,
    what: 'EspoCRM changed, Windows merely touched',
    input: { document: replaced, windows: windowsFile({ usn: 1 }), espoHash: NEW },
    expected: { action: 'UPLOAD_WINDOWS', reason: 'changed in EspoCRM', ...toWindows },
  },
  {
    row: 10,
    what: 'both changed to the same content',
    input: { document: replaced, windows: changedFile, espoHash: NEW },
    expected: { reason: 'changed on both sides, same content', recordBase: true, ...nothing },
  },
  {
    row: 11,
    what: 'both changed, EspoCRM newer by one second',
    input: { document: replaced, windows: changedFile, espoHash: OTHER, espoContentTime: LATER },
    expected: {
      action: 'UPLOAD_WINDOWS',
      reason: 'conflict, EspoCRM is newer',
      archive: 'Windows',
      ...toWindows,
    },
  },
  {
    row: 11,
    what: 'both changed, Windows newer by one second',
    input: { document: replaced, windows: changedFile, espoHash: OTHER, espoContentTime: EARLIER },
    expected: {
      action: 'UPDATE_ESPO',
      reason: 'conflict, Windows is newer',
      archive: 'EspoCRM',
      ...fromWindows,
    },
  },
  {
    row: 11,
    what: 'both changed in the same second: Windows',
    input: { document: replaced, windows: changedFile, espoHash: OTHER, espoContentTime: SAME_SECOND },
    expected: { action: 'UPDATE_ESPO', archive: 'EspoCRM', ...fromWindows },
  },
  {
    row: 11,
    what: 'both changed, EspoCRM does not say when: Windows',
    input: { document: replaced, windows: changedFile, espoHash: OTHER, espoContentTime: null },
    expected: { action: 'UPDATE_ESPO', archive: 'EspoCRM', ...fromWindows },
  },
  {
    row: 12,
    what: 'left the History, file still there and changed',
    input: { document: syncedDocument(), windows: changedFile, inHistory: false },
    expected: { reason: 'left the History', left: 'different', ...nothing },
  },
  {
    row: 12,
    what: 'left the History, file gone too',
    input: { document: syncedDocument(), inHistory: false },
    expected: { reason: 'left the History', left: 'alike', ...nothing },
  },
  {
    row: 12,
    what: 'left the History, the file only touched since',
    input: { document: syncedDocument(), windows: windowsFile({ usn: BASE_USN + 1 }), inHistory: false },
    expected: { reason: 'left the History', left: 'alike', ...nothing },
  },
  {
    row: 12,
    what: 'left the History, replaced in EspoCRM and not read: taken for different',
    input: { document: replaced, windows: windowsFile(), inHistory: false },
    expected: { reason: 'left the History', left: 'different', ...nothing },
  },
  {
    row: 12,
    what: 'left the History, document changed: never upload over the file',
    input: { document: replaced, windows: windowsFile(), inHistory: false, espoHash: NEW },
    expected: { reason: 'left the History', ...nothing },
  },
  {
    row: 13,
    what: 'synced document emptied by a person, file in History',
    input: { document: syncedDocument({ attachmentId: null }), windows: windowsFile() },
    expected: { action: 'UPDATE_ESPO', reason: 'document without a file', ...fromWindows },
  },
  {
    row: 13,
    what: 'new document without a file, file in History',
    input: { document: newDocument({ attachmentId: null }), windows: windowsFile() },
    expected: { action: 'UPDATE_ESPO', reason: 'document without a file', ...fromWindows },
  },
  {
    row: 13,
    what: 'no file attached, file not in History',
    input: { document: newDocument({ attachmentId: null }), windows: windowsFile(), inHistory: false },
    expected: { reason: 'no file', ...nothing },
  },
  {
    row: 13,
    what: 'no file on either side',
    input: { document: syncedDocument({ attachmentId: null }) },
    expected: { reason: 'no file', ...nothing },
  },
  {
    row: 14,
    what: 'renamed in Windows',
    input: {
      document: syncedDocument(),
      windows: windowsFile({ path: 'Neu.docx', usn: 1 }),
      movedIn: 'Windows',
    },
    expected: { reason: 'renamed in Windows', recordBase: true, ...nothing },
  },
  {
    row: 9,
    what: 'renamed in Windows and replaced in EspoCRM',
    input: {
      document: replaced,
      windows: windowsFile({ path: 'Neu.docx', usn: 1 }),
      movedIn: 'Windows',
      espoHash: NEW,
    },
    expected: { action: 'UPLOAD_WINDOWS', reason: 'changed in EspoCRM', ...toWindows },
  },
  {
    row: 15,
    what: 'renamed in EspoCRM',
    input: { document: syncedDocument(), windows: windowsFile({ path: 'Alt.docx' }), movedIn: 'EspoCRM' },
    expected: { reason: 'renamed in EspoCRM, Windows keeps its name', recordBase: true, ...nothing },
  },
  {
    row: 12,
    what: 'renamed in EspoCRM, its file left the History',
    input: {
      document: syncedDocument(),
      windows: windowsFile({ path: 'Alt.docx' }),
      movedIn: 'EspoCRM',
      inHistory: false,
    },
    expected: { reason: 'left the History', ...nothing },
  },
]

describe('docs/decision-table.md', () => {
  const rows = TABLE.map((entry) => [entry.row, entry.what, entry] as const)
  it.each(rows)('row %i: %s', (row, _what, { input, expected }) => {
    expect(explicit(decide(input))).toMatchObject({ row, ...expected })
  })

  it('has every row', () => {
    const rows = new Set([4, ...TABLE.map(({ row }) => row)])
    expect([...rows].sort((a, b) => a - b)).toEqual(Array.from({ length: 16 }, (_, i) => i + 1))
  })
})

describe('row 4: synced before, missing in Windows, still in History', () => {
  it.each<[WindowsDeletions, string, Partial<MergeInput>, ActionName, Partial<SyncAction>]>([
    ['restore', 'EspoCRM unchanged', { document: syncedDocument() }, 'UPLOAD_WINDOWS', toWindows],
    ['mark', 'EspoCRM unchanged', { document: syncedDocument() }, 'DELETE', { archive: undefined }],
    ['delete', 'EspoCRM unchanged', { document: syncedDocument() }, 'DELETE', { archive: 'EspoCRM' }],
    ['restore', 'EspoCRM changed', { document: replaced, espoHash: NEW }, 'UPLOAD_WINDOWS', toWindows],
    ['mark', 'EspoCRM changed', { document: replaced, espoHash: NEW }, 'UPLOAD_WINDOWS', toWindows],
    ['delete', 'EspoCRM changed', { document: replaced, espoHash: NEW }, 'UPLOAD_WINDOWS', toWindows],
    ['mark', 'EspoCRM touched', { document: replaced, espoHash: BASE }, 'DELETE', {}],
    ['delete', 'EspoCRM touched', { document: replaced, espoHash: BASE }, 'DELETE', { archive: 'EspoCRM' }],
  ])('%s, %s', (deletions, _what, input, action, expected) => {
    expect(explicit(decide(input, deletions))).toMatchObject({ row: 4, action, ...expected })
  })
})

describe('a fact that is missing is asked for', () => {
  const unhashed = windowsFile({ usn: BASE_USN + 1, blake3Hash: null })
  const predecessor = syncedDocument({ syncAttachmentId: null })
  it.each<[string, Partial<MergeInput>, WindowsDeletions, NeedsFact['needs']]>([
    ['other USN, no hash', { document: syncedDocument(), windows: unhashed }, 'restore', 'windowsHash'],
    [
      'new document, file without hash',
      { document: newDocument(), windows: unhashed },
      'restore',
      'windowsHash',
    ],
    [
      'new document, attachment not hashed',
      { document: newDocument(), windows: windowsFile() },
      'restore',
      'espoHash',
    ],
    [
      'new document that claims a hash itself',
      { document: newDocument({ blake3hash: BASE }), windows: windowsFile() },
      'restore',
      'espoHash',
    ],
    [
      'another attachment, every hash field as before',
      { document: replaced, windows: windowsFile() },
      'restore',
      'espoHash',
    ],
    [
      'hash field differs from the base',
      { document: syncedDocument({ blake3hash: NEW }), windows: windowsFile() },
      'restore',
      'espoHash',
    ],
    [
      'predecessor record changed since its sync',
      { document: { ...predecessor, modifiedAt: '2026-03-24 10:00:00' }, windows: windowsFile() },
      'restore',
      'espoHash',
    ],
    [
      'predecessor record, attachment never recorded: hashed once',
      { document: predecessor, windows: windowsFile() },
      'restore',
      'espoHash',
    ],
    ['missing in Windows, mark', { document: replaced }, 'mark', 'espoHash'],
    ['missing in Windows, delete', { document: replaced }, 'delete', 'espoHash'],
    [
      'conflict without the time of the attachment',
      { document: replaced, windows: changedFile, espoHash: OTHER },
      'restore',
      'newerSide',
    ],
  ])('%s', (_what, input, deletions, needs) => {
    expect(decide(input, deletions)).toEqual({ needs })
  })

  it('does not read EspoCRM where the file is simply new, missing or not in the History', () => {
    const inputs = [{ document: newDocument() }, { document: replaced }, { windows: windowsFile() }]
    for (const input of inputs) expect(decide(input)).not.toHaveProperty('needs')
    expect(decide({ document: replaced, windows: unhashed, inHistory: false })).not.toHaveProperty('needs')
  })
})

describe('conflict: the newest content wins, in whole seconds', () => {
  it.each([
    ['EspoCRM one second later', WINDOWS_TIME, LATER, 'EspoCRM'],
    ['Windows one second later', WINDOWS_TIME, EARLIER, 'Windows'],
    ['a tie', WINDOWS_TIME, SAME_SECOND, 'Windows'],
    ['a tie but for milliseconds', '2026-03-24T10:15:00.999+01:00', SAME_SECOND, 'Windows'],
    ['EspoCRM one whole second past the milliseconds', '2026-03-24T10:15:00.999+01:00', LATER, 'EspoCRM'],
    ['seven fractional digits (.NET)', '2026-03-24T10:15:00.9999999+01:00', LATER, 'EspoCRM'],
    ['UTC with Z', '2026-03-24T09:15:00Z', LATER, 'EspoCRM'],
    ['a negative offset', '2026-03-24T04:15:00-05:00', LATER, 'EspoCRM'],
    ['Windows time without an offset', '2026-03-24T01:00:00', LATER, 'Windows'],
    ['Windows date without a time', '2020-01-01', LATER, 'Windows'],
    ['Windows time unparsable', 'gestern', LATER, 'Windows'],
    ['Windows time unparsable but for its offset', '24.03.2026 10:15+01:00', LATER, 'Windows'],
    ['Windows time empty', '', LATER, 'Windows'],
    ['EspoCRM time unknown', WINDOWS_TIME, null, 'Windows'],
    ['EspoCRM time unparsable', WINDOWS_TIME, '2099-01-01', 'Windows'],
    ['an impossible EspoCRM time', WINDOWS_TIME, '2099-13-45 99:00:00', 'Windows'],
  ])('%s', (_what, windows, espo, winner) => {
    expect(resolveConflict(windows, espo)).toBe(winner)
  })
})

/** Mulberry32: small, seeded, the same on every machine. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** What is really there: the contents behind the fields that the decision sees. */
interface World {
  input: MergeInput
  deletions: WindowsDeletions
  windowsContent: string | null
  espoContent: string | null
}

function randomWorld(random: () => number): World {
  const pick = <T>(...values: T[]): T => values[Math.floor(random() * values.length)] as T
  const content = () => hashOf(pick('a', 'b', 'c'))
  const synced = pick(true, true, false)
  const windowsContent = pick(content(), content(), null)
  const espoContent = pick(content(), content(), null)
  const untouchedWindows = synced && windowsContent === BASE && pick(true, false)
  const untouchedEspo = synced && espoContent === BASE && pick(true, false)
  const attachmentId = espoContent === null ? null : untouchedEspo ? 'att1' : 'att2'
  const claimed = pick(BASE, null, content())
  const change = { attachmentId, blake3hash: claimed, modifiedAt: '2026-03-25 08:00:00' }
  const document = synced
    ? syncedDocument({ ...change, syncAttachmentId: pick('att1', null) })
    : newDocument(change)
  const windows =
    windowsContent === null
      ? null
      : windowsFile({
          usn: untouchedWindows ? BASE_USN : pick(BASE_USN + 7, 3),
          blake3Hash: pick(windowsContent, null),
          modified: pick(WINDOWS_TIME, '2026-03-24T10:15:00', 'gestern', '2026-03-24T12:15:00+01:00'),
        })
  return {
    input: { document: pick(document, document, document, null), windows, inHistory: pick(true, false) },
    deletions: pick('restore', 'mark', 'delete'),
    windowsContent,
    espoContent,
  }
}

function decideWithFacts(world: World, espoContentTime: string | null): SyncAction {
  let input = world.input
  for (let asked = 0; asked <= 5; asked++) {
    const decision = mergeThreeWay(input, world.deletions)
    if (!('needs' in decision)) return decision
    expect(input[decision.needs], `asked twice for ${decision.needs}`).toBeUndefined()
    const { windows } = input
    const facts: Record<keyof MergeFacts, MergeFacts[keyof MergeFacts]> = {
      isGoneFromWindows: windows ? undefined : true,
      hasAllDocuments: true,
      restores: 0,
      windowsHash: world.windowsContent ?? undefined,
      espoHash: world.espoContent ?? undefined,
      newerSide: windows ? resolveConflict(windows.modified, espoContentTime) : undefined,
    }
    expect(facts[decision.needs], `asked for ${decision.needs} of nothing`).not.toBeUndefined()
    input = { ...input, [decision.needs]: facts[decision.needs] }
  }
  throw new Error('The decision never ended')
}

describe('whatever was observed', () => {
  it('loses no content, ends, and leaves the History its say', () => {
    const seed = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 31))
    console.info(`TEST_SEED=${seed}`)
    const random = randomFrom(seed)
    for (let count = 0; count < 20_000; count++) {
      const world = randomWorld(random)
      const time = [EARLIER, SAME_SECOND, LATER, null][Math.floor(random() * 4)] ?? null
      const action = decideWithFacts(world, time)
      const { document, windows, inHistory } = world.input
      const shown = `TEST_SEED=${seed} #${count} ${JSON.stringify({ world, time, action })}`

      if (action.action === 'UPLOAD_WINDOWS') expect(windows !== null && !inHistory, shown).toBe(false)
      if (action.action === 'DELETE') {
        expect(action.row, shown).toBe(4)
        expect(world.deletions, shown).not.toBe('restore')
        expect(world.espoContent, shown).toBe(BASE)
      }
      if (document?.attachmentId && windows && world.windowsContent === world.espoContent) {
        expect(action.action, shown).toBe('SKIP')
        expect(action.flag, shown).toBeUndefined()
      }
      if (action.action === 'UPLOAD_WINDOWS' && windows && world.windowsContent !== document?.syncHash)
        expect(action.archive, shown).toBe('Windows')
      if (
        action.action === 'UPDATE_ESPO' &&
        document?.attachmentId &&
        world.espoContent !== document.syncHash
      )
        expect(action.archive, shown).toBe('EspoCRM')
      if (action.recordBase) expect(world.windowsContent, shown).toBe(world.espoContent)
    }
  })
})

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { root } from '../../scripts/motia-process'
import { loadConfig } from '../../services/config'
import { ConfigError } from '../../services/errors'
import { EspoTranslation } from '../../services/espo/espo-translation'
import { type EspoMapping, EXTENSION_MAPPING, parseMapping, readMapping } from '../../services/espo-mapping'

const shipped = (name: string) => readFileSync(join(root, 'mappings', `${name}.json`), 'utf8')
const predecessor = () => JSON.parse(shipped('predecessor'))

/** Problems of the predecessor's mapping after a change, without the file's name. */
function problemsAfter(change: (mapping: ReturnType<typeof predecessor>) => void): string[] {
  const mapping = predecessor()
  change(mapping)
  return problemsOf(JSON.stringify(mapping, null, 2))
}

function problemsOf(text: string): string[] {
  const result = parseMapping(text, 'm.json')
  return 'problems' in result ? result.problems : []
}

function mappingOf(text: string): EspoMapping {
  const result = parseMapping(text, 'm.json')
  if ('problems' in result) throw new Error(result.problems.join('\n'))
  return result.mapping
}

/** The line of a text in a file, as people count. */
const lineOf = (text: string, part: string) => text.slice(0, text.indexOf(part)).split('\n').length

describe('The shipped mappings', () => {
  it.each(['extension', 'predecessor', 'predecessor-mn'])('%s is one', (name) => {
    expect(problemsOf(shipped(name))).toEqual([])
  })

  it("extension.json has the extension's names, as without a file", () => {
    const withoutOptional = JSON.parse(
      JSON.stringify(EXTENSION_MAPPING, (key, value) => (key === 'optional' ? undefined : value)),
    )
    expect(mappingOf(shipped('extension'))).toMatchObject(withoutOptional)
  })
})

describe('A mapping that is none is refused with the line of the file', () => {
  const bad: [what: string, part: string, to: string, problem: string | RegExp][] = [
    [
      'an attribute that the product does not know',
      '"syncHash":',
      '"syncHsh":',
      /syncHsh is no word.*syncHash/,
    ],
    ['a type that does not fit', '"type": "int"', '"type": "bool"', 'aktennummer.type is none of the types'],
    ['a name that EspoCRM cannot have', '"CAdvowareAkten"', '"C/../User"', 'akte.entity is not a name'],
    ['a base elsewhere', '"espocrm"', '"paper"', 'dokument.base is neither espocrm nor redis'],
    ['a link of another kind', '"belongsTo"', '"hasOne"', 'is neither belongsTo (n:1) nor manyMany (m:n)'],
    ['two entities of one name', '"CDokumente"', '"CAdvowareAkten"', 'is the entity of the Akten as well'],
    ['an attribute that is mapped twice', '"name": "syncedHash"', '"name": "blake3hash"', 'is mapped twice'],
    [
      'no closing value',
      '"closed": "deactivated"',
      '"close": "x"',
      'closed is missing: which value closes an Akte?',
    ],
    [
      'a closing value that is synced',
      '"closed": "deactivated"',
      '"closed": "active"',
      'closed is also among',
    ],
    ['a blank value', '"closed": "deactivated"', '"closed": ""', 'closed is blank'],
    [
      'a word that is no state',
      '"deferred": "deferred"',
      '"defered": "deferred"',
      'defered is no word of a mapping; known are new, changed',
    ],
    [
      'a value that deleted shares',
      '"deleted": "deleted"',
      '"deleted": "failed"',
      'needs a value of its own',
    ],
    ['a value that is no text', '"unclean": "unclean"', '"unclean": 1', 'unclean is not a text'],
    ['a word of its own', '"base"', '"basis"', 'dokument.basis is no word of a mapping'],
  ]
  it.each(bad)('%s', (_what, part, to, problem) => {
    const text = shipped('predecessor')
    expect(text).toContain(part)
    const problems = problemsOf(text.replace(part, to))
    const found = problems.find((one) =>
      typeof problem === 'string' ? one.includes(problem) : problem.test(one),
    )
    expect(found, problems.join('\n')).toBeDefined()
  })

  it.each([
    ['"type": "int"', '"type": "bool"'],
    ['"closed": "deactivated"', '"closed": ""'],
    ['"name": "syncedHash"', '"name": "a b"'],
  ])('%s → %s: the very line', (part, to) => {
    const text = shipped('predecessor')
    const [problem = ''] = problemsOf(text.replace(part, to))
    expect(problem.startsWith(`m.json:${lineOf(text, part)} `), problem).toBe(true)
  })

  it('names that stand there twice, which JSON itself takes', () => {
    const text = shipped('predecessor').replace(
      '"entity": "CDokumente"',
      '"entity": "CDokumente",\n"entity": "CAndere"',
    )
    expect(problemsOf(text)).toEqual([expect.stringMatching(/^m\.json:\d+ "entity" stands there twice$/)])
  })

  it('text that is no JSON, an empty file, a list, and nothing but null', () => {
    expect(problemsOf('{\n  "akte": }')).toEqual([expect.stringMatching(/^m\.json:2 is not JSON/)])
    for (const text of ['', '[]', 'null', '7']) expect(problemsOf(text)).not.toEqual([])
    expect(problemsOf('{}').join()).toMatch(/akte is missing.*dokument is missing/)
  })

  it('all problems at once, by their lines', () => {
    const problems = problemsAfter((mapping) => {
      mapping.akte.entity = 'x y'
      delete mapping.akte.attributes.aktennummer
      mapping.dokument.attributes.extra = { name: 'x', type: 'varchar' }
    })
    expect(problems).toHaveLength(3)
    const lines = problems.map((problem) => Number(problem.split(':')[1]?.split(' ')[0]))
    expect(lines).toEqual([...lines].sort((a, b) => a - b))
  })

  it('a base without its hash, its file and its path has no place on the document', () => {
    const problems = problemsAfter(({ dokument: { attributes } }) => {
      for (const key of ['syncHash', 'syncUsn', 'syncAttachmentId', 'dateipfad']) delete attributes[key]
    })
    for (const sign of [
      'lacks syncHash',
      'lacks syncAttachmentId and syncUsn',
      'lacks dateipfad',
      'base to redis',
    ])
      expect(problems.join('\n')).toContain(sign)
  })

  it('a base kept in Redis and on the document at once', () => {
    const problems = problemsAfter(({ dokument }) => {
      dokument.base = 'redis'
    })
    expect(problems.join('\n')).toContain('cannot be mapped, because the base is kept in Redis')
  })
})

describe('ESPOCRM_MAPPING', () => {
  const folder = () => {
    const path = mkdtempSync(join(tmpdir(), 'mapping-'))
    onTestFinished(() => rmSync(path, { recursive: true, force: true }))
    return path
  }

  it('that names no file is refused; blank without a file means the extension', () => {
    expect(readMapping('/nowhere/m.json')).toEqual({ problems: ['/nowhere/m.json: there is no such file'] })
    expect(readMapping(undefined)).toEqual({ mapping: EXTENSION_MAPPING })
  })

  it('is read again after it changed', () => {
    const file = join(folder(), 'm.json')
    writeFileSync(file, shipped('predecessor'))
    expect(readMapping(file)).toMatchObject({ mapping: { akte: { entity: 'CAdvowareAkten' } } })
    writeFileSync(file, shipped('extension'))
    expect(readMapping(file)).toMatchObject({ mapping: { akte: { entity: 'CAkten' } } })
  })

  it('is validated at start together with the other settings', () => {
    const file = join(folder(), 'm.json')
    writeFileSync(file, shipped('predecessor').replace('"closed": "deactivated"', '"closed": ""'))
    try {
      loadConfig({ ESPOCRM_MAPPING: file })
      expect.unreachable()
    } catch (error) {
      const { problems } = error as ConfigError
      expect(error).toBeInstanceOf(ConfigError)
      expect(problems).toContain('ESPOCRM_API_KEY is missing')
      expect(problems.at(-1)).toMatch(
        /^ESPOCRM_MAPPING .*m\.json:\d+ akte\.attributes\.aktivierungsstatus\.closed is blank$/,
      )
    }
  })
})

describe('The translation', () => {
  const names = new EspoTranslation(mappingOf(shipped('predecessor')))

  it('reads a number in aktennummer, and asks for none where a text cannot be one', () => {
    const akte = {
      id: 'a1',
      name: 'A',
      aktennummer: 12345,
      aktivierungsstatus: 'active',
      syncStatus: 'unclean',
    }
    const read = names.akteSchema.parse({ ...akte, syncMessage: null, lastSync: null })
    expect(read).toMatchObject({ aktennummer: '12345', isSynced: true, status: 'active' })
    expect(names.whereAktennummer('123/24')).toBeNull()
    expect(names.whereAktennummer('12345')).toMatchObject({ 'where[0][value]': '12345' })
  })

  it.each([
    ['new', true],
    ['paused', false],
    ['deactivated', false],
    ['anything', false],
  ])('an Akte with the status %s is synced: %s', (aktivierungsstatus, isSynced) => {
    const akte = {
      id: 'a1',
      name: 'A',
      aktennummer: 1,
      aktivierungsstatus,
      syncStatus: null,
      syncMessage: null,
    }
    expect(names.akteSchema.parse({ ...akte, lastSync: null }).isSynced).toBe(isSynced)
  })

  it('closes an Akte and writes no state that the office does not have', () => {
    expect(names.toAkte({ close: true, syncStatus: 'failed' })).toEqual({
      aktivierungsstatus: 'deactivated',
      syncStatus: 'unclean',
    })
    expect(names.toAkte({ close: false, syncStatus: 'synced' })).toEqual({ syncStatus: 'synced' })
    const mapping = predecessor()
    delete mapping.akte.attributes.syncStatus.values.failed
    const bare = new EspoTranslation(mappingOf(JSON.stringify(mapping)))
    const syncMessage = [{ path: 'A_*.docx', document: 'd1', text: 'm' }]
    expect(bare.toAkte({ syncStatus: 'failed', syncMessage })).toEqual({
      syncMessage: '[A&#95;&#42;.docx](#CDokumente/view/d1): m',
    })
    expect(bare.toAkte({ syncMessage: [] })).toEqual({ syncMessage: null })
  })

  it('a message for a field of one line is plain text', () => {
    const mapping = predecessor()
    mapping.akte.attributes.syncMessage.type = 'varchar'
    const short = new EspoTranslation(mappingOf(JSON.stringify(mapping)))
    const syncMessage = [{ path: 'A_*.docx', document: 'd1', text: 'm' }, { text: 'n' }]
    expect(short.toAkte({ syncMessage })).toEqual({ syncMessage: 'A_*.docx: m n' })
  })

  it('what it keeps of a change comes back as it is read', () => {
    const mapping = predecessor()
    Object.assign(mapping.dokument.attributes.fileStatus.values, { deferred: 'changed', conflict: 'failed' })
    delete mapping.dokument.attributes.historyArt
    const some = new EspoTranslation(mappingOf(JSON.stringify(mapping)))
    expect(some.kept({ fileStatus: 'deferred', historyArt: 'Brief', syncHash: 'h' })).toEqual({
      fileStatus: 'changed',
      syncHash: 'h',
    })
    expect(some.toDokument({ fileStatus: 'conflict' })).toEqual({ windowsFileStatus: 'failed' })
  })

  it('an attribute that EspoCRM does not show is named, also in an empty document', () => {
    const record = Object.fromEntries(names.dokumentSelect.split(',').map((one) => [one, null]))
    const shown = { ...record, id: 'd1' }
    expect(names.dokumentSchema.safeParse(shown).success).toBe(true)
    const { syncedHash: _, ...without } = shown as Record<string, unknown>
    const { error } = names.dokumentSchema.safeParse(without)
    expect(error?.issues).toMatchObject([
      { path: ['syncedHash'], message: expect.stringContaining('any more') },
    ])
  })
})

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { unzipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { buildExtension } from '../../scripts/espocrm-extension'
import { root } from '../../scripts/motia-process'
import { espoRequirements } from '../../services/espo/espo-requirements'
import { EspoTranslation } from '../../services/espo/espo-translation'
import { EXTENSION_MAPPING } from '../../services/espo-mapping'
import { fullReasonText } from '../../services/model/reasons'
import { conflictNote } from '../../services/text/notes'

const RESOURCES = 'files/custom/Espo/Modules/DocumentSync/Resources'
const { name, zip } = buildExtension()
const files = unzipSync(zip)
const text = (path: string) => Buffer.from(files[path] ?? []).toString('utf8')

type Fields = Record<string, Record<string, unknown>>
interface Defs {
  fields: Fields
  links: Record<string, { entity: string; foreign?: string }>
  indexes: Record<string, { type?: string; columns: string[] }>
  deleteId?: boolean
  optimisticConcurrencyControl?: boolean
}
const resource = <T>(path: string): T => JSON.parse(text(`${RESOURCES}/${path}.json`)) as T
const defsOf = (entity: string) => resource<Defs>(`metadata/entityDefs/${entity}`)

const ENTITIES = espoRequirements({ mapping: EXTENSION_MAPPING })
const LANGUAGES = ['de_DE', 'en_US']
/** Labels that EspoCRM itself has for every entity. */
const LABELLED_BY_ESPO = ['createdAt', 'modifiedAt', 'createdBy', 'modifiedBy', 'assignedUser', 'teams']

describe('The package', () => {
  it('is named by the product and carries a manifest that EspoCRM accepts', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    expect(name).toBe(`document-sync-espocrm-${version}.zip`)
    expect(JSON.parse(text('manifest.json'))).toMatchObject({
      name: 'Document Sync',
      version,
      acceptableVersions: ['>=9.2.0'],
      description: expect.stringMatching(/Roles.*API Users.*npm run espocrm -- check/),
    })
  })

  it('is the same bytes every time', () => {
    expect(Buffer.from(buildExtension().zip).equals(Buffer.from(zip))).toBe(true)
  })

  it('holds every file of the folder, and nothing but JSON, its readme and two empty controllers', () => {
    const folder = join(root, 'espocrm-extension')
    const listed = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    expect(Object.keys(files).sort()).toEqual(listed.sort())
    for (const path of Object.keys(files)) {
      if (path.endsWith('.json')) expect(() => JSON.parse(text(path)), path).not.toThrow()
      else if (path.endsWith('.php'))
        expect(text(path)).toMatch(/class (CAkten|CDokumente) extends Record\n\{\}/)
      else expect(path).toBe('README.md')
    }
  })
})

describe.each(ENTITIES)('$entity', ({ entity, fields }) => {
  const defs = defsOf(entity)

  it('has every field that the product reads or writes, with its type and options', () => {
    for (const [field, { later: _, loss, options, ...required }] of Object.entries(fields)) {
      expect(loss, field).not.toBe('')
      expect(defs.fields[field], field).toMatchObject({
        ...required,
        ...(options ? { options: expect.arrayContaining([...options]) } : {}),
      })
    }
  })

  it.each(LANGUAGES)('has a label for every field, link, option and panel in %s', (language) => {
    const labels = resource<{
      fields: Record<string, string>
      links: Record<string, string>
      labels: Record<string, string>
      options: Record<string, Record<string, string>>
      tooltips: Record<string, string>
    }>(`i18n/${language}/${entity}`)
    for (const [field, { type, options, tooltip }] of Object.entries(defs.fields)) {
      if (!LABELLED_BY_ESPO.includes(field)) expect(labels.fields[field], field).toBeTruthy()
      if (type === 'enum') expect(Object.keys(labels.options[field] ?? {})).toEqual(options)
      if (tooltip) expect(labels.tooltips[field], field).toBeTruthy()
    }
    for (const link of Object.keys(defs.links))
      if (!LABELLED_BY_ESPO.includes(link)) expect(labels.links[link], link).toBeTruthy()
    const panels = resource<{ label?: string }[]>(`layouts/${entity}/detail`)
    for (const { label } of panels) if (label) expect(labels.labels[label], label).toBeTruthy()
    expect(labels.labels[`Create ${entity}`]).toBeTruthy()
    const { scopeNames, scopeNamesPlural } = resource<Record<string, Record<string, string>>>(
      `i18n/${language}/Global`,
    )
    expect(scopeNames?.[entity]).toBeTruthy()
    expect(scopeNamesPlural?.[entity]).toBeTruthy()
  })

  it('has layouts that name existing fields only', () => {
    const known = [...Object.keys(defs.fields), ...Object.keys(defs.links)]
    const layouts = Object.keys(files).filter((path) => path.startsWith(`${RESOURCES}/layouts/${entity}/`))
    expect(layouts.length).toBeGreaterThan(5)
    for (const path of layouts) {
      const named = [...text(path).matchAll(/"name": "(\w+)"/g)].map(([, field]) => field)
      const plain = (JSON.parse(text(path)) as unknown[]).filter((one) => typeof one === 'string')
      for (const field of [...named, ...plain]) expect(known, path).toContain(field)
    }
  })

  it('shows people what the sync says, and does not let them overwrite it there', () => {
    const cells = resource<{ rows: ({ name: string; readOnly?: boolean } | false)[][] }[]>(
      `layouts/${entity}/detail`,
    ).flatMap(({ rows }) => rows.flat())
    for (const field of ['syncStatus', 'syncMessage', 'lastSync'])
      expect(cells).toContainEqual(expect.objectContaining({ name: field, readOnly: true }))
    // A read-only field would be read-only for the sync as well: EspoCRM ignores it silently.
    for (const field of Object.keys(fields)) expect(defs.fields[field]?.readOnly, field).toBeUndefined()
  })

  it('is a scope with rights, a tab, layouts and a controller', () => {
    expect(resource(`metadata/scopes/${entity}`)).toMatchObject({
      entity: true,
      object: true, // without it EspoCRM has no webhooks for the entity
      acl: true,
      tab: true,
      layouts: true,
      module: 'DocumentSync',
    })
    expect(existsSync(join(root, `espocrm-extension/${RESOURCES}/../Controllers/${entity}.php`))).toBe(true)
  })
})

describe('What the promises of the sync rest on', () => {
  it('the Aktennummer is unique among what is not deleted', () => {
    const { indexes, deleteId } = defsOf('CAkten')
    expect(deleteId).toBe(true)
    expect(Object.values(indexes)).toContainEqual({ type: 'unique', columns: ['aktennummer', 'deleteId'] })
  })

  it('documents know their version, and a USN of 64 bits', () => {
    const { fields, optimisticConcurrencyControl } = defsOf('CDokumente')
    expect(optimisticConcurrencyControl).toBe(true)
    expect(fields.sync_usn).toMatchObject({ type: 'int', dbType: 'bigint' })
  })

  it('an Akte has its documents, and a document its Akte', () => {
    expect(defsOf('CAkten').links.dokumente).toMatchObject({ entity: 'CDokumente', foreign: 'cAkten' })
    expect(defsOf('CDokumente').links.cAkten).toMatchObject({ entity: 'CAkten', foreign: 'dokumente' })
  })

  it('every attribute that a listing asks for belongs to a field', () => {
    const { fields } = defsOf('CDokumente')
    const attributes = Object.entries(fields).flatMap(([field, { type }]) =>
      type === 'file' || type === 'link' ? [`${field}Id`, `${field}Name`] : [field],
    )
    const known = [...attributes, 'id', 'createdAt', 'modifiedAt', 'versionNumber']
    const names = new EspoTranslation(EXTENSION_MAPPING)
    for (const attribute of names.dokumentSelect.split(',')) expect(known).toContain(attribute)
    const written = names.toDokument({ attachmentId: 'a', syncUsn: 1, syncHash: 'h', historyDatum: null })
    for (const attribute of Object.keys(written)) expect(known).toContain(attribute)
  })
})

describe('What people see', () => {
  type Panel = { label?: string; hidden?: boolean; rows: ({ name: string; readOnly?: boolean } | false)[][] }
  const panels = (entity: string) => resource<Panel[]>(`layouts/${entity}/detail`)
  const namesIn = (some: Panel[]) =>
    some.flatMap(({ rows }) => rows.flat().flatMap((cell) => (cell === false ? [] : [cell.name])))
  const TECHNICAL = [
    'sync_usn',
    'syncHash',
    'blake3hash',
    'syncAttachmentId',
    'syncAkteId',
    'syncPfad',
    'hnr',
  ]

  it('hashes, numbers and ids of a document stand in a closed panel of their own', () => {
    const closed = panels('CDokumente').filter(({ hidden }) => hidden)
    expect(namesIn(closed)).toEqual(expect.arrayContaining(TECHNICAL))
    const open = namesIn(panels('CDokumente').filter(({ hidden }) => !hidden))
    expect(open.filter((name) => TECHNICAL.includes(name))).toEqual([])
    for (const name of ['name', 'dokument', 'cAkten', 'dateipfad', 'fileStatus', 'lastSync', 'syncMessage'])
      expect(open).toContain(name)
  })

  it('what the sync owns is read-only on both pages, but for what people ask with', () => {
    const owned = Object.entries({ CAkten: defsOf('CAkten'), CDokumente: defsOf('CDokumente') }).flatMap(
      ([entity, { fields }]) =>
        Object.entries(fields)
          .filter(([name, { notLockable }]) => notLockable && name !== 'syncAngefordert')
          .map(([name]) => [entity, name]),
    )
    expect(owned.length).toBeGreaterThan(15)
    for (const [entity = '', name] of owned)
      for (const cell of panels(entity).flatMap(({ rows }) => rows.flat()))
        if (cell !== false && cell.name === name) expect(cell.readOnly, name).toBe(true)
  })

  it('messages use the words of the labels', () => {
    const { fields } = resource<{ fields: Record<string, string> }>('i18n/de_DE/CDokumente')
    expect(fullReasonText('name taken', 'de')).toContain(`„${fields.dateipfad}“`)
  })

  it('former versions stand in a panel of their own, only where there are some, under the name that notes give it', () => {
    const [panel] = resource<(Panel & { dynamicLogicVisible?: unknown })[]>(
      'layouts/CDokumente/detail',
    ).filter((one) => namesIn([one]).includes('syncFassungen'))
    expect(namesIn(panel ? [panel] : [])).toEqual(['syncFassungen'])
    expect(JSON.stringify(panel?.dynamicLogicVisible)).toContain('isNotEmpty')
    for (const [language, code] of [['de', 'de_DE'] as const, ['en', 'en_US'] as const]) {
      const { labels } = resource<{ labels: Record<string, string> }>(`i18n/${code}/CDokumente`)
      const lost = { side: 'Windows', savedAt: null, replacedBy: null } as const
      const telling = { language, timeZone: 'Europe/Berlin', mention: null, isOnPage: true }
      expect(conflictNote(lost, telling)).toContain(labels[panel?.label ?? ''])
    }
  })

  it('texts of others are shown as they stand: only what the product writes as Markdown is shown as such', () => {
    const shownAsMarkdown = ['CAkten', 'CDokumente'].flatMap((entity) =>
      Object.entries(defsOf(entity).fields).flatMap(([name, { type, displayRawText }]) =>
        type === 'text' && displayRawText !== true ? [`${entity}.${name}`] : [],
      ),
    )
    expect(shownAsMarkdown).toEqual(['CAkten.syncMessage', 'CDokumente.syncFassungen'])
  })

  it.each(LANGUAGES)('lists have a filter for what needs a person, named in %s', (language) => {
    for (const entity of ['CAkten', 'CDokumente']) {
      const { filterList } = resource<{ filterList: { name: string; data: Record<string, unknown> }[] }>(
        `metadata/clientDefs/${entity}`,
      )
      const { presetFilters } = resource<{ presetFilters: Record<string, string> }>(
        `i18n/${language}/${entity}`,
      )
      expect(filterList.map(({ name }) => name)).toContain('brauchtPerson')
      for (const { name, data } of filterList) {
        expect(presetFilters[name], name).toBeTruthy()
        for (const field of Object.keys(data)) expect(defsOf(entity).fields[field], field).toBeDefined()
      }
    }
  })

  it('a title fills itself, and a second Akte of one Aktennummer is refused with the first one named', () => {
    expect(defsOf('CDokumente').fields.name?.required).toBeUndefined()
    const [title = ''] = resource<{ beforeSaveScriptList: string[] }>(
      'metadata/formula/CDokumente',
    ).beforeSaveScriptList
    expect(title).toContain("record\\attribute('Attachment', dokumentId, 'name')")
    const { beforeSaveApiScript } = resource<{ beforeSaveApiScript: string }>('metadata/formula/CAkten')
    expect(beforeSaveApiScript).toContain('recordService\\throwDuplicateConflict($other)')
    for (const script of [title, beforeSaveApiScript])
      expect(script.split('(').length, script).toBe(script.split(')').length)
  })

  it('the stream of a document has nothing but notes: no field is audited', () => {
    expect(resource('metadata/scopes/CDokumente')).toMatchObject({ stream: true })
    for (const { audited } of Object.values(defsOf('CDokumente').fields)) expect(audited).toBeUndefined()
  })

  it('the versions of the manifest are those that it was measured with', () => {
    expect(JSON.parse(text('manifest.json'))).toMatchObject({ php: ['>=8.2.0'] })
  })
})

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { unzipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { buildExtension } from '../../scripts/espocrm-extension'
import { root } from '../../scripts/motia-process'
import { espoRequirements } from '../../services/espo/espo-requirements'
import { EspoTranslation } from '../../services/espo/espo-translation'
import { EXTENSION_MAPPING } from '../../services/espo-mapping'

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
      acceptableVersions: ['>=9.0.0'],
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

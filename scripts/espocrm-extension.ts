// Builds the package that EspoCRM installs, in dist/: npm run build:espocrm-extension [-- --mapping FILE]
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type Zippable, zipSync } from 'fflate'
import { ConfigError, InvalidInputError } from '../services/errors'
import {
  type EspoMapping,
  EXTENSION_MAPPING,
  type MappedAttribute,
  readMapping,
} from '../services/espo-mapping'
import { defineCommand, runAlone } from './command'
import { root } from './motia-process'

const SOURCE = join(root, 'espocrm-extension')
const RESOURCES = 'files/custom/Espo/Modules/DocumentSync/Resources'
const LANGUAGES = ['de_DE', 'en_US']
/** The oldest date a zip can hold, so that the same files always give the same bytes. */
const ZIP_EPOCH = new Date(1980, 0, 1)

/** Files of a folder and its sub-folders, in one fixed order. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

/** The package that EspoCRM's administration page installs; its version is this product's. */
export function buildExtension(): Package {
  const content: Zippable = {}
  for (const file of filesIn(SOURCE)) {
    content[relative(SOURCE, file).replaceAll('\\', '/')] = readFileSync(file)
  }
  return packed(content, '', {})
}

/** A package for EspoCRM; `added`: the attributes that it adds to existing entities. */
interface Package {
  name: string
  zip: Uint8Array
  added?: string[]
}

type Fields = Record<string, Record<string, unknown>>
interface Labels {
  fields: Record<string, string>
  options?: Record<string, Record<string, string>>
}

/**
 * The package for an office's own entities: nothing but the attributes that the mapping says are to be added. An
 * attribute that is there after all stays as it is: EspoCRM puts the office's own definitions above those of a module.
 * @throws InvalidInputError when the mapping adds nothing
 */
export function buildExtensionFor(mapping: EspoMapping): Required<Package> {
  const added: string[] = []
  const content: Zippable = {}
  const put = (path: string, value: unknown) => {
    content[`${RESOURCES}/${path}.json`] = Buffer.from(`${JSON.stringify(value, null, 2)}\n`)
  }
  for (const side of ['akte', 'dokument'] as const) {
    const own = EXTENSION_MAPPING[side]
    const { entity } = mapping[side]
    const named: [own: string, mapped: MappedAttribute][] = Object.entries(mapping[side].attributes).flatMap(
      ([key, mapped]: [string, MappedAttribute]) => {
        const attributes: Partial<Record<string, MappedAttribute>> = own.attributes
        return mapped.add ? [[attributes[key]?.name ?? key, mapped]] : []
      },
    )
    if (named.length === 0) continue
    added.push(...named.map(([, { name }]) => `${entity}.${name}`))
    const { fields } = resource<{ fields: Fields }>(`metadata/entityDefs/${own.entity}`)
    put(`metadata/entityDefs/${entity}`, {
      fields: Object.fromEntries(
        named.map(([name, mapped]) => [mapped.name, fieldOf(fields[name] ?? {}, mapped)]),
      ),
    })
    for (const language of LANGUAGES) {
      const labels = resource<Labels>(`i18n/${language}/${own.entity}`)
      put(`i18n/${language}/${entity}`, {
        fields: Object.fromEntries(named.map(([name, mapped]) => [mapped.name, labels.fields[name]])),
        options: Object.fromEntries(
          named.flatMap(([name, mapped]) => {
            const options = labels.options?.[name]
            if (options === undefined) return []
            const values = Object.entries(mapped.values ?? {})
            return [[mapped.name, Object.fromEntries(values.map(([word, value]) => [value, options[word]]))]]
          }),
        ),
      })
    }
  }
  if (added.length === 0)
    throw new InvalidInputError(
      'This mapping has no attribute with "add": true, so there is nothing to install',
    )
  content[`${RESOURCES}/module.json`] = readFileSync(join(SOURCE, RESOURCES, 'module.json'))
  const description = `Attributes for Document Sync: ${added.join(', ')}. Adds only these and redefines nothing. Afterwards: Administration > Rebuild; on the Document Sync server: npm run espocrm -- check.`
  return { ...packed(content, `-${mapping.dokument.entity}`, { description }), added }
}

const resource = <T>(path: string): T =>
  JSON.parse(readFileSync(join(SOURCE, RESOURCES, `${path}.json`), 'utf8')) as T

/** What EspoCRM leaves out of its own doings with a field that the sync owns: mass updates, copies, version checks, locks. */
const OWNED_BY_SYNC = [
  ...['layoutMassUpdateDisabled', 'duplicateIgnore'],
  ...['optimisticConcurrencyControlIgnore', 'notLockable'],
]

/** The extension's definition of a field, with the type and the values of the mapping. */
function fieldOf(
  { tooltip: _, ...own }: Record<string, unknown>,
  { type, values }: MappedAttribute,
): Record<string, unknown> {
  if (own.type !== type) {
    const options = type === 'enum' ? { options: [...new Set(Object.values(values ?? {}))] } : {}
    const switches = Object.entries(own).filter(([key]) => OWNED_BY_SYNC.includes(key))
    return { type, ...options, ...Object.fromEntries(switches) }
  }
  if (values === undefined) return own
  const styles = (own.style ?? {}) as Record<string, string>
  const entries = Object.entries(values)
  return {
    ...own,
    options: [...new Set(entries.map(([, value]) => value))],
    ...(own.default === undefined ? {} : { default: values[String(own.default)] }),
    style: Object.fromEntries(entries.map(([word, value]) => [value, styles[word]])),
  }
}

function packed(content: Zippable, suffix: string, change: object): Package {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  const manifest = JSON.parse(readFileSync(join(SOURCE, 'manifest.json'), 'utf8')) as object
  content['manifest.json'] = Buffer.from(`${JSON.stringify({ version, ...manifest, ...change }, null, 2)}\n`)
  const zip = zipSync(content, { mtime: ZIP_EPOCH, level: 9 })
  return { name: `document-sync-espocrm${suffix}-${version}.zip`, zip }
}

/** The mapping of `--mapping FILE`. @throws ConfigError, InvalidInputError */
function mappingOf(file: string): EspoMapping {
  const read = readMapping(file)
  if ('problems' in read) throw new ConfigError(read.problems)
  return read.mapping
}

export const command = defineCommand('build-extension', 'Builds the package that EspoCRM installs, in dist/')
  .option('--mapping <file>', "only the attributes that this mapping adds to the office's own entities")
  .action(({ mapping }: { mapping?: string }) => {
    const built: Package = mapping === undefined ? buildExtension() : buildExtensionFor(mappingOf(mapping))
    const target = join(root, 'dist', built.name)
    mkdirSync(join(root, 'dist'), { recursive: true })
    writeFileSync(target, built.zip)
    console.log(`📦 ${relative(root, target)} (${built.zip.length} bytes)`)
    if (built.added) console.log(`   + ${built.added.join(', ')}`)
    console.log('   EspoCRM: Administration → Extensions → choose this file → Upload → Install')
  })

await runAlone(import.meta, command)

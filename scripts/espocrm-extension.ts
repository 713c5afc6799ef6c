// Builds the package that EspoCRM installs, in dist/: npm run build:espocrm-extension
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type Zippable, zipSync } from 'fflate'
import { root } from './motia-process'

const SOURCE = join(root, 'espocrm-extension')
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
export function buildExtension(): { name: string; zip: Uint8Array } {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  const content: Zippable = {}
  for (const file of filesIn(SOURCE)) {
    content[relative(SOURCE, file).replaceAll('\\', '/')] = readFileSync(file)
  }
  const manifest = JSON.parse(readFileSync(join(SOURCE, 'manifest.json'), 'utf8')) as object
  content['manifest.json'] = Buffer.from(`${JSON.stringify({ version, ...manifest }, null, 2)}\n`)
  const zip = zipSync(content, { mtime: ZIP_EPOCH, level: 9 })
  return { name: `document-sync-espocrm-${version}.zip`, zip }
}

if (process.argv[1] === import.meta.filename) {
  const { name, zip } = buildExtension()
  const target = join(root, 'dist', name)
  mkdirSync(join(root, 'dist'), { recursive: true })
  writeFileSync(target, zip)
  console.log(`📦 ${relative(root, target)} (${zip.length} bytes)
   EspoCRM: Administration → Extensions → choose this file → Upload → Install`)
}

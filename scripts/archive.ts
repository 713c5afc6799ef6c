// The archived versions: npm run archive -- list <Aktennummer> [--path <path>] [--json]
//                         npm run archive -- fetch <hash> <file>
//                         npm run archive -- restore <hash> --akte <Aktennummer> --to windows|espo [--path <path>]
// Exit codes: 0 done · 1 not possible · 2 wrong usage
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import type { ArchivedVersion } from '../services/content/archive'
import { formatBytes } from '../services/format'
import { type Reason, reasonText } from '../services/model/reasons'
import { restoreVersion } from '../services/sync/restore'
import { readArguments, runWithRuntime } from './command'

const USAGE = `Usage: npm run archive -- list <Aktennummer> [--path <path>] [--json]
       npm run archive -- fetch <hash> <file>
       npm run archive -- restore <hash> --akte <Aktennummer> --to windows|espo [--path <path>]`
const FORMERLY = {
  archived: 'the previous file is in the archive',
  nothing: 'there was no file before',
  same: 'it was there already',
}
const SIDES = { windows: 'Windows', espo: 'EspoCRM' } as const

function tell(version: ArchivedVersion, language: 'de' | 'en'): string {
  const { archivedAt, side, path, hash, reason } = version
  const why = reasonText(reason as Reason, language) ?? reason
  return `${archivedAt.slice(0, 19).replace('T', ' ')}  ${side.padEnd(7)}  ${path}  (${formatBytes(version.size)}, ${why})\n    ${hash}`
}

const asked = readArguments(USAGE, () => {
  const text = { type: 'string' } as const
  const options = { akte: text, to: text, path: text, json: { type: 'boolean', default: false } } as const
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  const [command, first, second] = positionals
  const { akte, json, path, to } = values
  const filter = path === undefined ? {} : { path }
  if (command === 'list' && first) return { command, aktennummer: first, json, ...filter } as const
  if (command === 'fetch' && first && second) return { command, hash: first, file: second } as const
  if (command === 'restore' && first && akte && (to === 'windows' || to === 'espo')) {
    return { command, hash: first, aktennummer: akte, to: SIDES[to], ...filter } as const
  }
  return undefined
})

await runWithRuntime(async (runtime) => {
  const { archive } = runtime.systems
  if (asked.command === 'list') {
    const versions = await archive.list(asked)
    if (asked.json) console.log(JSON.stringify(versions, null, 2))
    else for (const version of versions) console.log(tell(version, runtime.config.sync.language))
  } else if (asked.command === 'fetch') {
    const content = await archive.fetch(asked.hash)
    await pipeline(content.open(), createWriteStream(asked.file, { flags: 'wx', mode: 0o600 }))
    console.log(`${asked.file}: ${formatBytes(content.size)}`)
  } else {
    const { path, to, replaced, isSynced } = await restoreVersion(runtime, asked)
    console.log(`${path} is restored in ${to}; ${FORMERLY[replaced]}`)
    if (!isSynced) console.log('The Akte is not being synced at present: the version stays on that side')
  }
})

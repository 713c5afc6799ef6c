// The archived versions: list, fetch, an Akte as it was, restore.
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { Option } from 'commander'
import type { ArchivedVersion } from '../services/content/archive'
import { InvalidInputError } from '../services/errors'
import { type Language, type Reason, reasonText } from '../services/model/reasons'
import { officeMoment } from '../services/office-time'
import { restoreVersion } from '../services/sync/restore'
import { writeAkteAt } from '../services/sync/write-akte-at'
import { formatsOf } from '../services/text/formats'
import { purgeText } from '../services/text/purge'
import { terminalText } from '../services/text/terminal'
import { visible, visibleFields } from '../services/visible-text'
import { recordInTerminal } from './by-hand'
import { defineCommand, openRuntime, printJson, runAlone } from './command'

const SIDES = { windows: 'Windows', espo: 'EspoCRM' } as const

interface Place {
  path?: string
  json?: true
}

function tell(version: ArchivedVersion, language: Language): string {
  const { archivedAt, side, path, hash, reason, size } = version
  const formats = formatsOf(language)
  const why = reasonText(reason as Reason, language) ?? reason
  return `${formats.dateTime(archivedAt)}  ${side.padEnd(7)}  ${path}  (${formats.bytes(size)}, ${why})\n    ${hash}`
}

const list = defineCommand('list', 'Which versions of an Akte are kept, newest first', [
  ['archive list 12345', 'all of them'],
  ['archive list 12345 --path Klage.docx', 'those of one file'],
])
  .argument('<aktennummer>', 'which Akte')
  .option('--path <path>', 'only of this file')
  .option('--json', 'for machines')
  .action(async (aktennummer: string, { path, json }: Place) => {
    await openRuntime(async ({ config, systems }) => {
      const { language } = config.sync
      const filter = path === undefined ? { aktennummer } : { aktennummer, path }
      const versions = visibleFields(await systems.archive.list(filter))
      const hold = await systems.holds.of(aktennummer)
      if (hold !== null && !json) console.log(visible(`🔒 ${purgeText(language).held(hold)}`))
      if (json) printJson(versions)
      else if (versions.length === 0) console.log(terminalText(language).archive.none(aktennummer))
      else for (const version of versions) console.log(tell(version, language))
    })
  })

const fetch = defineCommand('fetch', 'Writes a version to a new file', [
  ['archive fetch 9f86d0… Klage-alt.docx', 'the hash is that of archive list'],
])
  .argument('<hash>', 'Blake3 of the version')
  .argument('<file>', 'where to; must not exist')
  .option('--json', 'for machines')
  .action(async (hash: string, file: string, { json }: Place) => {
    await openRuntime(async ({ config, systems }) => {
      const content = await systems.archive.fetch(hash)
      await pipeline(content.open(), createWriteStream(file, { flags: 'wx', mode: 0o600 }))
      if (json) printJson({ file, hash, bytes: content.size })
      else console.log(terminalText(config.sync.language).archive.fetched(file, content.size))
    })
  })

const at = defineCommand('at', 'Writes an Akte as it was at a moment, and says what is not known of it', [
  ['archive at 12345 2026-11-20T12:00 damals', 'by the clock of the office (SYNC_TIME_ZONE)'],
])
  .argument('<aktennummer>', 'which Akte')
  .argument('<time>', 'such as 2026-11-20T12:00')
  .argument('<folder>', 'where to; must be new or empty')
  .option('--json', 'for machines')
  .action(async (aktennummer: string, time: string, folder: string, { json }: Place) => {
    await openRuntime(async (runtime) => {
      const { language, timeZone } = runtime.config.sync
      const text = terminalText(language).archive
      const moment = officeMoment(time, timeZone)
      if (moment === null) throw new InvalidInputError(text.noTime(time))
      const akte = await writeAkteAt(runtime, { aktennummer, at: moment, folder })
      if (json) return printJson(akte)
      console.log(text.at(folder, akte.written.length, aktennummer, `${time} (${timeZone})`))
      for (const limit of akte.limits) console.log(`⚠️  ${text.limit(limit)}`)
      for (const { path, gap } of akte.unknown) console.log(`❔ ${path}: ${text.gap(gap)}`)
    })
  })

const restore = defineCommand('restore', 'Brings a version back as an ordinary new one', [
  ['archive restore 9f86d0… --akte 12345 --to windows', 'the next sync carries it to EspoCRM'],
])
  .argument('<hash>', 'Blake3 of the version')
  .requiredOption('--akte <aktennummer>', 'whose it was')
  .addOption(new Option('--to <side>', 'where to').choices(Object.keys(SIDES)).makeOptionMandatory())
  .option('--path <path>', 'the path it goes back to; the latest one unless told')
  .option('--json', 'for machines')
  .action(
    async (
      hash: string,
      { akte, to: side, path, json }: Place & { akte: string; to: keyof typeof SIDES },
    ) => {
      await openRuntime(async (runtime) => {
        const request = { hash, aktennummer: akte, to: SIDES[side], ...(path === undefined ? {} : { path }) }
        await recordInTerminal(runtime.config, 'ASK_RESTORE', [akte], `${path ?? hash} → ${SIDES[side]}`)
        const restored = await restoreVersion(runtime, request)
        if (json) return printJson(restored)
        const text = terminalText(runtime.config.sync.language).archive
        console.log(text.restored(visible(restored.path), restored.to, text.formerly[restored.replaced]))
        if (!restored.isSynced) console.log(text.notSynced)
      })
    },
  )

export const command = defineCommand('archive', 'The versions that would otherwise be lost')
  .addCommand(list)
  .addCommand(fetch)
  .addCommand(at)
  .addCommand(restore)

await runAlone(import.meta, command)

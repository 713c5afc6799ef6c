// The audit log: verify, show, rotate. Needs no other setting than SYNC_AUDIT_DIR and SYNC_LANGUAGE.

import type { AuditLine } from '../services/audit/audit-line'
import { readAudit } from '../services/audit/audit-reader'
import { rotateAudit } from '../services/audit/audit-rotate'
import { type AuditVerdict, verifyAudit } from '../services/audit/audit-verify'
import { systemClock } from '../services/clock'
import { auditDirectory, languageOf } from '../services/config'
import { type Reason, reasonText } from '../services/model/reasons'
import { formatsOf } from '../services/text/formats'
import { officeText } from '../services/text/office'
import { terminalText } from '../services/text/terminal'
import { visible, visibleFields, visibleJson } from '../services/visible-text'
import { defineCommand, EXIT, loadDotEnv, printJson, runAlone } from './command'
import { tableOf } from './table'

interface Options {
  json?: true
}

function open() {
  loadDotEnv()
  const language = languageOf()
  const directory = auditDirectory()
  return { directory, language, text: terminalText(language).audit, formats: formatsOf(language) }
}

function tell({ file, begins, lines, broken, torn, end }: AuditVerdict): string {
  const { text } = open()
  if (broken) {
    const why = broken.why === 'missing' ? text.why.missing(broken.had ?? 0) : text.why[broken.why]
    return `❌ ${text.broken(file, broken.line, why, lines)}`
  }
  const rests = torn.length > 0 ? `; ${text.torn(torn)}` : ''
  const earlier = begins > 1 ? `\n   ${text.earlier(begins - 1)}` : ''
  return `✅ ${text.intact(file, lines)}${rests}${earlier}\n   ${text.end(end)}`
}

const verify = defineCommand('verify', 'Was the log changed since it was written?', [
  ['audit verify', 'ends with 1 when something is wrong'],
])
  .option('--json', 'for machines')
  .action(async ({ json }: Options) => {
    const { directory, text } = open()
    const verdicts = visibleFields(await verifyAudit(directory))
    if (json) printJson(verdicts)
    else if (verdicts.length === 0) console.log(text.none(directory))
    else console.log(verdicts.map(tell).join('\n'))
    if (verdicts.some(({ broken }) => broken !== null)) process.exitCode = EXIT.failed
  })

const show = defineCommand('show', 'Who changed which document of an Akte, when, what and why', [
  ['audit show 12345', 'as a table'],
  ['audit show 12345 --json | jq .path', 'one JSON line per change'],
])
  .argument('<aktennummer>', 'which Akte')
  .option('--json', 'one JSON line per change, as it is in the log')
  .action(async (aktennummer: string, { json }: Options) => {
    const { directory, text, language, formats } = open()
    const rows: string[][] = []
    const why = ({ reason }: AuditLine) => reasonText(reason as Reason, language) ?? reason // a line may be older
    for await (const line of readAudit(directory)) {
      if (line.aktennummer !== aktennummer) continue
      if (json) console.log(visibleJson(line))
      else {
        const { time, side, path, action } = line
        const what = text.actions[action] ?? officeText(language).file.actions[action] ?? action
        rows.push([formats.dateTime(time), text.actor(action), side ?? '', path, what, why(line)])
      }
    }
    if (!json)
      console.log(rows.length === 0 ? text.noneOf(visible(aktennummer)) : tableOf(text.columns, rows))
  })

const rotate = defineCommand('rotate', "Puts this machine's log aside; the chain goes on in a new file", [
  ['audit rotate', 'afterwards the old file and its mark may be moved elsewhere, together'],
])
  .option('--json', 'for machines')
  .action(async ({ json }: Options) => {
    const { directory, text } = open()
    const rotated = await rotateAudit(directory, systemClock)
    if (json) printJson(rotated)
    else if (rotated.to === null) console.log(text.nothingToRotate(rotated.from))
    else console.log(`📦 ${text.rotated(rotated.from, rotated.to, rotated.lines)}`)
  })

export const command = defineCommand('audit', 'The log of every change to a document')
  .addCommand(verify)
  .addCommand(show)
  .addCommand(rotate)

await runAlone(import.meta, command)

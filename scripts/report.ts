// What the last syncs of an Akte did, newest first.
import { type Language, reasonText } from '../services/model/reasons'
import type { FileReport, SyncReport } from '../services/model/report'
import { formatsOf } from '../services/text/formats'
import { officeText } from '../services/text/office'
import { purgeText } from '../services/text/purge'
import { terminalText } from '../services/text/terminal'
import { visible, visibleFields } from '../services/visible-text'
import { pad, width } from './columns'
import { defineCommand, openRuntime, printJson, runAlone, wholeNumber } from './command'

const MARKS = { done: '✅', skipped: '·', deferred: '⏳', flagged: '🚩', failed: '❌' } as const
const RESULTS = { synced: '✅', deferred: '⏳', failed: '❌', stopped: '🛑' } as const

function tell(report: SyncReport, language: Language): string[] {
  const { startedAt, durationMs, result, counts, bytes, message, items, omitted } = report
  const [text, formats] = [officeText(language), formatsOf(language)]
  const done = Object.entries(counts).flatMap(([what, count]) =>
    count > 0 ? [text.counts[what]?.(count) ?? `${count} ${what}`] : [],
  )
  const head = [
    formats.dateTime(startedAt),
    text.results[result],
    ...done,
    formats.bytes(bytes),
    formats.duration(durationMs),
  ]
  const lines = ['', `${RESULTS[result]} ${head.join(' · ')}`]
  if (items.length === 0 && message !== null) lines.push(`   ${message}`)
  const what = ({ action, outcome }: FileReport) =>
    outcome === 'done' ? (text.file.actions[action] ?? action) : (text.file.outcomes[outcome] ?? outcome)
  const first = Math.max(0, ...items.map((item) => width(what(item))))
  const second = Math.min(60, Math.max(0, ...items.map(({ path }) => width(path))))
  const why = ({ reason, message: said, bytes: moved, archived }: FileReport) => {
    const archive = archived && terminalText(language).report.archived(archived)
    const notes = [moved > 0 ? formats.bytes(moved) : '', archive].filter(Boolean)
    return `${said ?? reasonText(reason, language)}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`
  }
  for (const item of items) {
    lines.push(`   ${MARKS[item.outcome]} ${pad(what(item), first)}  ${pad(item.path, second)}  ${why(item)}`)
  }
  return omitted > 0 ? [...lines, `   … ${text.report.omitted(omitted)}`] : lines
}

export const command = defineCommand('report', 'What the last syncs of an Akte did, newest first', [
  ['report 12345', 'the last three'],
  ['report 12345 --last 20 --json', 'all that are kept, for machines'],
])
  .argument('<aktennummer>', 'which Akte')
  .option('--last <number>', 'so many', wholeNumber(1), 3)
  .option('--json', 'for machines')
  .action(async (akte: string, { last, json }: { last: number; json?: true }) => {
    await openRuntime(async ({ config, systems }) => {
      const { language } = config.sync
      const reports = visibleFields(await systems.reports.list(akte, last))
      const hold = await systems.holds.of(akte)
      if (hold !== null && !json) console.log(visible(`🔒 ${purgeText(language).held(hold)}`))
      if (json) printJson(reports)
      else if (reports.length === 0) console.log(terminalText(language).report.none(visible(akte)))
      else console.log(reports.flatMap((report) => tell(report, language)).join('\n'))
    })
  })

await runAlone(import.meta, command)

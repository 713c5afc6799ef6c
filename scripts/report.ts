// What the last syncs of an Akte did, newest first: npm run report -- 12345 [--last <number>] [--json]
// Exit codes: 0 printed · 1 not possible · 2 wrong usage
import { parseArgs } from 'node:util'
import { formatBytes } from '../services/format'
import { type Language, reasonText } from '../services/model/reasons'
import type { FileReport, SyncReport } from '../services/model/report'
import { pad, width } from './columns'
import { readArguments, runWithRuntime } from './command'

const USAGE = 'Usage: npm run report -- <Aktennummer> [--last <number>] [--json]'
const MARKS = { done: '✅', skipped: '·', deferred: '⏳', flagged: '🚩', failed: '❌' } as const
const RESULTS = { synced: '✅', deferred: '⏳', failed: '❌', stopped: '🛑' } as const

function tell(report: SyncReport, language: Language): string[] {
  const { startedAt, durationMs, result, counts, bytes, message, items, omitted } = report
  const done = Object.entries(counts).flatMap(([what, count]) => (count > 0 ? [`${count} ${what}`] : []))
  const head = [
    startedAt.slice(0, 19).replace('T', ' '),
    result,
    ...done,
    formatBytes(bytes),
    `${durationMs} ms`,
  ]
  const lines = ['', `${RESULTS[result]} ${head.join(' · ')}`]
  if (items.length === 0 && message !== null) lines.push(`   ${message}`)
  const column = Math.min(60, Math.max(0, ...items.map(({ path }) => width(path))))
  const why = ({ reason, message: said, bytes: moved, archived }: FileReport) => {
    const notes = [moved > 0 ? formatBytes(moved) : '', archived ? `archive: ${archived}` : ''].filter(
      Boolean,
    )
    return `${said ?? reasonText(reason, language)}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`
  }
  for (const item of items) {
    lines.push(`   ${MARKS[item.outcome]} ${pad(item.action, 14)}  ${pad(item.path, column)}  ${why(item)}`)
  }
  return omitted > 0 ? [...lines, `   … ${omitted}`] : lines
}

const { akte, last, json } = readArguments(USAGE, () => {
  const options = {
    last: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  } as const
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  const [akte, ...more] = positionals
  const last = Number(values.last)
  const isMeant = akte !== undefined && more.length === 0 && Number.isInteger(last) && last > 0
  return isMeant ? { akte, last, json: values.json } : undefined
})

await runWithRuntime(async ({ config, systems }) => {
  const reports = await systems.reports.list(akte, last)
  if (json) console.log(JSON.stringify(reports, null, 2))
  else if (reports.length === 0) console.log(`No report of Akte ${akte} within the last 30 days`)
  else console.log(reports.flatMap((report) => tell(report, config.sync.language)).join('\n'))
})

import type { ActionName } from '../services/model/model'
import type { Reason } from '../services/model/reasons'
import type { FileReport, SyncReport } from '../services/model/report'
import { formatsOf } from '../services/text/formats'
import { pad, width } from './columns'

const TITLES: Record<ActionName, string> = {
  CREATE: '🆕 created',
  UPDATE_ESPO: '⬇️  updated',
  UPLOAD_WINDOWS: '⬆️  uploaded',
  DELETE: '🗑️  deleted',
  SKIP: '⏭️  skipped',
}
const MEANINGS: Record<ActionName, string> = {
  CREATE: 'Windows → new document in EspoCRM',
  UPDATE_ESPO: 'Windows → EspoCRM',
  UPLOAD_WINDOWS: 'EspoCRM → Windows',
  DELETE: 'gone from Windows',
  SKIP: 'nothing to move',
}
const ORDER = Object.keys(TITLES) as ActionName[]
const MARKS: Partial<Record<FileReport['outcome'], string>> = {
  failed: '❌ ',
  flagged: '🚩 ',
  deferred: '⏳ ',
}

/** What to do, in the demo, about a file that is left alone. */
const ADVICE: Partial<Record<Reason, string>> = {
  'not in the History': "enter it on the office's page",
}

/** The files that the report only counts, by reason. */
function countedLine({ items, reasons }: SyncReport): string[] {
  const counted = Object.entries(reasons).flatMap(([reason, count]) => {
    const rest = count - items.filter((item) => item.reason === reason).length
    const advice = ADVICE[reason as Reason]
    return rest > 0 ? [`${rest} ${reason}${advice ? ` (${advice})` : ''}`] : []
  })
  return counted.length > 0 ? ['', `  · nothing to do: ${counted.join(', ')}`] : []
}

/** A table of what was created, updated, uploaded and skipped, and why. */
export function reportLines(report: SyncReport): string[] {
  const column = Math.min(60, Math.max(...report.items.map(({ path }) => width(path)), 8)) + 2
  const lines: string[] = []
  for (const action of ORDER) {
    const items = report.items.filter((item) => item.action === action)
    if (items.length === 0) continue
    lines.push('', `  ${TITLES[action]} (${items.length}) · ${MEANINGS[action]}`)
    for (const { path, reason, outcome, detail, bytes, archived } of items) {
      const kept = archived && `the ${archived} version is in the archive`
      const why = [reason, detail, kept, ADVICE[reason]].filter(Boolean).join(' · ')
      lines.push(
        `     ${pad(path, column)} ${MARKS[outcome] ?? ''}${why}${bytes ? ` (${formatsOf('en').bytes(bytes)})` : ''}`,
      )
    }
  }
  return [...lines, ...countedLine(report)]
}

import { z } from 'zod'
import { formatBytes } from '../services/format'
import { pad, width } from './columns'

/** The part of the step's report that the demo shows. */
export const reportSchema = z.object({
  result: z.string(),
  message: z.string().nullish(),
  durationMs: z.number().nullish(),
  reasons: z.record(z.string(), z.number()),
  items: z.array(
    z.object({
      path: z.string(),
      action: z.string(),
      reason: z.string().nullish(),
      outcome: z.string(),
      detail: z.string().nullish(),
      bytes: z.number().nullish(),
    }),
  ),
})
export type Report = z.infer<typeof reportSchema>

const TITLES: Record<string, string> = {
  CREATE: '🆕 created',
  UPDATE_ESPO: '⬇️  updated',
  UPLOAD_WINDOWS: '⬆️  uploaded',
  DELETE: '🗑️  deleted',
  SKIP: '⏭️  skipped',
}
const MEANINGS: Record<string, string> = {
  CREATE: 'Windows → new document in EspoCRM',
  UPDATE_ESPO: 'Windows → EspoCRM',
  UPLOAD_WINDOWS: 'EspoCRM → Windows',
  DELETE: 'gone from Windows',
  SKIP: 'nothing to move',
}
const ORDER = Object.keys(TITLES)

/** The files that the report only counts, by reason. */
function countedLine({ items, reasons }: Report): string[] {
  const counted = Object.entries(reasons).flatMap(([reason, count]) => {
    const rest = count - items.filter((item) => item.reason === reason).length
    return rest > 0 ? [`${rest} ${reason}`] : []
  })
  return counted.length > 0 ? ['', `  · nothing to do: ${counted.join(', ')}`] : []
}

/** A table of what was created, updated, uploaded and skipped, and why. */
export function reportLines(report: Report): string[] {
  const column = Math.min(60, Math.max(...report.items.map(({ path }) => width(path)), 8)) + 2
  const lines: string[] = []
  for (const action of [
    ...ORDER,
    ...new Set(report.items.map((item) => item.action).filter((a) => !ORDER.includes(a))),
  ]) {
    const items = report.items.filter((item) => item.action === action)
    if (items.length === 0) continue
    lines.push('', `  ${TITLES[action] ?? action} (${items.length}) · ${MEANINGS[action] ?? ''}`)
    for (const { path, reason, outcome, detail, bytes } of items) {
      const mark = { failed: '❌ ', flagged: '🚩 ', deferred: '⏳ ' }[outcome] ?? ''
      const why = [reason, detail].filter(Boolean).join(' · ')
      lines.push(`     ${pad(path, column)} ${mark}${why}${bytes ? ` (${formatBytes(bytes)})` : ''}`)
    }
  }
  return [...lines, ...countedLine(report)]
}

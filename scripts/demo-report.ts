import { z } from 'zod'

/** The part of the step's report that the demo shows. */
export const reportSchema = z.object({
  result: z.string(),
  message: z.string().nullish(),
  durationMs: z.number().nullish(),
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

/** Terminal columns of a text: emoji count two, their joiners and marks none. */
const width = (text: string) =>
  [...text.normalize('NFC')].reduce(
    (sum, one) => sum + (/\p{M}|\uFE0F/u.test(one) ? 0 : /\p{Emoji_Presentation}/u.test(one) ? 2 : 1),
    0,
  )
const pad = (text: string, columns: number) => text + ' '.repeat(Math.max(0, columns - width(text)))

export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  return bytes < 1024 ** 2 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1024 ** 2).toFixed(1)} MB`
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
      lines.push(`     ${pad(path, column)} ${mark}${why}${bytes ? ` (${size(bytes)})` : ''}`)
    }
  }
  return lines
}

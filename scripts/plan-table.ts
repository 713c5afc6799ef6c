import type { Language } from '../services/model/reasons'
import type { AktePlan, PlannedFile } from '../services/sync/plan'
import { formatsOf } from '../services/text/formats'
import { terminalText } from '../services/text/terminal'
import { pad, width } from './columns'

const ORDER = ['act', 'deferred', 'flagged', 'failed', 'nothing'] as const

const ACTION_MARKS = { CREATE: '🆕', UPDATE_ESPO: '⬇️', UPLOAD_WINDOWS: '⬆️', DELETE: '🗑️', SKIP: '⏭️' } as const
const MARKS = { deferred: '⏳', flagged: '🚩', failed: '❌', nothing: '·' } as const

/** A plan as lines for a terminal: what is to be done first, what is in order last. */
export function planLines(plan: AktePlan, language: Language): string[] {
  const words = terminalText(language).plan
  const formats = formatsOf(language)
  const lines = ['', `Akte ${plan.aktennummer} · ${words.title}`]
  if (plan.message !== null) lines.push(`${plan.state === 'stopped' ? '🛑' : '⚠️'} ${plan.message}`)
  if (plan.ablage) lines.push(`📦 ${words.ablage}`)
  if (plan.state === 'inactive') return lines
  if (plan.files.length === 0) return [...lines, words.empty]

  const groups = ORDER.map((outcome) => plan.files.filter((file) => file.outcome === outcome))
  const counts = groups.flatMap((group, i) =>
    group.length > 0 ? [`${group.length} ${words.counts[ORDER[i] ?? 'act']}`] : [],
  )
  const bytes = plan.files.reduce((sum, file) => sum + file.bytes, 0)
  lines.push(`${counts.join(', ')}${bytes > 0 ? ` · ${formats.bytes(bytes)}` : ''}`, '')

  const what = ({ outcome, action }: PlannedFile) =>
    outcome === 'act'
      ? `${ACTION_MARKS[action]} ${words.act[action]}`
      : `${MARKS[outcome]} ${words.other[outcome]}`
  const first = Math.max(...plan.files.map((file) => width(what(file))))
  const second = Math.min(60, Math.max(...plan.files.map(({ path }) => width(path))))
  for (const file of groups.flat()) {
    const notes = [
      file.bytes > 0 ? formats.bytes(file.bytes) : '',
      file.archive ? words.archive(file.archive) : '',
      file.metadata ? words.metadata : '',
    ].filter(Boolean)
    const why = notes.length > 0 ? `${file.message} (${notes.join(', ')})` : file.message
    lines.push(`  ${pad(what(file), first)}  ${pad(file.path, second)}  ${why}`)
  }
  return lines
}

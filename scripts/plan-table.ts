import type { Language } from '../services/model/reasons'
import type { AktePlan, PlannedFile } from '../services/sync/plan'
import { formatsOf } from '../services/text/formats'
import { terminalText } from '../services/text/terminal'
import { pad, width } from './columns'

const ORDER = ['act', 'deferred', 'flagged', 'failed', 'nothing'] as const

<<<<<<< HEAD
const WORDS = {
  de: {
    title: 'Was eine Synchronisation jetzt tun würde (nichts wurde geändert)',
    ablage: 'In Advoware abgelegt: wird danach auf Deaktiviert gesetzt',
    empty: 'Keine Dateien',
    archive: {
      Windows: 'die Windows-Fassung kommt ins Archiv',
      EspoCRM: 'die EspoCRM-Fassung kommt ins Archiv',
    },
    metadata: 'Angaben aus der Historie werden übernommen',
    counts: {
      act: 'zu tun',
      deferred: 'warten',
      flagged: 'zu klären',
      failed: 'fehlerhaft',
      nothing: 'in Ordnung',
    },
    act: {
      CREATE: '🆕 neu in EspoCRM',
      UPDATE_ESPO: '⬇️ nach EspoCRM',
      UPLOAD_WINDOWS: '⬆️ nach Windows',
      DELETE: '🗑️ löschen',
      SKIP: '⏭️ nichts',
    },
    other: { deferred: '⏳ wartet', flagged: '🚩 zu klären', failed: '❌ Fehler', nothing: '· nichts' },
  },
  en: {
    title: 'What a sync would do now (nothing was changed)',
    ablage: 'Archived in Advoware: closed in EspoCRM afterwards',
    empty: 'No files',
    archive: { Windows: 'the Windows version is archived', EspoCRM: 'the EspoCRM version is archived' },
    metadata: 'metadata from the History is updated',
    counts: {
      act: 'to do',
      deferred: 'waiting',
      flagged: 'flagged',
      failed: 'failing',
      nothing: 'in order',
    },
    act: {
      CREATE: '🆕 new in EspoCRM',
      UPDATE_ESPO: '⬇️ to EspoCRM',
      UPLOAD_WINDOWS: '⬆️ to Windows',
      DELETE: '🗑️ delete',
      SKIP: '⏭️ nothing',
    },
    other: { deferred: '⏳ waits', flagged: '🚩 flagged', failed: '❌ fails', nothing: '· nothing' },
  },
} as const

/** A plan as lines for a terminal: files with work first, those in order last. */
=======
/** A plan as lines for a terminal: what is to be done first, what is in order last. */
>>>>>>> 5d2ddf1 (Each Akte keeps its latest cause, whoever met it; one kept library for the commands; audit rotate; a catalogue of texts in both languages)
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
    outcome === 'act' ? words.act[action] : words.other[outcome]
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

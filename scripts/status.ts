// An overview of the whole sync, as the Workbench shows it. npm run status [-- --json] [--state failed] [--search 123]
import { parseArgs } from 'node:util'
import Table from 'cli-table3'
import { knownText, nextTryText, progressText, stateText } from '../services/api/akte-text'
import { type Akte, type Akten, AktenView } from '../services/api/akten-view'
import { listQuerySchema } from '../services/api/schemas'
import { systemClock } from '../services/clock'
import { formatDuration, formatWhen } from '../services/format'
import { openRedis, openTerminal, runCommand } from './command'

/** Plain columns without lines, easy to read and to cut. */
const NO_LINES = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid', 'middle']
    .flatMap((part) => [part, `${part}-mid`, `${part}-left`, `${part}-right`])
    .map((part) => [part, '']),
)

function headLines({
  counts,
  paused,
  lock,
  oldestPendingSeconds,
  oldestOverdueSeconds,
  causes,
}: Akten): string[] {
  const { pending, processing, failed, stopped } = counts
  const lines = [`📋 ${pending} pending · ${processing} processing · ${failed} given up · ${stopped} stopped`]
  if (paused !== null) lines.push(`⏸️  The sync is paused: ${paused}`)
  if (lock)
    lines.push(`🔒 Lock: Akte ${lock.aktennummer}${lock.isAlive ? '' : ', its holder has no heartbeat'}`)
  if (oldestPendingSeconds > 0) lines.push(`⏳ Oldest waits ${formatDuration(oldestPendingSeconds * 1000)}`)
  if (oldestOverdueSeconds > 60) {
    lines.push(
      `⚠️  Due for ${formatDuration(oldestOverdueSeconds * 1000)} and not taken: is the server running?`,
    )
  }
  for (const { cause, count } of causes) lines.push(`❌ ${count} × ${cause || 'no reason given'}`)
  return lines
}

function row(akte: Akte): string[] {
  const { aktennummer, lastRun, progress } = akte
  return [
    aktennummer,
    stateText(akte),
    lastRun ? formatWhen(lastRun.finishedAt) : '–',
    lastRun ? formatDuration(lastRun.durationMs) : '–',
    nextTryText(akte),
    (progress ? progressText(progress) : knownText(akte)).replace(/\s+/g, ' '),
  ].map((text) => text.replace(/\p{Cc}/gu, '?')) // names come from Redis: no control characters for the terminal
}

function tableOf(akten: Akte[], columns: number): string {
  const known = Math.max(20, columns - 82)
  const table = new Table({
    head: ['Akte', 'State', 'Last sync', 'Duration', 'Next attempt', 'Details'],
    colWidths: [14, 12, 14, 13, 17, known],
    wordWrap: true,
    chars: NO_LINES,
    style: { head: process.stdout.isTTY ? ['bold'] : [], border: [], compact: true, 'padding-left': 0 },
  })
  table.push(...akten.map(row))
  return table.toString()
}

await runCommand(async () => {
  const text = { type: 'string' } as const
  const options = { json: { type: 'boolean' }, state: text, search: text, limit: text } as const
  const { json, ...query } = parseArgs({ options }).values
  const { config } = openTerminal()
  await openRedis(config, async (redis) => {
    const view = new AktenView(redis, systemClock, config.sync.language)
    const akten = await view.list(listQuerySchema.parse(query))
    if (json) return console.log(JSON.stringify(akten, null, 2))
    for (const line of headLines(akten)) console.log(line)
    if (akten.akten.length > 0) console.log(`\n${tableOf(akten.akten, process.stdout.columns ?? 140)}`)
    if (akten.total > akten.akten.length)
      console.log(`${akten.akten.length} of ${akten.total} Akten; --search finds the others`)
  })
})

// The whole sync at one glance, as the page /office shows it.
import { Option } from 'commander'
import { AkteText } from '../services/api/akte-text'
import { type Akte, type Akten, AktenView, type Filter } from '../services/api/akten-view'
import { filterSchema, listQuerySchema } from '../services/api/schemas'
import { connectSystems } from '../services/app/systems'
import { systemClock } from '../services/clock'
import type { Language } from '../services/model/reasons'
import { FreshnessCounter } from '../services/sync/freshness'
import { formatsOf } from '../services/text/formats'
import { officeText } from '../services/text/office'
import { presenceText } from '../services/text/presence'
import { sweepText } from '../services/text/sweep'
import { terminalText } from '../services/text/terminal'
import { visible, visibleFields } from '../services/visible-text'
import { defineCommand, EXIT, openRedis, openTerminal, printJson, runAlone, wholeNumber } from './command'
import { tableOf } from './table'

/** Nothing that is due may wait longer than a few ticks. */
const OVERDUE_SECONDS = 60

interface Options {
  state?: Filter
  search?: string
  limit?: number
  json?: true
}

const holderText = ({ isForeign }: { isForeign: boolean }, language: Language): string => {
  const { lockOfStranger, lockOfOurs } = presenceText(language)
  return isForeign ? lockOfStranger : lockOfOurs
}

/** Whether somebody polls, and what is wrong with those who do. */
function presenceLines({ polling, differences, emptied, language }: Akten): string[] {
  const { isPolling, since, lastTick } = polling
  const [text, presence] = [terminalText(language), presenceText(language)]
  const { when } = formatsOf(language)
  const silent = lastTick === null ? presence.never : text.notPollingSince(when(lastTick))
  const lines = [isPolling && since ? `🟢 ${text.pollingSince(when(since))}` : `🔴 ${silent}`]
  for (const difference of differences) lines.push(`⚠️  ${difference}`)
  if (emptied) lines.push(`⚠️  ${presence.emptied(when(emptied.at), emptied.recalled)}`)
  return lines
}

function headLines(akten: Akten): string[] {
  const { counts, paused, lock, oldestPendingSeconds, oldestOverdueSeconds, causes, language } = akten
  const text = terminalText(language).status
  const lines = [
    `📋 ${text.counts(counts.pending, counts.processing, counts.failed, counts.stopped)}`,
    `${counts.unsynced === 0 ? '✅' : '🔄'} ${text.agreement(counts.synced, counts.unsynced)}`,
  ]
  if (counts.flagged > 0) lines.push(`🚩 ${text.flagged(counts.flagged)}`)
  if (paused !== null) lines.push(`⏸️  ${text.paused(paused)}`)
  if (lock)
    lines.push(
      `🔒 ${text.lock(lock.aktennummer, lock.isAlive)}${lock.isAlive ? '' : `: ${holderText(lock, language)}`}`,
    )
  if (oldestPendingSeconds > 0) lines.push(`⏳ ${text.oldest(oldestPendingSeconds * 1000)}`)
  if (oldestOverdueSeconds > OVERDUE_SECONDS && paused === null)
    lines.push(`⚠️  ${text.overdue(oldestOverdueSeconds * 1000)}`)
  lines.push(...sweepLines(akten))
  for (const { cause, count } of causes) lines.push(`❌ ${text.cause(count, cause)}`)
  return lines
}

/** What nobody asked for: how fresh the office is, the first import, and what the sweep found. */
function sweepLines({ freshness, swept, drift, firstImport, language }: Akten): string[] {
  const text = sweepText(language)
  const now = systemClock.now().getTime()
  const lines: string[] = []
  if (freshness !== null) lines.push(`📊 ${text.freshness(freshness, now)}`)
  if (firstImport !== null) lines.push(`📥 ${text.firstImport(firstImport)}`)
  if (swept > 0) lines.push(`🧺 ${text.swept(swept)}`)
  for (const { side, changes, announcedAt } of drift) {
    if (changes === 0 || side === 'Advoware') continue
    lines.push(`⚠️  ${text.drift(side, announcedAt === null ? null : now - Date.parse(announcedAt), changes)}`)
  }
  return lines
}

function rowOf(akte: Akte, words: AkteText, language: Language): string[] {
  const { when } = formatsOf(language)
  const at = (time: string | null) => (time === null ? '–' : when(time))
  const { aktennummer, progress, lastSynced, lastTry } = akte
  const known = progress ? words.progress(progress) : words.known(akte)
  return [aktennummer, words.state(akte), at(lastSynced), at(lastTry), words.nextTry(akte), known]
}

export const command = defineCommand('status', 'Is the office in sync, and what keeps it from being so?', [
  ['status', 'the office at one glance'],
  ['status --state open', 'only what needs a person'],
  ['status --search 123/24', 'one Akte'],
  ['status --json | jq .counts', 'for machines'],
])
  .addOption(new Option('--state <state>', 'only these').choices(filterSchema.options))
  .option('--search <part>', 'only Aktennummern that contain this')
  .option('--limit <number>', 'at most so many', wholeNumber(1))
  .option('--json', 'as GET /akten answers')
  .action(async ({ json, ...query }: Options) => {
    const { config, context } = openTerminal()
    const { language } = config.sync
    await openRedis(config, async (redis) => {
      const { espo, holds } = connectSystems(context, redis, config)
      await holds.all().catch(() => {}) // what an emptied Redis forgot is shown again, where the folder can be read
      const freshness = new FreshnessCounter(redis, systemClock, espo, language)
      await freshness.refresh()
      const trouble = await freshness.trouble()
      const view = new AktenView(redis, language)
      const akten = visibleFields(await view.list(listQuerySchema.parse(query)))
      const { isPolling } = akten.polling
      if (!isPolling) process.exitCode = EXIT.failed
      if (json) return printJson(akten)
      for (const line of [...presenceLines(akten), ...headLines(akten)]) console.log(line)
      if (trouble !== null) console.log(`🔌 ${visible(trouble)}`)
      if (akten.akten.length > 0) {
        const { akte, state, lastSync, lastTry, nextTry, known } = officeText(language).columns
        const words = new AkteText(language)
        const rows = akten.akten.map((one) => rowOf(one, words, language))
        console.log(`\n${tableOf([akte, state, lastSync, lastTry, nextTry, known], rows)}`)
      }
      if (akten.total > akten.akten.length)
        console.log(terminalText(language).status.more(akten.akten.length, akten.total))
      if (!isPolling) console.error(`❌ ${terminalText(language).noServer}`)
    })
  })

await runAlone(import.meta, command)

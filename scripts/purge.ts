// Removes what is kept of an Akte for good: what would go first, then a receipt.
import { createInterface } from 'node:readline/promises'
import type { PurgePreview, PurgeReceipt } from '../services/model/purge'
import type { Language } from '../services/model/reasons'
import { previewPurge, purgeAkte } from '../services/purge/purge'
import { purgeText } from '../services/text/purge'
import { visibleFields } from '../services/visible-text'
import { actorOf, defineCommand, EXIT, openRuntime, printJson, runAlone } from './command'

interface Options {
  reason?: string
  force?: true
  yes?: true
  json?: true
}

function tellPreview(
  { aktennummer, counts, obstacles }: PurgePreview,
  language: Language,
  force?: true,
): void {
  const text = purgeText(language)
  console.log(text.preview(aktennummer))
  for (const line of text.counts(counts)) console.log(`   ${line}`)
  if (counts.shared > 0) console.log(`   ${text.stays(counts.shared)}`)
  console.log(text.untouched)
  for (const obstacle of obstacles) console.log(`🛑 ${text.obstacle(aktennummer, obstacle)}`)
  if (force && obstacles.some(({ kind }) => kind === 'to be synced')) console.log(`⚠️  ${text.forceFollows}`)
}

function tellReceipt({ aktennummer, counts, purge, proof }: PurgeReceipt, language: Language): void {
  const text = purgeText(language)
  console.log(`🧽 ${text.receipt(aktennummer)}`)
  for (const line of text.counts(counts)) console.log(`   ${line}`)
  console.log(`🧾 ${text.proof(purge, proof)}`)
}

/** True when a person types the Aktennummer; false where there is nobody to ask. */
async function isConfirmed(aktennummer: string, language: Language): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return false
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const typed = await terminal.question(purgeText(language).question(aktennummer))
  terminal.close()
  return typed.trim() === aktennummer
}

export const command = defineCommand('purge', 'Removes what is kept of an Akte for good', [
  ['purge 12345', 'only says what would go'],
  ['purge 12345 --reason "Art. 17 DSGVO"', 'says it, asks, purges, and prints a receipt'],
  ['purge 12345 --reason "…" --yes --json', 'without asking; the receipt for machines'],
])
  .argument('<aktennummer>', 'which Akte')
  .option('--reason <text>', 'why; stays in the audit log, without the Aktennummer')
  .option('--force', 'also while the Akte is still to be synced')
  .option('--yes', 'without asking')
  .option('--json', 'for machines')
  .action(async (aktennummer: string, { reason, force, yes, json }: Options) => {
    await openRuntime(async (runtime) => {
      const { language } = runtime.config.sync
      const text = purgeText(language)
      const preview = visibleFields(await previewPurge(runtime, aktennummer))
      if (!json) tellPreview(preview, language, force)
      if (reason === undefined) {
        if (json) printJson(preview)
        else console.log(text.dryRun)
        return
      }
      if (preview.obstacles.some(({ kind }) => kind !== 'to be synced' || !force)) {
        if (json) printJson(preview)
        process.exitCode = EXIT.failed
        return
      }
      if (!yes && !(await isConfirmed(aktennummer, language))) {
        console.error(`❌ ${text.notConfirmed} (--yes)`)
        process.exitCode = EXIT.usage
        return
      }
      const request = { aktennummer, reason, by: actorOf(), isForced: force === true }
      const receipt = visibleFields(await purgeAkte(runtime, request))
      if (json) printJson(receipt)
      else tellReceipt(receipt, language)
    })
  })

await runAlone(import.meta, command)

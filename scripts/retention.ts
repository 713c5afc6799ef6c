// Akten that are closed and whose years are over, and what is kept of them here; purges them with --apply.
import { describeError } from '../services/errors'
import type { PurgeReceipt } from '../services/model/purge'
import { purgeAkte } from '../services/purge/purge'
import { listRetention, type RetentionAkte } from '../services/purge/retention'
import { type PurgeText, purgeText } from '../services/text/purge'
import { visible, visibleFields } from '../services/visible-text'
import { actorOf, defineCommand, EXIT, openRuntime, printJson, runAlone } from './command'
import { tableOf } from './table'

interface Options {
  apply?: true
  reason?: string
  json?: true
}

const rowOf = (text: PurgeText, { aktennummer, last, until, state, hold }: RetentionAkte): string[] => [
  aktennummer,
  last?.day ?? '–',
  last === null ? '–' : text.retention.sources[last.source],
  until ?? '–',
  hold === null ? text.retention.states[state] : text.held(hold),
]

export const command = defineCommand('retention', 'Akten whose years are over (RETENTION_YEARS)', [
  ['retention', 'lists them; changes nothing'],
  ['retention --apply', 'purges them, and prints a receipt for each'],
])
  .option('--apply', 'purges those whose years are over')
  .option('--reason <text>', 'why; stays in the audit log, without the Aktennummer')
  .option('--json', 'for machines')
  .action(async ({ apply, reason, json }: Options) => {
    await openRuntime(async (runtime) => {
      const { language, retentionYears } = runtime.config.sync
      const text = purgeText(language)
      const akten = visibleFields(await listRetention(runtime))
      const due = akten.filter(({ state }) => state === 'due')
      if (!json) {
        if (akten.length > 0)
          console.log(
            tableOf(
              text.retention.columns,
              akten.map((akte) => rowOf(text, akte)),
            ),
          )
        if (due.length === 0) console.log(text.retention.none(retentionYears))
        else if (!apply) console.log(text.retention.apply(due.length))
      }
      const receipts: PurgeReceipt[] = []
      for (const { aktennummer } of apply ? due : []) {
        const why = reason ?? text.retention.reason(retentionYears)
        try {
          const request = { aktennummer, by: actorOf(), reason: why, isForced: false }
          const receipt = visibleFields(await purgeAkte(runtime, request))
          receipts.push(receipt)
          if (!json) console.log(`🧾 Akte ${aktennummer}: ${text.proof(receipt.purge, receipt.proof)}`)
        } catch (error) {
          process.exitCode = EXIT.failed
          console.error(`❌ Akte ${aktennummer}: ${visible(describeError(error))}`)
        }
      }
      if (json) printJson({ akten, receipts })
      else if (apply && due.length > 0) console.log(text.retention.purged(receipts.length))
    })
  })

await runAlone(import.meta, command)

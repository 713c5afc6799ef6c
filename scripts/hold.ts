// Keeps everything of an Akte until the hold is released: nothing is purged, nothing goes by age.
import type { Command } from 'commander'
import { placeHold, releaseHold } from '../services/purge/hold'
import { purgeText } from '../services/text/purge'
import { visible, visibleFields } from '../services/visible-text'
import { actorOf, defineCommand, EXIT, openRuntime, printJson, runAlone } from './command'

interface Options {
  reason?: string
  release?: true
  json?: true
}

/** All Akten that are held. */
async function list(json: true | undefined): Promise<void> {
  await openRuntime(async ({ systems, config }) => {
    const text = purgeText(config.sync.language)
    const holds = [...(await systems.holds.all())].map(([aktennummer, hold]) => ({ aktennummer, ...hold }))
    if (json) return printJson(visibleFields(holds))
    if (holds.length === 0) console.log(text.hold.none)
    for (const { aktennummer, ...hold } of holds)
      console.log(visible(`🔒 ${aktennummer}: ${text.held(hold)}`))
  })
}

export const command = defineCommand('hold', 'Keeps everything of an Akte until it is released', [
  ['hold', 'which Akten are held'],
  ['hold 12345 --reason "Haftungsfall"', 'from now on nothing of it is purged or goes by age'],
  ['hold 12345 --release', 'ends that'],
])
  .argument('[aktennummer]', 'which Akte; without one: all that are held')
  .option('--reason <text>', 'why')
  .option('--release', 'ends the hold')
  .option('--json', 'for machines')
  .action(async (aktennummer: string | undefined, options: Options, self: Command) => {
    const { reason, release, json } = options
    if (aktennummer === undefined) {
      if (release || reason !== undefined) self.error('error: name an Akte')
      return list(json)
    }
    if (!release && reason === undefined) self.error('error: give --reason, or --release')
    await openRuntime(async (runtime) => {
      const text = purgeText(runtime.config.sync.language)
      const request = { aktennummer, by: actorOf(), reason: reason ?? '' }
      const isReleased = release ? await releaseHold(runtime, request) : false
      const hold = release ? null : await placeHold(runtime, request)
      if (json) printJson(visibleFields({ aktennummer, hold }))
      else if (hold !== null) console.log(`🔒 ${text.hold.placed(aktennummer)}`)
      else console.log(isReleased ? `🔓 ${text.hold.released(aktennummer)}` : text.hold.notHeld(aktennummer))
      if (release && !isReleased) process.exitCode = EXIT.failed
    })
  })

await runAlone(import.meta, command)

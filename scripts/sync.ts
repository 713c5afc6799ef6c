// Requests syncs and follows them. npm run sync -- 12345 124/24 [--force] [--no-wait]
// Exit codes: 0 all in sync · 1 a sync failed (it will be retried, or was given up) · 2 wrong usage ·
// 3 stopped for safety · 4 a file is in use, the rest is in sync
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { MultiBar, Presets, type SingleBar } from 'cli-progress'
import type { Redis } from 'ioredis'
import { knownText, progressText, STATE_LABELS } from '../services/api/akte-text'
import { type Akte, AktenView } from '../services/api/akten-view'
import { systemClock } from '../services/clock'
import type { Config } from '../services/config'
import { isAktennummer } from '../services/model/aktennummer'
import { AktenOperations } from '../services/queue/akten-operations'
import { openRedis, openTerminal, readArguments, runCommand } from './command'
import { type Ending, endingOf, exitCodeOf } from './sync-ending'

const USAGE = 'Usage: npm run sync -- <Aktennummer> [<Aktennummer> …] [--force] [--no-wait]'
const LOOK_EVERY_MS = 500
const SIGNS: Record<Ending, string> = { synced: '✅', deferred: '⏳', failed: '❌', stopped: '🛑' }

function read() {
  const flag = { type: 'boolean', default: false } as const
  const options = { force: flag, 'no-wait': flag } as const
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  const wrong = positionals.filter((text) => !isAktennummer(text))
  for (const text of wrong) console.error(`${JSON.stringify(text)} is not an Aktennummer`)
  if (positionals.length === 0 || wrong.length > 0) return undefined
  return { ...values, aktennummern: [...new Set(positionals)] }
}

/** Progress bars on a terminal; otherwise one line per change. */
class Display {
  private readonly bars = new Map<string, SingleBar>()
  private readonly said = new Map<string, string>()
  private readonly multiBar = process.stdout.isTTY
    ? new MultiBar(
        { format: ' {akte} {bar} {text}', hideCursor: true, clearOnComplete: false },
        Presets.shades_classic,
      )
    : undefined

  show(akte: Akte, ending: Ending | null): void {
    const { aktennummer, progress, state } = akte
    const running = progress ? progressText(progress) : STATE_LABELS[state]
    const known = knownText(akte).replace(/\s+/g, ' ')
    const text =
      ending === null ? running : `${SIGNS[ending]} ${ending}${ending === 'synced' ? '' : `: ${known}`}`
    if (this.multiBar) this.draw(aktennummer, progress, ending, text)
    else if (this.said.get(aktennummer) !== text) {
      this.said.set(aktennummer, text)
      console.log(`${aktennummer}: ${text}`)
    }
  }

  stop(): void {
    this.multiBar?.stop()
  }

  private draw(aktennummer: string, progress: Akte['progress'], ending: Ending | null, text: string): void {
    const payload = { akte: aktennummer.padEnd(12), text }
    const bar = this.bars.get(aktennummer) ?? this.multiBar?.create(1, 0, payload)
    if (!bar) return
    this.bars.set(aktennummer, bar)
    bar.setTotal(Math.max(1, progress?.filesTotal ?? 1))
    bar.update(ending === null ? (progress?.filesDone ?? 0) : bar.getTotal(), payload)
  }
}

/** Requests the syncs and waits until each has ended. */
async function follow(
  redis: Redis,
  config: Config,
  aktennummern: string[],
  isForced: boolean,
): Promise<Ending[]> {
  const view = new AktenView(redis, systemClock, config.sync.language)
  const ends = async () => new Map((await view.lookAt(aktennummern)).map((akte) => [akte.aktennummer, akte]))
  const before = await ends()
  await new AktenOperations(redis, systemClock).retry(aktennummern, isForced)
  const endings = new Map<string, Ending>()
  const display = new Display()
  try {
    while (endings.size < aktennummern.length) {
      for (const akte of await view.lookAt(aktennummern.filter((name) => !endings.has(name)))) {
        const ending = endingOf(akte, before.get(akte.aktennummer)?.lastRun?.finishedAt ?? null)
        display.show(akte, ending)
        if (ending !== null) endings.set(akte.aktennummer, ending)
      }
      await sleep(LOOK_EVERY_MS)
    }
  } finally {
    display.stop()
  }
  return [...endings.values()]
}

const { aktennummern, force, 'no-wait': isLeaving } = readArguments(USAGE, read)
await runCommand(async () => {
  const { config } = openTerminal()
  await openRedis(config, async (redis) => {
    const operations = new AktenOperations(redis, systemClock)
    const { paused } = await operations.snapshot()
    if (paused !== null)
      console.error(`⏸️  The sync is paused (${paused}): it continues when someone resumes it`)
    if (isLeaving || paused !== null) {
      await operations.retry(aktennummern, force)
      process.exitCode = paused === null ? 0 : 1
      return
    }
    process.exitCode = exitCodeOf(await follow(redis, config, aktennummern, force))
  })
})

// Asks for syncs and follows them.
import { readFile } from 'node:fs/promises'
import { text as readAll } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { MultiBar, Presets, type SingleBar } from 'cli-progress'
import type { Command } from 'commander'
import type { Redis } from 'ioredis'
import { AkteText } from '../services/api/akte-text'
import { type Akte, AktenView } from '../services/api/akten-view'
import { OFFICE } from '../services/api/by-hand'
import { type Config, languageOf } from '../services/config'
import { NotFoundError } from '../services/errors'
import { isAktennummer, splitAktennummern } from '../services/model/aktennummer'
import type { Language } from '../services/model/reasons'
import { AktenOperations } from '../services/queue/akten-operations'
import { FirstImport, readFirstImport } from '../services/queue/first-import'
import { isPolling, readPresence } from '../services/queue/presence'
import { startFirstImport } from '../services/sync/sweep'
import { sweepText } from '../services/text/sweep'
import { terminalText } from '../services/text/terminal'
import { visible } from '../services/visible-text'
import { recordInTerminal } from './by-hand'
import {
  defineCommand,
  EXIT,
  loadDotEnv,
  openRedis,
  openRuntime,
  openTerminal,
  printJson,
  runAlone,
} from './command'
import { type Ending, endingOf, exitCodeOf } from './sync-ending'

const LOOK_EVERY_MS = 500
const LOOK_AT_IMPORT_EVERY_MS = 5000
const SIGNS: Record<Ending, string> = { synced: '✅', deferred: '⏳', failed: '❌', stopped: '🛑' }
/** More than these are counted, not shown one by one while they run. */
const SHOWN = 20
const WRONG_SHOWN = 5
/** A server took nothing for so long of what could have been taken: it is none that polls. */
const OVERDUE_MS = 60_000
/** Where no server has polled of late: one that is just starting has so long for its first tick. */
const START_MS = 12_000

interface Options {
  file?: string
  force?: true
  wait: boolean
  all?: true
  pause?: string | true
  json?: true
}

/** What is asked for, sorted. */
interface Asked {
  aktennummern: string[]
  wrong: string[]
}

/** The named Aktennummern and those of a file or of standard input. */
async function readAsked(named: string[], file: string | undefined): Promise<Asked> {
  const isStdin = file === '-' || named.includes('-')
  const listed = isStdin
    ? await readAll(process.stdin)
    : file === undefined
      ? ''
      : await readFile(file, 'utf8')
  const all = [
    ...new Set([...named.filter((one) => one !== '-'), ...splitAktennummern(listed.replace(/^\uFEFF/, ''))]),
  ]
  return { aktennummern: all.filter(isAktennummer), wrong: all.filter((one) => !isAktennummer(one)) }
}

/** Bars on a terminal; elsewhere one line per change; of many Akten only how many are left. */
class Display {
  private readonly bars = new Map<string, SingleBar>()
  private readonly said = new Map<string, string>()
  private readonly words: AkteText
  private readonly text: ReturnType<typeof terminalText>['sync']
  private readonly multiBar: MultiBar | undefined

  constructor(
    language: Language,
    private readonly isMany: boolean,
  ) {
    this.words = new AkteText(language)
    this.text = terminalText(language).sync
    this.multiBar =
      process.stdout.isTTY && !isMany
        ? new MultiBar(
            { format: ' {akte} {bar} {text}', hideCursor: true, clearOnComplete: false },
            Presets.shades_classic,
          )
        : undefined
  }

  show(akte: Akte, ending: Ending | null): void {
    if (this.isMany && (ending === null || ending === 'synced')) return
    const { aktennummer, progress } = akte
    const text = ending === null ? this.running(akte) : this.ended(akte, ending)
    if (this.multiBar) this.draw(aktennummer, progress, ending, text)
    else this.say(aktennummer, `${aktennummer}: ${text}`)
  }

  /** Of many: how many are still to come. */
  left(count: number): void {
    if (this.isMany && count > 0) this.say('', this.text.left(count))
  }

  stop(): void {
    this.multiBar?.stop()
  }

  private running(akte: Akte): string {
    const { progress, state, reason, nextTry } = akte
    if (progress) return this.words.progress(progress)
    const known = reason === null ? '' : `: ${inOneLine(this.words.known(akte))}`
    const next =
      state === 'pending' && nextTry !== null ? ` · ${this.text.nextTry(this.words.nextTry(akte))}` : ''
    return `${this.words.state(akte)}${known}${next}`
  }

  private ended(akte: Akte, ending: Ending): string {
    const result = `${SIGNS[ending]} ${this.text.endings[ending]}`
    if (ending === 'synced') return result
    const next = akte.nextTry === null ? '' : ` · ${this.text.nextTry(this.words.nextTry(akte))}`
    return `${result}: ${inOneLine(this.words.known(akte))}${next}`
  }

  private say(about: string, line: string): void {
    if (this.said.get(about) === line) return
    this.said.set(about, line)
    console.log(visible(line))
  }

  private draw(aktennummer: string, progress: Akte['progress'], ending: Ending | null, text: string): void {
    const payload = { akte: aktennummer.padEnd(12), text: visible(text) }
    const bar = this.bars.get(aktennummer) ?? this.multiBar?.create(1, 0, payload)
    if (!bar) return
    this.bars.set(aktennummer, bar)
    bar.setTotal(Math.max(1, progress?.filesTotal ?? 1))
    bar.update(ending === null ? (progress?.filesDone ?? 0) : bar.getTotal(), payload)
  }
}

const inOneLine = (text: string) => visible(text.replace(/\s+/g, ' '))

/** Thrown when nothing takes what waits. */
class NoServer extends Error {
  override readonly name = 'NoServer'
}

/** Asks for the syncs and waits until each has ended; tells each as it ends. @throws NoServer */
async function follow(
  redis: Redis,
  config: Config,
  aktennummern: string[],
  isForced: boolean,
  display: Display | undefined,
): Promise<Map<string, { akte: Akte; ending: Ending }>> {
  const view = new AktenView(redis, config.sync.language)
  const before = new Map((await view.lookAt(aktennummern)).map((akte) => [akte.aktennummer, akte]))
  await new AktenOperations(redis).retry(aktennummern, isForced)
  const ended = new Map<string, { akte: Akte; ending: Ending }>()
  let lastChange = performance.now()
  let lastStates = ''
  try {
    for (;;) {
      const open = await view.lookAt(aktennummern.filter((name) => !ended.has(name)))
      for (const akte of open) {
        const ending = endingOf(akte, before.get(akte.aktennummer))
        display?.show(akte, ending)
        if (ending !== null) ended.set(akte.aktennummer, { akte, ending })
      }
      display?.left(aktennummern.length - ended.size)
      if (ended.size === aktennummern.length) return ended
      const states = open.map(({ state, nextTry }) => `${state}${nextTry}`).join()
      const isTaken = open.some(({ state, nextTry, paused }) => state === 'processing' || nextTry || paused)
      if (isTaken || states !== lastStates) lastChange = performance.now()
      lastStates = states
      const idleMs = performance.now() - lastChange
      if (idleMs > OVERDUE_MS || (idleMs > START_MS && !isPolling(await readPresence(redis))))
        throw new NoServer(terminalText(config.sync.language).noServer)
      await sleep(LOOK_EVERY_MS)
    }
  } finally {
    display?.stop()
  }
}

/** Starts, resumes or pauses the first import, and follows it until it is over or paused. */
async function importAll({ pause, wait, json }: Options): Promise<void> {
  await openRuntime(async (runtime) => {
    const { redis, clock, config } = runtime
    const text = sweepText(config.sync.language)
    const progress = () => readFirstImport(redis, clock.now().getTime())
    const why = pause === true ? text.pausedByPerson : pause
    if (why !== undefined) await new FirstImport(redis, clock).pause(why)
    await recordInTerminal(config, why === undefined ? 'ASK_IMPORT' : 'PAUSE', [OFFICE], why)
    if (why === undefined) await startFirstImport(runtime)
    let current = await progress()
    if (current === null) throw new NotFoundError(text.noImport)
    let said = ''
    while (!json) {
      const line = text.firstImport(current)
      if (line !== said) console.log(line)
      said = line
      if (!wait || current.paused !== null || current.finishedAt !== null) break
      await sleep(LOOK_AT_IMPORT_EVERY_MS)
      current = (await progress()) ?? current
    }
    if (json) return printJson(current)
    if (current.finishedAt !== null && current.left > 0) {
      console.log(text.needPerson)
      process.exitCode = EXIT.failed
    }
  })
}

async function run(named: string[], options: Options, command: Command): Promise<void> {
  if (options.all) {
    const isMixed = named.length > 0 || options.file !== undefined || options.force
    if (isMixed) command.error('error: --all goes with --pause, --no-wait and --json alone')
    return importAll(options)
  }
  if (options.pause !== undefined) command.error('error: --pause goes with --all')
  loadDotEnv()
  const text = terminalText(languageOf()).sync
  const { aktennummern, wrong } = await readAsked(named, options.file)
  const misnamed = named.filter((one) => one !== '-' && !isAktennummer(one))
  if (misnamed.length > 0)
    command.error(`error: ${text.noAktennummer(misnamed.map((one) => JSON.stringify(one)).join(', '))}`)
  if (aktennummern.length + wrong.length === 0) command.error(`error: ${text.nothingAsked}`)
  const { config } = openTerminal()
  await openRedis(config, async (redis) => {
    const { isNew, known } = await new AktenView(redis, config.sync.language).familiarity(aktennummern)
    const isList = options.file !== undefined || named.includes('-')
    const counted = { new: isNew, known, wrong }
    if (isList) {
      console.error(`📋 ${text.asked(isNew, known, wrong.length)}`)
      if (wrong.length > 0) {
        const shown = wrong
          .slice(0, WRONG_SHOWN)
          .map((one) => JSON.stringify(one.slice(0, 40)))
          .join(', ')
        console.error(`⚠️  ${text.wrong(visible(shown), Math.max(0, wrong.length - WRONG_SHOWN))}`)
      }
    }
    if (wrong.length > 0) process.exitCode = EXIT.failed
    if (aktennummern.length === 0) return options.json ? printJson({ ...counted, akten: [] }) : undefined
    await recordInTerminal(config, options.force ? 'ASK_FORCE' : 'ASK_SYNC', aktennummern)
    const operations = new AktenOperations(redis)
    const { paused } = await operations.snapshot()
    if (paused !== null) console.error(`⏸️  ${text.paused(visible(paused))}`)
    if (!options.wait || paused !== null) {
      await operations.retry(aktennummern, options.force)
      if (paused !== null) process.exitCode = EXIT.failed
      if (options.json) printJson({ ...counted, paused, akten: [] })
      return
    }
    const display = options.json ? undefined : new Display(config.sync.language, aktennummern.length > SHOWN)
    const ended = await follow(redis, config, aktennummern, options.force ?? false, display)
    const endings = [...ended.values()].map(({ ending }) => ending)
    if (options.json)
      printJson({ ...counted, akten: [...ended.values()].map(({ akte, ending }) => ({ ending, ...akte })) })
    process.exitCode = Math.max(exitCodeOf(endings), wrong.length > 0 ? EXIT.failed : EXIT.fine)
  })
}

export const command = defineCommand('sync', 'Asks for syncs and follows them until each has ended', [
  ['sync 12345 124/24', 'two Akten'],
  ['sync --file akten.txt --no-wait', 'as many as the file names, and leaves'],
  ['sync - < akten.txt', 'those of standard input'],
  ['sync 12345 --force', 'passes the safety stops once'],
  ['sync --all', 'the first import: all Akten that were never synced, at any hour'],
  ['sync --all --pause "evening only"', 'pauses it; sync --all resumes'],
])
  .argument('[aktennummern...]', 'which Akten; - reads standard input')
  .option(
    '--file <path>',
    'a file of Aktennummern, separated by lines, commas or blanks; - is standard input',
  )
  .option('--force', 'the next sync passes the safety stops once')
  .option('--no-wait', 'asks and leaves')
  .option('--all', 'every Akte that was never synced')
  .option('--pause [reason]', 'with --all: nothing more is imported until it is resumed')
  .option('--json', 'the result for machines')
  .action(run)

await runAlone(import.meta, command)

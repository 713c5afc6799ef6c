import pLimit from 'p-limit'
import type { Logger } from 'pino'
import type { Systems } from '../app/systems'
import type { Clock } from '../clock'
import type { Config } from '../config'
import type { Spool } from '../content/spool'
import { describeError, InvalidInputError, LockLostError, RetryLaterError, UnprovenError } from '../errors'
import type { AkteChange, EspoAkte } from '../espo/espo-schemas'
import { espoTime } from '../espo/espo-values'
import { isOutage } from '../http/http-client'
import { FlagError } from '../model/file-errors'
import type { Origin } from '../model/origin'
import type { RunProgress } from '../model/progress'
import { type FileReport, type SyncReport, summarizeFiles } from '../model/report'
import type { ServiceContext } from '../model/service-context'
import { type AkteLine, akteText, boundedLines, type FileLine, plainLines } from '../text/akte'
import type { Pair } from './decide/pairing'
import { failureText } from './execute/failure-text'
import { type FileResult, FileSync, type RunContext } from './execute/file-sync'
import { AkteObserver, type AkteView, entryOf } from './observe/akte-observer'

/** A deferred file is looked at again so often where nobody can tell when its cause is over. */
const DEFERRED_MS = 30_000
/** For each transfer beyond the first one; with one at a time the files come one after the other. */
const FILES_PER_TRANSFER = 4

/** The end of a run: its report, and why it failed. */
export interface SyncResult {
  report: SyncReport
  /** All files, also those that the report only counts. */
  files: FileReport[]
  /** The Akte had been synced before: what this run found changed is news. */
  isKnown: boolean
  /** Advoware had archived the Akte, and this run closed it. */
  isClosed: boolean
  /** When the first of the deferred files can be synced, epoch milliseconds; null where none waits. */
  dueAt: number | null
  /** Nothing was done: EspoCRM knows no such Akte (any more), or it is not synced. */
  notAdmitted?: { akte: EspoAkte | null }
  failure?: Failure
}

/** Why a run failed. */
interface Failure {
  /** What failed the run as a whole, else the first file that failed. */
  error: Error
  /** A later run can only fail in the same way. */
  isFinal: boolean
  /** It counts as an attempt. */
  isCounted: boolean
  /** Not before so many milliseconds: the longest that a system asked for (`Retry-After`); 0 where none did. */
  retryAfterMs: number
  /** A system was not there at all; this Akte has nothing to do with it. */
  isOutage: boolean
}

/** Syncs one Akte: fetch, decide, execute, record. The caller holds the lock. */
export class AkteSync {
  private readonly log: Logger
  private readonly observer: AkteObserver

  constructor(
    context: Pick<ServiceContext, 'logger'>,
    private readonly systems: Systems,
    private readonly clock: Pick<Clock, 'now' | 'random' | 'later'>,
    private readonly config: Config,
  ) {
    this.log = context.logger
    this.observer = new AkteObserver(context, systems, config.sync)
  }

  /**
   * Runs once. Everything that goes wrong is in the result, and on the Akte in EspoCRM where that can be reached.
   * `akte`: what EspoCRM says of it, where the caller has just asked.
   * @throws LockLostError: the run stopped before its next write, another one owns the Akte now
   */
  async run(
    aktennummer: string,
    options: {
      runId: string
      isForced: boolean
      origin: Origin
      akte?: EspoAkte
      onProgress?: (progress: RunProgress) => void
    },
  ): Promise<SyncResult> {
    const started = this.clock.now()
    const files: FileReport[] = []
    const errors: Error[] = []
    const fileLines: FileLine[] = []
    const open = { waiting: 0, needPerson: 0 }
    const progress: RunProgress = { phase: 'fetching', filesDone: 0, filesTotal: 0, bytes: 0 }
    const advance = (change: Partial<RunProgress>) => {
      options.onProgress?.(Object.assign(progress, change))
    }
    let akte: EspoAkte | null = null
    let spool: Spool | undefined
    let isClosed = false
    let dueAt: number | null = null
    const finish = (result: SyncReport['result'], message: string | null, failure?: Failure): SyncResult => {
      const finished = this.clock.now()
      const report: SyncReport = {
        aktennummer,
        run: options.runId,
        startedAt: started.toISOString(),
        finishedAt: finished.toISOString(),
        durationMs: finished.getTime() - started.getTime(),
        result,
        message,
        forced: options.isForced,
        origin: options.origin,
        ...summarizeFiles(files),
      }
      const isKnown = akte !== null && akte.lastSync !== null
      return { report, files, isKnown, isClosed, dueAt, ...(failure ? { failure } : {}) }
    }
    try {
      advance({})
      akte = options.akte ?? (await this.systems.espo.findAkte(aktennummer))
      if (!akte?.isSynced) return { ...finish('synced', null), notAdmitted: { akte } }
      spool = await this.systems.openSpool((bytes) => advance({ bytes: progress.bytes + bytes }))
      const observed = await this.observer.observe(aktennummer, akte.id, spool)
      const { stop, view: judged } = options.isForced
        ? { stop: null, view: observed }
        : await this.observer.findSafetyStop(observed)
      if (stop !== null) {
        await this.tellOutcome(akte, {
          syncStatus: 'failed',
          syncMessage: [{ text: stop }],
          brauchtPerson: true,
        })
        return finish('stopped', stop)
      }
      const view = await this.observer.proveDocuments(judged)
      advance({ phase: 'syncing', filesTotal: view.pairs.length })
      await this.observer.rememberPaths(view)
      const { systems, clock } = this
      const lastRun = systems.espo.knowsLastSync ? akte.lastSync : undefined
      const context: RunContext = {
        ...view,
        ...{ runId: options.runId, lastRun, systems, clock, logger: this.log },
      }
      await this.syncFiles(context, view, ({ report, document, error, dueInMs = DEFERRED_MS }) => {
        files.push(report)
        if (report.outcome === 'deferred') {
          const due = this.clock.now().getTime() + Math.min(dueInMs, DEFERRED_MS)
          dueAt = Math.min(dueAt ?? due, due)
        }
        if (error !== undefined) errors.push(error)
        const isForPerson = report.outcome === 'flagged' || (error !== undefined && needsPerson(error))
        const { path, message: text } = report
        if (text !== undefined) fileLines.push({ path, text, document, needsPerson: isForPerson })
        if (isForPerson) open.needPerson += 1
        else if (report.outcome === 'deferred' || error !== undefined) open.waiting += 1
        advance({ filesDone: files.length })
      })
      advance({ phase: 'finishing' })
      const result = resultOf(files)
      const lines = boundedLines(fileLines, this.config.sync.language)
      const message = plainLines(lines)
      const syncStatus = { synced: 'synced', deferred: 'unclean', failed: 'failed' }[result]
      // What still waits or failed is synced before the Akte is closed; a History that lost its entries closes nothing.
      const closes = view.ablage && result === 'synced' && this.observer.findHistoryStop(view) === null
      const change = {
        ...{ syncStatus, syncMessage: lines, lastSync: espoTime(this.clock.now()) },
        dokumenteGesamt: countDokumente(view, files),
        dokumenteWartend: open.waiting,
        dokumenteKlaerung: open.needPerson,
        brauchtPerson: open.needPerson > 0,
      } as const
      if (closes) {
        const told: AkteLine[] = [{ text: akteText(this.config.sync.language).archived }, ...lines]
        isClosed = await this.tellOutcome(akte, { ...change, syncMessage: told, close: true })
        if (isClosed) this.log.info(`📦 Akte ${aktennummer} is archived in Advoware, closed in EspoCRM`)
        if (isClosed) return finish(result, plainLines(told), failureOf(errors))
      }
      await this.tellOutcome(akte, change)
      return finish(result, message, failureOf(errors))
    } catch (error) {
      if (error instanceof LockLostError) throw error
      const message = failureText(error, this.config.sync.language)
      if (akte !== null) await this.reportFailure(akte, message, needsPerson(error))
      return finish('failed', message, {
        error: error as Error,
        isFinal: error instanceof InvalidInputError,
        isCounted: !(error instanceof UnprovenError),
        isOutage: isOutage(error),
        retryAfterMs: retryAfterMs(error),
      })
    } finally {
      await spool?.close()
    }
  }

  /**
   * Syncs all files and reports each as it is done. Each system limits how many requests it gets at once; several times as
   * many files are in work, so that contents move while other files are looked at again, recorded and audited.
   * @throws what concerns the whole run, after the files under way
   */
  private async syncFiles(
    context: RunContext,
    view: AkteView,
    onFile: (file: FileResult) => void,
  ): Promise<void> {
    let fatal: unknown
    const syncOne = async (pair: Pair) => {
      if (fatal !== undefined) return
      try {
        const file = await new FileSync(context, pair, entryOf(view, pair)).sync()
        this.tell(file)
        onFile(file)
      } catch (error) {
        fatal ??= error
      }
    }
    const limit = pLimit(FILES_PER_TRANSFER * (this.config.sync.transferConcurrency - 1) + 1)
    await Promise.all(view.pairs.map((pair) => limit(syncOne, pair)))
    if (fatal !== undefined) throw fatal
  }

  /** One line per file that was not simply in agreement. */
  private tell({ report: { path, action, reason, outcome, detail }, error }: FileResult): void {
    const why = detail ? `${reason} (${detail})` : reason
    if (outcome === 'done') this.log.info(`${EMOJI[action]} ${action} ${path}: ${why}`)
    else if (outcome === 'failed') this.log.error({ error: error?.stack }, `❌ ${action} ${path}: ${why}`)
    else if (outcome !== 'skipped')
      this.log.warn(`${outcome === 'deferred' ? '⏳' : '🚩'} ${outcome} ${path}: ${why}`)
    else this.log.debug(`⏭️ SKIP ${path}: ${why}`)
  }

  /**
   * Writes the outcome on the Akte; false where somebody locked the record. That is no reason to fail: the files are in
   * agreement, and nothing that a later run could do would unlock it.
   */
  private async tellOutcome(akte: EspoAkte, change: AkteChange): Promise<boolean> {
    try {
      await this.systems.espo.updateAkte(akte, change)
      return true
    } catch (error) {
      if (!(error instanceof FlagError)) throw error
      this.log.warn(
        `🔒 Akte ${akte.aktennummer} is locked in EspoCRM: its outcome could not be written there`,
      )
      return false
    }
  }

  private async reportFailure(akte: EspoAkte, message: string, brauchtPerson: boolean): Promise<void> {
    try {
      const syncMessage = [{ text: message }]
      await this.systems.espo.updateAkte(akte, { syncStatus: 'failed', syncMessage, brauchtPerson })
    } catch (error) {
      if (error instanceof LockLostError) throw error
      this.log.warn(`⚠️ The failure could not be written to EspoCRM: ${describeError(error)}`)
    }
  }
}

const EMOJI = { CREATE: '🆕', UPDATE_ESPO: '⬇️', UPLOAD_WINDOWS: '⬆️', DELETE: '🗑️', SKIP: '⏭️' } as const

/** Nothing that a later run could do by itself helps. */
const needsPerson = (error: unknown) => !(error instanceof RetryLaterError)

/** The result of all files. */
function resultOf(files: FileReport[]): 'synced' | 'deferred' | 'failed' {
  const has = (outcome: FileReport['outcome']) => files.some((file) => file.outcome === outcome)
  return has('failed') ? 'failed' : has('deferred') ? 'deferred' : 'synced'
}

/** How many documents the Akte has after a run. */
function countDokumente({ pairs }: AkteView, files: FileReport[]): number {
  const there = pairs.filter(({ document }) => document !== null).length
  const created = files.filter(({ action, outcome }) => action === 'CREATE' && outcome === 'done').length
  // One that is only marked as deleted keeps its record, and its file is not archived.
  const removed = files.filter(({ action, archived }) => action === 'DELETE' && archived !== undefined).length
  return there + created - removed
}

/** The failure of a run whose files failed; undefined where none did. */
function failureOf([error, ...more]: Error[]): Failure | undefined {
  if (error === undefined) return undefined
  const delayMs = Math.max(...[error, ...more].map(retryAfterMs))
  return { error, isFinal: false, isCounted: true, isOutage: false, retryAfterMs: delayMs }
}

const retryAfterMs = (error: unknown) => (error instanceof RetryLaterError ? (error.delayMs ?? 0) : 0)

import pLimit from 'p-limit'
import type { Logger } from 'pino'
import type { Systems } from '../app/systems'
import type { Clock } from '../clock'
import type { Config } from '../config'
import type { Spool } from '../content/spool'
import { describeError, InvalidInputError, LockLostError, RetryLaterError } from '../errors'
import { type EspoAkte, isSyncedStatus } from '../espo/espo-schemas'
import { espoTime } from '../espo/espo-values'
import type { RunProgress } from '../model/progress'
import { type FileReport, type SyncReport, summarizeFiles } from '../model/report'
import type { ServiceContext } from '../model/service-context'
import type { Pair } from './decide/pairing'
import { failureText } from './execute/failure-text'
import { FileSync, type RunContext } from './execute/file-sync'
import { AkteObserver, type AkteView } from './observe/akte-observer'

const LINES_ON_AKTE = 20
const DAY_MS = 24 * 3600 * 1000
/** For each transfer beyond the first one; with one at a time the files come one after the other. */
const FILES_PER_TRANSFER = 4

/** The end of a run: its report, and the error behind a failure. */
export interface SyncResult {
  report: SyncReport
  /** All files, also those that the report only counts. */
  files: FileReport[]
  error?: Error
}

/** Syncs one Akte: fetch, decide, execute, record. The caller holds the lock. */
export class AkteSync {
  private readonly log: Logger
  private readonly observer: AkteObserver

  constructor(
    context: ServiceContext,
    private readonly systems: Systems,
    private readonly clock: Pick<Clock, 'now' | 'random' | 'later'>,
    private readonly config: Config,
  ) {
    this.log = context.logger
    this.observer = new AkteObserver(context, systems, config.sync)
  }

  /**
   * Runs once. Everything that goes wrong is in the result, and on the Akte in EspoCRM where that can be reached.
   * @throws LockLostError: the run stopped before its next write, another one owns the Akte now
   */
  async run(
    aktennummer: string,
    options: { run: string; isForced: boolean; onProgress?: (progress: RunProgress) => void },
  ): Promise<SyncResult> {
    const started = this.clock.now()
    const files: FileReport[] = []
    const progress: RunProgress = { phase: 'fetching', filesDone: 0, filesTotal: 0, bytes: 0 }
    const advance = (change: Partial<RunProgress>) => {
      options.onProgress?.(Object.assign(progress, change))
    }
    let akte: EspoAkte | null = null
    let spool: Spool | undefined
    const finish = (result: SyncReport['result'], message: string | null, error?: Error) => {
      const finished = this.clock.now()
      const report: SyncReport = {
        aktennummer,
        run: options.run,
        startedAt: started.toISOString(),
        finishedAt: finished.toISOString(),
        durationMs: finished.getTime() - started.getTime(),
        result,
        message,
        forced: options.isForced,
        ...summarizeFiles(files),
      }
      return error === undefined ? { report, files } : { report, files, error }
    }
    try {
      advance({})
      akte = await this.systems.espo.findAkte(aktennummer)
      if (akte === null) throw new InvalidInputError(`EspoCRM knows no Akte ${aktennummer}`)
      if (!isSyncedStatus(akte.aktivierungsstatus)) return finish('synced', null)
      spool = await this.systems.openSpool((bytes) => advance({ bytes: progress.bytes + bytes }))
      const view = await this.observer.observe(aktennummer, akte.id, spool)
      const stop = options.isForced ? null : await this.observer.findSafetyStop(view)
      if (stop !== null) {
        await this.systems.espo.updateAkte(akte.id, { syncStatus: 'failed', syncMessage: stop })
        return finish('stopped', stop)
      }
      advance({ phase: 'syncing', filesTotal: view.pairs.length })
      const { systems, clock } = this
      const run: RunContext = { ...view, akteId: akte.id, runId: options.run, systems, clock }
      await this.syncFiles(run, view, (file) => {
        files.push(file)
        advance({ filesDone: files.length })
      })
      advance({ phase: 'finishing' })
      await this.prune(aktennummer, view, files)
      const { result, message } = this.summarize(files)
      const syncStatus = { synced: 'synced', deferred: 'unclean', failed: 'failed' }[result]
      // What still waits or failed is synced before the Akte is closed.
      const isClosing = view.ablage && result === 'synced'
      const archived = isClosing ? { aktivierungsstatus: 'Deaktiviert' } : {}
      if (isClosing) this.log.info(`📦 Akte ${aktennummer} is archived in Advoware, set to Deaktiviert`)
      const lastSync = espoTime(this.clock.now())
      await systems.espo.updateAkte(akte.id, { syncStatus, syncMessage: message, ...archived, lastSync })
      const error = result === 'failed' ? new RetryLaterError(message ?? 'failed') : undefined
      return finish(result, message, error)
    } catch (error) {
      if (error instanceof LockLostError) throw error
      const message = failureText(error, this.config.sync.language)
      if (akte !== null) await this.reportFailure(akte, message)
      return finish('failed', message, error as Error)
    } finally {
      await spool?.close()
    }
  }

  /**
   * Syncs all files; each is told as it is done. Each system limits how many requests it gets at once; several times as
   * many files are in work, so that contents move while other files are looked at again, recorded and audited.
   * @throws what concerns the whole run, after the files under way
   */
  private async syncFiles(
    run: RunContext,
    { pairs, matches }: AkteView,
    onFile: (file: FileReport) => void,
  ): Promise<void> {
    let fatal: unknown
    const syncOne = async (pair: Pair) => {
      if (fatal !== undefined) return
      try {
        const file = await new FileSync(run, pair, matches.get(pair.key)).sync()
        this.tell(file)
        onFile(file)
      } catch (error) {
        fatal ??= error
      }
    }
    const limit = pLimit(FILES_PER_TRANSFER * (this.config.sync.transferConcurrency - 1) + 1)
    await Promise.all(pairs.map((pair) => limit(syncOne, pair)))
    if (fatal !== undefined) throw fatal
  }

  /** One line per file that was not simply in agreement. */
  private tell({ path, action, reason, outcome, detail }: FileReport): void {
    const why = detail ? `${reason} (${detail})` : reason
    if (outcome === 'done') this.log.info(`${EMOJI[action]} ${action} ${path}: ${why}`)
    else if (outcome === 'failed') this.log.error(`❌ ${action} ${path}: ${why}`)
    else if (outcome !== 'skipped')
      this.log.warn(`${outcome === 'deferred' ? '⏳' : '🚩'} ${outcome} ${path}: ${why}`)
    else this.log.debug(`⏭️ SKIP ${path}: ${why}`)
  }

  /** The result of all files, and what people read about it on the Akte. */
  private summarize(files: FileReport[]): {
    result: 'synced' | 'deferred' | 'failed'
    message: string | null
  } {
    const lines = files
      .flatMap(({ path, message }) => (message === undefined ? [] : [`${path}: ${message}`]))
      .sort()
    const more = lines.length - LINES_ON_AKTE
    if (more > 0) {
      lines.splice(
        LINES_ON_AKTE,
        more,
        this.config.sync.language === 'de' ? `… und ${more} weitere` : `… and ${more} more`,
      )
    }
    const has = (outcome: FileReport['outcome']) => files.some((file) => file.outcome === outcome)
    return {
      result: has('failed') ? 'failed' : has('deferred') ? 'deferred' : 'synced',
      message: lines.length === 0 ? null : lines.join('\n'),
    }
  }

  /** Removes archived versions that are old enough and that both sides have again (`SYNC_ARCHIVE_DAYS`). */
  private async prune(aktennummer: string, { pairs }: AkteView, files: FileReport[]): Promise<void> {
    const { archiveDays } = this.config.sync
    if (archiveDays === 0) return
    const unchanged = new Set(files.flatMap(({ path, reason }) => (reason === 'unchanged' ? [path] : [])))
    const current = pairs.flatMap(({ path, document, windows }) => {
      const hash = document?.syncHash
      return unchanged.has(path) && hash && windows?.blake3Hash === hash ? [hash] : []
    })
    const before = new Date(this.clock.now().getTime() - archiveDays * DAY_MS)
    try {
      const removed = await this.systems.archive.prune(aktennummer, current, before)
      if (removed.length > 0)
        this.log.info(`🧹 ${removed.length} archived versions removed, both sides have them`)
    } catch (error) {
      this.log.warn(`⚠️ Nothing was removed from the archive: ${describeError(error)}`)
    }
  }

  private async reportFailure(akte: EspoAkte, message: string): Promise<void> {
    try {
      await this.systems.espo.updateAkte(akte.id, { syncStatus: 'failed', syncMessage: message })
    } catch (error) {
      if (error instanceof LockLostError) throw error
      this.log.warn(`⚠️ The failure could not be written to EspoCRM: ${describeError(error)}`)
    }
  }
}

const EMOJI = { CREATE: '🆕', UPDATE_ESPO: '⬇️', UPLOAD_WINDOWS: '⬆️', DELETE: '🗑️', SKIP: '⏭️' } as const

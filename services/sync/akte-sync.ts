import pLimit from 'p-limit'
import type { Logger } from 'pino'
import type { Clock } from '../clock'
import type { Config } from '../config'
import { describeError, InvalidInputError, LockLostError, RetryLaterError } from '../errors'
import { type EspoAkte, espoTime } from '../espo/espo-schemas'
import type { ServiceContext } from '../logger'
import type { Systems } from '../systems'
import { AkteObserver, type AkteView } from './akte-observer'
import { FileSync, type RunContext } from './file-sync'
import type { Pair } from './pairing'
import type { RunProgress } from './progress'
import { reasonText } from './reasons'
import { countOutcomes, type FileReport, type SyncReport } from './report'

/** `aktivierungsstatus` values whose Akten are synced. */
const SYNCED_STATUSES = ['Neu', 'Aktiv', 'Import']

/** True when an Akte with this `aktivierungsstatus` is synced. */
export const isSyncedStatus = (status: string | null): boolean =>
  status !== null && SYNCED_STATUSES.includes(status)

/** The end of a run: its report, and the error behind a failure. */
export interface SyncResult {
  report: SyncReport
  error?: Error
}

/** Syncs one Akte: fetch, decide, execute, record. The caller holds the lock. */
export class AkteSync {
  private readonly log: Logger
  private readonly observer: AkteObserver

  constructor(
    context: ServiceContext,
    private readonly systems: Systems,
    private readonly clock: Pick<Clock, 'now'>,
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
    options: { fence: () => Promise<void>; isForced: boolean; onProgress?: (progress: RunProgress) => void },
  ): Promise<SyncResult> {
    const started = this.clock.now()
    const progress: RunProgress = { phase: 'fetching', filesDone: 0, filesTotal: 0, bytes: 0 }
    const advance = (change: Partial<RunProgress>) => {
      options.onProgress?.(Object.assign(progress, change))
    }
    let akte: EspoAkte | null = null
    const finish = (
      result: SyncReport['result'],
      message: string | null,
      items: FileReport[],
      error?: Error,
    ) => {
      const finished = this.clock.now()
      const report: SyncReport = {
        aktennummer,
        startedAt: started.toISOString(),
        finishedAt: finished.toISOString(),
        durationMs: finished.getTime() - started.getTime(),
        result,
        message,
        counts: countOutcomes(items),
        items,
      }
      return error === undefined ? { report } : { report, error }
    }
    try {
      advance({})
      akte = await this.systems.espo.findAkte(aktennummer)
      if (akte === null) throw new InvalidInputError(`EspoCRM knows no Akte ${aktennummer}`)
      if (!isSyncedStatus(akte.aktivierungsstatus)) return finish('synced', null, [])
      const view = await this.observer.observe(aktennummer, akte.id)
      const stop = options.isForced ? null : await this.observer.findSafetyStop(aktennummer, view)
      if (stop !== null) {
        await this.writeStatus(akte, { syncStatus: 'failed', syncMessage: stop }, options.fence)
        return finish('stopped', stop, [])
      }
      advance({ phase: 'syncing', filesTotal: view.pairs.length })
      const onFile = ({ bytes }: FileReport) =>
        advance({ filesDone: progress.filesDone + 1, bytes: progress.bytes + bytes })
      const items = await this.syncFiles(aktennummer, akte.id, view, options.fence, onFile)
      advance({ phase: 'finishing' })
      const { result, message } = this.summarize(items)
      const syncStatus = { synced: 'synced', deferred: 'unclean', failed: 'failed' }[result]
      const archived = view.ablage ? { aktivierungsstatus: 'Deaktiviert' } : {}
      if (view.ablage) this.log.info(`📦 Akte ${aktennummer} is archived in Advoware, set to Deaktiviert`)
      await this.writeStatus(akte, { syncStatus, syncMessage: message, ...archived }, options.fence)
      const error = result === 'failed' ? new RetryLaterError(message ?? 'failed') : undefined
      return finish(result, message, items, error)
    } catch (error) {
      if (error instanceof LockLostError) throw error
      const message = describeError(error)
      if (akte !== null) await this.reportFailure(akte, message, options.fence)
      return finish('failed', message, [], error as Error)
    }
  }

  private async syncFiles(
    aktennummer: string,
    akteId: string,
    { windows, pairs, matches }: AkteView,
    fence: () => Promise<void>,
    onFile: (item: FileReport) => void,
  ): Promise<FileReport[]> {
    const { systems, clock, config } = this
    const spool = await systems.openSpool()
    const run: RunContext = {
      aktennummer,
      akteId,
      config: config.sync,
      systems,
      clock,
      windows,
      spool,
      fence,
    }
    let fatal: unknown
    const syncOne = async (pair: Pair): Promise<FileReport[]> => {
      if (fatal !== undefined) return []
      try {
        const item = await new FileSync(run, pair, matches.get(pair.key)).sync()
        this.tell(item)
        onFile(item)
        return [item]
      } catch (error) {
        fatal ??= error
        return []
      }
    }
    const limit = pLimit(config.sync.transferConcurrency)
    try {
      const items = await Promise.all(pairs.map((pair) => limit(syncOne, pair)))
      if (fatal !== undefined) throw fatal
      return items.flat().sort((a, b) => a.path.localeCompare(b.path, 'de'))
    } finally {
      await spool.close()
    }
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

  private summarize(items: FileReport[]): {
    result: 'synced' | 'deferred' | 'failed'
    message: string | null
  } {
    const notable = items.filter((item) => item.outcome !== 'done' && item.outcome !== 'skipped')
    const lines = notable.map(({ path, reason, detail, outcome }) => {
      const why = outcome === 'failed' && detail ? detail : reasonText(reason, this.config.sync.language)
      return `${path}: ${why}`
    })
    const has = (outcome: FileReport['outcome']) => notable.some((item) => item.outcome === outcome)
    const message = lines.length === 0 ? null : lines.slice(0, 20).join('\n')
    return { result: has('failed') ? 'failed' : has('deferred') ? 'deferred' : 'synced', message }
  }

  private async writeStatus(
    akte: EspoAkte,
    change: Partial<EspoAkte>,
    fence: () => Promise<void>,
  ): Promise<void> {
    await fence()
    await this.systems.espo.updateAkte(akte.id, { ...change, lastSync: espoTime(this.clock.now()) })
  }

  private async reportFailure(akte: EspoAkte, message: string, fence: () => Promise<void>): Promise<void> {
    try {
      await fence()
      await this.systems.espo.updateAkte(akte.id, { syncStatus: 'failed', syncMessage: message })
    } catch (error) {
      if (error instanceof LockLostError) throw error
      this.log.warn(`⚠️ The failure could not be written to EspoCRM: ${describeError(error)}`)
    }
  }
}

const EMOJI = { CREATE: '🆕', UPDATE_ESPO: '⬇️', UPLOAD_WINDOWS: '⬆️', DELETE: '🗑️', SKIP: '⏭️' } as const

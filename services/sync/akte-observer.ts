import type { Logger } from 'pino'
import type { Config } from '../config'
import { describeError } from '../errors'
import type { ServiceContext } from '../logger'
import type { Systems } from '../systems'
import type { Dokument, HistoryEntry } from './model'
import { type Pair, pairFiles } from './pairing'
import { safetyStop } from './safety-stops'
import { cleanupFileList, type HistoryMatches, matchHistory } from './sync-utils'
import { WindowsView } from './windows-view'

/** One Akte as the three systems showed it, brought together by path. */
export interface AkteView {
  windows: WindowsView
  pairs: Pair[]
  matches: HistoryMatches
  /** Archived in Advoware. */
  ablage: boolean
}

/** Looks at one Akte in all three systems; what a sync and a plan begin with. Writes nothing. */
export class AkteObserver {
  private readonly log: Logger

  constructor(
    context: ServiceContext,
    private readonly systems: Systems,
    private readonly config: Config['sync'],
  ) {
    this.log = context.logger
  }

  /** Fetches from the three systems in parallel and brings documents, files and History entries together. */
  async observe(aktennummer: string, akteId: string): Promise<AkteView> {
    this.log.info('📥 Fetching data...')
    const fetching = [
      this.named('EspoCRM documents', this.systems.espo.listDokumente(akteId)),
      this.named('Windows files', WindowsView.open(this.systems.watcher, aktennummer)),
      this.named('Advoware History', this.systems.history.getAkteHistory(aktennummer)),
      this.named('Advoware Akte', this.systems.advoware.getAkte(aktennummer)),
    ] as const
    await Promise.allSettled(fetching) // the log names every system that is down, not only the quickest
    const [dokumente, windows, history, { ablage }] = await Promise.all(fetching)
    const counts = `${dokumente.length} EspoCRM docs, ${windows.files.length} Windows files, ${history.length} History entries`
    this.log.info(`📊 Data fetched: ${counts}`)
    return { windows, ablage, ...this.match(dokumente, windows, history) }
  }

  /** Says in the log which of the parallel fetches failed. */
  private async named<T>(what: string, fetching: Promise<T>): Promise<T> {
    try {
      return await fetching
    } catch (error) {
      this.log.error(`❌ Failed to fetch ${what}: ${describeError(error)}`)
      throw error
    }
  }

  private match(dokumente: Dokument[], windows: WindowsView, history: HistoryEntry[]) {
    const pairs = pairFiles(dokumente, windows.files)
    const paths = pairs.filter((pair) => !pair.problem).map((pair) => pair.path)
    const matches = matchHistory(paths, history)
    const kept = cleanupFileList(windows.files, matches).length
    this.log.info(`🧹 After cleanup: ${kept} Windows files with History`)
    return { pairs, matches }
  }

  /**
   * Why a person has to look first, or null. A file whose hash the watcher has not computed yet may only be touched:
   * before a stop is called, such files are read until the stop does not hold any more.
   */
  async findSafetyStop(aktennummer: string, { windows, pairs, matches }: AkteView): Promise<string | null> {
    const keys = new Set(matches.keys())
    const folder = { exists: windows.exists, isEmpty: windows.files.length === 0 }
    const check = () => safetyStop(pairs, keys, folder, this.config)
    let stop = check()
    if (stop === null) return null
    const spool = await this.systems.openSpool()
    try {
      for (const { document, windows: file } of pairs) {
        if (stop === null) break
        if (!document?.syncHash || !file || file.blake3Hash !== null || file.usn === document.syncUsn)
          continue
        file.blake3Hash = (await this.systems.watcher.downloadFile(aktennummer, file, spool)).hash
        stop = check()
      }
      return stop
    } finally {
      await spool.close()
    }
  }
}

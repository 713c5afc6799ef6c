import type { Logger } from 'pino'
import type { Systems } from '../../app/systems'
import type { Config } from '../../config'
import type { Spool } from '../../content/spool'
import { CutOffError, DecideAgainError, DeferError, describeError, NotFoundError } from '../../errors'
import type { HistoryEntry } from '../../model/model'
import type { Reason } from '../../model/reasons'
import type { ServiceContext } from '../../model/service-context'
import { cleanupFileList, type HistoryMatches, matchHistory } from '../decide/history-matches'
import { type Pair, pairFiles, pairMoved, unreadUnmatchedFiles } from '../decide/pairing'
import { safetyStop } from '../decide/safety-stops'
import { DokumenteView } from './dokumente-view'
import { type Observation, ObservedFile } from './observed-file'
import { WindowsView } from './windows-view'

/** One Akte as the three systems showed it, brought together: what a sync or a plan works on. */
export interface AkteView extends Observation {
  pairs: Pair[]
  /** The newest History entry by the key of the path that it names. */
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

  /**
   * Fetches from the three systems in parallel and brings documents, files and History entries together. What has to be
   * read for that, and for all that follows, goes through `spool`.
   */
  async observe(aktennummer: string, akteId: string, spool: Spool): Promise<AkteView> {
    this.log.info('📥 Fetching data...')
    const { espo, watcher, history, advoware } = this.systems
    const fetching = [
      this.named('EspoCRM documents', espo.listDokumente(akteId)),
      this.named('Windows files', WindowsView.open(watcher, aktennummer)),
      this.named('Advoware History', history.getAkteHistory(aktennummer)),
      this.named('Advoware Akte', advoware.getAkte(aktennummer)),
    ] as const
    await Promise.allSettled(fetching) // the log names every system that is down, not only the quickest
    const [dokumente, windows, entries, { ablage }] = await Promise.all(fetching)
    const counts = `${dokumente.length} EspoCRM docs, ${windows.files.length} Windows files, ${entries.length} History entries`
    this.log.info(`📊 Data fetched: ${counts}`)
    const { systems, config } = this
    const view = new DokumenteView(espo, akteId, dokumente)
    const observation = { aktennummer, config, systems, windows, dokumente: view, spool }
    const pairs = pairFiles(dokumente, windows.files)
    return { ...observation, ablage, ...(await this.match(observation, pairs, entries)) }
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

  private async match(observation: Observation, pairs: Pair[], entries: HistoryEntry[]) {
    const paths = pairs.filter((pair) => !pair.problem).map((pair) => pair.path)
    const matches = matchHistory(paths, entries)
    const kept = cleanupFileList(observation.windows.files, matches).length
    this.log.info(`🧹 After cleanup: ${kept} Windows files with History`)
    await this.readUnmatchedFiles(observation, pairs, matches)
    return { pairs: pairMoved(pairs, matches), matches }
  }

  /**
   * Reads files of unknown content that may be renamed ones, told from others by their size. While one of them cannot
   * be read, the documents that it may belong to wait.
   */
  private async readUnmatchedFiles(observation: Observation, pairs: Pair[], matches: HistoryMatches) {
    const { missingFiles, unmatchedFiles } = unreadUnmatchedFiles(pairs, matches)
    if (unmatchedFiles.length === 0) return
    const sizes = new Map<Pair, number | null>()
    for (const missingFile of missingFiles) sizes.set(missingFile, await this.syncedSize(missingFile))
    for (const unmatchedFile of unmatchedFiles) {
      const candidates = missingFiles.filter((missingFile) => {
        const size = sizes.get(missingFile) ?? null
        return size === null || size === unmatchedFile.windows?.size
      })
      if (candidates.length === 0 || (await read(observation, unmatchedFile, 'windowsHash'))) continue
      for (const missingFile of candidates) missingFile.wait = 'just modified' satisfies Reason
    }
  }

  /** Bytes of the content that was synced last; null where the document has another one by now. */
  private async syncedSize({ document }: Pair): Promise<number | null> {
    if (document?.attachmentId == null || document.attachmentId !== document.syncAttachmentId) return null
    return (await this.systems.espo.attachments.get(document.attachmentId)).size
  }

  /**
   * Why a person has to look first, or null. What may only be touched is read before a stop is called, until the stop
   * does not hold any more; what cannot be read now counts as changed.
   */
  async findSafetyStop(view: AkteView): Promise<string | null> {
    const { windows, pairs, matches } = view
    const keys = new Set(matches.keys())
    const folder = { exists: windows.exists, isEmpty: windows.files.length === 0 }
    const changed = new Set<Pair>()
    for (;;) {
      const stop = safetyStop(pairs, keys, folder, this.config, changed)
      if (stop === null || typeof stop === 'string') return stop
      const { pair, needs } = stop
      const isChanged = needs === 'espoHash' && (await this.hasOtherSize(pair))
      if (isChanged || !(await read(view, pair, needs))) changed.add(pair)
    }
  }

  /** True where the file in EspoCRM cannot be the one synced last, which still lies in Windows: no need to read it. */
  private async hasOtherSize({ document, windows }: Pair): Promise<boolean> {
    if (document?.attachmentId == null || windows === null || windows.usn !== document.syncUsn) return false
    const { size } = await this.systems.espo.attachments.get(document.attachmentId)
    return size !== null && size !== windows.size
  }
}

/** Reads a hash into the pair's facts; false where the file cannot be read now: in use, on the move, or lost. */
async function read(
  observation: Observation,
  pair: Pair,
  fact: 'windowsHash' | 'espoHash',
): Promise<boolean> {
  const file = new ObservedFile(observation, pair, undefined)
  try {
    const { hash } = fact === 'windowsHash' ? await file.readWindows() : await file.readEspo()
    pair.facts = { ...pair.facts, [fact]: hash }
    return true
  } catch (error) {
    if ([DeferError, DecideAgainError, CutOffError, NotFoundError].some((kind) => error instanceof kind))
      return false
    throw error
  } finally {
    await file.close()
  }
}

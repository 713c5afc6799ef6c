import type { Logger } from 'pino'
import type { Systems } from '../../app/systems'
import type { Config } from '../../config'
import type { Spool } from '../../content/spool'
import { CutOffError, concernsRun, DecideAgainError, describeError, NotFoundError } from '../../errors'
import { isOutage } from '../../http/http-client'
import { DeferError } from '../../model/file-errors'
import type { HistoryEntry, WindowsFile } from '../../model/model'
import { pathKey } from '../../model/paths'
import type { ServiceContext } from '../../model/service-context'
import type { HistoryMatches } from '../decide/history-matches'
import type { Pair } from '../decide/pairing'
import { SyncUtils } from '../decide/sync-utils'
import { Absence } from './absence'
import { DokumenteView } from './dokumente-view'
import { type Observation, ObservedFile } from './observed-file'
import { WindowsView } from './windows-view'

/** One Akte as the three systems showed it, brought together: what a sync or a plan works on. */
export interface AkteView extends Observation {
  pairs: Pair[]
  /** The newest History entry by the key of the path that it names. */
  matches: HistoryMatches
  /** How many entries the History has. */
  entryCount: number
  /** The History of some Akte has named files that were there: it is known that it is read right. */
  isHistoryRead: boolean
  /** Archived in Advoware. */
  ablage: boolean
}

/** Looks at one Akte in all three systems; what a sync and a plan begin with. Writes nothing. */
export class AkteObserver {
  private readonly log: Logger
  private readonly utils: SyncUtils

  constructor(
    context: Pick<ServiceContext, 'logger'>,
    private readonly systems: Systems,
    private readonly config: Config['sync'],
  ) {
    this.log = context.logger
    this.utils = new SyncUtils(context, config)
  }

  /**
   * Fetches from the three systems in parallel and brings documents, files and History entries together. What has to be
   * read for that, and for all that follows, goes through `spool`.
   * @throws the error of the first system that fails
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
    const { systems, config, utils } = this
    const observation: Observation = {
      ...{ aktennummer, akteId, config, systems, utils, windows, spool },
      dokumente: new DokumenteView(espo, akteId, dokumente),
      absence: new Absence(
        systems,
        aktennummer,
        akteId,
        dokumente.map(({ id }) => id),
      ),
    }
    const seen = dokumente.map((document) => utils.asSeenIn(akteId, document))
    const pairs = utils.pairFiles(seen, windows.files)
    const matched = await this.match(observation, pairs, entries)
    const isHistoryRead = matched.matches.size > 0 || (await this.systems.historyMemory.wasRead())
    return { ...observation, ablage, entryCount: entries.length, isHistoryRead, ...matched }
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
    const { utils } = this
    const mayBeFiled = ({ problem, windows, isNeverSynced }: Pair) =>
      (problem === undefined || windows !== null) && !isNeverSynced
    const paths = pairs.filter(mayBeFiled).map((pair) => pair.path)
    const matches = utils.matchHistory(paths, entries, this.systems.history.fileRoot(observation.aktennummer))
    const inHistory = utils.cleanupFileList(observation.windows.files, matches)
    const read = await this.readUnmatchedFiles(observation, pairs, inHistory)
    return { pairs: utils.pairMoved(read, inHistory), matches }
  }

  /**
   * Remembers that the History was read, and which document has which path, as far as it is not known yet; for paths of the
   * History alone.
   */
  async rememberPaths({ akteId, pairs, matches }: AkteView): Promise<void> {
    if (matches.size > 0) await this.systems.historyMemory.noteRead()
    const known = await this.systems.paths.of(akteId)
    const now = new Map<string, string>()
    const kept = new Set<string>()
    for (const { key, document, problem } of pairs) {
      if (problem !== undefined || !matches.has(key)) continue
      kept.add(key)
      if (document?.syncHash != null && known.get(key) !== document.id) now.set(key, document.id)
    }
    await this.systems.paths.note(akteId, now)
    await this.systems.paths.forget(
      akteId,
      [...known.keys()].filter((key) => !kept.has(key)),
    )
  }

  /**
   * Reads files of unknown content that may be renamed ones, told from others by their size. While one of them cannot
   * be read, the documents that it may belong to wait. Resolves to the pairs with what was learned.
   */
  private async readUnmatchedFiles(observation: Observation, pairs: Pair[], inHistory: WindowsFile[]) {
    const { missingFiles, unmatchedFiles } = this.utils.unreadUnmatchedFiles(pairs, inHistory)
    if (unmatchedFiles.length === 0) return pairs
    const learned = new Map<Pair, Pair>()
    const sizes = new Map<Pair, number | null>()
    for (const missing of missingFiles) sizes.set(missing, await this.syncedSize(missing))
    for (const unmatched of unmatchedFiles) {
      const candidates = missingFiles.filter((missing) => {
        const size = sizes.get(missing) ?? null
        return size === null || size === unmatched.windows?.size
      })
      if (candidates.length === 0) continue
      const read = await withFact(observation, unmatched, 'windowsHash')
      if (read instanceof Error)
        for (const missing of candidates) learned.set(missing, { ...missing, wait: read })
      else learned.set(unmatched, read)
    }
    return pairs.map((pair) => learned.get(pair) ?? pair)
  }

  /** Bytes of the content that was synced last; null where the document has another one by now. */
  private async syncedSize({ document }: Pair): Promise<number | null> {
    if (document?.attachmentId == null || document.attachmentId !== document.syncAttachmentId) return null
    return this.sizeOf(document.attachmentId)
  }

  /** Null where EspoCRM does not tell it: that concerns its document alone. */
  private async sizeOf(attachmentId: string): Promise<number | null> {
    try {
      return (await this.systems.espo.attachments.get(attachmentId)).size
    } catch (error) {
      if (concernsRun(error) || isOutage(error)) throw error
      return null
    }
  }

  /**
   * Why a person has to look first, or null; and the view with what had to be read to tell. What may only be touched is
   * read before a stop is called, until the stop does not hold any more; what cannot be read now counts as changed.
   */
  async findSafetyStop(view: AkteView): Promise<{ stop: string | null; view: AkteView }> {
    const { windows } = view
    const folder = { exists: windows.exists, isEmpty: windows.files.length === 0 }
    const changed = new Set<Pair>()
    let { pairs } = view
    for (;;) {
      const stop = this.utils.safetyStop({ ...historyFacts(view), pairs, folder, changed })
      if (stop === null || typeof stop === 'string') return { stop, view: { ...view, pairs } }
      const { pair, needs } = stop
      const isChanged = needs === 'espoHash' && (await this.hasOtherSize(pair))
      const read = isChanged ? null : await withFact(view, pair, needs)
      if (read === null || read instanceof Error) changed.add(pair)
      else pairs = pairs.map((one) => (one === pair ? read : one))
    }
  }

  /** Why the History cannot be believed, or null. */
  findHistoryStop(view: AkteView): string | null {
    return this.utils.historyStop({ ...historyFacts(view), pairs: view.pairs })
  }

  /**
   * Proves that no document is hidden, where files without one are about to get one: before anything is changed, so that
   * a run that cannot be sure of its documents changes nothing at all. Resolves to the view in which the pairs are marked
   * whose document was deleted in EspoCRM; one that went to another Akte was not.
   * @throws UnprovenError
   */
  async proveDocuments(view: AkteView): Promise<AkteView> {
    const { akteId, pairs, matches, absence } = view
    if (!pairs.some((pair) => isWithoutDocument(pair, matches))) return view
    const gone = await absence.ofMoreDocuments()
    const known = await this.systems.paths.of(akteId)
    const mark = async (pair: Pair): Promise<Pair> => {
      const former = isWithoutDocument(pair, matches) ? known.get(pair.key) : undefined
      const wasDeleted =
        former !== undefined && (gone.has(former) || (await this.systems.espo.isGone(former)))
      return wasDeleted ? { ...pair, wasDeleted } : pair
    }
    return { ...view, pairs: await Promise.all(pairs.map(mark)) }
  }

  /** True where the file in EspoCRM cannot be the one synced last, which still lies in Windows: no need to read it. */
  private async hasOtherSize({ document, windows }: Pair): Promise<boolean> {
    if (document?.attachmentId == null || windows === null || windows.usn !== document.syncUsn) return false
    const size = await this.sizeOf(document.attachmentId)
    return size !== null && size !== windows.size
  }
}

/** The entry of the History that names a pair's path; a second spelling of a file's name has it in common with the first. */
export const entryOf = ({ matches }: Pick<AkteView, 'matches'>, { key, path, document }: Pair) =>
  matches.get(document === null ? pathKey(path) : key)

/** A file of the History that EspoCRM has no document for. */
const isWithoutDocument = ({ document, windows, problem, key }: Pair, matches: HistoryMatches): boolean =>
  document === null && windows !== null && problem === undefined && matches.has(key)

const historyFacts = ({ matches, entryCount, isHistoryRead }: AkteView) => ({
  historyKeys: new Set(matches.keys()),
  ...{ entryCount, isHistoryRead },
})

/**
 * The pair with a hash that was read, or with the proof that its file is gone; one that is there after all waits, and so
 * does one that may not be asked for. Or why it waits, where the file cannot be read: in use, on the move, lost, refused.
 * @throws what no other file of the run would escape
 */
async function withFact(
  observation: Observation,
  pair: Pair,
  fact: 'windowsHash' | 'espoHash' | 'isGoneFromWindows',
): Promise<Pair | Error> {
  const file = new ObservedFile(observation, pair)
  try {
    if (fact === 'isGoneFromWindows') {
      await file.proveGone()
      return { ...pair, facts: { ...pair.facts, isGoneFromWindows: true } }
    }
    const { hash } = fact === 'windowsHash' ? await file.readWindows() : await file.readEspo()
    return { ...pair, facts: { ...pair.facts, [fact]: hash } }
  } catch (error) {
    if (concernsRun(error) || isOutage(error)) throw error
    if (fact === 'isGoneFromWindows') return { ...pair, wait: error as Error }
    if ([DecideAgainError, CutOffError, NotFoundError].some((kind) => error instanceof kind))
      return new DeferError('just modified', { cause: error })
    if (error instanceof DeferError)
      return new DeferError('just modified', { cause: error, dueInMs: error.dueInMs })
    return error as Error
  } finally {
    await file.close()
  }
}

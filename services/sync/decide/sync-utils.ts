import type { Config } from '../../config'
import type {
  Dokument,
  HistoryEntry,
  MergeInput,
  NeedsFact,
  Side,
  SyncAction,
  WindowsFile,
} from '../../model/model'
import type { Reason } from '../../model/reasons'
import type { ServiceContext } from '../../model/service-context'
import { asSeenIn, withoutBase } from './base'
import { mergeThreeWay, resolveConflict } from './decision-table'
import { cleanupFileList, type HistoryMatches, matchHistory } from './history-matches'
import { type Metadata, shouldSyncMetadata } from './history-metadata'
import { type Pair, pairFiles, pairMoved, unreadUnmatchedFiles } from './pairing'
import { historyStop, type SafetyFacts, safetyStop } from './safety-stops'
import { type Replacement, worseContent } from './worse-content'

/**
 * The one door to the decisions about an Akte and its files. Every method is a pure function of its arguments and the
 * settings; it only logs what people follow a run by. The rules themselves: docs/decision-table.md.
 */
export class SyncUtils {
  constructor(
    private readonly context: Pick<ServiceContext, 'logger'>,
    private readonly settings: Pick<
      Config['sync'],
      'windowsDeletions' | 'espoDeletions' | 'maxDeletePercent' | 'language'
    >,
  ) {}

  /** The newest History entry by the key of each path that one names. `root`: the Aktenordner as entries write it. */
  matchHistory(paths: Iterable<string>, entries: HistoryEntry[], root?: string): HistoryMatches {
    return matchHistory(paths, entries, root)
  }

  /** The files that the History names: the only ones that are synced. */
  cleanupFileList(files: WindowsFile[], matches: HistoryMatches): WindowsFile[] {
    const kept = cleanupFileList(files, matches)
    this.context.logger.info(`🧹 After cleanup: ${kept.length} Windows files with History`)
    return kept
  }

  /** A document as the sync of the Akte with this record has to see it: its base counts only where it is about it. */
  asSeenIn(akteId: string, document: Dokument): Dokument {
    return asSeenIn(akteId, document)
  }

  /** The document as one that was never synced. */
  withoutBase(document: Dokument): Dokument {
    return withoutBase(document)
  }

  /** Brings documents (oldest first, as `asSeenIn` shows them) and files together by path. */
  pairFiles(dokumente: Dokument[], files: WindowsFile[]): Pair[] {
    return pairFiles(dokumente, files)
  }

  /** What has to be read before `pairMoved` can recognise renamed files. */
  unreadUnmatchedFiles(pairs: Pair[], inHistory: WindowsFile[]) {
    return unreadUnmatchedFiles(pairs, inHistory)
  }

  /** Pairs documents with their renamed and moved files. */
  pairMoved(pairs: Pair[], inHistory: WindowsFile[]): Pair[] {
    return pairMoved(pairs, inHistory)
  }

  /** Why a person has to look first, in their language; null where the sync may go on; or a fact that is missing. */
  safetyStop(facts: SafetyFacts) {
    return safetyStop(facts, this.settings)
  }

  /** Why the History cannot be believed, in people's language; null where it can. Part of `safetyStop`. */
  historyStop(facts: Pick<SafetyFacts, 'pairs' | 'historyKeys' | 'entryCount'>): string | null {
    return historyStop(facts, this.settings)
  }

  /** What to do with one file, or the fact that is missing to tell. */
  mergeThreeWay(input: MergeInput): SyncAction | NeedsFact {
    const { windowsDeletions, espoDeletions } = this.settings
    return mergeThreeWay(input, windowsDeletions, espoDeletions)
  }

  /** Whose content is newer: Windows' `modified` (ISO 8601 with offset) or the attachment's creation time (UTC). */
  resolveConflict(windowsModified: string, espoContentTime: string | null): Side {
    return resolveConflict(windowsModified, espoContentTime)
  }

  /** What looks wrong about a content that replaces another one; null: nothing. */
  worseContent(replacement: Replacement): Reason | null {
    return worseContent(replacement)
  }

  /** The metadata that a document (null: a new one) has to get from its History entry; empty when it has all of it. */
  shouldSyncMetadata(document: Dokument | null, entry: HistoryEntry | undefined): Partial<Metadata> {
    return shouldSyncMetadata(document, entry)
  }
}

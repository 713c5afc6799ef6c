import { isKeptAs, keptDate, keptInt, keptLine, keptText } from '../../espo/espo-values'
import type { Dokument, HistoryEntry } from '../../model/model'

const METADATA = ['hnr', 'historyArt', 'historyText', 'historyDatum'] as const
/** What a document shows of its History entry. */
export type Metadata = Pick<Dokument, (typeof METADATA)[number]>

/** The metadata that a History entry gives a document: dates as `YYYY-MM-DD`. */
function historyMetadata(entry: HistoryEntry): Metadata {
  return {
    hnr: keptInt(entry.hnr),
    historyArt: keptLine(entry.art),
    historyText: keptText(entry.text),
    historyDatum: keptDate(entry.dat),
  }
}

/**
 * The metadata that differs between a document and its History entry; empty when nothing has to be written. A document
 * that does not exist yet (null) needs all of it.
 */
export function shouldSyncMetadata(
  document: Dokument | null,
  entry: HistoryEntry | undefined,
): Partial<Metadata> {
  if (entry === undefined) return {}
  const wanted = historyMetadata(entry)
  if (document === null) return wanted
  return Object.fromEntries(
    METADATA.filter((key) => !isKeptAs(wanted[key], document[key])).map((key) => [key, wanted[key]]),
  )
}

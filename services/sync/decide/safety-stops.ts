import { windowsHashOf } from '../../model/model'
import type { Language } from '../../model/reasons'
import { espoChange, windowsChange } from './decision-table'
import type { Pair } from './pairing'

const MIN_FILES_FOR_DELETIONS = 4
const MIN_FILES_FOR_MASS_CHANGE = 10
const NOTHING_CHANGED = [
  'Es wurde nichts verändert. Bitte die Administration verständigen: Sie prüft das und gibt einen Lauf frei.',
  'Nothing was changed. Please tell the administrator, who looks into it and allows one run.',
] as const

interface StopOptions {
  maxDeletePercent: number
  language: Language
}

/**
 * A fact without which it cannot be told whether a file changed or vanished; the caller reads it into `pair.facts`. A
 * file that turns out to be there, though the listing lacks it, gets a `pair.wait`.
 */
interface NeedsFactOf {
  needs: 'windowsHash' | 'espoHash' | 'isGoneFromWindows'
  pair: Pair
}

/** What a safety stop is judged by. */
export interface SafetyFacts {
  pairs: Pair[]
  /** Keys of the paths that the History names. */
  historyKeys: ReadonlySet<string>
  /** How many entries the History has, with or without a file. */
  entryCount: number
  /** The History of some Akte has named files that were there. */
  isHistoryRead: boolean
  /** `exists` is false after a 404. */
  folder: { exists: boolean; isEmpty: boolean }
  /** What counts as changed without being read. */
  changed: ReadonlySet<Pair>
}

/** What stops that are about the History are judged by. */
type HistoryFacts = Pick<SafetyFacts, 'pairs' | 'historyKeys' | 'entryCount' | 'isHistoryRead'>

/**
 * The safety stops (docs/decision-table.md): what a share that is not mounted, a wrong folder or an encryption trojan
 * looks like. Returns the reason in the given language, or null when the sync may go on. Pure: where a fact is missing
 * it says which.
 */
export function safetyStop(facts: SafetyFacts, options: StopOptions): string | null | NeedsFactOf {
  const { pairs, historyKeys, folder, changed } = facts
  const say = (de: string, en: string) => (options.language === 'de' ? de : en)
  const unreadable = unreadableHistory(facts, options.language)
  if (unreadable !== null) return unreadable
  const synced = pairs.filter(isCounted)
  if (synced.length === 0) return null
  const force = say(...NOTHING_CHANGED)
  if (!folder.exists) {
    return say(
      `Sicherheitsstopp: Der Aktenordner fehlt, obwohl schon Dokumente synchronisiert wurden. ${force}`,
      `Safety stop: the Aktenordner is missing although documents were synced before. ${force}`,
    )
  }
  if (folder.isEmpty) {
    return say(
      `Sicherheitsstopp: Der Aktenordner ist leer, obwohl schon Dokumente synchronisiert wurden. ${force}`,
      `Safety stop: the Aktenordner is empty although documents were synced before. ${force}`,
    )
  }
  const inHistoryStop = historyStop(facts, options)
  if (inHistoryStop !== null) return inHistoryStop
  const inHistory = synced.filter((pair) => historyKeys.has(pair.key))
  const vanished = inHistory.filter(({ windows, wait }) => windows === null && wait === undefined)
  if (isTooMany(vanished.length, inHistory.length, options)) {
    const unproven = vanished.find((pair) => !pair.facts?.isGoneFromWindows)
    if (unproven !== undefined) return { needs: 'isGoneFromWindows', pair: unproven }
    return say(
      `Sicherheitsstopp: ${vanished.length} von ${inHistory.length} Dateien sind in Windows verschwunden. ${force}`,
      `Safety stop: ${vanished.length} of ${inHistory.length} files vanished in Windows. ${force}`,
    )
  }
  if (inHistory.length < MIN_FILES_FOR_MASS_CHANGE) return null
  const inWindows = allChanged(inHistory, 'windowsHash', changedInWindows, changed)
  if (inWindows === true) {
    return say(
      `Sicherheitsstopp: Alle ${inHistory.length} Dateien haben sich in Windows zugleich geändert. ${force}`,
      `Safety stop: all ${inHistory.length} files changed at once in Windows. ${force}`,
    )
  }
  if (inWindows !== false) return inWindows
  const inEspo = allChanged(inHistory, 'espoHash', changedInEspo, changed)
  if (inEspo === true) {
    return say(
      `Sicherheitsstopp: Alle ${inHistory.length} Dateien haben sich in EspoCRM zugleich geändert. ${force}`,
      `Safety stop: all ${inHistory.length} files changed at once in EspoCRM. ${force}`,
    )
  }
  return inEspo === false ? null : inEspo
}

/**
 * Entries of which none names a file that is there, or that a document knows: another Akte's History, or fields with
 * other names than ours. Files would be taken for ones that nobody filed, and the Akte for one in agreement. Once the
 * History of some Akte was read right, an Akte that was never synced may have telephone notes alone, and files that nobody
 * filed. Files that are known to have left the History are not expected there, nor those whose document a person has to
 * solve first. The reason in the given language, or null.
 */
function unreadableHistory(
  { pairs, historyKeys, entryCount, isHistoryRead }: HistoryFacts,
  language: Language,
): string | null {
  const isNamed = ({ key, problem }: Pair) => problem === undefined && historyKeys.has(key)
  const there = pairs.filter(
    ({ document, windows, problem }) =>
      windows !== null && problem === undefined && !['left', 'conflict'].includes(document?.fileStatus ?? ''),
  )
  if (entryCount === 0 || there.length === 0 || pairs.some(isNamed)) return null
  if (isHistoryRead && !pairs.some(isCounted)) return null
  return {
    de: `Sicherheitsstopp: Die Advoware-Historie nennt keine der Dateien, die im Aktenordner liegen (Einträge: ${entryCount}, Dateien: ${there.length}). Es wurde nichts verändert. Bitte die Administration verständigen: „npm run doctor“ zeigt, wie die Felder der Einträge in dieser Kanzlei heißen. Ist es für diese Akte richtig so, gibt sie einen Lauf frei.`,
    en: `Safety stop: Advoware's History names none of the files in the Aktenordner (entries: ${entryCount}, files: ${there.length}). Nothing was changed. Please tell the administrator: npm run doctor shows how this office names the fields of an entry. If this is right for the Akte, allow one run.`,
  }[language]
}

/**
 * A History that lost what it had is no statement about the documents: none of them is taken for one that left, and the
 * Akte is not closed, whatever else the answers say. The reason in the given language, or null.
 */
export function historyStop(
  { pairs, historyKeys, entryCount }: Pick<SafetyFacts, 'pairs' | 'historyKeys' | 'entryCount'>,
  options: StopOptions,
): string | null {
  const say = (de: string, en: string) => (options.language === 'de' ? de : en)
  const filed = pairs.filter(isCounted)
  if (filed.length === 0) return null
  const force = say(...NOTHING_CHANGED)
  if (entryCount === 0) {
    return say(
      `Sicherheitsstopp: Die Advoware-Historie ist leer, obwohl schon Dokumente synchronisiert wurden. ${force}`,
      `Safety stop: the History is empty although documents were synced before. ${force}`,
    )
  }
  const lost = filed.filter(({ key }) => !historyKeys.has(key)).length
  if (!isTooMany(lost, filed.length, options)) return null
  return say(
    `Sicherheitsstopp: ${lost} von ${filed.length} Dokumenten stehen nicht mehr in der Advoware-Historie. ${force}`,
    `Safety stop: ${lost} of ${filed.length} documents are no longer in the History. ${force}`,
  )
}

/** A document counts that was synced, and of which nothing is known that keeps it from being synced. */
const isCounted = ({ document, problem, isNeverSynced }: Pair) =>
  problem === undefined &&
  !isNeverSynced &&
  document !== null &&
  document.syncHash !== null &&
  !['deleted', 'conflict', 'left'].includes(document.fileStatus ?? '')

const isTooMany = (some: number, all: number, { maxDeletePercent }: StopOptions) =>
  all >= MIN_FILES_FOR_DELETIONS && some * 100 > maxDeletePercent * all

/** True when all changed, false as soon as one did not, else what has to be read first to tell. */
function allChanged(
  pairs: Pair[],
  needs: 'windowsHash' | 'espoHash',
  isChanged: (pair: Pair) => boolean | null,
  changed: ReadonlySet<Pair>,
): boolean | NeedsFactOf {
  const known = pairs.map((pair) => (changed.has(pair) ? true : isChanged(pair)))
  if (known.includes(false)) return false
  const pair = pairs[known.indexOf(null)]
  return pair === undefined ? true : { needs, pair }
}

/** Null where the hash has to be read to tell. */
function changedInWindows({ document, windows, facts }: Pair): boolean | null {
  if (!document || !windows) return false
  const change = windowsChange(document, windows, windowsHashOf({ windows, ...facts }))
  return change === null ? null : change === 'changed'
}

function changedInEspo({ document, facts }: Pair): boolean | null {
  if (!document) return false
  if (document.attachmentId === null) return true
  const change = espoChange(document, facts?.espoHash)
  return change === null ? null : change === 'changed'
}

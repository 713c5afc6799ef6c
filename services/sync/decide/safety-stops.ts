import { windowsHashOf } from '../../model/model'
import type { Language } from '../../model/reasons'
import { espoChange, windowsChange } from './decision-table'
import type { Pair } from './pairing'

const MIN_FILES_FOR_DELETIONS = 4
const MIN_FILES_FOR_MASS_CHANGE = 10

/** A hash without which it cannot be told whether a file changed; the caller reads it into `pair.facts`. */
interface NeedsHash {
  needs: 'windowsHash' | 'espoHash'
  pair: Pair
}

/** What a safety stop is judged by. */
export interface SafetyFacts {
  pairs: Pair[]
  /** Keys of the paths that the History names. */
  historyKeys: ReadonlySet<string>
  /** How many entries the History has, with or without a file. */
  entryCount: number
  /** `exists` is false after a 404. */
  folder: { exists: boolean; isEmpty: boolean }
  /** What counts as changed without being read. */
  changed: ReadonlySet<Pair>
}

/**
 * The safety stops (docs/decision-table.md): what a share that is not mounted, a wrong folder or an encryption trojan
 * looks like. Returns the reason in the given language, or null when the sync may go on. Pure: where a fact is missing
 * it says which.
 */
export function safetyStop(
  { pairs, historyKeys, entryCount, folder, changed }: SafetyFacts,
  options: { maxDeletePercent: number; language: Language },
): string | null | NeedsHash {
  const say = (de: string, en: string) => (options.language === 'de' ? de : en)
  const unreadable = unreadableHistory({ pairs, historyKeys, entryCount }, options.language)
  if (unreadable !== null) return unreadable
  const synced = pairs.filter((pair) => pair.document?.syncHash && pair.document.fileStatus !== 'deleted')
  if (synced.length === 0) return null
  const force = say(
    'Es wurde nichts verändert. Bitte die Administration verständigen: Sie prüft das und gibt einen Lauf frei.',
    'Nothing was changed. Please tell the administrator, who looks into it and allows one run.',
  )
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
  const inHistory = synced.filter((pair) => historyKeys.has(pair.key))
  const vanished = inHistory.filter((pair) => pair.windows === null).length
  if (
    inHistory.length >= MIN_FILES_FOR_DELETIONS &&
    vanished * 100 > options.maxDeletePercent * inHistory.length
  ) {
    return say(
      `Sicherheitsstopp: ${vanished} von ${inHistory.length} Dateien sind in Windows verschwunden. ${force}`,
      `Safety stop: ${vanished} of ${inHistory.length} files vanished in Windows. ${force}`,
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
 * Entries of which none names a file that is there: another Akte's History, or fields with other names than ours. Files
 * would be taken for ones that nobody filed, and the Akte for one in agreement. The reason in the given language, or null.
 */
function unreadableHistory(
  { pairs, historyKeys, entryCount }: Pick<SafetyFacts, 'pairs' | 'historyKeys' | 'entryCount'>,
  language: Language,
): string | null {
  const there = pairs.filter(({ windows, problem }) => windows !== null && problem === undefined)
  if (entryCount === 0 || there.length === 0 || there.some(({ key }) => historyKeys.has(key))) return null
  return {
    de: `Sicherheitsstopp: Die Advoware-Historie nennt keine der Dateien, die im Aktenordner liegen (Einträge: ${entryCount}, Dateien: ${there.length}). Es wurde nichts verändert. Bitte die Administration verständigen: „npm run doctor“ zeigt, wie die Felder der Einträge in dieser Kanzlei heißen. Ist es für diese Akte richtig so, gibt sie einen Lauf frei.`,
    en: `Safety stop: Advoware's History names none of the files in the Aktenordner (entries: ${entryCount}, files: ${there.length}). Nothing was changed. Please tell the administrator: npm run doctor shows how this office names the fields of an entry. If this is right for the Akte, allow one run.`,
  }[language]
}

/** True when all changed, false as soon as one did not, else what has to be read first to tell. */
function allChanged(
  pairs: Pair[],
  needs: NeedsHash['needs'],
  isChanged: (pair: Pair) => boolean | null,
  changed: ReadonlySet<Pair>,
): boolean | NeedsHash {
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

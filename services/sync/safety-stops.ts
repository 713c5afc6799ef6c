import type { Pair } from './pairing'

const MIN_FILES_FOR_DELETIONS = 4
const MIN_FILES_FOR_MASS_CHANGE = 10

/**
 * The safety stops of section 5: what a share that is not mounted, a wrong folder or an encryption trojan looks like.
 * Returns the reason in the given language, or null when the sync may go on. `folderExists` is false after a 404.
 */
export function safetyStop(
  pairs: Pair[],
  historyKeys: ReadonlySet<string>,
  folder: { exists: boolean; isEmpty: boolean },
  options: { maxDeletePercent: number; language: 'de' | 'en' },
): string | null {
  const say = (de: string, en: string) => (options.language === 'de' ? de : en)
  const synced = pairs.filter((pair) => pair.document?.syncHash && pair.document.fileStatus !== 'deleted')
  if (synced.length === 0) return null
  const force = say(
    'Bitte prüfen, dann den Lauf einmal freigeben oder die Ursache beheben.',
    'Please check, then allow one run or repair the cause.',
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
  if (inHistory.every(changedInWindows)) {
    return say(
      `Sicherheitsstopp: Alle ${inHistory.length} Dateien haben sich in Windows zugleich geändert. ${force}`,
      `Safety stop: all ${inHistory.length} files changed at once in Windows. ${force}`,
    )
  }
  if (inHistory.every(changedInEspo)) {
    return say(
      `Sicherheitsstopp: Alle ${inHistory.length} Dateien haben sich in EspoCRM zugleich geändert. ${force}`,
      `Safety stop: all ${inHistory.length} files changed at once in EspoCRM. ${force}`,
    )
  }
  return null
}

function changedInWindows({ document, windows }: Pair): boolean {
  if (!document || !windows) return false
  if (windows.blake3Hash !== null) return windows.blake3Hash !== document.syncHash
  return windows.usn !== document.syncUsn
}

function changedInEspo({ document }: Pair): boolean {
  return document?.syncAttachmentId != null && document.attachmentId !== document.syncAttachmentId
}

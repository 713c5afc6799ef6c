import type { Dokument, HistoryEntry, WindowsFile } from '../services/model/model'
import { mergeThreeWay } from '../services/sync/decide/decision-table'
import { cleanupFileList, matchHistory } from '../services/sync/decide/history-matches'
import { pairFiles, pairMoved, unreadUnmatchedFiles } from '../services/sync/decide/pairing'
import { safetyStop } from '../services/sync/decide/safety-stops'
import { median } from './measured'

const RUNS = 15

/** An Akte in which every fourth file changed in Windows, every fourth in EspoCRM, and every eighth was renamed. */
function makeAkte(count: number): { dokumente: Dokument[]; files: WindowsFile[]; entries: HistoryEntry[] } {
  const dokumente: Dokument[] = []
  const files: WindowsFile[] = []
  const entries: HistoryEntry[] = []
  for (let at = 0; at < count; at++) {
    const name = `Band ${Math.floor(at / 50)}/Dokument ${at}.docx`
    const path = at % 8 === 5 ? name.replace('Dokument', 'Umbenannt') : name
    const hash = at.toString(16).padStart(64, '0')
    const changed = `f${hash.slice(1)}`
    files.push({
      path,
      watcherPath: path,
      usn: 5_368_709_120 + at * 96 + (at % 4 === 1 ? 1 : 0),
      blake3Hash: at % 4 === 1 ? changed : hash,
      size: 20_480,
      modified: '2026-03-24T10:15:00+01:00',
    })
    entries.push({
      hnr: at,
      dat: '2026-03-24',
      art: 'Schreiben',
      text: path,
      datei: `V:\\Akten\\1\\${path.replaceAll('/', '\\')}`,
    })
    dokumente.push({
      id: `${at}`.padStart(17, '0'),
      akteId: '1',
      path: name,
      hasSeparatorInName: false,
      name,
      dateipfad: name,
      attachmentId: at % 4 === 2 ? `new-${at}` : `${at}`,
      attachmentName: name,
      blake3hash: hash,
      computedHash: null,
      syncHash: hash,
      syncUsn: 5_368_709_120 + at * 96,
      syncAttachmentId: `${at}`,
      syncAkteId: '1',
      syncPfad: name,
      fileStatus: 'synced',
      syncStatus: 'synced',
      syncMessage: null,
      lastSync: '2026-03-24 09:20:00',
      createdAt: '2026-03-24 09:15:00',
      modifiedAt: '2026-03-24 09:20:00',
      versionNumber: 2,
      hnr: at,
      historyArt: 'Schreiben',
      historyText: name,
      historyDatum: '2026-03-24',
      absent: new Set(),
    })
  }
  return { dokumente, files, entries }
}

/** One decision of every file, everything that is pure included. */
function decide({ dokumente, files, entries }: ReturnType<typeof makeAkte>): number {
  const pairs = pairFiles(dokumente, files)
  const matches = matchHistory(
    pairs.map(({ path }) => path),
    entries,
  )
  const inHistory = cleanupFileList(files, matches)
  unreadUnmatchedFiles(pairs, inHistory)
  const moved = pairMoved(pairs, inHistory)
  const folder = { exists: true, isEmpty: false }
  safetyStop(
    {
      ...{ pairs: moved, historyKeys: new Set(matches.keys()), entryCount: entries.length },
      ...{ folder, changed: new Set(), isHistoryRead: true },
    },
    { maxDeletePercent: 50, language: 'de' },
  )
  for (const { document, windows, key, movedIn, formerPath } of moved) {
    mergeThreeWay({ document, windows, inHistory: matches.has(key), movedIn, formerPath }, 'restore')
  }
  return moved.length
}

/** Processor time for all decisions of an Akte, milliseconds by its number of files; the middle of several runs. */
export function benchDecisions(): { files: number; ms: number }[] {
  return [1000, 10_000, 100_000].map((files) => {
    const akte = makeAkte(files)
    const times = Array.from({ length: files > 10_000 ? 3 : RUNS }, () => {
      const before = process.cpuUsage()
      decide(akte)
      const { user, system } = process.cpuUsage(before)
      return (user + system) / 1000
    })
    return { files, ms: median(times) }
  })
}

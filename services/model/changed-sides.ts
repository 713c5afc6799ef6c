import type { Reason } from './reasons'
import type { FileReport } from './report'

/** Where somebody had changed something that a run carried over. */
export type ChangedSide = 'Windows' | 'EspoCRM' | 'Advoware'

/**
 * What a reason says about who had changed something. A new file is Advoware's: the entry in the History makes it one.
 * A new path in EspoCRM is not there, because no webhook announces it.
 */
const SIDES: Partial<Record<Reason, readonly ChangedSide[]>> = {
  'new file in Windows': ['Advoware'],
  'new file in EspoCRM': ['EspoCRM'],
  'missing in Windows, restored from EspoCRM': ['Windows'],
  'missing in Windows, EspoCRM changed since': ['Windows', 'EspoCRM'],
  'deleted in Windows': ['Windows'],
  'changed in Windows': ['Windows'],
  'changed in EspoCRM': ['EspoCRM'],
  'changed on both sides, same content': ['Windows', 'EspoCRM'],
  'conflict, EspoCRM is newer': ['Windows', 'EspoCRM'],
  'conflict, Windows is newer': ['Windows', 'EspoCRM'],
  'document without a file': ['EspoCRM'],
  'renamed in Windows': ['Windows'],
}

/** How many changes of each side these files show that a run has carried over; `isClosed`: archived in Advoware. */
export function changesBySide(
  files: Pick<FileReport, 'reason' | 'outcome'>[],
  isClosed: boolean,
): Map<ChangedSide, number> {
  const changes = new Map<ChangedSide, number>(isClosed ? [['Advoware', 1]] : [])
  for (const { reason, outcome } of files) {
    if (outcome !== 'done' && outcome !== 'skipped') continue
    for (const side of SIDES[reason] ?? []) changes.set(side, (changes.get(side) ?? 0) + 1)
  }
  return changes
}

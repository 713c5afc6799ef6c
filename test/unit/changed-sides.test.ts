import { expect, it } from 'vitest'
import { changesBySide } from '../../services/model/changed-sides'
import type { Reason } from '../../services/model/reasons'
import type { FileReport } from '../../services/model/report'

const file = (reason: Reason, outcome: FileReport['outcome'] = 'done') => ({ reason, outcome })

it.each<[string, ReturnType<typeof file>[], boolean, [string, number][]]>([
  ['nothing', [file('unchanged', 'skipped'), file('touched, same content', 'skipped')], false, []],
  ['saves in Windows', [file('changed in Windows'), file('renamed in Windows')], false, [['Windows', 2]]],
  [
    'a conflict counts for both',
    [file('conflict, Windows is newer')],
    false,
    [
      ['Windows', 1],
      ['EspoCRM', 1],
    ],
  ],
  [
    'what waits or failed is not carried over',
    [file('changed in Windows', 'failed'), file('just modified', 'deferred')],
    false,
    [],
  ],
  ['a History entry is Advoware’s', [file('new file in Windows')], false, [['Advoware', 1]]],
  ['so is the Ablage', [], true, [['Advoware', 1]]],
])('%s', (_what, files, isClosed, expected) => {
  expect([...changesBySide(files, isClosed)]).toEqual(expected)
})

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../services/clock'
import { loadConfig } from '../../services/config'
import { checkFolders } from '../../services/doctor/folder-check'
import { SETTINGS } from '../../testkit/settings'
import { silentContext } from '../support/context'

it.each([
  ['agrees', 0, []],
  ['is ahead of', -60_000, ['60 s ahead of this machine']],
  ['is behind', 60_000, ['60 s behind this machine']],
])(
  'doctor compares the time of a file with the clock: the file server %s',
  async (_what, offsetMs, words) => {
    const folder = await mkdtemp(join(tmpdir(), 'folder-check-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const config = loadConfig({
      ...SETTINGS,
      SYNC_ARCHIVE_DIR: folder,
      SYNC_AUDIT_DIR: folder,
      SYNC_LANGUAGE: 'en',
    })
    const clock = { ...systemClock, now: () => new Date(systemClock.now().getTime() + offsetMs) }
    const findings = await checkFolders({ ...silentContext, clock }, config)
    const warnings = findings.filter(
      ({ text }) => text.startsWith('archive: ') && text.includes('get a time'),
    )
    expect(warnings.map(({ text }) => text)).toEqual(words.map((part) => expect.stringContaining(part)))
  },
)

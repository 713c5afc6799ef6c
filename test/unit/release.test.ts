import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../../scripts/motia-process'
import { nextChangelog, releaseProblems } from '../../scripts/release-checks'

const CHANGELOG =
  '# Changelog\n\n## Unreleased\n\n### Added\n\n- Everything\n\n## 0.1.0, 2026-10-01\n\n- First\n'
const READY = {
  version: '0.2.0',
  current: '0.1.0',
  changelog: CHANGELOG,
  branch: 'main',
  changes: [],
  tags: ['v0.1.0'],
}

describe('a release', () => {
  it('is made of a clean main, a newer version and a changelog', () => {
    expect(releaseProblems(READY)).toEqual([])
    for (const version of ['0.1.1', '0.10.0', '1.0.0'])
      expect(releaseProblems({ ...READY, version })).toEqual([])
  })

  it.each([
    ['no version', { version: '' }, /not a version/],
    ['a version with a v', { version: 'v0.2.0' }, /not a version/],
    ['the same version', { version: '0.1.0' }, /0\.1\.0 is not above 0\.1\.0/],
    ['an older version', { version: '0.0.9' }, /not above/],
    ['a version that was tagged', { tags: ['v0.2.0'] }, /tag v0\.2\.0 already exists/],
    ['another branch', { branch: 'attempt' }, /on main, this is attempt/],
    ['a tree with changes', { changes: [' M README.md'] }, /not clean: +M README\.md/],
    [
      'an empty changelog',
      { changelog: '# Changelog\n\n## Unreleased\n\n## 0.1.0\n\n- First\n' },
      /CHANGELOG/,
    ],
  ])('is refused for %s', (_what, change, problem) => {
    expect(releaseProblems({ ...READY, ...change }).join('\n')).toMatch(problem)
  })

  it('says everything at once', () => {
    expect(releaseProblems({ ...READY, version: 'x', branch: '', changes: ['?? new.ts'] })).toHaveLength(3)
  })

  it('moves what was unreleased under the new version', () => {
    const next = nextChangelog(CHANGELOG, '0.2.0', new Date('2026-12-01T12:00:00Z'))
    expect(next).toContain('## Unreleased\n\n## 0.2.0, 2026-12-01\n\n### Added\n\n- Everything\n')
    expect(releaseProblems({ ...READY, version: '0.3.0', changelog: next })).toEqual([
      'CHANGELOG.md has no entries under Unreleased',
    ])
  })

  it('finds the heading in our changelog', () => {
    expect(readFileSync(join(root, 'CHANGELOG.md'), 'utf8')).toContain('\n## Unreleased\n')
  })
})

const VERSION = /^(\d+)\.(\d+)\.(\d+)$/
const UNRELEASED = '## Unreleased'

/** The facts that decide whether a release is possible. */
export interface ReleaseState {
  /** The wanted version, and the one of package.json. */
  version: string
  current: string
  changelog: string
  branch: string
  /** Lines of `git status --porcelain`. */
  changes: string[]
  tags: string[]
}

/** Every reason against a release, one sentence each. */
export function releaseProblems({
  version,
  current,
  changelog,
  branch,
  changes,
  tags,
}: ReleaseState): string[] {
  const problems: string[] = []
  if (!VERSION.test(version)) problems.push(`"${version}" is not a version such as 0.2.0`)
  else if (!isNewer(version, current)) problems.push(`${version} is not above ${current}`)
  if (tags.includes(`v${version}`)) problems.push(`the tag v${version} already exists`)
  if (branch !== 'main') problems.push(`releases are made on main, this is ${branch || 'not a branch'}`)
  if (changes.length > 0) problems.push(`the tree is not clean: ${changes.join(', ')}`)
  if (!unreleased(changelog).includes('- ')) problems.push('CHANGELOG.md has no entries under Unreleased')
  return problems
}

/** The changelog with the unreleased entries under this version, and an empty Unreleased above it. */
export function nextChangelog(changelog: string, version: string, date: Date): string {
  return changelog.replace(UNRELEASED, `${UNRELEASED}\n\n## ${version}, ${date.toISOString().slice(0, 10)}`)
}

function unreleased(changelog: string): string {
  const [, after = ''] = changelog.split(UNRELEASED)
  return after.split('\n## ')[0] ?? ''
}

function isNewer(version: string, current: string): boolean {
  const [wanted, present] = [version, current].map((text) => (VERSION.exec(text) ?? []).slice(1).map(Number))
  const at = wanted?.findIndex((part, index) => part !== present?.[index]) ?? -1
  return at >= 0 && (wanted?.[at] ?? 0) > (present?.[at] ?? 0)
}

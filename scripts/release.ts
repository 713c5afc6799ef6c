// A release: `npm run release -- 0.2.0`. Checks a clean tree on main, the version and the changelog, all at once; runs
// every test; writes the version, the changelog's heading, a commit and a tag. It does not push, but prints the command.
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { nextChangelog, releaseProblems } from './release-checks'

const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim()
const run = (command: string, ...args: string[]) =>
  spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' }).status === 0

function refuse(problems: string[]): never {
  for (const problem of problems) console.error(`❌ ${problem}`)
  process.exit(1)
}

const [version = ''] = process.argv.slice(2)
const changelog = readFileSync('CHANGELOG.md', 'utf8')
const current = (JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version
const problems = releaseProblems({
  version,
  current,
  changelog,
  branch: git('branch', '--show-current'),
  changes: git('status', '--porcelain').split('\n').filter(Boolean),
  tags: git('tag', '--list').split('\n'),
})
if (problems.length > 0) refuse(problems)
for (const part of ['test', 'test:long'])
  if (!run('npm', 'run', part)) refuse([`npm run ${part} failed; nothing was released`])
if (git('status', '--porcelain') !== '') refuse(['the tests changed files; nothing was released'])

if (!run('npm', 'version', '--no-git-tag-version', version)) refuse(['npm version failed'])
writeFileSync('CHANGELOG.md', nextChangelog(changelog, version, new Date()))
git('add', 'package.json', 'package-lock.json', 'CHANGELOG.md')
git('commit', '--message', `Release ${version}`)
git('tag', '--annotate', `v${version}`, '--message', `Version ${version}`)
console.log(`✅ ${version} is committed and tagged. Publish it: git push --follow-tags`)

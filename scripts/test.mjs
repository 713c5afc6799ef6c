// Runs all checks: lint, types, unused code, unit tests, simulation, end to end. Works in a fresh clone;
// plain JavaScript. Prints `N passed, N failed` last; the first three count as one each. Arguments select parts:
// `npm test -- unit` runs only the unit tests, `npm run test:long` those that take long.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureRedis } from './ensure-redis.mjs'
import { ensureInstalled, root } from './install.mjs'

ensureInstalled()
const binary = await ensureRedis().catch((error) => {
  console.error(`❌ ${error.message}`)
  console.log('0 passed, 1 failed')
  process.exit(1)
})
const env = { ...process.env, REDISMS_SYSTEM_BINARY: binary, MOTIA_ANALYTICS_DISABLED: 'true' }
const reports = mkdtempSync(join(tmpdir(), 'document-sync-test-'))
const bin = (path) => join(root, 'node_modules', path)

/** Runs one tool with this Node; true if it succeeded. */
function run(title, args) {
  console.log(`\n── ${title} ${'─'.repeat(Math.max(0, 70 - title.length))}`)
  return spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env }).status === 0
}

const single = (title, args) => (run(title, args) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 })

function vitest(project) {
  const report = join(reports, `${project}.json`)
  const args = [
    'run',
    '--project',
    project,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ]
  const ok = run(project, [bin('vitest/vitest.mjs'), ...args])
  if (!existsSync(report)) return { passed: 0, failed: 1 }
  const result = JSON.parse(readFileSync(report, 'utf8'))
  // A file that could not be loaded has no tests in the report, but still counts as a failure.
  const broken = result.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.length,
  ).length
  const failed = result.numFailedTests + broken
  return { passed: result.numPassedTests, failed: ok ? failed : Math.max(failed, 1) }
}

const parts = {
  lint: () => single('lint', [bin('@biomejs/biome/bin/biome'), 'check', '.']),
  types: () => single('types', [bin('typescript/bin/tsc'), '--noEmit']),
  unused: () => single('unused', [bin('knip/bin/knip.js'), '--no-progress']),
  unit: () => vitest('unit'),
  simulation: () => vitest('simulation'),
  e2e: () => vitest('e2e'),
}
/** What takes long: `npm run test:long`. */
const longParts = { long: () => vitest('long') }
const all = { ...parts, ...longParts }
const chosen = process.argv.slice(2).filter((name) => name in all)
const totals = (chosen.length ? chosen : Object.keys(parts)).map((name) => all[name]())
rmSync(reports, { recursive: true, force: true })

const sum = (key) => totals.reduce((all, one) => all + one[key], 0)
console.log(`\n${sum('passed')} passed, ${sum('failed')} failed`)
process.exit(sum('failed') === 0 ? 0 : 1)

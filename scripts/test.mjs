// Runs all checks: lint, types, unused code, unit tests, simulation, end to end. Works in a fresh clone;
// plain JavaScript. Prints what each part took and `N passed, N failed` last; the first three count as one each.
// Arguments select parts: `npm test -- unit` runs only the unit tests; `npm run test:long` runs what takes long.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, relative, sep } from 'node:path'
import { ensureRedis } from './ensure-redis.mjs'
import { ensureInstalled, root } from './install.mjs'

/** Those on which `npm run test:long` tries the end-to-end tests, beside the one that runs it. */
const OTHER_NODES = ['24', '26']

ensureInstalled()
const binary = await ensureRedis().catch((error) => {
  console.error(`❌ ${error.message}`)
  console.log('0 passed, 1 failed')
  process.exit(1)
})
const env = { ...process.env, REDISMS_SYSTEM_BINARY: binary, MOTIA_ANALYTICS_DISABLED: 'true' }
const reports = mkdtempSync(join(tmpdir(), 'document-sync-test-'))
const bin = (path) => join(root, 'node_modules', path)
const checks = {
  lint: [bin('@biomejs/biome/bin/biome'), 'check', '.'],
  types: [bin('typescript/bin/tsc'), '--noEmit'],
  unused: [bin('knip/bin/knip.js'), '--no-progress'],
}
const projects = ['unit', 'simulation', 'e2e']
const times = []

const title = (text) => console.log(`\n── ${text} ${'─'.repeat(Math.max(0, 70 - text.length))}`)
const took = (part, ms) => times.push(`${part} ${Math.round(ms / 1000)} s`)

/** One tool, which reads only: its output comes as a whole, since others run beside it. */
async function check(name) {
  const started = Date.now()
  const tool = spawn(process.execPath, checks[name], { cwd: root, env })
  const output = []
  for (const stream of [tool.stdout, tool.stderr]) stream.on('data', (chunk) => output.push(chunk))
  const status = await new Promise((done) => tool.once('close', done))
  title(name)
  process.stdout.write(Buffer.concat(output))
  took(name, Date.now() - started)
  return { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1 }
}

const projectOf = (file) => {
  const [, folder] = relative(root, file).split(sep)
  return ['simulation', 'e2e', 'long'].includes(folder) ? folder : 'unit'
}

/** The test files of these projects, some beside each other (vitest.config.ts). */
function vitest(names, { label = names.join(', '), node = process.execPath, settings = {} } = {}) {
  const report = join(reports, `${label}.json`)
  const args = names.flatMap((name) => ['--project', name])
  args.push('--reporter=default', '--reporter=json', `--outputFile.json=${report}`)
  title(label)
  const { status } = spawnSync(node, [bin('vitest/vitest.mjs'), 'run', ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...env, ...settings },
  })
  if (!existsSync(report)) return { passed: 0, failed: 1 }
  const { testResults, numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8'))
  for (const name of names) {
    const files = testResults.filter((file) => projectOf(file.name) === name)
    const ms = files.reduce((sum, { startTime, endTime }) => sum + endTime - startTime, 0)
    took(names.length > 1 ? name : label, ms)
  }
  // A file that could not be loaded has no tests in the report, but still counts as a failure.
  const broken = testResults.filter((file) => file.status === 'failed' && !file.assertionResults.length)
  const failed = numFailedTests + broken.length
  return { passed: numPassedTests, failed: status === 0 ? failed : Math.max(failed, 1) }
}

/** The end-to-end tests on another Node.js, which comes from the registry's package `node`. */
function otherNode(version) {
  const label = `e2e on Node.js ${version}`
  const npx = spawnSync('npx', ['--yes', `node@${version}`, '-p', 'process.execPath'], { encoding: 'utf8' })
  const node = npx.stdout.trim()
  if (npx.status !== 0 || !existsSync(node)) {
    console.error(`❌ ${label}: npx could not bring it\n${npx.stderr}`)
    return { passed: 0, failed: 1 }
  }
  return vitest(['e2e'], { label, node, settings: { PATH: `${dirname(node)}${delimiter}${env.PATH}` } })
}

const started = Date.now()
const totals = []
if (process.argv[2] === 'long') {
  totals.push(vitest(['simulation'], { settings: { SIMULATION_RUNS: '5000', CRASH_POINT_STEP: '1' } }))
  totals.push(vitest(['long']))
  for (const version of OTHER_NODES) totals.push(otherNode(version))
} else {
  const chosen = process.argv.slice(2)
  const wanted = (names) => names.filter((name) => chosen.length === 0 || chosen.includes(name))
  totals.push(...(await Promise.all(wanted(Object.keys(checks)).map(check))))
  if (wanted(projects).length > 0) totals.push(vitest(wanted(projects)))
}
rmSync(reports, { recursive: true, force: true })

const sum = (key) => totals.reduce((all, one) => all + one[key], 0)
console.log(`\n${times.join(', ')}; together ${Math.round((Date.now() - started) / 1000)} s`)
console.log(`${sum('passed')} passed, ${sum('failed')} failed`)
process.exit(sum('failed') === 0 ? 0 : 1)

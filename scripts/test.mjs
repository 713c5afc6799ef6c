// Runs all checks: lint, types, unused code, unit tests, simulation, end to end. Works in a fresh clone;
// plain JavaScript. Prints what failed, what each part took and `N passed, N failed` last; the first three count as one each.
// Arguments select parts: `npm test -- unit` runs only the unit tests; `npm run test:long` runs what takes long.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
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
const times = []
/** What failed, said once more at the end: a long log shows its last lines. */
const failures = []

const title = (text) => console.log(`\n── ${text} ${'─'.repeat(Math.max(0, 70 - text.length))}`)
const took = (part, ms) => times.push(`${part} ${Math.round(ms / 1000)} s`)

/** A program; its output comes as a whole where others run beside it. Resolves to its exit code. */
async function run(name, args, { node = process.execPath, settings = {}, isLive = false } = {}) {
  if (isLive) title(name)
  const program = spawn(node, args, {
    cwd: root,
    env: { ...env, ...settings },
    stdio: isLive ? 'inherit' : ['ignore', 'pipe', 'pipe'],
  })
  const output = []
  for (const stream of isLive ? [] : [program.stdout, program.stderr])
    stream.on('data', (chunk) => output.push(chunk))
  const [code] = await once(program, 'close')
  if (!isLive) title(name)
  process.stdout.write(Buffer.concat(output))
  return code
}

/** One tool, which reads only. */
async function check(name) {
  const started = Date.now()
  const code = await run(name, checks[name])
  took(name, Date.now() - started)
  if (code !== 0) failures.push(name)
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 }
}

const projectOf = (file) => {
  const [, folder] = relative(root, file).split(sep)
  return ['simulation', 'e2e', 'long'].includes(folder) ? folder : 'unit'
}

/** The test files of these projects, some beside each other (vitest.config.ts). */
async function vitest(names, { label = names.join(', '), options = [], ...how } = {}) {
  const report = join(reports, `${label}.json`)
  const args = [bin('vitest/vitest.mjs'), 'run', ...names.flatMap((name) => ['--project', name]), ...options]
  args.push('--reporter=default', '--reporter=json', `--outputFile.json=${report}`)
  const code = await run(label, args, how)
  if (!existsSync(report)) {
    failures.push(`${label}: ended without a report`)
    return { passed: 0, failed: 1 }
  }
  const { testResults, numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8'))
  for (const name of names) {
    const files = testResults.filter((file) => projectOf(file.name) === name)
    const ms = files.reduce((sum, { startTime, endTime }) => sum + endTime - startTime, 0)
    took(names.length > 1 ? name : label, ms)
  }
  // A file that could not be loaded has no tests in the report, but still counts as a failure.
  const broken = testResults.filter((file) => file.status === 'failed' && !file.assertionResults.length)
  const failed = numFailedTests + broken.length
  const tell = (file, test, message = '') =>
    failures.push(`${relative(root, file.name)}: ${test}\n     ${message.split('\n')[0]}`)
  for (const file of broken) tell(file, 'cannot be loaded', file.message)
  for (const file of testResults)
    for (const { status, fullName, failureMessages } of file.assertionResults)
      if (status === 'failed') tell(file, fullName, failureMessages[0])
  if (code !== 0 && failed === 0) failures.push(`${label}: an error outside of all tests`)
  return { passed: numPassedTests, failed: code === 0 ? failed : Math.max(failed, 1) }
}

/** Two of these run beside each other. As many from the start: a pool of shared processes that grows ends too early. */
const workers = ['--minWorkers', '--maxWorkers'].map((option) => `${option}=${availableParallelism()}`)
/** Unit tests of one worker share a process: loading everything anew for each file would be a third of their cost. */
const inOneProcess = '--poolOptions.forks.isolate=false'

/** The end-to-end tests on another Node.js, which comes from the registry's package `node`. */
function otherNode(version) {
  const label = `e2e on Node.js ${version}`
  const npx = spawnSync('npx', ['--yes', `node@${version}`, '-p', 'process.execPath'], { encoding: 'utf8' })
  const node = npx.stdout.trim()
  if (npx.status !== 0 || !existsSync(node)) {
    console.error(`❌ ${label}: npx could not bring it\n${npx.stderr}`)
    return { passed: 0, failed: 1 }
  }
  const settings = { PATH: `${dirname(node)}${delimiter}${env.PATH}` }
  return vitest(['e2e'], { label, node, settings, isLive: true })
}

const started = Date.now()
const totals = []
if (process.argv[2] === 'long') {
  const settings = { SIMULATION_RUNS: '5000', CRASH_POINT_STEP: '1' }
  totals.push(await vitest(['simulation'], { settings, isLive: true }))
  totals.push(await vitest(['long'], { isLive: true }))
  for (const version of OTHER_NODES) totals.push(await otherNode(version))
} else {
  const chosen = process.argv.slice(2)
  const wanted = (names) => names.filter((name) => chosen.length === 0 || chosen.includes(name))
  const tests = [
    [wanted(['e2e', 'simulation']), { options: workers, isLive: true }],
    [wanted(['unit']), { options: [...workers, inOneProcess] }],
  ].filter(([names]) => names.length > 0)
  const parts = [
    ...wanted(Object.keys(checks)).map(check),
    ...tests.map(([names, how]) => vitest(names, how)),
  ]
  totals.push(...(await Promise.all(parts)))
}
rmSync(reports, { recursive: true, force: true })

for (const failure of failures) console.log(`\nFAILED ${failure}`)
const sum = (key) => totals.reduce((all, one) => all + one[key], 0)
console.log(`\n${times.join(', ')}; together ${Math.round((Date.now() - started) / 1000)} s`)
console.log(`${sum('passed')} passed, ${sum('failed')} failed`)
process.exit(sum('failed') === 0 ? 0 : 1)

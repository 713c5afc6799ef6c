// `npm run bench` measures everything, `npm run bench -- akte large` those sections alone. Each is kept in `.bench`;
// the page in `docs/` is made of what was measured last. Takes about twenty minutes on two cores, and the import as long as
// 10,000 Akten take; what else runs on the machine shows in the figures.
import { mkdir, writeFile } from 'node:fs/promises'
import { benchAgreement } from './agreement'
import { type AkteFigure, benchAkte, benchArchive } from './akte'
import { benchBacklog, benchGrowth } from './backlog'
import { benchDecisions } from './decide'
import { benchFirstImport } from './first-import'
import { benchHashing } from './hashing'
import { benchLargeFile } from './large'
import { pageOf } from './page'
import { plotTimes } from './plot'
import { benchProcessStart } from './process-start'
import { benchProfiles } from './profiles'
import { keep, readResults } from './results'
import { benchRecovery, benchThroughput } from './throughput'

const ALL: AkteFigure['case'][] = ['first sync', 'unchanged', '1 % changed', '10 % changed']
const PLOTTED_MS = 2
/** Round-trip time, files in the Akte, cases. */
const AKTE_RUNS: [number, number, AkteFigure['case'][]][] = [
  [PLOTTED_MS, 10, ALL],
  [PLOTTED_MS, 100, ALL],
  [0, 1000, ALL],
  [PLOTTED_MS, 1000, ALL],
  [20, 1000, ALL],
  [PLOTTED_MS, 10_000, ['unchanged']],
  [0, 10_000, ['first sync']],
]
const MEGABYTES = Number(process.env.BENCH_LARGE_MB ?? 1024)
const AKTEN = Number(process.env.BENCH_AKTEN ?? 240)
const SAVES = Number(process.env.BENCH_SAVES ?? 40)
const IMPORTED_AKTEN = Number(process.env.BENCH_IMPORT_AKTEN ?? 10_000)
/** What a request takes in a real office. */
const LATENCY_MS = 20

const sections = {
  start: () => keep('start', benchProcessStart),
  decisions: () => keep('decisions', async () => benchDecisions()),
  hash: () => keep('hash', benchHashing),
  backlog: () =>
    keep('backlog', async () => ({ drain: await benchBacklog(10_000), growth: await benchGrowth(8640) })),
  akte: async () => {
    const figures: AkteFigure[] = []
    for (const [roundTripMs, files, cases] of AKTE_RUNS) {
      await keep('akte', async () => {
        figures.push(...(await benchAkte(roundTripMs, files, cases)))
        return figures
      })
    }
  },
  archive: () => keep('archive', () => benchArchive(PLOTTED_MS, 1000)),
  large: () => keep('large', () => benchLargeFile(MEGABYTES)),
  throughput: () =>
    keep('throughput', async () => {
      const options = { akten: AKTEN, latencyMs: LATENCY_MS }
      return {
        rates: [
          await benchThroughput({ ...options, by: 'server', scope: 'akte', servers: 1 }),
          await benchThroughput({ ...options, by: 'server', scope: 'global', servers: 1 }),
          await benchThroughput({ ...options, by: 'server', scope: 'akte', servers: 2 }),
          await benchThroughput({ ...options, by: 'worker', scope: 'akte', servers: 1 }),
          await benchThroughput({ ...options, by: 'worker', scope: 'global', servers: 1 }),
        ],
        recoverySeconds: await benchRecovery(),
      }
    }),
  agreement: () => keep('agreement', () => benchAgreement(SAVES)),
  import: () => keep('import', () => benchFirstImport(IMPORTED_AKTEN)),
  profiles: () => keep('profiles', benchProfiles),
}

const isSection = (name: string): name is keyof typeof sections => name in sections
const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !isSection(name) && name !== 'page')
if (unknown.length > 0) {
  console.error(`Unknown: ${unknown.join(', ')}. Sections: ${Object.keys(sections).join(', ')}, page`)
  process.exit(2)
}
for (const name of asked.length > 0 ? asked : Object.keys(sections)) {
  if (!isSection(name)) continue
  console.error(`⏱️  ${name} …`)
  await sections[name]()
}
const results = await readResults()
const page = pageOf(results)
await mkdir('docs', { recursive: true })
await writeFile('docs/benchmark.md', page)
if (results.akte) await writeFile('docs/benchmark.svg', plotTimes(results.akte.figures, PLOTTED_MS))
console.log(page)
process.exit(0)

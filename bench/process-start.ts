import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { bundleStep } from '../services/motia/step-bundle'
import { measure, median } from './measured'

/** Processor time of a new process that loads something. */
export interface StartFigure {
  what: string
  cpuMs: number
}

const RUNS = 7
const STEP = 'steps/advoware-docs/sync-event.step'
const PACKAGES = ['axios', 'ioredis', 'zod', 'pino', 'hash-wasm', 'mime-types']
const TELL =
  "process.on('exit', () => { const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage(); process.send({ cpuMs: (userCPUTime + systemCPUTime) / 1000, rssMb: maxRSS / 1024 }) });"

/**
 * What a step run spends before its first line: bare Node, each package, the step as Motia compiles it, its bundle, and
 * that with the compiled code of an earlier process, which the server keeps with Node 24 and newer.
 */
export async function benchProcessStart(): Promise<StartFigure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'document-sync-start-'))
  try {
    const core = fileURLToPath(import.meta.resolve('@motiadev/core'))
    const { compile } = (await import(join(core, '../src/ts-compiler.mjs'))) as {
      compile(file: string, root: string): Promise<string>
    }
    const compiled = await compile(resolve(`${STEP}.ts`), resolve('.'))
    const bundle = join(folder, 'bundle.mjs')
    await writeFile(bundle, bundleStep(join(folder, `${STEP}.js`), folder, resolve('.')) ?? '')
    const url = (file: string) => pathToFileURL(file).href
    const cached = { NODE_COMPILE_CACHE: join(folder, 'compiled') }
    const loads: [string, string[], Record<string, string>?][] = [
      ['Node alone', []],
      ...PACKAGES.map((name): [string, string[]] => [name, [name]]),
      ['the queue step, file by file', [url(compiled)]],
      ['the queue step, bundled', [url(bundle)]],
      ['the queue step, bundled, with the code that was compiled before', [url(bundle)], cached],
    ]
    const figures: StartFigure[] = []
    for (const [what, modules, env] of loads) {
      const code = TELL + modules.map((name) => `await import(${JSON.stringify(name)});`).join('')
      const costs: number[] = []
      while (costs.length < RUNS) {
        costs.push(
          (await measure(process.execPath, ['--input-type=module', '-e', `${code}process.exit(0)`], env))
            .cpuMs,
        )
      }
      figures.push({ what, cpuMs: median(costs) })
    }
    return figures
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

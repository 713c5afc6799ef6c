import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** What a process cost. */
export interface Cost {
  /** From its start to its end. */
  ms: number
  /** Processor time, its own and that of the processes it started. */
  cpuMs: number
  /** Largest resident memory, megabytes. */
  rssMb: number
}

const TELL =
  "process.on('exit', () => { const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage(); process.send?.({ cpuMs: (userCPUTime + systemCPUTime) / 1000, rssMb: maxRSS / 1024 }) })"
const REQUIRE =
  "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url)"

/** Programs of `bench/contestants`, each made one file as the product's steps are; `close` removes them. */
export class Contestants {
  private constructor(private readonly folder: string) {}

  static async build(): Promise<Contestants> {
    const folder = await mkdtemp(join(tmpdir(), 'document-sync-bench-'))
    const source = fileURLToPath(new URL('./contestants/', import.meta.url))
    await build({
      entryPoints: ['product', 'bare', 'plain-copy'].map((name) => join(source, `${name}.ts`)),
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      outdir: folder,
      outExtension: { '.js': '.mjs' },
      banner: { js: `${REQUIRE}; ${TELL}` },
      logLevel: 'error',
    })
    return new Contestants(folder)
  }

  /** Runs one in a new process; with `profile`, a folder, its CPU profile goes there. @throws when it fails */
  run(
    name: 'product' | 'bare' | 'plain-copy',
    args: string[],
    env: Record<string, string>,
    profile?: string,
  ): Promise<Cost> {
    const flags = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]
    return measure(process.execPath, [...flags, join(this.folder, `${name}.mjs`), ...args], env)
  }

  /** A folder of its own below the temporary one. */
  async newFolder(): Promise<string> {
    return mkdtemp(join(this.folder, 'data-'))
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** Runs a program to its end. Memory and processor time are known of Node programs that tell them. */
export function measure(
  command: string,
  args: string[],
  env: Record<string, string> = {},
  cwd = resolve('.'),
): Promise<Cost> {
  return new Promise((done, failed) => {
    const begin = performance.now()
    const isNode = command === process.execPath
    const stdio: ('ignore' | 'pipe' | 'ipc')[] = [
      'ignore',
      'pipe',
      'pipe',
      ...(isNode ? (['ipc'] as const) : []),
    ]
    const child = spawn(command, args, { env: { ...process.env, ...env }, cwd, stdio })
    let told = { cpuMs: 0, rssMb: 0 }
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (piece: Buffer) => {
        output = (output + piece).slice(-4000)
      })
    }
    child.on('message', (message) => {
      told = message as typeof told
    })
    child.on('error', failed)
    child.on('close', (code) => {
      if (code === 0) done({ ms: performance.now() - begin, ...told })
      else failed(new Error(`${command} ${args.join(' ')} ended with ${code}:\n${output}`))
    })
  })
}

/** The middle one of several figures. */
export function median(figures: number[]): number {
  const sorted = [...figures].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

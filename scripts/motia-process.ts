import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseEnv, stripVTControlCharacters } from 'node:util'
import { environmentOf } from '../services/config'

export const root = join(fileURLToPath(import.meta.url), '../..')

const STOP_TIMEOUT_MS = 5000
const WORKER_STOP_TIMEOUT_MS = 10_000

/** A server or worker of the product, in a process group of its own. */
export interface ProductProcess {
  readonly child: ChildProcess
  /** Everything it printed so far, without colours. */
  readonly output: () => string
  /** Resolves with the exit code when it exits. */
  readonly ended: Promise<number>
  stop(): Promise<void>
  /** SIGKILL for the whole process group: what a power cut does to the server and to every step that runs. */
  kill(): Promise<void>
}

export interface MotiaProcess extends ProductProcess {
  /** Where the Workbench listens; known when it is ready. */
  readonly url: string
  readonly redisPort: number
}

export interface WorkerOptions {
  env: Record<string, string>
  port: number
  onLine?: (line: string) => void
}

export interface MotiaOptions {
  env: Record<string, string>
  motiaDir: string
  command?: 'dev' | 'start'
  port?: number
  /** Address to listen on; this machine only by default. */
  host?: string
  onLine?: (line: string) => void
}

/** The variables of `.env`, where there is one. */
function readDotEnv(): Record<string, string | undefined> {
  const dotEnv = join(root, '.env')
  return existsSync(dotEnv) ? parseEnv(readFileSync(dotEnv, 'utf8')) : {}
}

/** Starts `motia dev` (or `start`) in its own process group; it always ends with this process. */
export function spawnMotia({ env, motiaDir, command = 'dev', port = 3000, host, onLine }: MotiaOptions) {
  const args = ['scripts/motia.mjs', command, '--port', `${port}`, '--motia-dir', motiaDir]
  if (host !== undefined) args.push('--host', host)
  return spawnProduct(args, env, STOP_TIMEOUT_MS, onLine)
}

/** Starts `npm run worker` likewise. */
export function spawnWorker({ env, port, onLine }: WorkerOptions): ProductProcess {
  const args = ['--import', './scripts/typescript.mjs', 'scripts/worker.ts', '--port', `${port}`]
  return spawnProduct(args, env, WORKER_STOP_TIMEOUT_MS, onLine)
}

function spawnProduct(
  args: string[],
  env: Record<string, string>,
  stopTimeoutMs: number,
  onLine?: (line: string) => void,
): ProductProcess {
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: environmentOf(env, readDotEnv()),
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    let rest = ''
    stream?.setEncoding('utf8').on('data', (text: string) => {
      const lines = stripVTControlCharacters(rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        output += `${line}\n`
        onLine?.(line)
      }
    })
  }
  const ended = new Promise<number>((done) => {
    child.once('error', () => done(1))
    child.once('close', (code) => done(code ?? 1))
  })
  running.add(child)
  const kill = async () => {
    if (running.has(child)) killGroup(child)
    await ended
    running.delete(child)
  }
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
    await Promise.race([ended, sleep(stopTimeoutMs, undefined, { ref: false })])
    await kill() // also the steps that still run
  }
  return { child, ended, stop, kill, output: () => output }
}

/** Every process started here and not stopped yet, including those still starting. */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) killGroup(child)
})

function killGroup({ pid }: ChildProcess) {
  if (pid === undefined) return
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL')
  } catch {
    // nothing is left of it
  }
}

/** Starts Motia and waits until it serves. */
export async function startMotia(options: MotiaOptions, timeoutMs = 90_000): Promise<MotiaProcess> {
  const motia = spawnMotia(options)
  const deadline = Date.now() + timeoutMs
  let isEnded = false
  void motia.ended.then(() => {
    isEnded = true
  })
  for (;;) {
    const output = motia.output()
    const port = /Server ready and listening on port (\d+)/.exec(output)?.[1]
    if (port) {
      const redisPort = Number(/redis-cli -p (\d+)/.exec(output)?.[1] ?? options.env.MOTIA_REDIS_PORT)
      return { ...motia, url: `http://127.0.0.1:${port}`, redisPort }
    }
    if (isEnded || Date.now() > deadline) {
      await motia.stop()
      throw new Error(`Motia did not start:\n${output.split('\n').slice(-30).join('\n')}`)
    }
    await sleep(100)
  }
}

const opens = (port: number) =>
  new Promise<number>((done) => {
    const probe = createServer()
    probe.once('error', () => done(0))
    probe.listen(port, '127.0.0.1', () => {
      const { port: given } = probe.address() as { port: number }
      probe.close(() => done(given))
    })
  })

/** The wanted port, or the next one that is free; without a wish any free one. */
export async function freePort(wanted = 0): Promise<number> {
  for (let port = wanted; ; port += 1) {
    const given = await opens(port)
    if (given) return given
  }
}

/** A free port for Motia. The Workbench adds 21678 to it for its reload socket, so high ports do not work. */
export const freeMotiaPort = (): Promise<number> => freePort(20_000 + Math.floor(Math.random() * 10_000))

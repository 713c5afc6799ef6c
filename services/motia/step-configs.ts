import childProcess, { type ChildProcess, type SpawnOptions } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { syncBuiltinESMExports } from 'node:module'
import { fileURLToPath } from 'node:url'

/** What tells the configuration of a step (@motiadev/core 0.17.4, src/node/get-config.ts); the step is its argument. */
const CONFIG_READER = /[\\/]get-config\.mjs$/
const READ_MANY = fileURLToPath(new URL('../../scripts/read-step-configs.mjs', import.meta.url))
const IDLE_MS = 2000

/** What Motia sees of the process that it started for one step: a message, or its end. */
class ConfigRead extends EventEmitter {
  constructor(readonly file: string) {
    super()
  }

  /** Motia has what it asked for; the process goes on with other steps. */
  kill(): boolean {
    return true
  }
}

/** One process that reads the configurations of many steps, one at a time, and ends when nobody asks any more. */
class ConfigReader {
  private readonly known = new Set<string>()
  private readonly waiting: ConfigRead[] = []
  private idle: NodeJS.Timeout | undefined

  constructor(
    private readonly process: ChildProcess,
    private readonly onEnd: () => void,
  ) {
    process.on('message', (config) => this.answer('message', config))
    process.on('error', (error) => this.answer('error', error))
    process.on('close', (code) => {
      onEnd()
      for (const read of this.waiting.splice(0)) read.emit('close', code)
    })
  }

  /** It keeps what it once loaded: whoever asks for a step again, after a change, needs a new process. */
  knows(file: string): boolean {
    return this.known.has(file)
  }

  read(file: string): ConfigRead {
    const read = new ConfigRead(file)
    clearTimeout(this.idle)
    this.known.add(file)
    this.waiting.push(read)
    if (this.waiting.length === 1) this.process.send(file)
    return read
  }

  private answer(event: 'message' | 'error', told: unknown): void {
    this.waiting.shift()?.emit(event, told)
    const [next] = this.waiting
    if (next) this.process.send(next.file)
    else this.idle = setTimeout(() => this.end(), IDLE_MS)
  }

  private end(): void {
    this.onEnd()
    this.process.kill()
  }
}

/**
 * Motia starts a process for each step, one after the other, only to read its configuration: most of what a start costs.
 * From here on one process reads them all. Returns how to undo it.
 */
export function readConfigsTogether(): () => void {
  const { spawn } = childProcess
  let reader: ConfigReader | undefined
  const startReader = (command: string, program: string, options: SpawnOptions) => {
    const started: ConfigReader = new ConfigReader(spawn(command, [READ_MANY, program], options), () => {
      if (reader === started) reader = undefined
    })
    return started
  }
  const sharing = (command: string, args: readonly string[], options: SpawnOptions) => {
    const [program = '', file] = args
    if (!CONFIG_READER.test(program) || file === undefined) return spawn(command, args, options)
    if (!reader || reader.knows(file)) reader = startReader(command, program, options)
    return reader.read(file)
  }
  childProcess.spawn = sharing as typeof childProcess.spawn
  syncBuiltinESMExports() // Motia imports the function by name
  return () => {
    childProcess.spawn = spawn
    syncBuiltinESMExports()
  }
}

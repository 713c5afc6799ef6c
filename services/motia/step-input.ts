import childProcess, { type SpawnOptions } from 'node:child_process'
import { syncBuiltinESMExports } from 'node:module'
import type { Writable } from 'node:stream'
import { z } from 'zod'
import { parseJson } from '../json'
import { isAktennummer } from '../model/aktennummer'

/** What runs a step (@motiadev/core 0.17.4, src/node/node-runner.ts); it takes its input from the third argument. */
const RUNNER = /[\\/]node-runner\.mjs$/
/** Puts the input where the runner looks for it, before that begins. */
const PRELOAD =
  "--import=data:text/javascript,import{readFileSync}from'node:fs';process.argv[3]=readFileSync(4,'utf8')"
/** After stdin, stdout, stderr and the channel to the server. */
const INPUT = 4

const named = z.object({ aktennummer: z.string() })
const inputSchema = z.object({
  data: z.union([named, z.object({ pathParams: named }).transform((one) => one.pathParams)]),
})

/**
 * Motia puts a step's input, with a request's headers, body and query, on the command line of its process, where every
 * user of the machine can read it and which Linux limits to 128 KB. From here on it goes through a pipe, and the command
 * line says which Akte the step works on, and nothing else. Returns how to undo it.
 */
export function hideStepInput(): () => void {
  const { spawn } = childProcess
  const hiding = (command: string, args: readonly string[], options: SpawnOptions) => {
    const [runner = '', file = '', input] = args
    if (!RUNNER.test(runner) || input === undefined || !Array.isArray(options?.stdio))
      return spawn(command, args, options)
    const akte = inputSchema.safeParse(parseJson(input)).data?.data.aktennummer
    const shown = isAktennummer(akte) ? [akte] : []
    const child = spawn(command, [PRELOAD, runner, file, ...shown], {
      ...options,
      stdio: [...options.stdio, 'pipe'],
    })
    const pipe = child.stdio[INPUT] as Writable | null
    pipe?.on('error', () => {}) // the process is gone: Motia hears of that itself
    pipe?.end(input)
    return child
  }
  childProcess.spawn = hiding as typeof childProcess.spawn
  syncBuiltinESMExports() // Motia imports the function by name
  return () => {
    childProcess.spawn = spawn
    syncBuiltinESMExports()
  }
}

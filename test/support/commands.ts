import { execFile } from 'node:child_process'
import { root } from '../../scripts/motia-process'

/** Runs a command as an administrator does, with the settings of the office. */
export const run = (script: string, ...args: string[]) =>
  new Promise<{ code: number; out: string; err: string }>((done) => {
    const command = ['--import', 'tsx', `scripts/${script}.ts`, ...args]
    execFile(process.execPath, command, { cwd: root }, (error, out, err) =>
      done({ code: Number(error?.code ?? 0), out, err }),
    )
  })

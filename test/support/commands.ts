import { execFile } from 'node:child_process'
import { root } from '../../scripts/motia-process'

/** Runs a command as an administrator does, with the settings of the office. */
export const run = (script: string, args: string[]) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((done) => {
    const command = ['--import', 'tsx', `scripts/${script}.ts`, ...args]
    execFile(process.execPath, command, { cwd: root }, (error, stdout, stderr) =>
      done({ code: Number(error?.code ?? 0), stdout, stderr }),
    )
  })

import { execFile } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../scripts/motia-process'
import { bundled } from '../../services/motia/step-bundle'

const folder = join(root, 'dist')
const built = new Map<string, string>()
process.on('exit', () => {
  for (const file of built.values()) rmSync(file, { force: true })
})

/** The command as one file: compiling and loading it anew for each call would be a fifth of what all tests cost. */
function fileOf(script: string): string {
  const known = built.get(script)
  if (known !== undefined) return known
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${process.pid}-${script}.mjs`)
  writeFileSync(file, bundled(join(root, 'scripts', `${script}.ts`)))
  built.set(script, file)
  return file
}

/** Runs a command as an administrator does, with the settings of the office. */
export const run = (script: string, ...args: string[]) =>
  new Promise<{ code: number; out: string; err: string }>((done) => {
    execFile(process.execPath, [fileOf(script), ...args], { cwd: root }, (error, out, err) =>
      done({ code: Number(error?.code ?? 0), out, err }),
    )
  })

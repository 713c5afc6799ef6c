import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { resolve, sep } from 'node:path'
import { bundleStep } from './step-bundle'

/**
 * Motia compiles the steps into `.motia/compiled` of the working directory, whatever --motia-dir says, and writes
 * each file in place. Several servers of one checkout share that folder: a step of one could read the half-written
 * file of another that is just starting. From here on a compiled file is replaced as a whole, and a step that runs
 * often by its bundle. Returns how to undo it.
 */
export function replaceCompiledFiles(folder: string = resolve('.motia/compiled')): () => void {
  const write = fs.writeFileSync
  const root = resolve(folder, '../..')
  fs.writeFileSync = (file, data, options) => {
    if (typeof file !== 'string' || !file.startsWith(folder + sep)) return write(file, data, options)
    const part = `${file}.${process.pid}.part`
    write(part, bundleStep(file, folder, root) ?? data, options)
    fs.renameSync(part, file)
  }
  syncBuiltinESMExports() // Motia imports the function by name
  return () => {
    fs.writeFileSync = write
    syncBuiltinESMExports()
  }
}

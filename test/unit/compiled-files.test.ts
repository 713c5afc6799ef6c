import { execFile } from 'node:child_process'
import fs, { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { replaceCompiledFiles } from '../../services/motia/compiled-files'
import { bundleStep } from '../../services/motia/step-bundle'

const run = promisify(execFile)

it('a step that is being loaded never sees the half-written file of another server that starts', async () => {
  const original = fs.writeFileSync
  const folder = await mkdtemp(join(tmpdir(), 'document-sync-compiled-'))
  const undo = replaceCompiledFiles(folder)
  onTestFinished(async () => {
    undo()
    await rm(folder, { recursive: true, force: true })
  })
  const file = join(folder, 'cron-poller.step.js')
  writeFileSync(file, 'compiled by the first server')
  const loading = openSync(file, 'r')
  writeFileSync(file, 'compiled by the second server')
  expect(readFileSync(loading, 'utf8')).toBe('compiled by the first server')
  expect(readFileSync(file, 'utf8')).toBe('compiled by the second server')
  closeSync(loading)
  expect(await readdir(folder)).toEqual(['cron-poller.step.js'])
  undo()
  expect([fs.writeFileSync, writeFileSync]).toEqual([original, original])
})

it('a step that runs often becomes one file that needs no package, and has the same config', async () => {
  const root = resolve('.')
  const folder = await mkdtemp(join(tmpdir(), 'document-sync-bundle-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  for (const name of ['cron-poller', 'sync-event']) {
    const source = `steps/advoware-docs/${name}.step`
    const bundle = bundleStep(join(folder, `${source}.js`), folder, root)
    const file = join(folder, `${name}.mjs`) // outside of the project: no node_modules to be found
    await writeFile(file, bundle ?? '')
    const look = `const { config, handler } = await import(${JSON.stringify(pathToFileURL(file).href)})
      console.log(JSON.stringify([config.name, config.flows, typeof handler]))`
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', look], { cwd: folder })
    const { config } = await import(join(root, `${source}.ts`))
    expect(JSON.parse(stdout)).toEqual([config.name, config.flows, 'function'])
  }
  expect(bundleStep(join(folder, 'services/config.js'), folder, root)).toBeNull()
  expect(bundleStep(join(folder, 'steps/advoware-docs/advoware.step.js'), folder, root)).toBeNull()
})

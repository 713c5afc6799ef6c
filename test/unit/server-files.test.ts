import fs, { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { writeCompiledFilesWhole } from '../../services/motia/compiled-files'

it('a step that is being loaded never sees the half-written file of another server that starts', async () => {
  const original = fs.writeFileSync
  const folder = await mkdtemp(join(tmpdir(), 'document-sync-compiled-'))
  onTestFinished(async () => {
    fs.writeFileSync = original
    syncBuiltinESMExports()
    await rm(folder, { recursive: true, force: true })
  })
  writeCompiledFilesWhole(folder)
  const file = join(folder, 'cron-poller.step.js')
  writeFileSync(file, 'compiled by the first server')
  const loading = openSync(file, 'r')
  writeFileSync(file, 'compiled by the second server')
  expect(readFileSync(loading, 'utf8')).toBe('compiled by the first server')
  expect(readFileSync(file, 'utf8')).toBe('compiled by the second server')
  closeSync(loading)
  expect(await readdir(folder)).toEqual(['cron-poller.step.js'])
})

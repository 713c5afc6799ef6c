// Writes the OpenAPI document of every route.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineCommand, runAlone } from './command'
import { root } from './motia-process'
import { completeOpenApi } from './openapi-document'

export const command = defineCommand('openapi', 'Writes the OpenAPI document of every route', [
  ['openapi', 'to openapi.json'],
  ['openapi api/sync.json', 'to another file'],
])
  .argument('[file]', 'where to', 'openapi.json')
  .action((target: string) => {
    const generated = join('.motia', `openapi-${process.pid}.json`)
    mkdirSync(join(root, '.motia'), { recursive: true })
    const cli = join(root, 'node_modules/motia/dist/cli.mjs')
    const options = ['generate', 'openapi', '--title', 'Document Sync', '--output', generated]
    const { status, stderr } = spawnSync(process.execPath, [cli, ...options], { cwd: root, encoding: 'utf8' })
    if (status !== 0) throw new Error(`Motia could not generate the document: ${stderr}`)
    const document = completeOpenApi(JSON.parse(readFileSync(join(root, generated), 'utf8')))
    rmSync(join(root, generated))
    writeFileSync(target, `${JSON.stringify(document, null, 2)}\n`)
    console.log(`✅ ${target}`)
  })

await runAlone(import.meta, command)

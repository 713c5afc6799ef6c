import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Document } from '../../scripts/openapi-document'

let folder: string
let document: Document

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'document-sync-openapi-'))
  const target = join(folder, 'openapi.json')
  execFileSync(process.execPath, ['--import', 'tsx', 'scripts/openapi.ts', target])
  document = JSON.parse(await readFile(target, 'utf8'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

it('describes every route that the reference names', async () => {
  const readme = await readFile('docs/reference.md', 'utf8')
  const routes = [...readme.matchAll(/^\| `(GET|POST|DELETE) (\/[^`?]*)/gm)].map(
    ([, method = '', path = '']) => [method.toLowerCase(), path],
  )
  expect(routes.length).toBeGreaterThan(10)
  for (const [method = '', path = ''] of routes) {
    expect([method, path, document.paths[path]?.[method] !== undefined]).toEqual([method, path, true])
  }
})

it('says for each what is in the path, what comes back and that the token is needed', () => {
  const sync = document.paths['/akten/{aktennummer}/sync']?.post
  expect(sync?.parameters).toMatchObject([{ in: 'path', name: 'aktennummer', required: true }])
  expect(sync?.requestBody?.content['application/json']?.schema.required).toBeUndefined()
  expect(Object.keys(sync?.responses['400']?.content ?? {})).toEqual(['application/problem+json'])
  expect(document.security).toEqual([{ adminToken: [] }])
  expect(document.paths['/health']?.get?.security).toEqual([])
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const operation of Object.values(operations)) {
      expect([path, Object.keys(operation.responses).length > 0]).toEqual([path, true])
    }
  }
})

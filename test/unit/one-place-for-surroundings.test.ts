import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from '../../scripts/motia-process'

const below = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) => `${folder}/${path}`)

const files = ['motia.config.ts', ...['services', 'steps', 'plugins', 'scripts'].flatMap(below)]
  .filter((path) => /\.tsx?$/.test(path))
  .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))

const holding = (pattern: RegExp, folder = '') =>
  files.filter(({ path, text }) => path.startsWith(folder) && pattern.test(text)).map(({ path }) => path)

it('the environment is read in config.ts alone', () => {
  expect(holding(/(?<!')process\.env\b|from 'node:process'/)).toEqual(['services/config.ts'])
})

it('services ask no clock and no chance but the one they are given', () => {
  const asking = holding(/Date\.now\b|new Date\(\)|Math\.random\b/, 'services/')
  expect(asking.sort()).toEqual(['services/clock.ts', 'services/text/formats.ts']) // format.ts runs in browsers, too
})

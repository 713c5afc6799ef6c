import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from '../../scripts/motia-process'

it('services know of Motia in services/motia alone', () => {
  const files = readdirSync(join(root, 'services'), { recursive: true, encoding: 'utf8' })
  const knowing = files
    .filter((path) => path.endsWith('.ts') && !path.startsWith('motia'))
    .filter((path) =>
      /from '(motia|@motiadev\/[^']*)'/.test(readFileSync(join(root, 'services', path), 'utf8')),
    )
  expect(knowing).toEqual([])
})

it('the README of services/motia names every file of the folder', () => {
  const folder = join(root, 'services/motia')
  const readme = readFileSync(join(folder, 'README.md'), 'utf8')
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts'))
  expect(files.filter((name) => !readme.includes(`](${name})`))).toEqual([])
  const links = [...readme.matchAll(/\]\(([^)]+)\)/g)].map(([, link = '']) => link)
  expect(links.filter((link) => !existsSync(join(folder, link)))).toEqual([])
})

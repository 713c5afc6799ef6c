import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, it } from 'vitest'
import { root } from '../../scripts/motia-process'

/** Every folder of `services/`; each imports only from itself and from those before it. `.`: the files beside them. */
const ORDER = [
  ...[
    '.',
    'model',
    'text',
    'redis',
    'queue',
    'metrics',
    'http',
    'content',
    'audit',
    'advoware',
    'watcher',
    'espo',
    'webhooks',
  ],
  ...[
    'app',
    'sync/decide',
    'sync/observe',
    'sync/execute',
    'sync',
    'alerts',
    'access',
    'motia',
    'purge',
    'api',
    'doctor',
    'worker',
  ],
]

/** The scripts that start a real Motia and a real Redis, for the testkit too; they must not need it in turn. */
const STARTERS = ['scripts/motia-process', 'scripts/ensure-redis.mjs']
/** Every folder with code at the top, and what it may import from the others. */
const MAY_IMPORT: Record<string, string[]> = {
  services: [],
  steps: ['services'],
  plugins: ['services'],
  sandbox: ['espocrm-extension'],
  testkit: ['services', 'sandbox', ...STARTERS],
  scripts: ['services', 'sandbox', 'testkit'],
  bench: ['services', 'sandbox', 'testkit', 'scripts'],
  test: ['services', 'steps', 'plugins', 'sandbox', 'testkit', 'scripts'],
}

/** Every import of a file by a file below `folder`, both relative to it. */
function importsBelow(folder: string): { path: string; target: string }[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return files
    .filter((path) => /\.(tsx?|mjs)$/.test(path))
    .flatMap((path) =>
      [...readFileSync(join(folder, path), 'utf8').matchAll(/(?:from|import\(?) ?'(\.[^']*)'/g)].map(
        ([, target = '']) => ({ path, target: normalize(join(dirname(path), target)) }),
      ),
    )
}

it('the folders of services import in one direction', () => {
  const backwards = importsBelow(join(root, 'services')).filter(
    ({ path, target }) =>
      ORDER.indexOf(dirname(target)) > ORDER.indexOf(dirname(path)) || !ORDER.includes(dirname(target)),
  )
  expect(backwards).toEqual([])
})

it.each(Object.entries(MAY_IMPORT))('%s imports only what it may', (folder, allowed) => {
  const forbidden = importsBelow(join(root, folder))
    .map(({ path, target }) => ({ path, target: normalize(join(folder, target)) }))
    .filter(({ target }) => ![folder, ...allowed].some((one) => `${target}/`.startsWith(`${one}/`)))
  expect(forbidden).toEqual([])
})

it('the scripts that the testkit uses do without it', () => {
  const used = importsBelow(join(root, 'scripts')).filter(({ path }) =>
    STARTERS.some((starter) => join('scripts', path).startsWith(starter)),
  )
  expect(used.filter(({ target }) => target.startsWith('../testkit'))).toEqual([])
})

it('the diagram of docs/architecture.md has an arrow for each import that no longer path explains', () => {
  const imports = new Map<string, Set<string>>()
  for (const { path, target } of importsBelow(join(root, 'services'))) {
    const [from, to] = [dirname(path), dirname(target)]
    if (from !== to && from !== '.' && to !== '.') imports.set(from, (imports.get(from) ?? new Set()).add(to))
  }
  const leadsTo = (from: string, to: string): boolean =>
    [...(imports.get(from) ?? [])].some((next) => next === to || leadsTo(next, to))
  const needed = [...imports].flatMap(([from, targets]) =>
    [...targets]
      .filter((to) => ![...targets].some((other) => other !== to && leadsTo(other, to)))
      .map((to) => `${from} --> ${to}`),
  )
  expect(arrowsOf(readFileSync(join(root, 'docs/architecture.md'), 'utf8')).sort()).toEqual(needed.sort())
})

/** Every single arrow of the page's second diagram: `a --> b & c` has two. */
function arrowsOf(page: string): string[] {
  const diagram = page.split('## Folders')[1]?.split('```')[1] ?? ''
  const folder = (name: string) => (/^(decide|observe|execute)$/.test(name) ? `sync/${name}` : name)
  return diagram.split('\n').flatMap((line) => {
    const steps = line.replace(/\["[^"]*"\]/g, '').split('-->')
    const groups = steps.map((step) => step.split('&').map((name) => folder(name.trim())))
    return groups.flatMap((from, at) =>
      from.flatMap((a) => (groups[at + 1] ?? []).map((b) => `${a} --> ${b}`)),
    )
  })
}

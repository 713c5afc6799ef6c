import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, it } from 'vitest'
import { root } from '../../scripts/motia-process'

/** Every folder of `services/`; each imports only from itself and from those before it. `.`: the files beside them. */
const ORDER = [
  ...[
    '.',
    'model',
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
  ...['app', 'sync/decide', 'sync/observe', 'sync/execute', 'sync', 'access', 'motia', 'api', 'doctor'],
]

it('the folders of services import in one direction', () => {
  const services = join(root, 'services')
  const files = readdirSync(services, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.ts'),
  )
  const backwards = files.flatMap((path) =>
    [...readFileSync(join(services, path), 'utf8').matchAll(/from '(\.[^']*)'/g)]
      .map(([, target = '']) => normalize(join(dirname(path), target)))
      .filter(
        (target) =>
          ORDER.indexOf(dirname(target)) > ORDER.indexOf(dirname(path)) || !ORDER.includes(dirname(target)),
      )
      .map((target) => `${path} imports ${target}`),
  )
  expect(backwards).toEqual([])
})

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from '../../scripts/motia-process'

it('the decisions are asked through SyncUtils alone', () => {
  const services = join(root, 'services')
  const files = readdirSync(services, { recursive: true, encoding: 'utf8' })
  const others = files
    .filter((path) => path.endsWith('.ts') && !path.startsWith('sync/decide'))
    .filter((path) =>
      /^import \{(?! type \w+ \}).* from '[^']*decide\/(?!sync-utils')/m.test(
        readFileSync(join(services, path), 'utf8'),
      ),
    )
  expect(others).toEqual([])
})

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../../scripts/motia-process'
import { settingNames } from '../../services/config'
import * as errors from '../../services/errors'
import { COUNTED, MEASURED } from '../../services/metrics/metrics'
import * as fileErrors from '../../services/model/file-errors'
import { KEYS } from '../../services/redis/keys'

const read = (path: string) => readFileSync(join(root, path), 'utf8')
const reference = read('docs/reference.md')

/** What the first column of a section's tables names; a section ends where the next one of its level begins. */
function named(section: string): string[] {
  const [, text = ''] = reference.split(`\n## ${section}\n`)
  return [...(text.split('\n## ')[0] ?? '').matchAll(/^\| `([^`]+)`/gm)].map(([, name = '']) => name)
}

const sorted = (names: Iterable<string>) => [...names].sort()

describe('docs/reference.md names, and nothing else,', () => {
  it('every setting, with the default of .env.example', () => {
    expect(sorted(named('Settings'))).toEqual(sorted(settingNames))
    expect(sorted(read('.env.example').match(/^[A-Z_]+(?==)/gm) ?? [])).toEqual(sorted(settingNames))
    for (const [, name = '', value = ''] of read('.env.example').matchAll(/^([A-Z_]+)=(.*)$/gm)) {
      expect(reference).toContain(`| \`${name}\` | ${value && `\`${value}\``} |`)
    }
  })

  it('every Redis key, Motia’s own beside them', () => {
    const keys = Object.values(KEYS).map((key) => {
      if (typeof key === 'string') return key
      if (key === KEYS.heartbeat) return KEYS.heartbeat('{lock}')
      return [KEYS.akteDokumente, KEYS.aktePfade].includes(key) ? key('{id}') : key('{aktennummer}')
    })
    const foreign = named('Redis keys').filter((name) => name.startsWith('motia:') && name !== KEYS.progress)
    expect(foreign.length).toBeGreaterThan(0)
    expect(sorted(named('Redis keys').filter((name) => !foreign.includes(name)))).toEqual(sorted(keys))
  })

  it('every error', () => {
    const exported = Object.keys({ ...errors, ...fileErrors })
    const classes = exported.filter((name) => name.endsWith('Error') && name !== 'describeError')
    expect(sorted(named('Errors'))).toEqual(sorted(classes))
  })

  it('every metric, with type and labels', () => {
    const metrics = [...Object.values(COUNTED), ...Object.values(MEASURED)]
    expect(sorted(named('Metrics'))).toEqual(sorted(metrics.map(({ name }) => name)))
    for (const metric of metrics) {
      const labels = 'labels' in metric ? metric.labels.map((label) => `\`${label}\``).join(', ') : ''
      expect(reference).toContain(`| \`${metric.name}\` | ${metric.type} | ${labels} | ${metric.help} |`)
    }
  })
})

describe('the documents', () => {
  const paths = [
    'README.md',
    ...['architecture', 'decision-table', 'deployment', 'espocrm'].map((one) => `docs/${one}.md`),
  ]
  paths.push(...['migration', 'operations', 'reference', 'security'].map((one) => `docs/${one}.md`))

  it('name only commands that there are, and link to what there is', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    for (const path of paths) {
      const text = read(path)
      for (const [, command = ''] of text.matchAll(/npm run (?:-s )?([\w:-]+)/g))
        expect(Object.keys(scripts), path).toContain(command)
      for (const [, target = ''] of text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g))
        expect(() => readFileSync(join(root, path, '..', target)), `${path}: ${target}`).not.toThrow(/ENOENT/)
    }
  })

  it('operations.md knows how every line of the log begins', () => {
    const operations = read('docs/operations.md')
    const files = readdirSync(join(root, 'services'), { recursive: true, encoding: 'utf8' })
    const sources = [
      ...files.filter((path) => path.endsWith('.ts')).map((path) => `services/${path}`),
      'motia.config.ts',
    ]
    const beginnings = sources.flatMap((path) =>
      [...read(path).matchAll(/[`'](\p{Extended_Pictographic}\uFE0F? +[^`'$]*[^`'$ (:.])/gu)].map(
        ([, text = '']) => text,
      ),
    )
    expect(beginnings.length).toBeGreaterThan(30)
    expect(beginnings.filter((text) => !operations.includes(text))).toEqual([])
  })
})

import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { unzipSync } from 'fflate'
import pino from 'pino'
import { describe, expect, test } from 'vitest'
import { mappingFile, type SchemaName, schemaOf } from '../../sandbox/espo/predecessor'
import { buildExtensionFor } from '../../scripts/espocrm-extension'
import { root } from '../../scripts/motia-process'
import { systemClock } from '../../services/clock'
import { loadConfig } from '../../services/config'
import { checkEspo } from '../../services/doctor/espo-check'
import { type InspectLine, inspectEspo, type Proposal } from '../../services/doctor/espo-inspect'
import { probeEspo } from '../../services/doctor/espo-probe'
import { EspoClient } from '../../services/espo/espo-client'
import { parseMapping } from '../../services/espo-mapping'
import { AKTE, openOffice, type ScenarioOffice, writes } from './office'

const context = { logger: pino({ level: 'silent' }), clock: systemClock }
const inspect = () => inspectEspo(new EspoClient(context, loadConfig().espo), 'en')
const level = ({ lines }: Proposal, about: string): InspectLine['level'][] =>
  lines.filter((line) => line.about === about).map((line) => line.level)
const shipped = async (name: SchemaName) => JSON.parse(await readFile(mappingFile(name), 'utf8'))

const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

/** The command as an administrator runs it. */
const run = (args: string[], cwd = root, script = 'espocrm') =>
  new Promise<{ code: number; stdout: string; stderr: string }>((done) => {
    const command = ['--import', TSX, join(root, `scripts/${script}.ts`), ...args]
    execFile(process.execPath, command, { cwd }, (error, stdout, stderr) =>
      done({ code: Number(error?.code ?? 0), stdout, stderr }),
    )
  })

describe('npm run espocrm -- inspect', () => {
  test("the product's own extension: everything is found, no file is needed", async () => {
    await openOffice()
    const proposal = await inspect()
    expect(proposal.isExtension).toBe(true)
    expect(proposal.lines.filter((line) => line.level !== 'found')).toEqual([])
    const { comment: _, ...extension } = await shipped('extension')
    expect(proposal.mapping).toMatchObject(extension)
  })

  test.each(['predecessor', 'predecessor-mn'] as const)(
    'an EspoCRM as the %s left it: what is there is found, what is missing is named with its loss',
    async (mapping) => {
      await openOffice({ mapping, isExtended: false })
      const proposal = await inspect()
      const { comment: _, ...expected } = await shipped(mapping)
      delete expected.dokument.attributes.blake3hash.computed
      expect(proposal.mapping).toMatchObject(expected)
      expect(level(proposal, 'entities')).toEqual(['guessed'])
      expect(level(proposal, 'akte.aktennummer')).toEqual(['found'])
      expect(level(proposal, 'dokument.syncHash')).toEqual(['guessed'])
      expect(level(proposal, 'dokument.syncAttachmentId')).toEqual(['missing'])
      expect(level(proposal, 'dokument.akte')).toEqual([mapping === 'predecessor' ? 'found' : 'guessed'])
      const text = proposal.lines.map((line) => `${line.about}: ${line.text}`).join('\n')
      for (const sign of [
        'CDokumente.syncedHash (varchar); by its name and type',
        'fileStatus is there, and is something else',
        'a file replaced in EspoCRM is recognised only by reading it',
        'synced: new, active; closes: deactivated; not synced: paused',
        'failed is written as unclean',
      ])
        expect(text).toContain(sign)
      expect(parseMapping(JSON.stringify(proposal.mapping), 'm')).toHaveProperty('mapping')
    },
  )

  test('reads only; with --probe it shows what hooks do, and leaves nothing behind', async () => {
    const office = await openOffice({ mapping: 'predecessor' })
    office.resetRequests()
    const proposal = await inspect()
    expect(office.requests().filter(({ method }) => method !== 'GET')).toEqual([])
    const lines = await probeEspo(new EspoClient(context, loadConfig().espo), proposal.mapping, 'en')
    expect(lines.map(({ text }) => text).join('\n')).toMatch(
      /computes Blake3 into blake3hash[\s\S]*sets syncStatus to unclean/,
    )
    expect(proposal.mapping.dokument.attributes.blake3hash).toMatchObject({ computed: true })
    expect(office.espo.records.all('CDokumente')).toEqual([])
  })

  test('a hook that writes another hash where the base belongs is found out', async () => {
    const office = await openOffice({ mapping: 'predecessor' })
    Object.assign(office.espo.schema.hooks ?? {}, { hash: 'sha256', setsUnclean: false })
    const { mapping } = await inspect()
    const { blake3hash, syncHash } = mapping.dokument.attributes
    Object.assign(mapping.dokument.attributes, { blake3hash: syncHash, syncHash: blake3hash })
    const lines = await probeEspo(new EspoClient(context, loadConfig().espo), mapping, 'en')
    expect(lines).toMatchObject([
      { level: 'missing', text: expect.stringContaining('where the base belongs') },
    ])
  })

  test('an EspoCRM without anything like it says what it looked for', async () => {
    const office = await openOffice()
    office.espo.rights = { Webhook: true }
    await expect(inspect()).rejects.toThrow(/no entity with a number and a status/)
  })

  test('--write saves what check then judges by, never over a file', async () => {
    const office = await openOffice({ mapping: 'predecessor', isExtended: false })
    office.set({ ESPOCRM_MAPPING: '', SYNC_LANGUAGE: 'en' })
    const written = await run(['inspect', '--write'], office.dir)
    expect(written.stdout).toContain('💾 espocrm.mapping.json')
    expect(written.code).toBe(0)
    const again = await run(['inspect', '--write'], office.dir)
    expect(again.code).toBe(1)
    expect(again.stderr).toContain('espocrm.mapping.json is there already')
    const check = await run(['check'], office.dir)
    expect(check.code).toBe(1)
    expect(check.stdout).toContain('CDokumente.sync_usn is missing: a file without a listed hash is read')
    expect(check.stdout).toContain('npm run build:espocrm-extension -- --mapping')
    expect((await run(['inspect', '--delete'], office.dir)).code).toBe(2)
  }, 60_000)
})

describe('The extension built for a mapping', () => {
  const resources = 'files/custom/Espo/Modules/DocumentSync/Resources'
  const built = async (name: SchemaName) => {
    const read = parseMapping(await readFile(mappingFile(name), 'utf8'), name)
    if ('problems' in read) throw new Error(read.problems.join())
    const { zip } = buildExtensionFor(read.mapping)
    const files = unzipSync(zip)
    return new Map(
      Object.entries(files).map(([path, bytes]) => [path, JSON.parse(Buffer.from(bytes).toString())]),
    )
  }

  test.each(['predecessor', 'predecessor-mn'] as const)(
    'adds what is missing and redefines nothing: %s',
    async (name) => {
      const files = await built(name)
      const before = await schemaOf(name, false)
      const after = await schemaOf(name, true)
      for (const entity of ['CAdvowareAkten', 'CDokumente']) {
        const defs = files.get(`${resources}/metadata/entityDefs/${entity}.json`)
        expect(Object.keys(defs)).toEqual(['fields'])
        for (const field of Object.keys(defs.fields))
          expect(before.defs[entity]?.fields[field], field).toBeUndefined()
        const missing = Object.keys(after.defs[entity]?.fields ?? {}).filter(
          (one) => !before.defs[entity]?.fields[one],
        )
        expect(Object.keys(defs.fields).sort()).toEqual(missing.sort())
        for (const language of ['de_DE', 'en_US']) {
          const labels = files.get(`${resources}/i18n/${language}/${entity}.json`)
          for (const field of missing) expect(labels.fields[field], field).toBeTruthy()
        }
      }
      const kinds = [...files.keys()].filter((path) => !/entityDefs|i18n|manifest|module\.json/.test(path))
      expect(kinds).toEqual([])
    },
  )

  test('for a mapping that adds nothing is refused', async () => {
    await expect(built('extension')).rejects.toThrow(/nothing to install/)
  })

  test('check has no error afterwards, and a sync works', async () => {
    const office: ScenarioOffice = await openOffice({ mapping: 'predecessor' })
    const findings = await checkEspo(context, loadConfig())
    expect(findings.filter((one) => one.level === 'error')).toEqual([])
    await office.agreed({ 'A.docx': 'A' })
    const run = await office.sync()
    expect(writes(run)).toEqual([`PUT CAkten/${office.espo.akte(AKTE)?.id}`])
  })
})

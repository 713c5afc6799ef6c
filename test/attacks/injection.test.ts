import { execFile } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { root } from '../../scripts/motia-process'
import { createLogger } from '../../services/logger'
import { KEYS } from '../../services/redis/keys'
import { visible, visibleFields, visibleJson } from '../../services/visible-text'
import { AKTE, openOffice } from '../scenarios/office'

/** Colours, a cleared screen, a title, a forged line, a turned-round name, an invisible letter, C1 and half a pair. */
const HOSTILE = 'A\u001b[31m\u001b]0;x\u0007\u202excod\u200b\u009b2J\u2028\ud800'
const FORGED = `${HOSTILE}\r\n✅ Sync complete for Akte 99999`

/** What no line may carry; line ends stand between lines. */
const HIDDEN = /[^\P{Cc}\n]|[\p{Cf}\p{Cs}\u2028\u2029]/u

describe('A text that hides something', () => {
  it.each([
    ['a\nb', 'a␊b'],
    ['\u001b[31mrot', '␛[31mrot'],
    ['\r\t\0\u007f', '␍␉␀␡'],
    ['xcod.\u202eexe', 'xcod.\\u202eexe'],
    ['\u009b31m', '\\u009b31m'],
    ['a\u2028b\u2029c\ufeff', 'a\\u2028b\\u2029c\\ufeff'],
    ['\u{e0041}', '\\udb40\\udc41'],
    ['half \ud83d', 'half \\ud83d'],
  ])('%j shows it', (text, shown) => expect(visible(text)).toBe(shown))

  it.each(['Schriftsätze/Klage (neu) – 2026.docx', '⚠️ ✅ 🗄️ 📨', '日本語 Ελληνικά', ''])('%j stays', (text) =>
    expect(visible(text)).toBe(text),
  )

  it('as JSON it is the same value, and shows it as well', () => {
    const value = { [HOSTILE]: [FORGED, { deep: '\u202e' }], number: 1 }
    const json = visibleJson(value, 2)
    expect(json).not.toMatch(HIDDEN)
    expect(JSON.parse(json)).toEqual(value)
    expect(JSON.stringify(visibleFields(value))).not.toMatch(/[\p{Cc}\u202e]/u)
  })
})

describe('Names and messages of other systems', () => {
  it('reach a log as one line each, their fields too', () => {
    const lines: string[] = []
    const collect = (message: string, fields?: unknown) => lines.push(message, JSON.stringify(fields ?? ''))
    const logger = createLogger({ info: collect, warn: collect, error: collect, debug: collect }, 'debug')
    logger.error({ error: new Error(FORGED).stack, [HOSTILE]: { deep: [FORGED] } }, `❌ ${FORGED}`)
    expect(lines).toHaveLength(2)
    for (const line of lines) expect(line).not.toMatch(/\n|\\n/)
    expect(lines.join('\n')).not.toMatch(HIDDEN)
  })

  it('through a whole sync: the log, what the run throws, and every command that tells of it', {
    timeout: 90_000,
  }, async () => {
    const office = await openOffice()
    office.addAkte()
    const name = 'A\u001b[31m\u202excod\n✅ forged.docx' // the share of the stand-in takes it
    await office.filed({ [name]: 'eins' })
    await office.espo.addDokument({ akte: AKTE, name: 'B', dateipfad: `B${FORGED}.docx`, content: 'zwei' })
    const synced = await office.sync()
    expect(synced.text).toContain('␛[31m')
    expect(synced.text).not.toMatch(HIDDEN)
    office.advoware.faults.set({ mode: 'status', status: 400, text: FORGED, match: { path: /History/ } })
    const failed = await office.sync()
    expect(failed.log.join('\n')).not.toMatch(HIDDEN)
    expect(failed.error?.message).not.toMatch(HIDDEN)
    expect(failed.error?.message).not.toContain('\n')
    office.advoware.faults.clear()
    await office.redis.sadd(KEYS.pending, FORGED)
    await office.redis.hset(KEYS.failed, `Z${FORGED}`, JSON.stringify({ reason: FORGED, attempts: 1 }))
    await office.redis.set(KEYS.paused, FORGED)

    const commands = [
      ['report', AKTE],
      ['report', AKTE, '--json'],
      ['plan', AKTE],
      ['status'],
      ['status', '--json'],
      ['archive', 'list', AKTE],
      ['audit', 'show', AKTE],
      ['doctor', '--akte', `${AKTE}`],
      ['sync', FORGED],
    ]
    const outputs = await Promise.all(commands.map(([script = '', ...args]) => run(script, args)))
    for (const [at, output] of outputs.entries()) {
      expect(output, commands[at]?.join(' ')).not.toMatch(HIDDEN)
      expect(output, commands[at]?.join(' ')).not.toMatch(/^✅ (forged|Sync complete for Akte 99999)/m)
    }
    expect(outputs[3]).toContain('␛')
  })
})

/** Everything that a command prints. */
const run = (script: string, args: string[]): Promise<string> =>
  new Promise((done) => {
    const command = ['--import', './scripts/typescript.mjs', `scripts/${script}.ts`, ...args]
    execFile(process.execPath, command, { cwd: root, env: process.env }, (_error, out, err) =>
      done(out + err),
    )
  })

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type EnvProblem, envFileWarnings, envProblems } from '../../services/doctor/env-check'

describe('.env as a person means it', () => {
  it.each<[what: string, text: string, problems: EnvProblem[]]>([
    ['nothing to say about', 'ADVOWARE_KANZLEI=Weiß & Partner\n# note\n\nSYNC_LANGUAGE=de # German\n', []],
    [
      'a # in an unquoted value',
      'ADVOWARE_KANZLEI=Kanzlei#Weiß',
      [{ kind: 'cut', name: 'ADVOWARE_KANZLEI', at: '#' }],
    ],
    [
      'a password that begins with #',
      'ADVOWARE_PASSWORD=#geheim',
      [{ kind: 'cut', name: 'ADVOWARE_PASSWORD', at: '#' }],
    ],
    ['a # in quotes', `ADVOWARE_PASSWORD='a#b'\nADVOWARE_USER="c#d" # why`, []],
    [
      'text behind the quotes',
      `ADVOWARE_PASSWORD="a"b"`,
      [{ kind: 'cut', name: 'ADVOWARE_PASSWORD', at: '"' }],
    ],
    [
      'a Windows path in double quotes',
      'ADVOWARE_FILE_ROOT="V:\\neu"',
      [{ kind: 'lineFeed', name: 'ADVOWARE_FILE_ROOT' }],
    ],
    ['a Windows path without', 'ADVOWARE_FILE_ROOT=V:\\neu\\', []],
    [
      'a misspelt name',
      'SYNC_LOCK_SKOPE=akte',
      [{ kind: 'unknown', name: 'SYNC_LOCK_SKOPE', nearest: 'SYNC_LOCK_SCOPE' }],
    ],
    [
      'a misspelt beginning',
      'SNYC_LOCK_SCOPE=akte',
      [{ kind: 'unknown', name: 'SNYC_LOCK_SCOPE', nearest: 'SYNC_LOCK_SCOPE' }],
    ],
    [
      'small letters',
      'sync_language=en',
      [{ kind: 'unknown', name: 'sync_language', nearest: 'SYNC_LANGUAGE' }],
    ],
    [
      'names of the predecessor',
      'REDIS_HOST=redis\nESPOCRM_MARVIN_API_KEY=geheim\nADVOWARE_TOKEN_LIFETIME_MINUTES=55\n',
      [
        { kind: 'predecessor', name: 'REDIS_HOST', now: 'MOTIA_REDIS_HOST' },
        { kind: 'predecessor', name: 'ESPOCRM_MARVIN_API_KEY', now: 'ESPOCRM_API_KEY' },
        { kind: 'predecessor', name: 'ADVOWARE_TOKEN_LIFETIME_MINUTES', now: null },
      ],
    ],
    ['one that is set under its new name, too', 'ADVOWARE_PRODUCT_ID=64\nADVOWARE_PRODUCT=64', []],
    [
      'one whose new name is blank',
      'ADVOWARE_PRODUCT_ID=64\nADVOWARE_PRODUCT=',
      [{ kind: 'predecessor', name: 'ADVOWARE_PRODUCT_ID', now: 'ADVOWARE_PRODUCT' }],
    ],
    ['a name far from all', 'FOO_BAR=1', [{ kind: 'unknown', name: 'FOO_BAR', nearest: null }]],
    [
      'what others read',
      'TMPDIR=/data/tmp\nNODE_OPTIONS=--x\nREDISMS_SYSTEM_BINARY=/usr/bin/redis-server',
      [],
    ],
    ['a name twice', 'LOG_LEVEL=info\nLOG_LEVEL=debug', [{ kind: 'twice', name: 'LOG_LEVEL' }]],
    ['a line without =', 'LOG_LEVEL debug', [{ kind: 'noAssignment', line: 1 }]],
    ['a byte order mark before the first setting', '\uFEFFLOG_LEVEL=info', [{ kind: 'encoding' }]],
    ['UTF-16', 'L\0O\0G\0', [{ kind: 'encoding' }]],
    ['export, as a shell reads it', 'export LOG_LEVEL=info', []],
  ])('%s', (_what, text, problems) => expect(envProblems(text)).toEqual(problems))

  it('names what stands in the environment and looks like a setting of ours, and nothing else there', () => {
    expect(envProblems('', ['ESPOCRM_API_KEYS', 'EDITOR', 'SYNC_LANGUAGE'])).toEqual([
      { kind: 'unknown', name: 'ESPOCRM_API_KEYS', nearest: 'ESPOCRM_API_KEY' },
    ])
  })

  it('says it in the language of the office, by the variable’s name and never by its value', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'document-sync-env-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const file = join(folder, '.env')
    await writeFile(file, 'ADVOWARE_PASSWORD=ganz#geheim\nSYNC_LOCK_SKOPE=akte\n')
    expect(envFileWarnings(file, 'de', [])).toEqual([
      expect.stringMatching(/^ADVOWARE_PASSWORD in \.env wird am # abgeschnitten/),
      'SYNC_LOCK_SKOPE ist keine Einstellung und wird nicht beachtet: Gemeint ist wohl SYNC_LOCK_SCOPE',
    ])
    expect(envFileWarnings(file, 'en', []).join()).toMatch(/did you mean SYNC_LOCK_SCOPE\?/)
    expect(envFileWarnings(file, 'en', []).join()).not.toMatch(/ganz|geheim/)
    expect(envFileWarnings(join(folder, 'none'), 'de', [])).toEqual([])
    await writeFile(file, 'ADVOWARE_PRODUCT_ID=64\nREDIS_TIMEOUT_SECONDS=5\n')
    expect(envFileWarnings(file, 'de', [])).toEqual([
      expect.stringMatching(/^ADVOWARE_PRODUCT_ID heißt jetzt ADVOWARE_PRODUCT: /),
      expect.stringMatching(/^REDIS_TIMEOUT_SECONDS ist eine Einstellung des Vorgängers/),
    ])
    expect(envFileWarnings(file, 'en', []).join()).toMatch(
      /is now called ADVOWARE_PRODUCT: .* remove the line/,
    )
  })
})

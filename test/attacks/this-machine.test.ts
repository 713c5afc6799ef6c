import { execFile, execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { root } from '../../scripts/motia-process'
import type { Config } from '../../services/config'
import { privateFolder } from '../../services/content/private-folder'
import { DiskSpool } from '../../services/content/spool'
import { checkSecretFiles } from '../../services/doctor/secrets-check'

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'attack-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return path
}

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>
}

describe('Compiled code in the shared temporary folder', () => {
  it('no command of the product runs tsx or Motia in a way that keeps some there', () => {
    for (const [name, script] of Object.entries(scripts))
      expect(script, name).not.toMatch(/^(npx |tsx |motia )/)
    const launcher = readFileSync(join(root, 'scripts/motia.mjs'), 'utf8')
    expect(launcher).toContain("process.env.JITI_FS_CACHE = 'false'")
  })

  /** `npm run audit -- verify` as a shell runs it; needs no setting. */
  const audit = async (TMPDIR: string) => {
    const [, ...args] = `${scripts.audit} verify`.split(' ')
    const env = { ...process.env, TMPDIR, SYNC_AUDIT_DIR: join(TMPDIR, 'no-audit') }
    return new Promise<{ code: unknown; out: string }>((done) =>
      execFile(process.execPath, args, { cwd: root, env }, (error, out) =>
        done({ code: error?.code ?? 0, out }),
      ),
    )
  }

  it('is not run: what another user put there has no effect', async () => {
    const shared = await folder()
    const tsx = join(root, 'node_modules/tsx/dist/cli.mjs')
    const plain = { cwd: root, env: { ...process.env, TMPDIR: shared, SYNC_AUDIT_DIR: shared } }
    execFileSync(process.execPath, [tsx, 'scripts/audit.ts', 'verify'], plain)
    const [cache = ''] = readdirSync(shared).filter((name) => name.startsWith('tsx-'))
    const planted = readdirSync(join(shared, cache))
    expect(planted.length).toBeGreaterThan(5)
    for (const name of planted) {
      const code = 'process.exit(66)'
      writeFileSync(join(shared, cache, name), JSON.stringify({ code, map: null, warnings: [] }))
    }
    // What an attacker relies on: plain tsx runs it.
    expect(() =>
      execFileSync(process.execPath, [tsx, 'scripts/audit.ts', 'verify'], { ...plain, stdio: 'ignore' }),
    ).toThrow()
    expect(await audit(shared)).toMatchObject({ code: 0, out: expect.stringContaining('no-audit') })
  })

  it('is not made', async () => {
    const shared = await folder()
    expect((await audit(shared)).code).toBe(0)
    expect(readdirSync(shared)).toEqual([])
  })
})

describe('The temporary folder of document contents', () => {
  const openFolder = (path: string) => {
    mkdirSync(path)
    chmodSync(path, 0o777)
  }

  /** Takes a content of 300 KB into a spool while TMPDIR is this; resolves to where it lay. */
  async function spooled(TMPDIR: string): Promise<string> {
    vi.stubEnv('TMPDIR', TMPDIR)
    onTestFinished(() => void vi.unstubAllEnvs())
    const spool = await DiskSpool.open()
    const content = Buffer.alloc(300 * 1024, 'x')
    await spool.receive(Readable.from([content]), content.length, {
      what: 'A',
      system: 'EspoCRM',
      atMost: null,
    })
    const path = String(await Reflect.get(spool, 'made'))
    const { mode, uid } = statSync(path)
    expect(mode & 0o777).toBe(0o700)
    expect(uid).toBe(process.getuid?.())
    expect(statSync(join(path, '0')).mode & 0o777).toBe(0o600)
    await spool.close()
    expect(existsSync(path)).toBe(false)
    return path
  }

  it('is its own', async () => {
    const shared = await folder()
    expect(dirname(await spooled(shared))).toBe(join(shared, 'document-sync'))
    expect(dirname(await spooled(shared))).toBe(join(shared, 'document-sync'))
  })

  it.each([
    ['a link to somewhere', (path: string, elsewhere: string) => symlinkSync(elsewhere, path)],
    ['a link to nowhere', (path: string) => symlinkSync('/nowhere/at/all', path)],
    ['a file', (path: string) => writeFileSync(path, '')],
    ['open to others', openFolder],
  ])(
    'is another one where somebody laid %s: nothing goes there, and nothing there is removed',
    async (what, lay) => {
      const [shared, elsewhere] = [await folder(), await folder()]
      const place = join(shared, 'document-sync')
      lay(place, elsewhere)
      const theirs = statSync(place, { throwIfNoEntry: false })?.isDirectory()
        ? join(place, '1-abcdef')
        : null
      if (theirs) mkdirSync(theirs)
      const path = await spooled(shared)
      expect(path).toMatch(/document-sync-[A-Za-z0-9]{6}$/)
      expect(readdirSync(shared)).toEqual(['document-sync'])
      expect(readdirSync(elsewhere)).toEqual(what === 'a link to somewhere' ? ['1-abcdef'] : [])
      if (theirs) expect(existsSync(theirs)).toBe(true)
    },
  )

  it('is another one where it is another user’s', async () => {
    const shared = await folder()
    mkdirSync(join(shared, 'document-sync'), { mode: 0o700 })
    const uid = process.getuid?.() ?? 0
    vi.spyOn(process as { getuid(): number }, 'getuid').mockReturnValueOnce(uid + 1)
    onTestFinished(() => void vi.restoreAllMocks())
    vi.stubEnv('TMPDIR', shared)
    onTestFinished(() => void vi.unstubAllEnvs())
    expect((await privateFolder('document-sync')).isFresh).toBe(true)
  })

  it('loses what a crashed run of its own left, and nothing that has another name', async () => {
    const shared = await folder()
    const place = join(shared, 'document-sync')
    mkdirSync(place, { mode: 0o700 })
    for (const name of ['999999999-abcdef', '999999999', 'letters', '999999999-toolong7', '12-..x'])
      mkdirSync(join(place, name))
    await spooled(shared)
    expect(readdirSync(place).sort()).toEqual(['12-..x', '999999999', '999999999-toolong7', 'letters'])
  })

  it('a file that somebody put in its place is not written to', async () => {
    const shared = await folder()
    vi.stubEnv('TMPDIR', shared)
    onTestFinished(() => void vi.unstubAllEnvs())
    const spool = await DiskSpool.open()
    const made: string = await Reflect.get(spool, 'folder').call(spool)
    const victim = join(shared, 'victim')
    writeFileSync(victim, 'untouched')
    symlinkSync(victim, join(made, '0'))
    const content = Buffer.alloc(300 * 1024)
    const receiving = spool.receive(Readable.from([content]), content.length, {
      ...{ what: 'A', system: 'EspoCRM', atMost: null },
    })
    await expect(receiving).rejects.toThrow('cut off')
    expect(readFileSync(victim, 'utf8')).toBe('untouched')
    await spool.close()
  })
})

describe('Files that hold secrets', () => {
  it.each([
    [0o600, 0],
    [0o440, 0],
    [0o640, 0],
    [0o644, 1],
    [0o602, 1],
    [0o777, 1],
  ])('mode %s: the doctor has %i warnings', async (mode, warnings) => {
    const path = join(await folder(), 'env')
    writeFileSync(path, 'SYNC_ADMIN_TOKEN=secret')
    chmodSync(path, mode)
    const config = { espo: { webhookSecretsFile: '/nowhere' } } as Config
    const findings = await checkSecretFiles(config, path)
    expect(findings.map(({ level }) => level)).toEqual(Array(warnings).fill('warning'))
    expect(JSON.stringify(findings)).not.toContain('SYNC_ADMIN_TOKEN')
  })

  it('those of the webhooks, too', async () => {
    const path = join(await folder(), 'webhooks.json')
    writeFileSync(path, '{}')
    chmodSync(path, 0o644)
    const [finding] = await checkSecretFiles({ espo: { webhookSecretsFile: path } } as Config, '/nowhere')
    expect(finding).toMatchObject({ level: 'warning', advice: `chmod 600 ${path}` })
  })
})

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seedTypicalAkte } from '../../sandbox/seed'
import { healthSchema } from '../../services/api/health'
import { verifyAudit } from '../../services/audit/audit-verify'
import { type Installation, install, MINUTE, PENDING, PROCESSING, until } from '../../testkit/installation'

/** Where Debian's package libfaketime puts the library. */
const library = readdirSync('/usr/lib')
  .map((folder) => join('/usr/lib', folder, 'faketime/libfaketime.so.1'))
  .find((path) => existsSync(path))
const DID_NOT_RUN = 'libfaketime is not installed (apt-get install libfaketime): this test did not run'

/** A process under this environment has the clock of the machine, moved by what `file` says; its monotonic time is real. */
const fakeTime = (file: string) => ({
  LD_PRELOAD: library ?? '',
  FAKETIME_TIMESTAMP_FILE: file,
  FAKETIME_NO_CACHE: '1',
  FAKETIME_DONT_FAKE_MONOTONIC: '1',
})

describe(
  'the clock of the server is set while it runs',
  () => {
    let firm: Installation
    let folder: string
    const setClock = (seconds: number) =>
      writeFile(join(folder, 'clock'), `${seconds < 0 ? '' : '+'}${seconds}s\n`)

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'document-sync-clock-'))
      await setClock(0)
      if (library) firm = await install({ seed: seedTypicalAkte, env: fakeTime(join(folder, 'clock')) })
    })
    afterAll(async () => {
      await firm?.close()
      await rm(folder, { recursive: true, force: true })
    })

    it.for<[string, number, string]>([
      ['back by an hour', -3600, 'set back by 3600 s'],
      ['forward again, and an hour beyond', 3600, 'set forward by 7200 s'],
    ])('%s: polling goes on, and health and ages know nothing of it', async ([, seconds, line], { skip }) => {
      if (!library) skip(DID_NOT_RUN)
      const { motia, redis } = firm
      await until('a tick', () => motia.output().includes('🔍 Polling'), MINUTE)
      const seen = motia.output().length
      const since = () => motia.output().slice(seen)
      await setClock(seconds)
      await until('the step to be noticed', () => since().includes(line), 15_000)
      const noticed = since().length
      await until('two ticks', () => since().slice(noticed).split('🔍 Polling').length > 2, 45_000)
      await redis.sadd(PENDING, '12345')
      await until('a sync', async () => (await redis.sunion(PENDING, PROCESSING)).length === 0, MINUTE)
      const report = async () => healthSchema.parse(await (await fetch(`${motia.url}/health`)).json())
      await until('a report that all is well', async () => (await report()).status === 'ok')
      const health = await report()
      expect(health).toMatchObject({ polling: { isPolling: true } })
      expect(health.polling?.lastTickSeconds).toBeLessThan(30)
      expect(health.instances).toHaveLength(1)
      const metrics = await (await fetch(`${motia.url}/metrics`)).text()
      const [, age] = /^document_sync_last_tick_age_seconds (\S+)$/m.exec(metrics) ?? []
      expect(Number(age)).toBeLessThan(30)
      expect(motia.child.exitCode).toBeNull()
    })
  },
  5 * MINUTE,
)

it(
  'processes whose clocks differ by 30 s write one audit log, one line after the other',
  async ({ skip }) => {
    if (!library) skip(DID_NOT_RUN)
    const folder = await mkdtemp(join(tmpdir(), 'document-sync-audit-'))
    const writers = [0, 30, -30].map(async (seconds, index) => {
      await writeFile(join(folder, `clock-${index}`), `${seconds < 0 ? '' : '+'}${seconds}s\n`)
      const args = [
        '--import',
        'tsx',
        'test/support/append-audit.ts',
        join(folder, 'audit'),
        `${index}`,
        '60',
      ]
      const env = { ...process.env, ...fakeTime(join(folder, `clock-${index}`)) }
      const [code] = await once(
        spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'inherit'] }),
        'exit',
      )
      return code
    })
    expect(await Promise.all(writers)).toEqual([0, 0, 0])
    expect(await verifyAudit(join(folder, 'audit'))).toMatchObject([{ lines: 180, broken: null, torn: [] }])
    await rm(folder, { recursive: true, force: true })
  },
  3 * MINUTE,
)

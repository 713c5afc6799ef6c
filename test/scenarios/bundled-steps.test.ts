import { fork } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { bundleStep } from '../../services/motia/step-bundle'
import { KEYS } from '../../services/redis/keys'
import { ScenarioOffice } from './office'
import { startMailServer } from './people-told'

const RUNNER = resolve('node_modules/@motiadev/core/dist/src/node/node-runner.mjs')

interface Call {
  type: string
  id?: string
  method: string
  args: Record<string, unknown>
}

/** Runs a step's bundle as Motia does: in a process of its own, spoken to by IPC. Resolves to what it called. */
async function runStep(name: string, event: object): Promise<Call[]> {
  const folder = await mkdtemp(join(tmpdir(), 'document-sync-step-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, `${name}.mjs`) // outside of the project: no node_modules to be found
  await writeFile(
    file,
    bundleStep(join(folder, `steps/advoware-docs/${name}.step.js`), folder, resolve('.')) ?? '',
  )
  const streams = [{ name: 'documentSyncProgress' }]
  const child = fork(RUNNER, [file, JSON.stringify({ traceId: 't', flows: [], streams, ...event })], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const calls: Call[] = []
  child.on('message', (message) => {
    const call = message as Call
    calls.push(call)
    if (call.method === 'close') child.kill()
    if (call.id !== undefined) child.send({ type: 'rpc_response', id: call.id, result: null })
  })
  await new Promise((ended) => child.once('exit', ended))
  return calls
}

it('the bundled steps do in a process of Motia what they do here', async () => {
  const office = await ScenarioOffice.open()
  office.addAkte()
  await office.filed({ 'Klage.docx': 'Klage', 'Anlagen\\K1.pdf': Buffer.alloc(5_000_000, 'Anlage ') })
  await office.redis.sadd(KEYS.pending, '12345')

  const poll = await runStep('cron-poller', { contextInFirstArg: true })
  const emitted = poll.filter(({ method }) => method === 'emit').map(({ args }) => args)
  expect(emitted).toEqual([{ topic: 'advoware.document.sync', data: { aktennummer: '12345' } }])

  const sync = await runStep('sync-event', { data: { aktennummer: '12345' } })
  const lines = sync.filter(({ method }) => method === 'log').map(({ args }) => `${args.msg}`)
  expect(lines.join('\n')).toContain('✅ Sync complete for Akte 12345 (2 created')
  expect(sync.at(-1)).toMatchObject({ method: 'close' })
  await office.expectAgreement('Klage.docx', 'Klage')
  expect(await office.redis.exists(KEYS.pending, KEYS.processing)).toBe(0)
})

it('a bundled step that fails says why, and its Akte is pending again', async () => {
  const office = await ScenarioOffice.open()
  office.addAkte()
  office.watcher.faults.set('down')
  await office.redis.sadd(KEYS.pending, '12345')
  const calls = await runStep('sync-event', { data: { aktennummer: '12345' } })
  const close = calls.find(({ method }) => method === 'close')
  expect(JSON.stringify(close?.args)).toContain('Windows watcher not reachable')
  expect(await office.redis.sismember(KEYS.pending, '12345')).toBe(1)
})

it('a bundled step knows a Redis that refuses to write by the name of its error', async () => {
  const office = await ScenarioOffice.open()
  await office.redis.sadd(KEYS.pending, '12345')
  await office.redis.config('SET', 'maxmemory', '1')
  const calls = await runStep('sync-event', { data: { aktennummer: '12345' } })
  await office.redis.config('SET', 'maxmemory', '0')
  const lines = calls.filter(({ method }) => method === 'log').map(({ args }) => `${args.msg}`)
  expect(lines.join('\n')).toContain('❌ Redis: OOM')
})

it('the bundled step of the alerts sends a mail', async () => {
  const office = await ScenarioOffice.open()
  const mail = await startMailServer()
  office.set({
    ALERT_SMTP_URL: mail.url,
    ALERT_MAIL_FROM: 'a@kanzlei.example',
    ALERT_MAIL_TO: 'b@kanzlei.example',
  })
  await office.redis.set(KEYS.paused, 'x')
  const calls = await runStep('alerts', { contextInFirstArg: true })
  expect(mail.mails).toMatchObject([{ subject: 'Document Sync: Abgleich pausiert' }])
  const lines = calls.filter(({ method }) => method === 'log').map(({ args }) => `${args.msg}`)
  expect(lines).toEqual(['📨 People were told by mail: 1 piece(s) of news'])
})

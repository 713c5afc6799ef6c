// The demo itself, started by demo.mjs: a law office in a box and a sync of Akte 12345; then everything keeps running.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import pino from 'pino'
import { mappingFile, type SchemaName } from '../sandbox/espo/predecessor'
import { type Office, startOffice } from '../sandbox/office'
import { seedTypicalAkte } from '../sandbox/seed'
import { systemClock } from '../services/clock'
import { loadConfig } from '../services/config'
import type { SyncReport } from '../services/model/report'
import { KEYS } from '../services/redis/keys'
import { createRedis } from '../services/redis/redis-factory'
import { ReportStore } from '../services/redis/report-store'
import { WEBHOOK_PATH } from '../services/webhooks/webhook-events'
import { WebhookRegistry } from '../services/webhooks/webhook-registry'
import { reportLines } from './demo-report'
import { freePort, type MotiaProcess, root, startMotia } from './motia-process'
import { verifyInSync } from './verify'

const AKTE = '12345'
const DEMO_REDIS_PORT = 6391
const SYNC_TIMEOUT_MS = 120_000

const once = process.argv.includes('--once')
const mapping = mappingOf(process.argv)
/** Each EspoCRM has a demo of its own. */
const demoDir = mapping === 'extension' ? '.demo' : `.demo/${mapping}`
const folder = join(root, demoDir)
const secretsFile = join(folder, 'webhooks.json')
const say = (...lines: string[]) => console.log(lines.join('\n'))

let office: Office | undefined
let motia: MotiaProcess | undefined
let redis: Redis | undefined
let stopping: Promise<void> | undefined

/** `--mapping predecessor`: an EspoCRM with the predecessor's names and hooks in place of the extension's. */
function mappingOf(argv: string[]): SchemaName {
  const at = argv.indexOf('--mapping')
  const name = at < 0 ? 'extension' : argv[at + 1]
  const known = ['extension', 'predecessor', 'predecessor-mn'] as const
  const found = known.find((one) => one === name)
  if (found !== undefined) return found
  console.error(`❌ --mapping takes one of ${known.join(', ')}`)
  process.exit(2)
}

/** Stops everything that was started, then the demo itself. */
function stop(code: number): Promise<void> {
  stopping ??= (async () => {
    redis?.disconnect()
    await motia?.stop()
    await office?.close()
    process.exit(code)
  })()
  return stopping
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (!stopping) say('', '👋 Stopping ...')
    void stop(once ? 1 : 0)
  })
}

/** A line of Motia's log as the demo shows it: the time and the story, without trace ids and repeated step names. */
function storyLine(line: string): string | undefined {
  const found = /^\[([^\]]+)\]\s+\S+\s+\[(INFO|WARN|ERROR)\]\s+(.*)$/.exec(line)
  if (!found) return undefined
  const [, time = '', , text = ''] = found
  const story = text.replace(/^.*?(?=\p{Extended_Pictographic}|[─═━]{3})/u, '')
  return story === text && !/^\p{Extended_Pictographic}|^[─═━]/u.test(text)
    ? undefined
    : `   ${time}  ${story}`
}

/** Waits until the Akte is neither pending nor processing; false when that takes too long or Motia ended. */
async function waitUntilSynced(client: Redis, running: MotiaProcess): Promise<boolean> {
  const deadline = Date.now() + SYNC_TIMEOUT_MS
  while (Date.now() < deadline && running.child.exitCode === null) {
    const places = await Promise.all([
      client.sismember(KEYS.pending, AKTE),
      client.sismember(KEYS.processing, AKTE),
    ])
    if (!places.includes(1)) return true
    await sleep(250)
  }
  return false
}

function showResult(report: SyncReport | undefined, problems: string[]) {
  say('', '═'.repeat(78))
  if (report) {
    const seconds = (report.durationMs / 1000).toFixed(1)
    say(`  Akte ${AKTE}: ${report.result} in ${seconds} s${report.message ? ` · ${report.message}` : ''}`)
    say(...reportLines(report))
  } else say(`  Akte ${AKTE}: no report was written`)
  say('')
  if (problems.length === 0)
    say('  ✅ Windows, Advoware and EspoCRM agree (checked on all three, byte by byte).')
  else say('  ❌ Not in sync:', ...problems.map((problem) => `     ${problem}`))
  say('═'.repeat(78))
}

/** What the same Akte is called in this EspoCRM. */
function showNames({ espo }: Office) {
  const { akten, dokumente, link } = espo.schema
  const [akte] = espo.records.all(akten)
  const some = espo.records.all(dokumente).find((one) => one.dateipfad)
  say(
    '',
    `  This EspoCRM has the names of the ${mapping} (mappings/${mapping}.json):`,
    `     ${akten}: aktennummer ${JSON.stringify(akte?.aktennummer)}, aktivierungsstatus ${akte?.aktivierungsstatus}, syncStatus ${akte?.syncStatus}`,
    `     ${dokumente}: ${link}, syncedHash ${String(some?.syncedHash).slice(0, 12)}…, syncStatus ${some?.syncStatus} (set by a hook after each write)`,
  )
}

function showWhereToLook({ url, redisPort }: MotiaProcess, { espo, watcher }: Office) {
  const cli = `redis-cli -p ${redisPort}`
  say(
    '',
    '  Where to look:',
    `     The office at one glance                 ${url}/office`,
    `     Workbench (flow, logs)                   ${url}`,
    `     EspoCRM of the office (look, replace)    ${espo.url}/?akte=${AKTE}`,
    `     Windows folder (add, edit, delete)       ${watcher.folder(AKTE)}`,
    `     Versions that lost a conflict            ${url}/office, Akte ${AKTE}, Fassungen; ${join(folder, 'archive')}`,
    '',
    '  Replace a file in EspoCRM: its webhook makes Document Sync copy it to Windows within seconds.',
    '  Change a file on Windows, then request a sync, as the watcher of an office does:',
    `     ${cli} SADD ${KEYS.pending} ${AKTE}`,
    '  A file that you add in Windows is "not in the History" and left alone until Advoware names it:',
    "     the page of the office's EspoCRM lists such files, with a button that enters them.",
    '',
    `  What is waiting:  ${cli} SMEMBERS ${KEYS.pending}`,
    '  Start over:       npm run demo -- --reset',
    '',
    '  Everything keeps running for you to play with. Ctrl-C stops it.',
    '',
  )
}

/** EspoCRM delivers its webhooks every second instead of every few minutes. */
async function tellOfChanges({ espo, env }: Office, { url }: MotiaProcess) {
  const settings = {
    ...env(),
    ESPOCRM_WEBHOOK_URL: `${url}${WEBHOOK_PATH}`,
    ESPOCRM_WEBHOOK_SECRETS_FILE: secretsFile,
    ESPOCRM_MAPPING: mappingFile(mapping),
  }
  const context = { logger: pino({ level: 'silent' }), clock: systemClock }
  await new WebhookRegistry(context, loadConfig(settings).espo, 'de').setUp()
  espo.webhooks.every(1000)
}

async function main() {
  if (process.argv.includes('--reset')) rmSync(folder, { recursive: true, force: true })
  say('', '🏛️  Document Sync: a law office in a box', '')
  office = await startOffice({ dataDir: join(folder, 'office'), mapping })
  await seedTypicalAkte(office)
  const { espo, watcher, advoware } = office
  const counts = [
    espo.dokumente(AKTE).length,
    (await watcher.list(AKTE)).length,
    advoware.history(AKTE).length,
  ]
  say(
    `📁 Akte ${AKTE}: ${counts[0]} EspoCRM documents, ${counts[1]} Windows files, ${counts[2]} History entries`,
  )

  say('🚀 Starting Redis and Motia (the first start takes some seconds) ...')
  motia = await startMotia({
    env: {
      ...office.env(),
      MOTIA_REDIS_PORT: `${await freePort(DEMO_REDIS_PORT)}`,
      SYNC_ARCHIVE_DIR: join(folder, 'archive'),
      SYNC_AUDIT_DIR: join(folder, 'audit'),
      SYNC_BASE_DIR: join(folder, 'bases'),
      ESPOCRM_MAPPING: mappingFile(mapping),
      ESPOCRM_WEBHOOK_SECRETS_FILE: secretsFile,
    },
    motiaDir: `${demoDir}/motia`,
    port: await freePort(3000),
    onLine: (line) => {
      const story = stopping ? undefined : storyLine(line)
      if (story) say(story)
    },
  })
  const running = motia
  if (stopping) return
  void running.ended.then((code) => {
    if (stopping) return
    say(`❌ Motia ended unexpectedly (${code}). Its last lines:`, ...running.output().split('\n').slice(-20))
    void stop(1)
  })
  await tellOfChanges(office, running)
  const address = { host: '127.0.0.1', port: running.redisPort, db: 0, external: true }
  redis = createRedis({ ...address, username: undefined, password: undefined }, () => {}) // commands report it
  say(`🔧 $ redis-cli -p ${running.redisPort} SADD ${KEYS.pending} ${AKTE}`)
  say('   (the cron step looks every 10 seconds)', '')
  await redis.del(KEYS.reports(AKTE))
  await redis.sadd(KEYS.pending, AKTE)

  const isDone = await waitUntilSynced(redis, running)
  const [report] = await new ReportStore(redis).list(AKTE, 1)
  const problems = await verifyInSync(office, AKTE)
  if (!isDone) problems.unshift(`Akte ${AKTE} is still waiting after ${SYNC_TIMEOUT_MS / 1000} s`)
  if (report?.result !== 'synced') problems.unshift(`the sync ended with: ${report?.result ?? 'no report'}`)
  showResult(report, problems)
  if (mapping !== 'extension') showNames(office)
  if (once) return stop(problems.length === 0 ? 0 : 1)
  showWhereToLook(running, office)
}

main().catch((error: unknown) => {
  if (stopping) return
  console.error(`❌ ${error instanceof Error ? error.message : error}`)
  void stop(1)
})

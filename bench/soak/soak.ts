// An office at work for as long as you like: `npm run soak -- --minutes 60 [--seed N]`. 50 Akten, people on
// both sides, faults that come and go, a server that is killed again and again beside one that stays, a Redis that is
// killed now and then. At the end everything must be in agreement, no version lost, nothing left behind, and memory,
// Redis and disk flat. Prints a table over time and a verdict; ends with 1 when something is wrong. Linux only.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { hashOf } from '../../sandbox/files'
import { seedManyAkten } from '../../sandbox/seed'
import { freePort } from '../../scripts/motia-process'
import { verifyInSync } from '../../scripts/verify'
import { AktenOperations } from '../../services/queue/akten-operations'
import { KEYS } from '../../services/redis/keys'
import { install, MINUTE, PENDING, PROCESSING, until } from '../../testkit/installation'
import { Random } from '../../testkit/random'
import { Diary } from './diary'
import { People } from './people'
import { judge, type Sample, takeSample } from './samples'
import { Versions } from './versions'
import { Weather } from './weather'

const AKTEN = 50
/** Between two things that people do, milliseconds. */
const PAUSE_MS = [1000, 5000] as const
/** How long the second server lives and stays away. */
const LIFE_MS = [45_000, 180_000] as const
const AWAY_MS = [1000, 20_000] as const
const REDIS_LIFE_MS = [4 * MINUTE, 12 * MINUTE] as const
const SETTLE_MS = 15 * MINUTE

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: `${Date.now() % 100_000}` },
  },
})
const durationMs = Number(values.minutes) * MINUTE
if (!(durationMs > 0)) throw new Error('--minutes must be a number above 0')
const random = new Random(Number(values.seed))
const between = ([from, to]: readonly [number, number]) => random.int(from, to)

const diary = new Diary()
const inspectPort = await freePort()
const spool = await mkdtemp(join(tmpdir(), 'document-sync-soak-'))
let akten: string[] = []
const firm = await install({
  seed: async (office) => {
    akten = await seedManyAkten(office, AKTEN)
  },
  command: 'start',
  env: {
    SYNC_LOCK_SCOPE: 'akte',
    SYNC_CONCURRENCY: '2',
    SYNC_ARCHIVE: 'all',
    TMPDIR: spool,
    NODE_OPTIONS: `--max-old-space-size=768 --inspect-port=${inspectPort}`,
  },
  onLine: (line) => diary.read(line),
})
const { office, redis } = firm
const folders = {
  motia: join(firm.folder, 'motia'),
  spool,
  archive: join(firm.folder, 'archive'),
  redis: join(firm.folder, 'appendonlydir'),
}
const versions = new Versions(office)
const people = new People(office, versions, random)
const weather = new Weather(office, random)

const end = Date.now() + durationMs
const isOver = () => Date.now() >= end
/** Waits, but not beyond the end. */
const pause = (ms: number) => sleep(Math.max(0, Math.min(ms, end - Date.now())))

/** People work, and each asks for a sync of what they worked on, as the watcher does for them. */
async function work() {
  const asked = new Set<string>()
  while (!isOver()) {
    const akte = random.pick(akten)
    diary.count(await people.work(akte))
    asked.add(akte)
    const isTold = await redis.sadd(PENDING, ...asked).catch(() => undefined)
    if (isTold !== undefined) asked.clear() // otherwise again with the next one, when Redis is back
    await pause(between(PAUSE_MS))
  }
  await until('Redis to take the last ones', () =>
    redis.sadd(PENDING, ...akten).then(
      () => true,
      () => false,
    ),
  )
}

async function faults() {
  while (!isOver()) {
    const { what, ms } = weather.change()
    diary.count(`fault: ${what}`)
    await pause(ms)
    weather.clear()
    await pause(between([5000, 30_000]))
  }
}

/** The second server: started, killed in the middle of whatever it does, started again. */
async function killServers() {
  for (;;) {
    const server = await firm.startServer({}, (line) => diary.read(line))
    await pause(Math.min(between(LIFE_MS), durationMs / 3))
    if (isOver()) return
    await server.kill()
    diary.count('server killed')
    await pause(between(AWAY_MS))
    if (isOver()) return
  }
}

async function killRedis() {
  for (;;) {
    await pause(Math.min(between(REDIS_LIFE_MS), durationMs / 2))
    if (isOver()) return
    await firm.killRedis()
    diary.count('Redis killed')
    await sleep(between([2000, 10_000]))
    await firm.restartRedis()
  }
}

/** An administrator who looks every half minute, lets safety stops pass and retries what was given up. */
async function administer(isDone: () => boolean | Promise<boolean>) {
  while (!(await isDone())) {
    try {
      const [stopped, failed] = [await redis.hkeys(KEYS.stopped), await redis.hkeys(KEYS.failed)]
      if (await redis.del(KEYS.paused)) diary.count('administrator: resumed after a pause')
      for (const akte of stopped) {
        diary.count('administrator: let a safety stop pass')
        await redis.sadd(KEYS.force, akte)
      }
      if (failed.length > 0) diary.count('administrator: retried given up Akten')
      if (stopped.length + failed.length > 0) await redis.sadd(PENDING, ...stopped, ...failed)
    } catch {
      // Redis is away just now
    }
    await sleep(Math.min(30_000, Math.max(1000, end - Date.now())))
  }
}

const samples: Sample[] = []
async function watch(isDone: () => boolean) {
  const every = durationMs > 10 * MINUTE ? MINUTE : 15_000
  while (!isDone()) {
    const sample = await takeSample(firm, inspectPort, folders, diary).catch(() => undefined) // Redis is away just now
    if (sample) {
      samples.push(sample)
      console.log(sample.row(samples.length === 1))
    }
    versions.readRequests()
    await sleep(every)
  }
}

/** Everybody goes home; what is pending is synced until nothing is left. */
async function settle() {
  people.closeAll()
  weather.clear()
  await new AktenOperations(redis).retry(akten)
  const isEmpty = async () => (await redis.sunion(PENDING, PROCESSING)).length === 0
  const hasNothingLeft = async () =>
    (await isEmpty()) && (await redis.exists(KEYS.failed, KEYS.stopped)) === 0
  const deadline = Date.now() + SETTLE_MS
  await administer(async () => (await hasNothingLeft()) || Date.now() > deadline)
}

/** Hashes of everything that stands on either side now. */
async function currentHashes(): Promise<Set<string>> {
  const current = new Set<string>()
  for (const akte of akten) {
    const files = (await office.watcher.list(akte)).map(({ path }) => office.watcher.read(akte, path))
    const documents = office.espo.dokumente(akte).map((document) => office.espo.content(document))
    for (const content of await Promise.all([...files, ...documents]))
      if (content) current.add(await hashOf(content))
  }
  return current
}

async function disagreements(): Promise<string[]> {
  const problems: string[] = []
  for (const akte of akten)
    problems.push(...(await verifyInSync(office, akte)).map((problem) => `Akte ${akte}: ${problem}`))
  const left = await redis.sunion(PENDING, PROCESSING)
  if (left.length > 0) problems.push(`still pending: ${left.join(', ')}`)
  for (const key of [KEYS.leases, KEYS.failed, KEYS.stopped, KEYS.attempts, KEYS.delayedUntil, KEYS.progress])
    if (await redis.exists(key)) problems.push(`Redis still has ${key}`)
  const locks = [...(await redis.keys(KEYS.akteLock('*'))), ...(await redis.keys(KEYS.heartbeat('*')))]
  return [...problems, ...locks.map((key) => `Redis still has ${key}`)]
}

console.log(`Soak of ${values.minutes} minutes, seed ${values.seed}, in ${firm.folder}`)
let isSettled = false
const watching = watch(() => isSettled)
await redis.sadd(PENDING, ...akten)
await Promise.all([work(), faults(), killServers(), killRedis(), administer(isOver)])
console.log('Everybody goes home.')
await settle()
isSettled = true
await watching

const { lost, unprotected } = versions.lost(await currentHashes(), folders.archive)
console.log(`\n${diary.story()}`)
console.log(
  `${versions.count} versions saved by people; ${unprotected} replaced in the very moment of their save`,
)
const problems = [
  ...(await disagreements()),
  ...lost.map((one) => `lost: ${one}`),
  ...(await judge(samples, folders)),
]
console.log(problems.length === 0 ? '\n✅ All checks passed.' : '\n❌ Checks failed:')
for (const problem of problems) console.log(`   ${problem}`)
await firm.close()
await rm(spool, { recursive: true, force: true })
process.exit(problems.length === 0 ? 0 : 1)

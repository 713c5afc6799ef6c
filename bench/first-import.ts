import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { seedManyAkten } from '../sandbox/seed'
import { systemClock } from '../services/clock'
import { espoTime } from '../services/espo/espo-values'
import { readDrift } from '../services/queue/drift'
import { readFirstImport } from '../services/queue/first-import'
import { KEYS } from '../services/redis/keys'
import { type Installation, install, until } from '../testkit/installation'

/** One of the two ways in which all Akten of an office are synced without anybody announcing one. */
interface RoundFigure {
  seconds: number
  requests: number
  /** From a person's request for an Akte of its own to its sync, meanwhile: 95 of 100 take at most so long. */
  personP95: number
}

/** The first import of an office, a sweep of the same one, and a webhook that does not arrive. */
export interface ImportFigure {
  akten: number
  firstImport: RoundFigure
  sweep: RoundFigure
  /** Keys in Redis without the reports of each Akte. */
  keysBefore: number
  keysAfter: number
  megabytesBefore: number
  megabytesAfter: number
  /** From a replaced file that nobody announced, in a stale Akte, to EspoCRM's file in Windows and to the drift. */
  lostWebhookSeconds: number
  driftShownSeconds: number
}

const DAY_MS = 24 * 3600 * 1000
const PATIENCE_MS = 6 * 3600 * 1000
const PERSONS_AKTE = '1'

/** Imports that many new Akten of three documents each with one real server, then sweeps them unchanged. */
export async function benchFirstImport(count: number): Promise<ImportFigure> {
  let akten: string[] = []
  const firm = await install({
    seed: async (office) => {
      akten = await seedManyAkten(office, count)
    },
    command: 'start',
    env: { SYNC_LOCK_SCOPE: 'akte', SYNC_SWEEP_HOURS: '24' },
  })
  try {
    const { redis, office, motia } = firm
    office.advoware.addAkte(PERSONS_AKTE, { ablage: false })
    office.espo.addAkte({ aktennummer: PERSONS_AKTE, name: 'Eilsache', aktivierungsstatus: 'Aktiv' })
    const before = await sizeOf(redis)
    const firstImport = await round(firm, async () => {
      await fetch(`${motia.url}/akten/import`, { method: 'POST' })
      const isOver = async () => (await readFirstImport(redis, systemClock.now().getTime()))?.finishedAt
      await until('the first import', isOver, PATIENCE_MS)
    })
    const after = await sizeOf(redis)
    await age(firm, akten)
    const sweep = await round(firm, () =>
      until(
        'the sweep',
        async () => (await redis.zcount(KEYS.lastRuns, 0, staleBefore())) === 0,
        PATIENCE_MS,
      ),
    )
    const [akte = ''] = akten
    const dokument = office.espo.dokumente(akte).find(({ dokumentName }) => dokumentName === 'Klage.docx')
    await age(firm, [akte])
    const begin = Date.now()
    await office.espo.replaceFile(`${dokument?.id}`, 'replaced, and no webhook')
    const isCarried = async () => `${await office.watcher.read(akte, 'Klage.docx')}`.startsWith('replaced')
    await until('the lost change', isCarried, PATIENCE_MS)
    const lostWebhookSeconds = (Date.now() - begin) / 1000
    const isShown = async () =>
      (await readDrift(redis)).some(({ side, changes }) => side === 'EspoCRM' && changes > 0)
    await until('the drift', isShown, PATIENCE_MS)
    return {
      ...{ akten: count, firstImport, sweep, lostWebhookSeconds },
      ...{ keysBefore: before.keys, keysAfter: after.keys },
      ...{ megabytesBefore: before.megabytes, megabytesAfter: after.megabytes },
      driftShownSeconds: (Date.now() - begin) / 1000,
    }
  } finally {
    await firm.close()
  }
}

const staleBefore = () => Date.now() - DAY_MS

/** As if all of them had been synced two days ago. */
async function age({ office, redis }: Installation, akten: string[]): Promise<void> {
  const then = new Date(Date.now() - 2 * DAY_MS)
  for (const akte of akten) office.espo.updateAkte(akte, { lastSync: espoTime(then) })
  await redis.zadd(KEYS.lastRuns, ...akten.flatMap((akte) => [then.getTime(), akte]))
}

/** Does the work while a person asks for an Akte again and again. */
async function round({ office, redis }: Installation, work: () => Promise<unknown>): Promise<RoundFigure> {
  const systems = [office.watcher, office.advoware, office.espo]
  for (const { requests } of systems) requests.reset()
  const waits: number[] = []
  let isOver = false
  const person = async () => {
    while (!isOver) {
      const begin = Date.now()
      const runs = await redis.zscore(KEYS.lastRuns, PERSONS_AKTE)
      await redis.sadd(KEYS.pending, PERSONS_AKTE)
      const isDone = async () => (await redis.zscore(KEYS.lastRuns, PERSONS_AKTE)) !== runs
      await until('the Akte of a person', isDone, PATIENCE_MS)
      waits.push((Date.now() - begin) / 1000)
      await sleep(3000 + Math.random() * 4000)
    }
  }
  const begin = Date.now()
  const asking = person()
  await work()
  const seconds = (Date.now() - begin) / 1000
  isOver = true
  await asking
  waits.sort((a, b) => a - b)
  return {
    seconds,
    requests: systems.reduce((sum, { requests }) => sum + requests.length, 0),
    personP95: waits[Math.ceil(waits.length * 0.95) - 1] ?? Number.NaN,
  }
}

async function sizeOf(redis: Redis): Promise<{ keys: number; megabytes: number }> {
  const names = await redis.keys('*')
  const used = /used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]
  const keys = names.filter((name) => !name.startsWith(KEYS.reports(''))).length
  return { keys, megabytes: Number(used) / 1024 ** 2 }
}

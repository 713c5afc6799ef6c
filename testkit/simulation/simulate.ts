import { KEYS } from '../../services/redis/keys'
import { Random } from '../random'
import { disagreements } from './agreement'
import { lockKey } from './instance'
import type { Reply } from './lua'
import { SimulatedOffice } from './office'
import { keyOf } from './share'
import { VirtualTime } from './virtual-time'

const START = new Date('2026-03-24T08:00:00Z')
const HOUR = 3_600_000
/** Syncs of a quiet office until nothing changes any more. */
const ROUNDS_UNTIL_FIXED = 4

/** How a simulation went. */
export interface Outcome {
  seed: number
  /** Broken promises, one sentence each; empty when all held. */
  problems: string[]
  /** What happened, line by line, where it was asked for. */
  story: string[]
  /** Requests, Redis commands and archive writes. */
  calls: number
  /** Simulated milliseconds. */
  duration: number
  kills: number
  unavoidable: number
}

/** A mistake put into the product, to see that the oracle notices. */
export interface Sabotage {
  archive?: 'forgets'
  /** A script that is not run but answers this. */
  script?: [name: string, reply: Reply]
}

/** Runs `work` with time and chance of its own, both from this seed. */
export async function withVirtualTime<T>(
  seed: number,
  work: (time: VirtualTime, random: Random) => Promise<T>,
): Promise<T> {
  const random = new Random(seed)
  const time = new VirtualTime(START)
  const realRandom = Math.random
  Math.random = () => random.fraction()
  try {
    return await work(time, random)
  } finally {
    Math.random = realRandom
    time.giveBack()
  }
}

/** Documents that people copied with all that the sync wrote on them: each becomes the document of its file in a run of its own. */
function copiesIn({ akten, crm }: SimulatedOffice): number {
  const copies = akten.map((akte) => {
    const homes = crm.documents(akte).flatMap((one) => (one.syncHash === null ? [] : [keyOf(crm.home(one))]))
    return homes.length - new Set(homes).size
  })
  return copies.reduce((sum, count) => sum + count, 0)
}

/** Lets a quiet office sync until a round changes nothing. Every round begins with an administrator's retry. */
async function settle(office: SimulatedOffice): Promise<void> {
  const rounds = ROUNDS_UNTIL_FIXED + copiesIn(office)
  for (let round = 1; round <= rounds; round++) {
    office.oracle.changes = 0
    office.retryAll()
    if (!(await office.time.runUntil(() => office.isIdle, 6 * HOUR))) {
      return office.oracle.problem('the sync of a quiet office never ends')
    }
    const stuck = [KEYS.failed, KEYS.stopped].flatMap((key) => office.redis.command(['HKEYS', key]))
    if (office.oracle.changes === 0 && stuck.length === 0) return
  }
  office.oracle.problem(`a quiet office still changes after ${rounds} syncs`)
}

/** One random office: people on both sides, faults, crashes, standstills; then silence, and everything agrees. */
export function simulate(seed: number, isTold = false, sabotage: Sabotage = {}): Promise<Outcome> {
  return withVirtualTime(seed, async (time, random) => {
    const story: string[] = []
    const office = new SimulatedOffice(time, random, {
      akten: ['12345', '124/24'].slice(0, random.int(1, 2)),
      instances: random.pick([1, 1, 2, 3]),
      settings: {
        SYNC_LOCK_SCOPE: random.pick(['global', 'akte']),
        SYNC_CONCURRENCY: '2',
        SYNC_WINDOWS_DELETIONS: random.pick(['restore', 'mark', 'delete']),
        SYNC_ARCHIVE: random.pick(['conflicts', 'all']),
        SYNC_QUIET_SECONDS: random.pick(['0', '5']),
      },
      skewMs: random.pick([0, 0, 3000, -3000, 90_000, -90_000]),
      hashingMs: random.pick([0, 0, 30_000]),
      tell: isTold ? (line) => story.push(line) : () => {},
      sabotage,
    })
    const chaosMs = random.int(30_000, 300_000)
    if (random.chance(0.2)) takeAwayWhatIsRead(office, random)
    const kills = scheduleChaos(office, random, chaosMs)
    await time.runUntil(() => false, chaosMs)
    office.weather.isCalm = true
    office.crm.fileRead = () => {}
    office.weather.isRedisDown = false
    await time.runUntil(() => false, 4 * 60_000) // what stands still or is being restarted comes back
    await settle(office)
    const problems = [...office.oracle.problems, ...disagreements(office)]
    const { unavoidable } = office.oracle
    const duration = time.now - START.getTime()
    return { seed, problems, story, calls: office.wire.calls, duration, kills, unavoidable }
  })
}

/** Moments that no time of day hits: each of a few documents goes just when its file was read. */
function takeAwayWhatIsRead({ akten, crm, people }: SimulatedOffice, random: Random): void {
  crm.fileRead = (document) => {
    const akte = akten.find((one) => crm.akteId(one) === document.cAktenId)
    if (akte !== undefined && random.chance(0.2)) people.takeAway(akte, document)
  }
}

/** Who does what and when, and what goes wrong; resolves to the number of crashes. */
function scheduleChaos(office: SimulatedOffice, random: Random, chaosMs: number): number {
  const { time, people, redis, weather, config } = office
  const someTime = () => random.int(0, chaosMs)
  const times = (choices: number[], work: () => void) => {
    const count = random.pick(choices)
    for (let index = 0; index < count; index++) time.after(someTime(), work)
    return count
  }
  for (const akte of office.akten) {
    for (let act = random.int(0, 6); act > 0; act--) people.act(akte)
    office.request(akte)
    times([0, 2, 5, 12], () => {
      people.act(akte)
      time.after(random.skewed(20_000), () => office.request(akte))
    })
  }
  times([0, 0, 1, 2], () => {
    if (office.instances.length > 0) random.pick(office.instances).standStill(random.int(1000, 120_000))
  })
  times([0, 0, 1], () => {
    const akte = random.pick(office.akten)
    office.tell(`an operator deletes the lock of ${akte}`)
    redis.command(['DEL', lockKey(config, akte)])
  })
  times([0, 0, 1], () => {
    weather.isRedisDown = true
    time.after(random.int(1000, 60_000), () => {
      weather.isRedisDown = false
    })
  })
  times([0, 0, 1], () => {
    office.share.setMount(random.pick(['empty', 'gone']))
    office.tell(`the share is ${office.share.mount}`)
    time.after(random.int(5000, 120_000), () => {
      office.share.setMount('mounted')
      office.tell('the share is mounted again')
    })
  })
  times([0, 0, 0, 1], () => {
    office.crm.isNarrow = true
    office.tell('the role hides documents')
    time.after(random.int(5000, 120_000), () => {
      office.crm.isNarrow = false
      office.tell('the role shows all documents again')
    })
  })
  times([0, 0, 1], () => {
    const [text, how] = [
      random.pick(['Anlagen/', 'Klage', '.pdf', 'i']),
      random.pick(['left out', 'garbled'] as const),
    ]
    office.share.mislisted = { text, how }
    office.tell(`in the watcher's listings, what has ${text} in its path is ${how}`)
    time.after(random.int(5000, 120_000), () => {
      office.share.mislisted = null
      office.tell('the watcher lists everything right again')
    })
  })
  times([0, 0, 1, 3], () => office.restore(random.pick(office.akten)))
  times([0, 0, 1], () => office.practice.records.expireTokens())
  return times([0, 0, 1, 2, 4], () => {
    if (office.instances.length > 0) office.kill(random.pick(office.instances), random.int(1000, 60_000))
  })
}

import { ADVOWARE_SETTINGS } from '../../sandbox/advoware-records'
import { type Config, loadConfig } from '../../services/config'
import { RETRY } from '../../services/queue/scripts'
import { KEYS } from '../../services/redis/keys'
import type { Random } from '../random'
import { SETTINGS } from '../settings'
import { Crm } from './crm'
import { Instance, type Surroundings } from './instance'
import type { Kept } from './memory-archive'
import { MemoryRedis } from './memory-redis'
import { Oracle } from './oracle'
import { People } from './people'
import { Practice } from './practice'
import { Share } from './share'
import type { Sabotage } from './simulate'
import type { Hosts } from './transport'
import type { VirtualTime } from './virtual-time'
import { Weather } from './weather'
import { Wire } from './wire'

const TICK_MS = 10_000
/** A crash inside a tick stops polling for this long at most. */
const CRON_LOCK_MS = 15_000
const JOB_TRIES = 4
const JOB_RETRY_MS = 2000
/** BullMQ gives a killed worker's job to another one after its visibility timeout. */
const STALLED_MS = 930_000

/** Words of a program's own mistakes, also where they are told as the failure of one file. */
const MISTAKES = /does not fit its facts|is not a function|Cannot read propert|is not defined/

/** The three systems, by the hosts that the transport knows. */
const ADDRESSES = {
  ADVOWARE_WATCHER_URL: 'http://windows',
  ADVOWARE_API_BASE_URL: 'http://advoware',
  ADVOWARE_SECURITY_URL: 'http://advoware',
  ESPOCRM_API_BASE_URL: 'http://espocrm/api/v1',
}

interface Job {
  aktennummer: string
  tries: number
}

/** How an office is set up. */
export interface OfficeOptions {
  akten: string[]
  instances: number
  settings: Record<string, string>
  skewMs: number
  hashingMs: number
  tell: (line: string) => void
  sabotage?: Sabotage
}

/** A law office with the product in it: three systems, Redis, the queue, one or more servers, and people. */
export class SimulatedOffice {
  readonly config: Config
  readonly redis: MemoryRedis
  readonly share: Share
  readonly practice: Practice
  readonly crm = new Crm()
  readonly weather: Weather
  readonly wire: Wire
  readonly oracle: Oracle
  readonly people: People
  readonly archive = new Map<string, Kept>()
  readonly akten: string[]
  instances: Instance[] = []
  private readonly jobs: Job[] = []
  private readonly running = new Map<Instance, Job[]>()
  private readonly surroundings: Surroundings
  private cronLockedUntil = 0
  private born = 0

  constructor(
    readonly time: VirtualTime,
    private readonly random: Random,
    private readonly options: OfficeOptions,
  ) {
    this.akten = options.akten
    this.config = loadConfig({ ...SETTINGS, ...ADVOWARE_SETTINGS, ...ADDRESSES, ...options.settings })
    this.redis = new MemoryRedis(() => Date.now() + options.skewMs / 2)
    this.share = new Share(random, this.config.watcher.token, options.skewMs, options.hashingMs)
    this.practice = new Practice(random)
    this.weather = new Weather(random)
    this.wire = new Wire(time, random)
    const { redis, share, practice, crm, archive, config, weather, wire, akten } = this
    const tell = (line: string) => this.tell(line)
    this.oracle = new Oracle({ share, crm, practice, redis, archive, config, akten, tell })
    this.people = new People(random, share, crm, practice, tell)
    const hosts: Hosts = {
      windows: (request) => share.handle(request),
      advoware: (request) => practice.handle(request),
      espocrm: (request) => crm.handle({ ...request, segments: request.segments.slice(2) }),
    }
    this.surroundings = {
      ...{ time, wire, weather, redis, hosts, config, archive },
      sabotage: options.sabotage ?? {},
      observer: {
        guarded: (from, askedAt) => this.oracle.guarded(from, askedAt),
        listed: (from, madeAt) => this.oracle.listed(from, madeAt),
        sent: (label, from) => {
          if (!this.instances.some(({ name }) => name === from)) this.oracle.sent(label, from)
        },
        takesEffect: (method, label, from) => {
          this.tell(`${label} takes effect`)
          this.oracle.takesEffect(method, label, from)
        },
      },
      evaluated: (name, args, reply) => this.oracle.evaluated(name, args, reply),
      tell,
    }
    redis.command(['SET', KEYS.marker, 'new'])
    for (const akte of akten) this.people.open(akte)
    for (let count = 0; count < options.instances; count++) this.start()
    this.keepTicking()
  }

  tell(line: string): void {
    this.options.tell(`${new Date().toISOString().slice(11, 23)} ${line}`)
  }

  start(): Instance {
    const instance = new Instance(`server ${++this.born}`, this.surroundings)
    this.instances.push(instance)
    this.running.set(instance, [])
    this.deliver()
    return instance
  }

  /** `kill -9`, and a new start after a while. */
  kill(instance: Instance, restartMs: number): void {
    if (!instance.isAlive) return
    this.tell(`${instance.name} is killed`)
    instance.kill()
    this.instances = this.instances.filter((one) => one !== instance)
    const stalled = this.running.get(instance) ?? []
    this.running.delete(instance)
    this.time.after(this.random.pick([restartMs, STALLED_MS]), () => {
      this.jobs.push(...stalled)
      this.deliver()
    })
    this.time.after(restartMs, () => this.start())
  }

  /** `redis-cli SADD`, by a person or by the watcher. */
  request(akte: string): void {
    this.redis.command(['SADD', KEYS.pending, akte])
    this.oracle.requested(akte)
  }

  /** An administrator brings some archived version of this Akte back, to either side. */
  restore(akte: string): void {
    const hashes = [...this.archive].flatMap(([hash, { records }]) =>
      records.some(({ aktennummer }) => aktennummer === akte) ? [hash] : [],
    )
    if (hashes.length === 0 || this.instances.length === 0) return
    const request = {
      aktennummer: akte,
      hash: this.random.pick(hashes),
      to: this.random.pick(['Windows', 'EspoCRM'] as const),
    }
    this.oracle.restored.add(request.hash)
    this.tell(`an administrator restores ${request.hash.slice(0, 8)} of ${akte} to ${request.to}`)
    this.random
      .pick(this.instances)
      .restore(request)
      .catch((error: unknown) => this.checkError(error))
  }

  /** What an administrator does with what failed or stopped: retry, with force. */
  retryAll(): void {
    const { redis } = this
    const given = [KEYS.failed, KEYS.stopped].flatMap((key) => redis.command(['HKEYS', key]) as string[])
    const keys = [
      KEYS.pending,
      KEYS.delayedUntil,
      KEYS.attempts,
      KEYS.waitingSince,
      KEYS.force,
      KEYS.priority,
    ]
    const akten = [...new Set([...this.akten, ...given])]
    redis.command(['DEL', KEYS.paused])
    redis.eval(RETRY, keys.length, ...keys, given.length > 0 ? 'forced' : '', 'first', ...akten)
    for (const akte of this.akten) this.oracle.requested(akte)
  }

  /** Nobody waits, and nobody works. */
  get isIdle(): boolean {
    const sets = [...this.redis.members(KEYS.pending), ...this.redis.members(KEYS.processing)]
    return sets.length === 0 && [...this.running.values()].every((jobs) => jobs.length === 0)
  }

  private keepTicking(): void {
    this.time.after(TICK_MS, () => this.keepTicking())
    this.oracle.checkAbandoned(this.instances.some((one) => one.isRunning))
    const instance = this.instances.length > 0 ? this.random.pick(this.instances) : undefined
    if (!instance || Date.now() < this.cronLockedUntil) return
    const until = Date.now() + CRON_LOCK_MS
    this.cronLockedUntil = until
    const unlock = () => {
      if (this.cronLockedUntil === until) this.cronLockedUntil = 0
    }
    instance.poll((aktennummer) => this.emit(instance, { aktennummer })).then(unlock, unlock)
  }

  private async emit(instance: Instance, data: { aktennummer: string }): Promise<void> {
    const lost = this.random.chance(0.02) && !this.weather.isCalm
    await this.wire.carry(instance, `emit ${data.aktennummer}`, () => {
      if (!lost) this.jobs.push({ ...data, tries: 0 })
      this.deliver()
    })
  }

  private deliver(): void {
    const room = this.config.sync.lockScope === 'akte' ? this.config.sync.concurrency : 1
    const free = this.instances.filter((one) => (this.running.get(one)?.length ?? 0) < room)
    const instance = free.length > 0 ? this.random.pick(free) : undefined
    const job = instance ? this.jobs.shift() : undefined
    if (!instance || !job) return
    this.running.get(instance)?.push(job)
    const ended = (error?: unknown) => {
      const jobs = this.running.get(instance)
      if (!jobs?.includes(job)) return
      this.running.set(
        instance,
        jobs.filter((one) => one !== job),
      )
      if (error !== undefined && job.tries + 1 < JOB_TRIES) {
        this.time.after(JOB_RETRY_MS, () => {
          this.jobs.push({ ...job, tries: job.tries + 1 })
          this.deliver()
        })
      }
      this.deliver()
    }
    instance.sync(job.aktennummer).then(
      () => ended(),
      (error: unknown) => {
        this.checkError(error)
        ended(error)
      },
    )
    this.deliver()
  }

  /** A run may fail, but never by a mistake in the program. */
  private checkError(error: unknown): void {
    const { name, message } = error as Error
    this.tell(`the run ends with ${name}: ${message}`)
    if (/TypeError|ReferenceError|RangeError/.test(name) || MISTAKES.test(message)) {
      this.oracle.problem(`a run ends with ${name}: ${message}`)
    }
  }
}

import type { Redis } from 'ioredis'
import type { Logger } from 'pino'
import type { RedisCommands, Runtime } from '../../services/app/runtime'
import { connectSystems, type Systems } from '../../services/app/systems'
import { systemClock } from '../../services/clock'
import type { Config } from '../../services/config'
import type { WriteGuard } from '../../services/model/write-guard'
import { AktenQueue } from '../../services/queue/akten-queue'
import * as scripts from '../../services/queue/scripts'
import { KEYS } from '../../services/redis/keys'
import { runJob } from '../../services/sync/akte-run'
import { pollPendingAkten, type Wake } from '../../services/sync/akten-poller'
import { type RestoreRequest, restoreVersion } from '../../services/sync/restore'
import { RunDeadline } from '../../services/sync/run-deadline'
import { MemorySpool } from './content'
import type { Reply } from './lua'
import { type Kept, MemoryArchive } from './memory-archive'
import type { MemoryRedis } from './memory-redis'
import type { Sabotage } from './simulate'
import { type Hosts, type Observer, transport } from './transport'
import type { VirtualTime } from './virtual-time'
import type { Weather } from './weather'
import type { Caller, Wire } from './wire'

/** How long a command waits for a Redis that does not answer: what the client factory says. */
const REDIS_PATIENCE_MS = 5000
const SCRIPT_NAMES = new Map(Object.entries(scripts).map(([name, script]) => [script, name]))

/** What all servers of one simulated office share. */
export interface Surroundings {
  time: VirtualTime
  wire: Wire
  weather: Weather
  redis: MemoryRedis
  hosts: Hosts
  config: Config
  /** The archive's folder: contents by hash. */
  archive: Map<string, Kept>
  observer: Observer
  sabotage: Sabotage
  /** Told after each script, with its name. */
  evaluated(name: string, args: string[], reply: Reply): void
  tell(line: string): void
}

/** One server of the product: the real steps over a wire that can fail. It can be killed, and stand still. */
export class Instance implements Caller {
  isAlive = true
  private isStill = false
  private readonly waiting: (() => void)[] = []

  constructor(
    readonly name: string,
    private readonly office: Surroundings,
  ) {}

  /** Like `kill -9`: nothing that was under way comes to an end here. */
  kill(): void {
    this.isAlive = false
  }

  /** Stands still, as a suspended machine does. */
  standStill(ms: number): void {
    this.isStill = true
    this.office.time.after(ms, () => {
      this.isStill = false
      for (const work of this.waiting.splice(0)) this.whenRunning(work)
    })
  }

  get isRunning(): boolean {
    return this.isAlive && !this.isStill
  }

  whenRunning(work: () => void): void {
    if (!this.isAlive) return
    if (this.isStill) this.waiting.push(work)
    else work()
  }

  poll(wake: Wake): Promise<void> {
    return pollPendingAkten(this.runtime('cron'), wake)
  }

  sync(aktennummer: string): Promise<void> {
    return runJob(this.runtime(aktennummer), aktennummer)
  }

  /** An administrator brings an archived version back. */
  restore(request: RestoreRequest): Promise<unknown> {
    return restoreVersion(this.runtime(`restore ${request.aktennummer}`), request)
  }

  private runtime(story: string): Runtime {
    const { config } = this.office
    const redis = this.redisClient()
    const log = (...args: unknown[]) => {
      if (this.isAlive)
        this.office.tell(`${this.name} ${story}: ${args.find((arg) => typeof arg === 'string')}`)
    }
    const logger = { info: log, warn: log, error: log, debug: log } as unknown as Logger
    return {
      config,
      logger,
      redis,
      queue: new AktenQueue(redis, systemClock),
      systems: this.systems(logger, redis),
      connect: (guard) => this.systems(logger, redis, guard),
      clock: systemClock,
      isClosing: () => false,
      flushMetrics: async () => {},
    }
  }

  private systems(logger: Logger, redis: RedisCommands, guard?: WriteGuard): Systems {
    const { wire, weather, hosts, config, observer, archive } = this.office
    const from = guard === undefined ? this.name : lockValueOf(guard)
    const carried = transport(this, from, wire, weather, hosts, observer)
    const carry = <T>(label: string, effect: () => T): Promise<T> =>
      wire.carry(this, label, () => {
        this.office.tell(label)
        return effect()
      })
    const context = { logger, clock: systemClock, transport: carried, ...(guard ? { guard } : {}) }
    const folder = this.office.sabotage.archive === 'forgets' ? new Map<string, Kept>() : archive
    return {
      ...connectSystems(context, redis as Redis, config),
      archive: new MemoryArchive(folder, carry) as unknown as Systems['archive'],
      audit: { append: ({ path }) => wire.carry(this, `audit ${path}`, () => undefined) },
      reports: { save: () => wire.carry(this, 'report', () => undefined) } as unknown as Systems['reports'],
      openSpool: async () => new MemorySpool(),
    }
  }

  private redisClient(): RedisCommands {
    const { redis } = this.office
    const run = (name: string, args: (string | number)[]): Promise<unknown> => {
      if (name !== 'eval') return this.command(`${name} ${args[0]}`, () => redis.command([name, ...args]))
      const [script = '', count = 0, ...rest] = args
      const title = SCRIPT_NAMES.get(String(script)) ?? 'eval'
      const askedAt = Date.now()
      const answered = this.command(title, () => {
        const [skipped, answer = null] = this.office.sabotage.script ?? []
        const isSkipped = skipped === title
        const reply = isSkipped ? answer : redis.eval(String(script), Number(count), ...rest)
        const texts = rest.map(String)
        this.office.evaluated(title, texts.slice(Number(count)), reply)
        return reply
      })
      if (title !== 'RENEW') return answered
      return answered.then((reply) => {
        if (reply === 1) this.office.observer.guarded(String(rest[Number(count)]), askedAt)
        return reply
      })
    }
    return new Proxy({} as RedisCommands, {
      get:
        (_target, name) =>
        (...args: (string | number)[]) =>
          run(String(name), args),
    })
  }

  private async command(label: string, effect: () => Reply): Promise<Reply> {
    const { wire, weather, time } = this.office
    const fault = weather.redis()
    const failed = async () => {
      await time.sleep(REDIS_PATIENCE_MS)
      throw new Error('Reached the max retries per request limit')
    }
    if (fault === 'refused') return wire.carry(this, `${label} (refused)`, () => null).then(failed)
    const reply = await wire.carry(this, fault ? `${label} (${fault})` : label, () => {
      if (fault === 'twice') effect()
      return effect()
    })
    return fault === 'answer lost' ? failed() : reply
  }
}

/** The lock's value: by it the world knows on whose behalf a request is sent. */
const lockValueOf = (guard: WriteGuard): string =>
  String(Reflect.get(guard instanceof RunDeadline ? guard.lock : guard, 'value'))

/** The key of the lock that a run of this Akte holds. */
export const lockKey = (config: Config, aktennummer: string): string =>
  config.sync.lockScope === 'global' ? KEYS.globalLock : KEYS.akteLock(aktennummer)

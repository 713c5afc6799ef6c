import type { Redis } from 'ioredis'
import { z } from 'zod'
import { LockLostError } from '../errors'
import { mentionOf, withoutMention } from '../model/mention'
import { WAITING } from '../queue/akten-queue'
import { ENTRIES, EXCHANGE, RELEASE } from '../queue/scripts'
import { KEYS } from '../redis/keys'
import { LIST_KEYS, NOTE_KEYS, TEXT_KEYS } from './akte-keys'

const entriesSchema = z.tuple([z.number(), z.number()])

/** What Redis keeps of an Akte, by its number. */
export interface RedisShare {
  reports: number
  queueEntries: number
  notes: number
}

/** Entries, notes and reports of one Akte in Redis. */
export class RedisRecords {
  constructor(
    private readonly redis: Redis,
    private readonly aktennummer: string,
  ) {}

  /** What there is. */
  async count(): Promise<RedisShare> {
    const [queueEntries, notes] = await this.entries('')
    const reports = await this.redis.llen(KEYS.reports(this.aktennummer))
    const restores = await this.redis.exists(KEYS.restores(this.aktennummer))
    return { reports, queueEntries, notes: notes + restores }
  }

  /** A run of it is under way, or somebody set the global lock in its name. A lock that a dead run left is removed later. */
  async isRunning(): Promise<boolean> {
    const lease = await this.redis.hget(KEYS.leases, this.aktennummer)
    const [, owner, until] = /^(.*)\|(\d+)$/.exec(lease ?? '') ?? []
    const [seconds] = await this.redis.time()
    const isLeased = owner !== undefined && owner !== WAITING && Number(until) > Number(seconds) * 1000
    const holder = await this.lockHolder()
    return isLeased || (holder !== null && !holder.isDead)
  }

  private async lockHolder(): Promise<{ value: string; isDead: boolean } | null> {
    const value = await this.redis.get(KEYS.globalLock)
    if (value?.split(' ')[0] !== this.aktennummer) return null
    const beat = await this.redis.get(KEYS.heartbeat(KEYS.globalLock))
    return { value, isDead: value.includes(' run:') && beat !== value }
  }

  /** Removes what has a key of its own, and the number from texts that name it. */
  async forgetTexts(): Promise<void> {
    const holder = await this.lockHolder()
    if (holder?.isDead)
      await this.redis.eval(RELEASE, 2, KEYS.globalLock, KEYS.heartbeat(KEYS.globalLock), holder.value)
    await this.redis.del(KEYS.reports(this.aktennummer), KEYS.restores(this.aktennummer))
    for (const key of TEXT_KEYS) await this.forgetIn(key)
  }

  /** Where others write the text, again until it is the one that was read. */
  private async forgetIn(key: string): Promise<void> {
    const mention = mentionOf(this.aktennummer)
    for (;;) {
      const text = await this.redis.get(key)
      const without = text === null ? null : withoutMention(text, mention, '…')
      if (text === null || without === null || without === text) return
      if ((await this.redis.eval(EXCHANGE, 1, key, text, without)) === 1) return
    }
  }

  /** The last step: takes the Akte off every list at once, its lease included. @throws LockLostError */
  async forgetEntries(owner: string): Promise<void> {
    const [lists] = await this.entries(owner)
    if (lists < 0) throw new LockLostError(`Another one answers for Akte ${this.aktennummer} by now`)
  }

  private async entries(owner: string): Promise<[lists: number, notes: number]> {
    const keys = [KEYS.leases, ...LIST_KEYS, ...NOTE_KEYS]
    const args = [this.aktennummer, owner, LIST_KEYS.length]
    return entriesSchema.parse(await this.redis.eval(ENTRIES, keys.length, ...keys, ...args))
  }
}

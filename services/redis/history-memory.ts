import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { Config } from '../config'
import { KEYS } from './keys'

/**
 * Remembers that entries of the History named files that were there, in whatever Akte: from then on it is known that
 * these settings read the History right. Other settings begin anew.
 */
export class HistoryMemory {
  private isNoted = false

  constructor(
    private readonly redis: Pick<Redis, 'get' | 'set'>,
    private readonly config: Pick<Config['advoware'], 'akteId' | 'historyFields' | 'fileRoot'>,
  ) {}

  async wasRead(): Promise<boolean> {
    this.isNoted ||= (await this.redis.get(KEYS.historyRead)) === this.settings
    return this.isNoted
  }

  async noteRead(): Promise<void> {
    if (!(await this.wasRead())) await this.redis.set(KEYS.historyRead, this.settings)
    this.isNoted = true
  }

  private get settings(): string {
    const { akteId, historyFields, fileRoot } = this.config
    const text = JSON.stringify([akteId, historyFields, fileRoot])
    return createHash('sha256').update(text).digest('hex').slice(0, 16)
  }
}

import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'
import { parseJson } from '../json'
import { KEYS } from '../redis/keys'

/** A value that EspoCRM refused is tried again after so long: somebody may have added the option meanwhile. */
const REMEMBERED_SECONDS = 24 * 3600

/**
 * Which values of which attributes EspoCRM refused (400), so that each is told and tried once a day instead of at every
 * run. Only a digest of the value is kept: texts are confidential.
 */
export class RefusedValues {
  private readonly known = new Set<string>()

  /** Without Redis, where nothing is written: nothing is remembered. */
  constructor(private readonly redis?: Pick<Redis, 'get' | 'set'>) {}

  /** Reads what earlier runs were refused. */
  async load(): Promise<void> {
    const kept = parseJson(await this.redis?.get(KEYS.refusedValues))
    if (Array.isArray(kept)) for (const one of kept) this.known.add(String(one))
  }

  has(attribute: string, value: unknown): boolean {
    return this.known.size > 0 && this.known.has(digestOf(attribute, value))
  }

  async remember(attribute: string, value: unknown): Promise<void> {
    this.known.add(digestOf(attribute, value))
    await this.redis?.set(KEYS.refusedValues, JSON.stringify([...this.known]), 'EX', REMEMBERED_SECONDS)
  }
}

/** Such as `CDokumente.fileStatus 3f2a…`. */
const digestOf = (attribute: string, value: unknown) =>
  `${attribute} ${createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16)}`

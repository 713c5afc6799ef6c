import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Redis } from 'ioredis'
import { z } from 'zod'
import { parseJson } from '../json'
import { type Hold, holdSchema } from '../model/hold'
import { KEYS } from '../redis/keys'
import { REPORT_SECONDS } from '../redis/report-store'
import { syncFolder, writeDurably } from './durable-file'

/** Below the archive's folder. */
const FOLDER = 'holds'
const fileSchema = holdSchema.extend({ aktennummer: z.string() })
/** What nobody can read any more counts as a hold: rather too much is kept than too little. */
const UNREADABLE: Hold = { reason: '?', by: '?', since: '1970-01-01T00:00:00.000Z' }

/**
 * Akten of which nothing is purged and nothing goes by age. Each hold is a file beside the archive, `<archive>/holds/`,
 * which survives an empty Redis; its copy in Redis is what lists show. An Akte is held while either says so.
 */
export class Holds {
  constructor(
    private readonly redis: Pick<Redis, 'hset' | 'hdel' | 'hgetall' | 'persist' | 'expire'>,
    private readonly archiveDir: string,
  ) {}

  /** From now on everything of the Akte stays; of a held one the reason is replaced. */
  async place(aktennummer: string, hold: Hold): Promise<void> {
    await mkdir(join(this.archiveDir, FOLDER), { recursive: true, mode: 0o700 })
    await writeDurably(this.fileOf(aktennummer), `${JSON.stringify({ aktennummer, ...hold })}\n`)
    await this.redis.hset(KEYS.heldAkten, aktennummer, JSON.stringify(hold))
    await this.redis.persist(KEYS.reports(aktennummer))
  }

  /** The Akte's data goes as that of others again. False: it was not held. */
  async release(aktennummer: string): Promise<boolean> {
    if ((await this.of(aktennummer)) === null) return false
    await this.clear(aktennummer)
    await this.redis.expire(KEYS.reports(aktennummer), REPORT_SECONDS)
    return true
  }

  /** Removes whatever there is of a hold, also what a crash left of one that was never placed. */
  async clear(aktennummer: string): Promise<void> {
    const folder = join(this.archiveDir, FOLDER)
    const own = basename(this.fileOf(aktennummer))
    const names = await readdir(folder).catch(noneWhereMissing)
    const removed = names.filter((name) => name === own || name.startsWith(`${own}.`))
    for (const name of removed) await rm(join(folder, name), { force: true })
    if (removed.length > 0) await syncFolder(folder)
    await this.redis.hdel(KEYS.heldAkten, aktennummer)
  }

  /** The hold of one Akte; null where there is none. */
  async of(aktennummer: string): Promise<Hold | null> {
    return (await this.all()).get(aktennummer) ?? null
  }

  /** All holds, by Aktennummer; what Redis forgot comes back there. */
  async all(): Promise<Map<string, Hold>> {
    const inRedis = await readHolds(this.redis)
    const onDisk = await readHoldFiles(this.archiveDir)
    for (const [aktennummer, hold] of onDisk)
      if (!inRedis.has(aktennummer)) await this.redis.hset(KEYS.heldAkten, aktennummer, JSON.stringify(hold))
    return new Map([...inRedis, ...onDisk])
  }

  private fileOf(aktennummer: string): string {
    return join(this.archiveDir, FOLDER, `${encodeURIComponent(aktennummer)}.json`)
  }
}

/** The holds of which there is a file, by Aktennummer: whoever has the archive knows them without Redis. */
export async function readHoldFiles(archiveDir: string): Promise<Map<string, Hold>> {
  const folder = join(archiveDir, FOLDER)
  const holds = new Map<string, Hold>()
  for (const name of await readdir(folder).catch(noneWhereMissing)) {
    if (!name.endsWith('.json')) continue
    const text = await readFile(join(folder, name), 'utf8').catch(ignoreMissing)
    if (text === undefined) continue // released just now
    const { aktennummer, ...hold } = fileSchema.safeParse(parseJson(text)).data ?? {
      ...UNREADABLE,
      aktennummer: nameOf(name),
    }
    holds.set(aktennummer, hold)
  }
  return holds
}

/** The holds that Redis knows of, for what shows Akten. */
export async function readHolds(redis: Pick<Redis, 'hgetall'>): Promise<Map<string, Hold>> {
  const kept = await redis.hgetall(KEYS.heldAkten)
  return new Map(Object.entries(kept).map(([aktennummer, json]) => [aktennummer, holdIn(json)]))
}

const holdIn = (json: string): Hold =>
  holdSchema.safeParse(parseJson(json)).data ?? { ...UNREADABLE, reason: json } // set by hand

/** The Aktennummer that a file is named after; where it cannot be read either, the name as it is. */
function nameOf(file: string): string {
  const name = file.slice(0, -'.json'.length)
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}

function noneWhereMissing(error: NodeJS.ErrnoException): string[] {
  ignoreMissing(error)
  return []
}

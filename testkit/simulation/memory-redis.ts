import { type Reply, ScriptEngine } from './lua'

type Value = string | Set<string> | Map<string, string> | { scores: Map<string, number> }
interface Entry {
  value: Value
  expiresAt: number
}

/**
 * Redis without a server: the commands that the product uses, keys that expire by the given clock, and scripts that
 * are run as they are. One command at a time, as in Redis; every effect is synchronous.
 */
export class MemoryRedis {
  private readonly entries = new Map<string, Entry>()
  private readonly scripts = new ScriptEngine((args) => this.command(args))

  /** `now` in epoch milliseconds. */
  constructor(readonly now: () => number = Date.now) {}

  eval(script: string, keyCount: number, ...args: (string | number)[]): Reply {
    const texts = args.map(String)
    return this.scripts.eval(script, texts.slice(0, keyCount), texts.slice(keyCount))
  }

  /** Runs one command given as words. */
  command(args: (string | number)[]): Reply {
    const [name = '', ...rest] = args.map(String)
    const run = this.commands[name.toUpperCase()]
    if (!run) throw new Error(`ERR unknown command '${name}'`)
    return run(rest)
  }

  /** Names of all keys that exist. */
  keys(): string[] {
    return [...this.entries.keys()].filter((key) => this.live(key) !== undefined)
  }

  members(key: string): string[] {
    return this.command(['SMEMBERS', key]) as string[]
  }

  private readonly commands: Record<string, (args: string[]) => Reply> = {
    TIME: () => {
      const now = this.now()
      return [`${Math.floor(now / 1000)}.0`, `${(now % 1000) * 1000}.0`] // floats: see ScriptEngine
    },
    KEYS: () => this.keys(),
    FLUSHALL: () => {
      this.entries.clear()
      return 'OK'
    },
    GET: ([key = '']) => (this.live(key)?.value as string | undefined) ?? null,
    SET: ([key = '', value = '', ...options]) => {
      if (options.includes('NX') && this.live(key)) return null
      const after = (unit: string, ms: number) => {
        const at = options.indexOf(unit)
        return at < 0 ? undefined : this.now() + Number(options[at + 1]) * ms
      }
      this.entries.set(key, {
        value,
        expiresAt: after('EX', 1000) ?? after('PX', 1) ?? Number.POSITIVE_INFINITY,
      })
      return 'OK'
    },
    DEL: (keys) => keys.filter((key) => this.live(key) && this.entries.delete(key)).length,
    EXISTS: (keys) => keys.filter((key) => this.live(key)).length,
    EXPIRE: ([key = '', seconds]) => this.expire(key, Number(seconds) * 1000),
    PEXPIRE: ([key = '', ms]) => this.expire(key, Number(ms)),
    TTL: ([key = '']) => this.timeToLive(key, 1000),
    PTTL: ([key = '']) => this.timeToLive(key, 1),
    SADD: ([key = '', ...members]) => {
      const set = this.set(key)
      const before = set.size
      for (const member of members) set.add(member)
      return set.size - before
    },
    SREM: ([key = '', ...members]) => {
      const removed = members.filter((member) => this.set(key).delete(member)).length
      return this.tidy(key, removed)
    },
    SMOVE: ([from = '', to = '', member = '']) => {
      if (!this.set(from).delete(member)) return this.tidy(from, 0)
      this.set(to).add(member)
      return this.tidy(from, 1)
    },
    SISMEMBER: ([key = '', member = '']) => this.tidy(key, this.set(key).has(member) ? 1 : 0),
    SMEMBERS: ([key = '']) => this.tidy(key, [...this.set(key)]),
    SCARD: ([key = '']) => this.tidy(key, this.set(key).size),
    HGET: ([key = '', field = '']) => this.tidy(key, this.hash(key).get(field) ?? null),
    HEXISTS: ([key = '', field = '']) => this.tidy(key, this.hash(key).has(field) ? 1 : 0),
    HGETALL: ([key = '']) => this.tidy(key, [...this.hash(key)].flat()),
    HKEYS: ([key = '']) => this.tidy(key, [...this.hash(key).keys()]),
    HVALS: ([key = '']) => this.tidy(key, [...this.hash(key).values()]),
    HSET: ([key = '', ...pairs]) => {
      const hash = this.hash(key)
      const before = hash.size
      for (let at = 0; at < pairs.length; at += 2) hash.set(pairs[at] ?? '', pairs[at + 1] ?? '')
      return hash.size - before
    },
    HSETNX: ([key = '', field = '', value = '']) => {
      if (this.hash(key).has(field)) return 0
      this.hash(key).set(field, value)
      return 1
    },
    HDEL: ([key = '', ...fields]) => {
      const removed = fields.filter((field) => this.hash(key).delete(field)).length
      return this.tidy(key, removed)
    },
    HINCRBY: ([key = '', field = '', by = '0']) => {
      const value = Number(this.hash(key).get(field) ?? 0) + Number(by)
      this.hash(key).set(field, String(value))
      return value
    },
    HINCRBYFLOAT: ([key = '', field = '', by = '0']) => {
      const value = String(Number(this.hash(key).get(field) ?? 0) + Number(by))
      this.hash(key).set(field, value)
      return value
    },
    ZADD: ([key = '', ...args]) => {
      const isNew = args[0] === 'NX'
      const scores = this.scores(key)
      const before = scores.size
      for (let at = isNew ? 1 : 0; at < args.length; at += 2) {
        const member = args[at + 1] ?? ''
        if (!isNew || !scores.has(member)) scores.set(member, Number(args[at]))
      }
      return scores.size - before
    },
    ZREM: ([key = '', ...members]) => {
      const removed = members.filter((member) => this.scores(key).delete(member)).length
      return this.tidy(key, removed)
    },
    ZSCORE: ([key = '', member = '']) => {
      const score = this.scores(key).get(member)
      return this.tidy(key, score === undefined ? null : String(score))
    },
    ZCARD: ([key = '']) => this.tidy(key, this.scores(key).size),
    ZRANGE: ([key = '', from = '0', to = '-1']) => {
      const byScore = ([a, x]: [string, number], [b, y]: [string, number]) => x - y || (a < b ? -1 : 1)
      const sorted = [...this.scores(key)].sort(byScore).map(([member]) => member)
      return this.tidy(
        key,
        sorted.slice(Number(from), Number(to) < 0 ? sorted.length + Number(to) + 1 : +to + 1),
      )
    },
    ZREMRANGEBYSCORE: ([key = '', from = '', to = '']) => {
      const bound = (text: string) => Number(text.replace('inf', 'Infinity'))
      const scores = this.scores(key)
      const gone = [...scores].filter(([, score]) => score >= bound(from) && score <= bound(to))
      for (const [member] of gone) scores.delete(member)
      return this.tidy(key, gone.length)
    },
  }

  private live(key: string): Entry | undefined {
    const entry = this.entries.get(key)
    if (entry && entry.expiresAt <= this.now()) {
      this.entries.delete(key)
      return undefined
    }
    return entry
  }

  private expire(key: string, ms: number): number {
    const entry = this.live(key)
    if (entry) entry.expiresAt = this.now() + ms
    return entry ? 1 : 0
  }

  private timeToLive(key: string, unit: number): number {
    const entry = this.live(key)
    if (!entry) return -2
    return entry.expiresAt === Number.POSITIVE_INFINITY
      ? -1
      : Math.ceil((entry.expiresAt - this.now()) / unit)
  }

  private open<T extends Value>(key: string, empty: T): T {
    const entry = this.live(key) ?? { value: empty, expiresAt: Number.POSITIVE_INFINITY }
    this.entries.set(key, entry)
    if ((entry.value as object).constructor !== (empty as object).constructor) {
      throw new Error('WRONGTYPE Operation against a key holding the wrong kind of value')
    }
    return entry.value as T
  }

  private set(key: string): Set<string> {
    return this.open(key, new Set<string>())
  }

  private hash(key: string): Map<string, string> {
    return this.open(key, new Map<string, string>())
  }

  private scores(key: string): Map<string, number> {
    return this.open(key, { scores: new Map<string, number>() }).scores
  }

  /** Redis keeps no empty collections. */
  private tidy<T extends Reply>(key: string, reply: T): T {
    const value = this.entries.get(key)?.value
    const size =
      value instanceof Set || value instanceof Map
        ? value.size
        : typeof value === 'object'
          ? value.scores.size
          : 1
    if (size === 0) this.entries.delete(key)
    return reply
  }
}

import { describe, expect, it } from 'vitest'
import { backoffMs } from '../../services/queue/akten-queue'
import * as scripts from '../../services/queue/scripts'
import { KEYS } from '../../services/redis/keys'
import { startTestRedis } from '../../testkit/redis-server'
import { describeSetsAndLock } from '../support/sets-and-lock'

describeSetsAndLock('sets and lock on a real Redis', async () => {
  const server = await startTestRedis()
  return { first: server.connect(), second: server.connect(), stop: server.stop }
})

describe('backoffMs: exponential with jitter, 10 s to 15 min', () => {
  it.each([
    [1, 10_000, 12_500],
    [2, 20_000, 25_000],
    [3, 40_000, 50_000],
    [7, 640_000, 800_000],
    [8, 720_000, 900_000],
    [1000, 720_000, 900_000],
  ])('after %i failures between %i and %i ms', (attempts, least, most) => {
    expect(backoffMs(attempts, () => 0)).toBe(least)
    expect(backoffMs(attempts, () => 1)).toBe(most)
  })
})

it('a script travels once, then its hash, and again to a Redis that has forgotten it', async () => {
  const server = await startTestRedis()
  try {
    const redis = server.connect()
    const calls = async () => {
      const stats = await redis.info('commandstats')
      return ['eval', 'evalsha'].map((name) =>
        Number(new RegExp(`_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0),
      )
    }
    const [before = 0] = await calls() // whoever waited for it tried a script
    for (let run = 0; run < 5; run++) expect(await redis.eval('return ARGV[1]', 0, 'x')).toBe('x')
    expect(await calls()).toEqual([before + 1, 5])
    await redis.script('FLUSH')
    expect(await redis.eval('return ARGV[1]', 0, 'y')).toBe('y')
    expect(await calls()).toEqual([before + 2, 6])
    await expect(redis.eval('return redis.error_reply("nonsense")', 0)).rejects.toThrow('nonsense')
  } finally {
    await server.stop()
  }
})

describe('the Lua scripts', () => {
  it.each(Object.entries(scripts))('%s names its keys and arguments in its first lines', (_name, script) => {
    const [, names = '', body = ''] = /^\n((?:local [^\n]+ = [^\n]+\n)+)([\s\S]*)$/.exec(script) ?? []
    expect(body.split('\n').filter((line) => /(KEYS|ARGV)\[\d|\d{5,}/.test(line))).toEqual([])
    const keys = [...names.matchAll(/^local (.+) = KEYS/gm)].flatMap(([, list = '']) => list.split(', '))
    expect(keys.length).toBeGreaterThan(0)
    for (const key of keys) expect([...Object.keys(KEYS), 'lock', 'key']).toContain(key)
  })
})

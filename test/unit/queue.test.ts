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

describe('the Lua scripts', () => {
  it.each(Object.entries(scripts))('%s names its keys and arguments in its first lines', (_name, script) => {
    const [, names = '', body = ''] = /^\n((?:local [^\n]+ = [^\n]+\n)+)([\s\S]*)$/.exec(script) ?? []
    expect(body.split('\n').filter((line) => /(KEYS|ARGV)\[\d|\d{5,}/.test(line))).toEqual([])
    const keys = [...names.matchAll(/^local (.+) = KEYS/gm)].flatMap(([, list = '']) => list.split(', '))
    expect(keys.length).toBeGreaterThan(0)
    for (const key of keys) expect([...Object.keys(KEYS), 'lock']).toContain(key)
  })
})

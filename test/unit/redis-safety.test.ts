import { describe, expect, it, onTestFinished } from 'vitest'
import { inOneLine } from '../../services/model/finding'
import { askRedis } from '../../services/redis/redis-factory'
import { adviseOnSettings, type RedisSettings, readRedisSettings } from '../../services/redis/redis-safety'
import { startTestRedis } from '../../testkit/redis-server'

const SAFE: RedisSettings = {
  'maxmemory-policy': 'noeviction',
  appendonly: 'yes',
  appendfsync: 'everysec',
  save: '',
}

describe('what the promises need of Redis', () => {
  it.each<[string, RedisSettings, RegExp[]]>([
    ['an append-only file and no eviction: nothing to say', SAFE, []],
    ['fsync after every command', { ...SAFE, appendfsync: 'always' }, []],
    [
      'eviction of any key',
      { ...SAFE, 'maxmemory-policy': 'allkeys-lru' },
      [/evict.*allkeys-lru.*noeviction/],
    ],
    ['eviction of keys with a lifetime: locks', { ...SAFE, 'maxmemory-policy': 'volatile-ttl' }, [/evict/]],
    ['nothing on disk', { ...SAFE, appendonly: 'no' }, [/nothing on disk.*Set appendonly yes/]],
    [
      'snapshots only',
      { ...SAFE, appendonly: 'no', save: '3600 1 300 100' },
      [/snapshots only.*3600 1 300 100/],
    ],
    ['the append-only file reaches the disk at some time', { ...SAFE, appendfsync: 'no' }, [/power cut/]],
    ['both', { ...SAFE, appendonly: 'no', 'maxmemory-policy': 'allkeys-lfu' }, [/evict/, /nothing on disk/]],
    [
      'a managed service that tells nothing',
      {},
      [/does not reveal.*maxmemory-policy, appendonly, appendfsync, save/],
    ],
    [
      'one that tells half',
      { ...SAFE, save: undefined, appendfsync: undefined },
      [/reveal.*appendfsync, save/],
    ],
  ])('%s', (_, settings, expected) => {
    const warnings = adviseOnSettings(settings, 'en').map(inOneLine)
    expect(warnings).toHaveLength(expected.length)
    expected.forEach((pattern, index) => {
      expect(warnings[index]).toMatch(pattern)
    })
  })

  it('reads them from a real Redis', async () => {
    const server = await startTestRedis('--maxmemory-policy', 'allkeys-lru')
    onTestFinished(server.stop)
    expect(await askRedis(server, readRedisSettings)).toEqual({
      'maxmemory-policy': 'allkeys-lru',
      appendonly: 'no',
      appendfsync: 'everysec',
      save: '',
    })
  })

  it('reads nothing from a Redis that refuses CONFIG, and goes on', async () => {
    const server = await startTestRedis('--rename-command', 'CONFIG', '')
    onTestFinished(server.stop)
    expect(await askRedis(server, readRedisSettings)).toEqual({})
  })
})

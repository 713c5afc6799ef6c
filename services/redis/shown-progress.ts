import type { Redis } from 'ioredis'
import type { ShowProgress } from '../model/progress'
import { KEYS } from './keys'

/** Shows progress where Motia's stream keeps it: the API, the page and `npm run sync` read it there. */
export const showInRedis =
  (redis: Pick<Redis, 'hset' | 'hdel'>): ShowProgress =>
  (aktennummer, progress) =>
    progress === null
      ? redis.hdel(KEYS.progress, aktennummer)
      : redis.hset(KEYS.progress, aktennummer, JSON.stringify(progress))

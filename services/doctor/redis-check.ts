import type { Redis } from 'ioredis'
import type { Clock } from '../clock'
import type { Config } from '../config'
import { describeError } from '../errors'
import { type Finding, Findings } from '../model/finding'
import type { ServiceContext } from '../model/service-context'
import { AktenOperations } from '../queue/akten-operations'
import { createRedis } from '../redis/redis-factory'
import { readRedisSettings, redisWarnings } from '../redis/redis-safety'
import { checkClock } from './clock-check'

/** The scripts read the clock before they write, which Redis allows since this version. */
const OLDEST_VERSION = 5

/** Redis answers, persists its data, and holds nothing that waits for a person. */
export async function checkRedis({ clock }: ServiceContext, { redis: config }: Config): Promise<Finding[]> {
  const findings = new Findings('Redis')
  const address = `${config.host}:${config.port}`
  let lost: Error | undefined
  const redis = createRedis(config, (error) => {
    lost = error
  })
  try {
    await redis.ping()
    await checkVersion(findings, redis, address)
    const [seconds] = await redis.time()
    checkClock(findings, new Date(Number(seconds) * 1000).toUTCString(), clock.now())
    const warnings = redisWarnings(await readRedisSettings(redis))
    for (const warning of warnings) findings.warning(...splitAdvice(warning))
    if (warnings.length === 0) findings.ok('keeps everything on disk and evicts nothing')
    await checkQueue(findings, redis, clock)
  } catch (error) {
    const text = `does not answer at ${address}: ${describeError(lost ?? error)}`
    if (config.external) findings.error(text, 'Compare MOTIA_REDIS_HOST, _PORT, _USERNAME and _PASSWORD')
    else findings.warning(text, 'The server starts it: run this again while npm start is running')
  } finally {
    redis.disconnect()
  }
  return findings.all
}

async function checkVersion(findings: Findings, redis: Redis, address: string): Promise<void> {
  const version = /redis_version:(\S+)/.exec(await redis.info('server').catch(() => ''))?.[1]
  if (version !== undefined && Number.parseInt(version, 10) < OLDEST_VERSION)
    findings.error(`version ${version} is too old`, `Install Redis ${OLDEST_VERSION} or newer`)
  else findings.ok(`answers at ${address}${version ? ` (version ${version})` : ''}`)
}

async function checkQueue(findings: Findings, redis: Redis, clock: Pick<Clock, 'now'>): Promise<void> {
  const { akten, paused } = await new AktenOperations(redis, clock).snapshot()
  const count = (state: string) => akten.filter((akte) => akte.state === state).length
  if (paused !== null)
    findings.warning(`the sync is paused: ${paused}`, 'Find out why, then DEL advoware:paused')
  if (count('stopped') > 0)
    findings.warning(
      `${count('stopped')} Akte(n) wait for a person after a safety stop`,
      'HGETALL advoware:stopped_aktennummern says why; check the folder, then force one run',
    )
  if (count('failed') > 0)
    findings.warning(
      `${count('failed')} Akte(n) were given up`,
      'HGETALL advoware:failed_aktennummern says why; fix the cause, then SADD them to pending',
    )
  findings.ok(`${count('pending')} Akte(n) are pending, ${count('waiting') + count('running')} in processing`)
}

/** A warning of `redisWarnings` is a diagnosis of Redis followed by one sentence of advice. */
function splitAdvice(sentences: string): [text: string, advice: string] {
  const warning = sentences.replace(/^Redis /, '')
  const at = warning.search(/\. (?=[A-Z][^.]*\.?$)/)
  return at < 0 ? [warning, warning] : [warning.slice(0, at), warning.slice(at + 2)]
}

import type { Redis } from 'ioredis'
import type { Clock } from '../clock'
import type { Config } from '../config'
import { type Finding, Findings } from '../model/finding'
import type { Language } from '../model/reasons'
import type { ServiceContext } from '../model/service-context'
import { AktenOperations } from '../queue/akten-operations'
import { readDrift } from '../queue/drift'
import { createRedis } from '../redis/redis-factory'
import { readRedisSettings, redisWarnings } from '../redis/redis-safety'
import { type DoctorText, doctorText } from '../text/doctor'
import { sweepText } from '../text/sweep'
import { checkClock } from './clock-check'
import { problemText } from './identity'

/** The scripts read the clock before they write, which Redis allows since this version. */
const OLDEST_VERSION = 5

/** Redis answers, persists its data, and holds nothing that waits for a person. */
export async function checkRedis(
  { clock }: ServiceContext,
  { redis: config, sync: { language } }: Config,
): Promise<Finding[]> {
  const text = doctorText(language).redis
  const findings = new Findings(doctorText(language).systems.redis)
  const address = `${config.host}:${config.port}`
  let lost: Error | undefined
  const redis = createRedis(config, (error) => {
    lost = error
  })
  try {
    await redis.ping()
    await checkVersion(findings, redis, address, text)
    const [seconds] = await redis.time()
    checkClock(findings, new Date(Number(seconds) * 1000).toUTCString(), clock.now(), language)
    const warnings = redisWarnings(await readRedisSettings(redis))
    for (const warning of warnings) findings.warning(...splitAdvice(warning))
    if (warnings.length === 0) findings.ok(text.safe)
    await checkQueue(findings, redis, clock, text)
    await checkDrift(findings, redis, clock, language)
  } catch (error) {
    const silent = text.silent(address, problemText(lost ?? error, language))
    if (config.external) findings.error(silent, text.compare)
    else findings.warning(silent, text.startsIt)
  } finally {
    redis.disconnect()
  }
  return findings.all
}

async function checkVersion(
  findings: Findings,
  redis: Redis,
  address: string,
  text: DoctorText['redis'],
): Promise<void> {
  const version = /redis_version:(\S+)/.exec(await redis.info('server').catch(() => ''))?.[1]
  if (version !== undefined && Number.parseInt(version, 10) < OLDEST_VERSION)
    findings.error(text.tooOld(version), text.install(OLDEST_VERSION))
  else findings.ok(text.answers(address, version))
}

async function checkQueue(
  findings: Findings,
  redis: Redis,
  clock: Pick<Clock, 'now'>,
  text: DoctorText['redis'],
): Promise<void> {
  const { akten, paused } = await new AktenOperations(redis, clock).snapshot()
  const count = (state: string) => akten.filter((akte) => akte.state === state).length
  if (paused !== null) findings.warning(text.paused(paused), text.pausedAdvice)
  if (count('stopped') > 0) findings.warning(text.stopped(count('stopped')), text.stoppedAdvice)
  if (count('failed') > 0) findings.warning(text.failed(count('failed')), text.failedAdvice)
  findings.ok(text.waiting(count('pending'), count('waiting') + count('running')))
}

/** A side that announces nothing while things change there: its webhooks or its watcher are broken. */
async function checkDrift(
  findings: Findings,
  redis: Redis,
  clock: Pick<Clock, 'now'>,
  language: Language,
): Promise<void> {
  const text = sweepText(language)
  for (const { side, changes, announcedAt } of await readDrift(redis)) {
    if (changes === 0 || side === 'Advoware') continue
    const sinceMs = announcedAt === null ? null : clock.now().getTime() - Date.parse(announcedAt)
    findings.warning(text.drift(side, sinceMs, changes), text.driftAdvice(side))
  }
}

/** A warning of `redisWarnings` is a diagnosis of Redis followed by one sentence of advice. */
function splitAdvice(sentences: string): [text: string, advice: string] {
  const warning = sentences.replace(/^Redis /, '')
  const at = warning.search(/\. (?=[A-Z][^.]*\.?$)/)
  return at < 0 ? [warning, warning] : [warning.slice(0, at), warning.slice(at + 2)]
}

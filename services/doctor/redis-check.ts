import type { Redis } from 'ioredis'
import type { Clock } from '../clock'
import type { Config } from '../config'
import { type Finding, Findings } from '../model/finding'
import type { Language } from '../model/reasons'
import type { ServiceContext } from '../model/service-context'
import { AktenOperations } from '../queue/akten-operations'
import { readDrift } from '../queue/drift'
import { adviseOnDifferences } from '../queue/instances'
import { isPolling } from '../queue/presence'
import { createRedis } from '../redis/redis-factory'
import { explainRefusal, probeRedis } from '../redis/redis-probe'
import { adviseOnSettings, readRedisSettings } from '../redis/redis-safety'
import { type DoctorText, doctorText } from '../text/doctor'
import { formatsOf } from '../text/formats'
import { presenceText } from '../text/presence'
import { sweepText } from '../text/sweep'
import { terminalText } from '../text/terminal'
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
    await probeRedis(redis)
    findings.ok(presenceText(language).probed)
    const warnings = adviseOnSettings(await readRedisSettings(redis), language)
    for (const warning of warnings) findings.warning(warning.text, warning.advice)
    if (warnings.length === 0) findings.ok(text.safe)
    await checkQueue(findings, redis, language)
    await checkDrift(findings, redis, clock, language)
  } catch (error) {
    const refusal = await explainRefusal(config, lost ?? error, language)
    const why = refusal ?? text.silent(address, problemText(lost ?? error, language))
    if (config.external) findings.error(why, text.compare)
    else findings.warning(why, text.startsIt)
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

async function checkQueue(findings: Findings, redis: Redis, language: Language): Promise<void> {
  const text = doctorText(language).redis
  const presence = presenceText(language)
  const snapshot = await new AktenOperations(redis).snapshot()
  const { akten, paused, emptied, lastTickAt, instances } = snapshot
  const count = (state: string) => akten.filter((akte) => akte.state === state).length
  if (lastTickAt !== null && !isPolling(snapshot)) {
    const { notPollingSince } = terminalText(language)
    findings.warning(
      notPollingSince(formatsOf(language).dateTime(new Date(lastTickAt).toISOString())),
      presence.pollAdvice,
    )
  }
  for (const { text, advice } of adviseOnDifferences(instances, language)) findings.warning(text, advice)
  if (emptied !== null) {
    const when = formatsOf(language).dateTime(new Date(emptied.at).toISOString())
    findings.warning(presence.emptied(when, emptied.recalled), presence.emptiedAdvice)
  }
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

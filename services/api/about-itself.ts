import type { Redis } from 'ioredis'
import { AdvowareAddresses } from '../advoware/advoware-addresses'
import { systemClock } from '../clock'
import type { Config } from '../config'
import { expose, METRICS_CONTENT_TYPE } from '../metrics/exposition'
import type { ServiceContext } from '../model/service-context'
import { AktenOperations } from '../queue/akten-operations'
import type { FreshnessCounter } from '../sync/freshness'
import type { ApiAnswer } from './answer'
import { Health } from './health'
import { healthSources } from './health-sources'
import { SharedWork } from './shared-work'

/** What each server and worker answers about itself and the office: `GET /health` and `GET /metrics`. */
export function aboutItself(
  config: Config,
  redis: Redis,
  context: ServiceContext,
  freshness: Pick<FreshnessCounter, 'last'>,
): Record<'health' | 'metrics', () => Promise<ApiAnswer>> {
  const addresses = new AdvowareAddresses(context, redis, config.advoware)
  const sources = healthSources(config, addresses, () => freshness.last())
  const health = new Health(sources, config, systemClock)
  const asked = new SharedWork<ApiAnswer>()
  const metrics = async (): Promise<ApiAnswer> => {
    await freshness.last()
    const snapshot = await new AktenOperations(redis).snapshot()
    const body = await expose(redis, snapshot)
    return { status: 200, headers: { 'Content-Type': METRICS_CONTENT_TYPE }, body }
  }
  return { health: () => health.answer(), metrics: () => asked.run('metrics', metrics) }
}

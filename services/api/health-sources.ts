import type { AdvowareAddresses } from '../advoware/advoware-addresses'
import { AuditLog } from '../audit/audit-log'
import { startTimer, systemClock } from '../clock'
import type { Config } from '../config'
import { AktenOperations } from '../queue/akten-operations'
import { askRedis } from '../redis/redis-factory'
import { probeRedis } from '../redis/redis-probe'
import type { HealthSources } from './health'

/** What the health of this process asks. Redis gets a connection of its own: steps begin with a login, too. */
export function healthSources(
  { redis, sync }: Config,
  addresses: Pick<AdvowareAddresses, 'remembered'>,
  freshness: HealthSources['freshness'],
): HealthSources {
  return {
    redis: () =>
      askRedis(redis, async (client) => {
        await probeRedis(client)
        return new AktenOperations(client).snapshot()
      }),
    addresses: () => addresses.remembered(),
    freshness,
    audit: () => new AuditLog(sync.auditDir, systemClock).assertWritable(),
    upMs: startTimer(systemClock),
  }
}

import type { Redis } from 'ioredis'
import { AggregatorRegistry, Gauge, Registry } from 'prom-client'
import { readDrift } from '../queue/drift'
import { readFirstImport } from '../queue/first-import'
import { readFreshness } from '../queue/freshness'
import { tickAgeMs } from '../queue/presence'
import type { QueueSnapshot } from '../queue/queue-snapshot'
import { summarize } from '../queue/summary'
import { KEYS } from '../redis/keys'
import { COUNTED, MEASURED, type Metric } from './metrics'

/** Content type of the text that `expose` writes. */
export const METRICS_CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE

interface Sample {
  metricName: string
  labels: Record<string, string | number>
  value: number
}

/** All metrics in Prometheus' text format: the sums of all runs on all instances, and the queue at `now` (epoch milliseconds). */
export async function expose(
  redis: Pick<Redis, 'get' | 'hgetall'>,
  snapshot: QueueSnapshot,
): Promise<string> {
  const samples = Object.entries(await redis.hgetall(KEYS.metrics)).map(parseSample)
  const counted = AggregatorRegistry.aggregate([
    // The shape in which prom-client's own processes report to each other; its types do not name it.
    Object.values(COUNTED).map((metric) => ({
      ...metric,
      aggregator: 'sum',
      values: samplesOf(metric, samples),
    })) as unknown as object,
  ])
  const registry = measured(snapshot)
  await measureSweep(registry, redis, snapshot.now)
  return `${await counted.metrics()}${await registry.metrics()}`
}

/** The samples of a metric. Without labels it is there from the start, at zero, so that alerts can rely on it. */
function samplesOf(metric: Metric, samples: Sample[]): Sample[] {
  const names = metric.type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']
  const own = names.flatMap((suffix) =>
    samples.filter(({ metricName }) => metricName === metric.name + suffix),
  )
  if (own.length > 0 || metric.labels || metric.type === 'histogram') return own
  return [{ metricName: metric.name, labels: {}, value: 0 }]
}

function parseSample([field, value]: [string, string]): Sample {
  const [, metricName = field, pairs = ''] = /^(\w+)(?:\{(.*)\})?$/.exec(field) ?? []
  const labels = Object.fromEntries(
    [...pairs.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', text = '']) => [
      name,
      name === 'le' && text !== '+Inf' ? Number(text) : text,
    ]),
  )
  return { metricName, labels, value: Number(value) }
}

function measured(snapshot: QueueSnapshot): Registry {
  const { counts, oldestPendingMs, oldestOverdueMs } = summarize(snapshot)
  const { paused, lock } = snapshot
  const registry = new Registry()
  const gauge = gaugeIn(registry)
  const akten = gauge(MEASURED.akten)
  for (const [state, count] of Object.entries(counts)) akten.set({ state }, count)
  gauge(MEASURED.oldestPending).set(oldestPendingMs / 1000)
  gauge(MEASURED.oldestOverdue).set(oldestOverdueMs / 1000)
  gauge(MEASURED.swept).set(snapshot.swept)
  gauge(MEASURED.paused).set(paused === null ? 0 : 1)
  gauge(MEASURED.lockHeld).set(lock === null ? 0 : 1)
  const withoutHolder = gauge(MEASURED.lockWithoutHolder)
  for (const holder of ['ours', 'stranger'] as const) {
    const isIt = lock !== null && !lock.isAlive && lock.isForeign === (holder === 'stranger')
    withoutHolder.set({ holder }, isIt ? 1 : 0)
  }
  gauge(MEASURED.lastTickAge).set((tickAgeMs(snapshot) ?? 0) / 1000)
  const instances = gauge(MEASURED.instances)
  for (const kind of ['server', 'worker'] as const)
    instances.set({ kind }, snapshot.instances.filter((one) => one.isAlive && one.kind === kind).length)
  gauge(MEASURED.redisEmptied).set(snapshot.isLost || snapshot.emptied !== null ? 1 : 0)
  return registry
}

/** What is not known has no sample: nobody must take it for zero. */
async function measureSweep(
  registry: Registry,
  redis: Pick<Redis, 'get' | 'hgetall'>,
  now: number,
): Promise<void> {
  const gauge = gaugeIn(registry)
  const drift = gauge(MEASURED.driftOpen)
  for (const { side, changes } of await readDrift(redis)) drift.set({ side }, changes)
  const freshness = (await readFreshness(redis))?.freshness
  const akten = gauge(MEASURED.fresh)
  const oldest = gauge(MEASURED.oldestSync)
  oldest.remove()
  if (freshness) {
    for (const of of ['total', 'agreed', 'never'] as const) akten.set({ of }, freshness[of])
    if (freshness.oldest !== null) oldest.set((now - Date.parse(freshness.oldest)) / 1000)
  }
  const firstImport = await readFirstImport(redis, now)
  const imported = gauge(MEASURED.firstImport)
  for (const state of ['done', 'left'] as const) if (firstImport) imported.set({ state }, firstImport[state])
}

const gaugeIn =
  (registry: Registry) =>
  ({ name, help, labels }: Metric) =>
    new Gauge({ name, help, labelNames: [...(labels ?? [])], registers: [registry] })

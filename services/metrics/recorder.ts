import type { Redis } from 'ioredis'
import { KEYS } from '../redis/keys'
import type { COUNTED, Metric } from './metrics'

type Counted = (typeof COUNTED)[keyof typeof COUNTED]
type LabelsOf<M> = M extends { labels: readonly (infer L extends string)[] }
  ? Record<L, string>
  : Record<never, string>

/** The observations of a histogram for one set of labels. */
interface Observations {
  metric: Metric
  labels: Record<string, string>
  seconds: number[]
}

/**
 * Adds up what happens in this process. Every step run is a process of its own, so the sums go to one hash in Redis,
 * field by Prometheus sample (`document_sync_runs_total{result="synced"}`), in one write at the end of the run.
 */
export class MetricsRecorder {
  private sums = new Map<string, number>()
  private observations = new Map<string, Observations>()

  /** Adds to a counter. */
  add<M extends Extract<Counted, { type: 'counter' }>>(metric: M, labels: LabelsOf<M>, value = 1): void {
    if (value > 0) this.sum(sampleKey(metric.name, labels), value)
  }

  /** Adds one observation, in seconds, to a histogram. */
  observe<M extends Extract<Counted, { type: 'histogram' }>>(
    metric: M,
    labels: LabelsOf<M>,
    seconds: number,
  ): void {
    const key = sampleKey(metric.name, labels)
    const known = this.observations.get(key)
    if (known) known.seconds.push(seconds)
    else this.observations.set(key, { metric, labels, seconds: [seconds] })
  }

  /** Writes the sums in one round trip and resets them. What cannot be written is lost: metrics never stop a sync. */
  async flush(redis: Pick<Redis, 'pipeline'>): Promise<void> {
    for (const observed of this.observations.values()) this.sumUp(observed)
    this.observations = new Map()
    if (this.sums.size === 0) return
    const pipeline = redis.pipeline()
    for (const [field, value] of this.sums) pipeline.hincrbyfloat(KEYS.metrics, field, value)
    this.sums = new Map()
    await pipeline.exec().catch(() => {})
  }

  private sumUp({ metric, labels, seconds }: Observations): void {
    const bucket = (le: string, count: number) => {
      if (count > 0) this.sum(sampleKey(`${metric.name}_bucket`, { ...labels, le }), count)
    }
    for (const bound of metric.buckets ?? []) bucket(`${bound}`, seconds.filter((one) => one <= bound).length)
    bucket('+Inf', seconds.length)
    this.sum(sampleKey(`${metric.name}_count`, labels), seconds.length)
    this.sum(
      sampleKey(`${metric.name}_sum`, labels),
      seconds.reduce((a, b) => a + b, 0),
    )
  }

  private sum(field: string, value: number): void {
    this.sums.set(field, (this.sums.get(field) ?? 0) + value)
  }
}

/** `name{label="value"}`, the labels sorted. Values are the product's own words: nothing to escape. */
function sampleKey(name: Metric['name'], labels: Record<string, string>): string {
  const pairs = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))
  return pairs.length === 0
    ? name
    : `${name}{${pairs.map(([label, value]) => `${label}="${value}"`).join(',')}}`
}

/** This process' recorder. */
export const runMetrics = new MetricsRecorder()

import type { BullMQEventAdapter } from '@motiadev/adapter-bullmq-events'
import type { MotiaPluginContext } from '@motiadev/core'
import { systemClock } from '../clock'
import { describeError } from '../errors'
import { visible } from '../visible-text'

const DAY_MS = 24 * 3600 * 1000
const INTERVAL_MS = 3600 * 1000
/** Dead letters are only a record; the sets say what is to be done. */
const KEEP_DEAD_LETTERS_MS = 30 * DAY_MS
const KEEP_DEAD_LETTERS = 1000
/** As long as Motia keeps the traces themselves. */
const KEEP_TRACES_MS = 3 * DAY_MS
/** Motia's list of all traces: a hash with one entry per cron tick and run that never expires. */
const TRACE_LIST = 'motia:trace:default'
const BATCH = 500

/**
 * Removes what Motia never deletes, as of `now` (epoch milliseconds). It intends to delete dead letters after 30 days,
 * but only completed ones, and a dead letter never completes; and its list of traces grows with every tick. Both would
 * fill Redis over the months.
 */
export async function tidyUp(events: BullMQEventAdapter, now: number): Promise<void> {
  await removeDeadLetters(events, now)
  await removeOldTraces(events, now)
}

async function removeDeadLetters({ dlqManager, workerManager }: BullMQEventAdapter, now: number) {
  for (const topic of workerManager.listTopics()) {
    for (const { stepName } of workerManager.getSubscribers(topic)) {
      const queue = dlqManager.getOrCreateDLQ(dlqManager.getDLQQueueName(topic, stepName))
      for (;;) {
        const excess = (await queue.getWaitingCount()) - KEEP_DEAD_LETTERS
        const oldest = await queue.getWaiting(0, BATCH - 1)
        const removable = oldest.filter(
          ({ timestamp }, index) => index < excess || now - timestamp > KEEP_DEAD_LETTERS_MS,
        )
        await Promise.all(removable.map((job) => job.remove()))
        if (removable.length < BATCH) break
      }
    }
  }
}

async function removeOldTraces({ connection }: BullMQEventAdapter, now: number) {
  let cursor = '0'
  do {
    const [next, entries] = await connection.hscan(TRACE_LIST, cursor, 'COUNT', BATCH)
    cursor = next
    const old: string[] = []
    for (let at = 0; at < entries.length; at += 2) {
      const [id = '', json = ''] = entries.slice(at)
      if (now - startOf(json) > KEEP_TRACES_MS) old.push(id)
    }
    if (old.length > 0) await connection.hdel(TRACE_LIST, ...old)
  } while (cursor !== '0')
}

/** Epoch milliseconds of a trace's start; 0, which is old, where Motia wrote none. */
function startOf(json: string): number {
  const start = /"startTime":(\d+)/.exec(json)?.[1]
  return Number(start ?? 0)
}

/** The plugin: tidies up soon after the start and every hour. */
export function housekeeping({ eventAdapter }: MotiaPluginContext) {
  const tidy = () =>
    tidyUp(eventAdapter as BullMQEventAdapter, systemClock.now().getTime()).catch((error: unknown) =>
      console.warn(`⚠️  Old dead letters and traces were not removed: ${visible(describeError(error))}`),
    )
  setTimeout(tidy, 60_000).unref()
  setInterval(tidy, INTERVAL_MS).unref()
  return []
}

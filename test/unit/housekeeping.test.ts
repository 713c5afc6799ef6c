import { BullMQEventAdapter } from '@motiadev/adapter-bullmq-events'
import { expect, it, onTestFinished } from 'vitest'
import { tidyUp } from '../../services/motia/housekeeping'
import { stateOf } from '../../services/motia/trace-states'
import { startTestRedis } from '../../testkit/redis-server'

const TOPIC = 'advoware.document.sync'
const STEP = 'Event Handler'
const DAY = 24 * 3600 * 1000

async function queue() {
  const { host, port, stop } = await startTestRedis()
  onTestFinished(stop)
  const events = new BullMQEventAdapter({ connection: { host, port }, prefix: 'motia' })
  onTestFinished(() => events.shutdown())
  await events.subscribe(TOPIC, STEP, () => {})
  return events
}

it('removes dead letters after 30 days, which Motia means to do and does not', async () => {
  const events = await queue()
  const letters = events.dlqManager.getOrCreateDLQ(events.dlqManager.getDLQQueueName(TOPIC, STEP))
  const now = Date.now()
  for (const days of [0, 29, 31, 400])
    await letters.add('dead', { days }, { timestamp: now - days * DAY, jobId: `dead-${days}` })
  await tidyUp(events, now)
  expect((await letters.getWaiting()).map(({ id }) => id)).toEqual(['dead-0', 'dead-29'])
})

it('keeps the newest 1000 dead letters, however many a bad night brings', async () => {
  const events = await queue()
  const letters = events.dlqManager.getOrCreateDLQ(events.dlqManager.getDLQQueueName(TOPIC, STEP))
  await letters.addBulk(
    Array.from({ length: 2300 }, (_, index) => ({
      name: 'dead',
      data: {},
      opts: { jobId: `dead-${index}` },
    })),
  )
  await tidyUp(events, Date.now())
  const kept = (await letters.getWaiting()).map(({ id }) => id)
  expect(kept).toHaveLength(1000)
  expect(kept[0]).toBe('dead-1300')
  expect(kept.at(-1)).toBe('dead-2299')
})

it('removes traces from the list when Motia has removed the traces themselves', async () => {
  const events = await queue()
  const now = Date.now()
  const trace = (days: number) => {
    const startTime = now - days * DAY
    const state = stateOf([{ status: 'completed', startTime, endTime: now }])
    return JSON.stringify({ id: `trace-${days}`, name: 'Poller', startTime, ...state })
  }
  for (const days of [0, 2, 4, 90])
    await events.connection.hset('motia:trace:default', `trace-${days}`, trace(days))
  await tidyUp(events, now)
  expect((await events.connection.hkeys('motia:trace:default')).sort()).toEqual(['trace-0', 'trace-2'])
})

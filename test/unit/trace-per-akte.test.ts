import { expect, it } from 'vitest'
import { PROGRESS_STREAM } from '../../services/model/progress-stream-name'
import { traceEachAkte } from '../../services/motia/trace-per-akte'

type Trace = Parameters<Parameters<typeof traceEachAkte>[0]['set']>[2]

/** A trace of a job as Motia keeps it: each event is added to the same object, which is then written as a whole. */
function job() {
  const written: Trace[] = []
  const timers: (() => void)[] = []
  const stream = {
    set: async (_group: string, _id: string, trace: Trace) => {
      written.push(structuredClone(trace))
    },
  }
  traceEachAkte(stream, { now: () => 5000, later: (_ms, work) => timers.push(work) })
  const trace: Trace = { id: 'job', name: 'Event Handler', status: 'running', startTime: 1000, events: [] }
  const add = async (event: Trace['events'][number]) => {
    trace.events.push(event)
    await stream.set('group', trace.id, trace)
  }
  const line = (level = 'info') => add({ type: 'log', level })
  const ends = (id: string) =>
    add({
      type: 'stream',
      streamName: PROGRESS_STREAM,
      operation: 'delete',
      data: { groupId: 'running', id },
    })
  const pass = async () => {
    for (const work of timers.splice(0)) work()
  }
  const end = async () => {
    Object.assign(trace, { status: 'completed', endTime: 6000 })
    await stream.set('group', trace.id, trace)
  }
  return { written, line, ends, pass, end }
}

it('each run that is over is a trace of its own, named by its Akte, failed where something went wrong', async () => {
  const { written, line, ends, end } = job()
  for (const [akte, level] of [
    ['1', 'info'],
    ['2', 'error'],
  ] as const) {
    await line()
    await line(level)
    await ends(akte)
  }
  await line()
  await end()
  const runs = written.filter(({ id }) => id !== 'job')
  expect(runs.map(({ name, status, events }) => [name, status, events.length])).toEqual([
    ['Event Handler: 1', 'completed', 3],
    ['Event Handler: 2', 'failed', 3],
  ])
  expect(written.at(-1)).toMatchObject({ id: 'job', status: 'completed', startTime: 5000 })
  expect(written.at(-1)?.events).toHaveLength(1)
})

it('an open trace is written at once, then when half a second has passed, and its end at once', async () => {
  const { written, line, pass, end } = job()
  for (let at = 0; at < 100; at++) await line()
  expect(written.map(({ events }) => events.length)).toEqual([1])
  await pass()
  expect(written.map(({ events }) => events.length)).toEqual([1, 100])
  await line()
  await end()
  await pass()
  expect(written.map(({ events }) => events.length)).toEqual([1, 100, 101])
})

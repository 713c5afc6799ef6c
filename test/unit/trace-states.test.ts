import { MemoryStreamAdapter } from '@motiadev/core'
import { describe, expect, it, vi } from 'vitest'
import { keepTraceStates, stateOf, type Trace } from '../../services/motia/trace-states'
import { PATIENCE } from '../support/patience'

const running = (startTime: number): Trace => ({ status: 'running', startTime })
const completed = (startTime: number, endTime: number): Trace => ({ status: 'completed', startTime, endTime })
const failed = (startTime: number, endTime: number): Trace => ({ status: 'failed', startTime, endTime })

describe('the state of a group of traces', () => {
  it('is completed with the last of them, and lasts from the group to then', () => {
    expect(stateOf([completed(100, 900), completed(150, 400)])).toEqual({
      status: 'completed',
      endTime: 900,
      lastActivity: 900,
      metadata: { completedSteps: 2, activeSteps: 0, totalSteps: 2 },
    })
  })

  it('is running without an end while one runs', () => {
    expect(stateOf([completed(100, 200), running(300)])).toEqual({
      status: 'running',
      lastActivity: 300,
      metadata: { completedSteps: 1, activeSteps: 1, totalSteps: 2 },
    })
  })

  it('is failed when one failed, and has an end when nothing runs any more', () => {
    expect(stateOf([failed(100, 200), running(300)])).toMatchObject({ status: 'failed', lastActivity: 300 })
    expect(stateOf([failed(100, 200), running(300)])).not.toHaveProperty('endTime')
    expect(stateOf([failed(100, 200), completed(300, 350)])).toMatchObject({ status: 'failed', endTime: 350 })
  })
})

/** Two servers on the streams that they share; each has its own way to them, as Motia wraps it. */
function servers() {
  const stores = {
    traces: new MemoryStreamAdapter<object>('traces'),
    groups: new MemoryStreamAdapter<object>('groups'),
  }
  const server = () => {
    const traces = Object.create(stores.traces) as MemoryStreamAdapter<object>
    const groups = Object.create(stores.groups) as MemoryStreamAdapter<object>
    const streams = { 'motia-trace': () => traces, 'motia-trace-group': () => groups }
    keepTraceStates({ lockedData: { getStreams: () => streams } })
    return { traces, groups }
  }
  const group = () => stores.groups.get('default', 'tick')
  return { one: server(), other: server(), stores, group }
}

/** What Motia writes about a trace, which stays one object. */
function begin(traces: MemoryStreamAdapter<object>, id: string, startTime: number) {
  const trace = { ...running(startTime), events: [] as string[] }
  const write = () => traces.set('tick', id, trace)
  const end = (endTime: number) => write.call(Object.assign(trace, { status: 'completed', endTime }))
  return { begun: write(), write, end }
}

const RECORD = { id: 'tick', name: 'Poller', startTime: 100 }

describe('the record of a group', () => {
  it('gets the state when a trace begins and when it ends', async () => {
    const { one, group } = servers()
    await one.groups.set('default', 'tick', RECORD)
    const trace = begin(one.traces, 'a', 100)
    await vi.waitFor(
      async () => expect(await group()).toMatchObject({ ...RECORD, status: 'running' }),
      PATIENCE,
    )
    await trace.end(700)
    await vi.waitFor(
      async () => expect(await group()).toEqual({ ...RECORD, ...stateOf([completed(100, 700)]) }),
      PATIENCE,
    )
    begin(one.traces, 'b', 800)
    await vi.waitFor(
      async () => expect(await group()).toMatchObject({ metadata: { totalSteps: 2 } }),
      PATIENCE,
    )
    expect(await group()).not.toHaveProperty('endTime')
  })

  it('is not written with every line of a log', async () => {
    const { one, group } = servers()
    await one.groups.set('default', 'tick', RECORD)
    const trace = begin(one.traces, 'a', 100)
    await vi.waitFor(async () => expect(await group()).toHaveProperty('status'), PATIENCE)
    const reads = vi.spyOn(one.groups, 'get')
    for (let line = 0; line < 20; line += 1) await trace.write()
    expect(reads).not.toHaveBeenCalled()
    await trace.end(700)
    await vi.waitFor(() => expect(reads).toHaveBeenCalled(), PATIENCE)
  })

  it('is right when a trace on another server ends between a look and the write that follows', async () => {
    const { one, other, group } = servers()
    await one.groups.set('default', 'tick', RECORD)
    const [here, there] = [begin(one.traces, 'a', 100), begin(other.traces, 'b', 101)]
    await vi.waitFor(
      async () => expect(await group()).toMatchObject({ metadata: { activeSteps: 2 } }),
      PATIENCE,
    )
    const set = one.groups.set.bind(one.groups)
    const late = vi.spyOn(one.groups, 'set').mockImplementationOnce(async (...outdated) => {
      await there.end(600)
      await vi.waitFor(async () => expect(await group()).toMatchObject({ status: 'completed' }), PATIENCE)
      return set(...outdated)
    })
    await here.end(500)
    await vi.waitFor(() => expect(late).toHaveBeenCalledTimes(2), PATIENCE)
    await vi.waitFor(
      async () => expect(await group()).toMatchObject({ status: 'completed', endTime: 600 }),
      PATIENCE,
    )
  })

  it('does not come back when the traces were cleared during the run', async () => {
    const { one, stores, group } = servers()
    await one.groups.set('default', 'tick', RECORD)
    const trace = begin(one.traces, 'a', 100)
    await vi.waitFor(async () => expect(await group()).toHaveProperty('status'), PATIENCE)
    await stores.groups.delete('default', 'tick')
    const looked = vi.spyOn(one.groups, 'get')
    const written = vi.spyOn(one.groups, 'set')
    await trace.end(700)
    await vi.waitFor(() => expect(looked).toHaveBeenCalled(), PATIENCE)
    expect(await group()).toBeNull()
    expect(written).not.toHaveBeenCalled()
  })

  it('holds up and fails no step when Redis does not take it', async () => {
    const { one, group } = servers()
    await one.groups.set('default', 'tick', RECORD)
    const refused = vi.spyOn(one.groups, 'set').mockRejectedValue(new Error('Redis is away'))
    const trace = begin(one.traces, 'a', 100)
    expect(await trace.end(700)).toMatchObject({ status: 'completed' })
    await vi.waitFor(() => expect(refused).toHaveBeenCalled(), PATIENCE)
    refused.mockRestore()
    await begin(one.traces, 'b', 800).end(900)
    await vi.waitFor(
      async () => expect(await group()).toMatchObject({ status: 'completed', endTime: 900 }),
      PATIENCE,
    )
  })
})
